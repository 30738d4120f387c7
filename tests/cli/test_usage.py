"""The command line as a process: exit codes, streams, and what ends early."""

import json
import subprocess
import sys

import pytest

from tests.cli.conftest import ROOT, start
from tests.drawings import SEVEN


def test_the_module_runs_and_its_exit_code_counts(picture, tmp_path):
    file = picture(SEVEN)
    with start("predict", file, "--json") as good, start("predict", tmp_path / "none.png") as bad:
        output, error = good.communicate(timeout=60)
        assert (good.returncode, error) == (0, "")
        assert json.loads(output)[0]["digit"] == 7
        output, error = bad.communicate(timeout=60)
        assert (bad.returncode, output) == (1, "")
        assert error.startswith("error: ")
        assert error.count("\n") == 1


def test_a_reader_that_goes_away_is_no_error(tmp_path):
    shell = f"{sys.executable} -m mnist_app recipes | head -0"
    ended = subprocess.run(["sh", "-c", shell], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.stderr == ""


def test_the_list_of_recipes_loads_neither_keras_nor_litert():
    code = (
        "import sys; from mnist_app.cli import main; main(['recipes']); "
        "assert not {'keras', 'tensorflow', 'ai_edge_litert', 'redis', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, timeout=60)


@pytest.mark.parametrize(
    "arguments",
    [
        ("fly",),
        ("predict",),
        ("train",),
        ("train", "cnn", "--seed", "x"),
        ("train", "cnn", "--seed", "-1"),
        ("train", "cnn", "--seed", "2147483648"),
        ("predict", "7.png", "--level", "nan"),
        ("predict", "7.png", "--level", "1.5"),
        ("predict", "7.png", "--level=-0.1"),
        ("predict", "7.png", "--level", "much"),
        ("noise-curve", "--denoiser", "none"),
        ("noise-curve", "--classifier", "cnn"),
        ("noise-curve", "--denoiser", "none", "--classifier", "cnn", "--levels", "0.1", "nan"),
        ("noise-curve", "--denoiser", "none", "--classifier", "cnn", "--levels"),
        ("calibrate", "cnn", "--count", "0"),
        ("calibrate", "cnn", "--count", "99999999999999999999"),
        ("sweep", "--replicates", "0"),
        ("sweep", "--replicates", "99999999999999999999"),
        ("sweep", "--epochs", "0"),
        ("sweep", "--validation", "both"),
    ],
    ids=" ".join,
)
def test_a_command_line_that_cannot_be_read_ends_with_its_usage(misused, arguments):
    misused(*arguments)


def test_help_names_every_command(run):
    code, output, _ = run("--help")
    assert code == 0
    for command in ("recipes", "train", "evaluate", "predict", "noise-curve", "calibrate", "sweep", "worker", "stop"):
        assert command in output
