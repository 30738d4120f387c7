"""What README and docs/ say can be done: their commands, links and tables."""

import re
from pathlib import Path

import pytest

from mnist_app import store
from mnist_app.evaluation import differences, sweep
from mnist_app.recipes import Recipe

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
EVERYTHING = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
RUN = "pip install -r requirements.txt && streamlit run app.py"
TEST = "pip install -r requirements.txt && pytest"
FIRST_SCREEN = README.split("\n## ")[0]
TABLE = re.compile(r"<!-- recipes -->\n+(.*?)\n+<!-- /recipes -->", re.DOTALL)
COMMAND = re.compile(r"python -m ([\w.]+)((?: [^\s`#]+)*)")


def python_commands() -> list[tuple[str, str, tuple[str, ...]]]:
    """(module, verb or "", long options) of each `python -m …` in code, without repetition."""
    code = re.findall(r"```.*?\n(.*?)```|`([^`\n]+)`", EVERYTHING, re.DOTALL)
    commands = []
    for module, rest in COMMAND.findall("\n".join(block or span for block, span in code)):
        words = rest.split()
        verb = words[0] if words and re.fullmatch("[a-z]+(-[a-z]+)*", words[0]) else ""
        options = tuple(word.split("=")[0] for word in (w.strip("[]") for w in words) if word.startswith("--"))
        commands.append((module, verb, options))
    return sorted(set(commands))


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


def headings(page: Path) -> set[str]:
    """The names under which a page's headings can be linked to."""
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith("https://"):
            continue
        file, _, heading = target.partition("#")
        linked = page.parent / file if file else page
        assert linked.exists(), f"there is no {target}"
        assert not heading or heading in headings(linked), f"there is no heading for {target}"


def test_files_that_they_name_exist():
    for name in re.findall(r"`([\w./-]+(?:\.py|\.txt|\.toml|/))`", EVERYTHING):
        assert "NAME" in name or (ROOT / name).exists(), f"there is no {name}"


def test_table_of_recipes_is_what_the_command_prints(run, monkeypatch):
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(store.SHIPPED))
    code, printed, errors = run("recipes", "--markdown")
    assert code == 0, errors
    (table,) = TABLE.findall(README)
    shipped = {model.card.recipe.key for model in store.list_models().models}
    expected = [row for row in printed.splitlines() if row.split()[1] in {"recipe", "---", *shipped}]
    assert table.splitlines() == expected, "put what `python -m mnist_app recipes --markdown` prints there"


def test_table_of_the_sweep_holds_the_shipped_replicates(monkeypatch):
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(store.SHIPPED))
    (table,) = re.findall(r"<!-- sweep -->\n\n.*?---.*?\n(.*?)\n\n<!-- /sweep -->", EVERYTHING, re.DOTALL)
    factors = tuple(sorted(set().union(*sweep.FACTOR_SETS.values())))
    columns = [
        sweep.points(sweep.Order(factors, validation=validation), store.replicates.list())
        for validation in ("test", "held-out")
    ]
    wanted = [
        f"| {sweep.as_text(test.factor)} | {test.mean:.2%} ± {test.sd:.2%} | {max(test.values):.2%} "
        f"| {held_out.mean:.2%} ± {held_out.sd:.2%} |"
        for test, held_out in zip(*columns, strict=True)
    ]
    assert table.splitlines()[-len(wanted) :] == wanted


def test_example_of_a_new_experiment_is_a_recipe():
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    recipe = eval(example.strip().removesuffix(","), {"Recipe": Recipe})
    assert isinstance(recipe, Recipe)


@pytest.mark.parametrize(("module", "verb", "options"), python_commands())
def test_command_exists(module, verb, options, run):
    if module == "mnist_app":
        code, printed, errors = run(*([verb] if verb else []), "--help")
        assert code == 0, errors
    else:  # a benchmark imports TensorFlow, which takes seconds: its source names its options
        printed = (ROOT / module.replace(".", "/")).with_suffix(".py").read_text(encoding="utf-8")
    for option in options:
        assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", printed), f"no {option} in {module} {verb}"


def test_table_of_changes_holds_the_shipped_replicates(monkeypatch):
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(store.SHIPPED))
    (table,) = re.findall(r"<!-- changes -->\n\n.*?---.*?\n(.*?)\n\n<!-- /changes -->", EVERYTHING, re.DOTALL)
    wanted = []
    for row in differences.changes(store.replicates.list()):
        gain = "–" if row.difference is None else f"{100 * row.difference:+.2f} ± {100 * row.margin:.2f} pp"
        wanted.append(f"| {row.title} | {row.point.mean:.3%} ± {row.point.sd:.3%} | {gain} |")
        assert row.point.n == len(differences.SEEDS)
    assert table.splitlines()[-len(wanted) :] == wanted
