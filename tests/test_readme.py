"""What the README says can be done: its commands, its links, its table."""

import functools
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_app import store
from mnist_app.evaluation import sweep
from mnist_app.recipes import RECIPES, Recipe

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RUN = "pip install -r requirements.txt && streamlit run app.py"
TEST = "pip install -r requirements.txt && pytest"
FIRST_SCREEN = README.split("\n## ")[0]
TABLE = re.compile(r"<!-- recipes -->\n+(.*?)\n+<!-- /recipes -->", re.DOTALL)
COMMAND = re.compile(r"python -m ([\w.]+)((?: [^\s`#]+)*)")


def python_commands() -> list[tuple[str, str, tuple[str, ...]]]:
    """(module, verb or "", long options) of each `python -m …` in code, without repetition."""
    code = re.findall(r"```.*?\n(.*?)```|`([^`\n]+)`", README, re.DOTALL)
    commands = []
    for module, rest in COMMAND.findall("\n".join(block or span for block, span in code)):
        words = rest.split()
        verb = words[0] if words and re.fullmatch("[a-z]+(-[a-z]+)*", words[0]) else ""
        options = tuple(word.split("=")[0] for word in (w.strip("[]") for w in words) if word.startswith("--"))
        commands.append((module, verb, options))
    return sorted(set(commands))


def slug(heading: str) -> str:
    """The name under which a heading can be linked to."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


@functools.cache
def run(*arguments: str) -> subprocess.CompletedProcess:
    shipped = {name: value for name, value in os.environ.items() if name != "MNIST_APP_MODELS"}
    shipped["PYTHONIOENCODING"] = "utf-8"
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=shipped,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def test_first_screen_says_what_it_is_shows_it_and_gives_the_two_commands():
    lines = FIRST_SCREEN.splitlines()
    assert lines[0].startswith("# ")
    assert "](docs/draw.png)" in FIRST_SCREEN
    assert RUN in lines
    assert TEST in lines
    assert len(lines) < 40


def test_screenshot_is_there_and_small():
    assert 10_000 < (ROOT / "docs/draw.png").stat().st_size < 400_000


def test_continuous_integration_calls_the_same_test_command():
    assert TEST in (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()


def test_links_lead_somewhere():
    headings = {slug(heading) for heading in re.findall(r"^#+ (.+)$", README, re.MULTILINE)}
    for target in re.findall(r"\]\(([^)\s]+)\)", README):
        if target.startswith("#"):
            assert target[1:] in headings, f"there is no heading for {target}"
        elif not target.startswith("https://"):
            assert (ROOT / target.split("#")[0]).exists(), f"there is no {target}"


def test_files_that_it_names_exist():
    for name in re.findall(r"`([\w./-]+(?:\.py|\.txt|\.toml|/))`", README):
        assert (ROOT / name).exists(), f"there is no {name}"


def test_table_of_recipes_is_what_the_command_prints():
    printed = run("mnist_app", "recipes", "--markdown")
    assert printed.returncode == 0, printed.stderr
    (table,) = TABLE.findall(README)
    assert table.strip() == printed.stdout.strip(), "put what `python -m mnist_app recipes --markdown` prints there"


def test_table_of_the_sweep_holds_the_shipped_replicates(monkeypatch):
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(store.SHIPPED))
    (table,) = re.findall(r"<!-- sweep -->\n\n.*?---.*?\n(.*?)\n\n<!-- /sweep -->", README, re.DOTALL)
    factors = tuple(sorted(set().union(*sweep.FACTOR_SETS.values())))
    columns = [
        sweep.points(store.list_replicates(), factors, epochs=40, validation=validation, seeds=(0, 1, 2))
        for validation in ("test", "held-out")
    ]
    wanted = [
        f"| {sweep.as_text(test.factor)} | {test.mean:.2%} ± {test.sd:.2%} | {max(test.values):.2%} "
        f"| {held_out.mean:.2%} ± {held_out.sd:.2%} |"
        for test, held_out in zip(*columns, strict=True)
    ]
    assert table.splitlines()[-len(wanted) :] == wanted


def test_example_of_a_new_experiment_is_a_recipe_that_is_not_taken():
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    recipe = eval(example.strip().removesuffix(","), {"Recipe": Recipe})
    assert isinstance(recipe, Recipe)
    assert recipe.key not in RECIPES


def marked(command: tuple[str, str, tuple[str, ...]]) -> object:
    """Benchmarks import TensorFlow, which takes seconds."""
    return pytest.param(*command, marks=pytest.mark.training if command[0].startswith("benchmarks.") else ())


@pytest.mark.parametrize(("module", "verb", "options"), [marked(command) for command in python_commands()])
def test_command_exists(module, verb, options):
    printed = run(module, *([verb] if verb else []), "--help")
    assert printed.returncode == 0, printed.stderr
    for option in options:
        assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", printed.stdout), f"no {option} in {module} {verb}"


def test_table_of_changes_holds_the_shipped_replicates(monkeypatch):
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(store.SHIPPED))
    (table,) = re.findall(r"<!-- changes -->\n\n.*?---.*?\n(.*?)\n\n<!-- /changes -->", README, re.DOTALL)
    wanted = []
    for row in sweep.changes(store.list_replicates()):
        gain = "–" if row.difference is None else f"{100 * row.difference:+.2f} ± {100 * row.margin:.2f} pp"
        wanted.append(f"| {row.title} | {row.point.mean:.3%} ± {row.point.sd:.3%} | {gain} |")
        assert row.point.n == len(sweep.SEEDS)
    assert table.splitlines()[-len(wanted) :] == wanted
