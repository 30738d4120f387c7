"""The Dockerfile says the same as requirements.txt, pyproject.toml, the Streamlit configuration and the README."""

import fnmatch
import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from streamlit import config

ROOT = Path(__file__).parents[1]
PINNED = re.compile(r"^[A-Za-z0-9._-]+==\d+(\.\d+)+$")


def read_dockerfile() -> list[tuple[str, str]]:
    """Its instructions in order, each with its arguments on one line."""
    lines = [line for line in read("Dockerfile").splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


INSTRUCTIONS = read_dockerfile()
NAMES = [name for name, _ in INSTRUCTIONS]


def arguments(name: str) -> list[str]:
    return [given for instruction, given in INSTRUCTIONS if instruction == name]


def only(name: str) -> str:
    (given,) = arguments(name)
    return given


def copied() -> list[tuple[str, str]]:
    """(source, destination) of each COPY, without its options."""
    pairs = []
    for given in arguments("COPY"):
        source, destination = [word for word in given.split() if not word.startswith("--")]
        pairs.append((source, destination))
    return pairs


def ignored(path: str) -> bool:
    """Whether .dockerignore keeps that path, or a folder above it, out of the build."""
    patterns = [line for line in read(".dockerignore").splitlines() if line and not line.startswith("#")]
    assert not any(pattern.startswith("!") for pattern in patterns), "this reader knows no exceptions"
    parts = path.split("/")
    above = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
    return any(
        fnmatch.fnmatchcase(each, pattern)
        or (pattern.startswith("**/") and fnmatch.fnmatchcase(each.rsplit("/", 1)[-1], pattern[3:]))
        for each in above
        for pattern in patterns
    )


def requirement_lines(name: str) -> list[str]:
    return [line for line in read(name).splitlines() if line and not line.startswith("#")]


def test_python_is_one_that_the_project_supports():
    image, version = re.fullmatch(r"(\w+):(\d+\.\d+)-slim(?:-\w+)?", only("FROM")).groups()
    assert image == "python"
    assert f"{version}.0" in SpecifierSet(tomllib.loads(read("pyproject.toml"))["project"]["requires-python"])


def test_packages_come_from_requirements_txt_before_the_sources():
    install = next(i for i, (name, given) in enumerate(INSTRUCTIONS) if name == "RUN" and "pip install" in given)
    assert INSTRUCTIONS[install][1] == "pip install -r requirements.txt"
    before = [given.split()[-2] for name, given in INSTRUCTIONS[:install] if name == "COPY"]
    assert before == ["requirements.txt"]
    assert "PIP_NO_CACHE_DIR=1" in only("ENV")


def test_what_is_copied_exists_and_keeps_its_place():
    for source, destination in copied():
        assert (ROOT / source).exists(), f"COPY {source}: there is no such file or folder"
        assert (ROOT / source).is_dir() == source.endswith("/")
        assert destination in (source, "./")
        assert not ignored(source.rstrip("/")), f".dockerignore keeps {source} out of the build"


def test_everything_that_the_app_needs_is_copied():
    sources = {source.rstrip("/") for source, _ in copied()}
    assert sources == {"requirements.txt", "models", ".streamlit", "mnist_app", "pages", "app.py"}


def test_the_server_runs_as_an_ordinary_user_who_owns_the_models():
    user = only("USER")
    assert user not in ("root", "0")
    assert any(f"useradd --create-home --uid 1000 {user}" == given for given in arguments("RUN"))
    assert NAMES.index("USER") > max(i for i, name in enumerate(NAMES) if name in ("RUN", "COPY"))
    (models,) = [given for given in arguments("COPY") if "models/" in given]
    assert models.startswith(f"--chown={user}:{user} ")


def test_models_are_a_volume_that_starts_with_the_shipped_ones():
    assert only("VOLUME") == f"{only('WORKDIR')}/models"
    assert NAMES.index("VOLUME") > max(i for i, name in enumerate(NAMES) if name == "COPY")


def test_command_is_that_of_the_readme():
    command = json.loads(only("CMD"))
    in_readme = re.search(r"^pip install -r requirements\.txt && (streamlit run \S+)$", read("README.md"), re.MULTILINE)
    assert command[:3] == shlex.split(in_readme[1])
    assert (ROOT / command[2]).is_file()
    options = dict(option.removeprefix("--").split("=") for option in command[3:])
    assert options["server.address"] == "0.0.0.0"
    assert set(options) <= set(config.get_config_options())


def test_health_is_asked_where_the_server_listens():
    settings = tomllib.loads(read(".streamlit/config.toml"))["server"]
    assert not {"port", "baseUrlPath"} & set(settings), "then the port or the path below differs"
    port = config.get_config_options()["server.port"].default_val
    assert only("EXPOSE") == str(port)
    check = only("HEALTHCHECK")
    assert re.search(r"urlopen\('(\S+?)'", check)[1] == f"http://127.0.0.1:{port}/_stcore/health"
    program, flag, source = json.loads(check[check.index("CMD ") + 4 :])
    assert (program, flag) == ("python", "-c")
    compile(source, "HEALTHCHECK", "exec")


@pytest.mark.parametrize("name", ["Dockerfile", "README.md"])
def test_environment_variables_of_the_app_are_explained(name):
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "mnist_app").rglob("*.py"))
    used = set(re.findall(r"\"(MNIST_APP_[A-Z_]+)\"", sources))
    assert {"MNIST_APP_DATA", "MNIST_APP_MODELS", "MNIST_APP_CACHE"} <= used
    assert not used - set(re.findall(r"MNIST_APP_[A-Z_]+", read(name)))


@pytest.mark.parametrize(
    "path",
    [".git", "tests/test_noise.py", "mnist_app/__pycache__", "mnist_app/ink/__pycache__/x.pyc", ".venv", ".ruff_cache"],
)
def test_history_tests_and_caches_stay_out_of_the_image(path):
    assert ignored(path)


@pytest.mark.parametrize("path", ["models", "models/cnn-1a2b3c4d-0/card.json", "mnist_app/data/copies.py", "app.py"])
def test_what_the_app_runs_with_gets_into_the_image(path):
    assert not ignored(path)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_each_package_is_pinned_and_has_its_reason(name):
    lines = read(name).splitlines()
    assert len(lines) % 2 == 0
    for reason, package in zip(lines[::2], lines[1::2], strict=True):
        assert re.match(r"# \w.*\.$", reason), f"{package}: the line above it says why it is there"
        assert PINNED.match(package) or package == "-r requirements.txt"


def test_versions_stand_in_the_requirements_alone():
    packages = [line.split("==")[0] for name in ("", "-dev") for line in requirement_lines(f"requirements{name}.txt")]
    names = "|".join(re.escape(package) for package in packages if not package.startswith("-r"))
    for name in ("Dockerfile", "README.md", "pyproject.toml", ".ci/run"):
        found = re.findall(rf"\b(?:{names})(?:\[\w+\])?\s*[=~<>]=?=?\s*\d[\d.]*", read(name))
        assert not found, f"{name} names a version of its own: {found}"
