"""The command line as a process: exit codes, streams, and what ends early."""

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from mnist_app.cli import commands
from tests.drawings import SEVEN

ROOT = Path(__file__).parents[2]


def start(*command):
    return subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_the_module_runs_and_its_exit_code_counts(picture, tmp_path):
    good = start(sys.executable, "-m", "mnist_app", "predict", picture(SEVEN), "--json")
    assert (good.returncode, good.stderr) == (0, "")
    assert json.loads(good.stdout)[0]["digit"] == 7
    bad = start(sys.executable, "-m", "mnist_app", "predict", tmp_path / "none.png")
    assert (bad.returncode, bad.stdout) == (1, "")
    assert bad.stderr.startswith("error: ")
    assert bad.stderr.count("\n") == 1


def test_a_reader_that_goes_away_is_no_error():
    assert start("sh", "-c", f"{sys.executable} -m mnist_app recipes | head -0").stderr == ""


def test_the_list_of_recipes_loads_neither_keras_nor_litert():
    code = (
        "import sys; from mnist_app.cli import main; main(['recipes']); "
        "assert not {'keras', 'tensorflow', 'ai_edge_litert', 'redis', 'scipy'} & set(sys.modules)"
    )
    assert start(sys.executable, "-c", code).returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("fly",),
        ("train", "cnn", "--seed", "-1"),
        ("predict", "7.png", "--level", "nan"),
        ("noise-curve", "--denoiser", "none", "--classifier", "cnn", "--levels", "0.1", "1.5"),
        ("noise-curve", "--denoiser", "none", "--classifier", "cnn", "--levels"),
        ("sweep", "--replicates", "0"),
        ("sweep", "--replicates", "99999999999999999999"),
        ("calibrate", "--count", "99999999999999999999"),
    ],
    ids=" ".join,
)
def test_a_command_line_that_cannot_be_read_ends_with_its_usage(run, arguments):
    code, output, error = run(*arguments)
    assert (code, output) == (2, "")
    assert "Error: " in error


@pytest.mark.parametrize("number", ["99999999999999999999", "-99999999999999999999", "1e999", "nan", "9" * 5000, ""])
def test_no_number_of_a_command_line_ends_in_a_traceback(run, number):
    for name in commands.list_commands(None):
        for option in commands.get_command(None, name).params:
            if isinstance(option.type, click.types.IntParamType | click.types.FloatParamType):
                code, _, error = run(name, option.opts[0], number)
                assert code == 2, (name, option.opts)
                assert error.splitlines()[-1].startswith("Error: ")
