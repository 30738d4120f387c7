"""The choice of tests: the fast ones, or every test, where a skip for want of MNIST or a browser is a failure."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SETTINGS = """
[pytest]
addopts = -ra -p no:cacheprovider
markers =
    training
    browser
    mnist
"""
TESTS = """
import pytest

def test_plain():
    pass

def test_plain_skip():
    pytest.skip("root may write anywhere")

@pytest.mark.training
def test_training():
    pass

@pytest.mark.mnist
def test_with_mnist():
    pass
"""


@pytest.fixture
def project(tmp_path):
    """A small project with the same conftest.py; answers with the outcome of `pytest` in it."""
    shutil.copy(ROOT / "conftest.py", tmp_path)
    (tmp_path / "pytest.ini").write_text(SETTINGS)
    (tmp_path / "test_some.py").write_text(TESTS)

    def run(*options, **variables):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MNIST_APP_")}
        environment |= {
            "PYTHONPATH": str(ROOT),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "MNIST_APP_DATA": str(tmp_path / "none.npz"),
            **variables,
        }
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout

    run.folder = tmp_path
    return run


def test_default_skips_with_a_reason_what_trains_and_what_lacks_mnist(project):
    code, output = project()
    assert code == 0
    assert "1 passed, 3 skipped" in output
    assert "trains real networks: `pytest --all` runs it" in output
    assert "The path in MNIST_APP_DATA does not exist" in output


@pytest.mark.parametrize("how", [{"options": ["--all"]}, {"MNIST_APP_TESTS": "all"}])
def test_all_makes_a_missing_mnist_a_failure(project, how):
    code, output = project(*how.pop("options", []), **how)
    assert code == 1
    assert "2 passed, 1 skipped, 1 error" in output
    assert "The path in MNIST_APP_DATA does not exist" in output


def test_all_passes_where_nothing_is_missing(project):
    (project.folder / "mnist.npz").touch()
    code, output = project("--all", MNIST_APP_DATA=str(project.folder / "mnist.npz"))
    assert code == 0
    assert "3 passed, 1 skipped" in output


def test_all_makes_a_module_that_skips_itself_a_failure(project):
    (project.folder / "test_other.py").write_text("import pytest\npytest.importorskip('no_such_package')\n")
    assert "1 passed, 4 skipped" in project()[1]
    code, output = project("--all", "test_other.py")
    assert code == 2
    assert "no_such_package" in output


def test_all_makes_a_missing_browser_a_failure(project):
    marked = "import pytest\n@pytest.mark.browser\ndef test_browser():\n    pass\n"
    (project.folder / "test_browser.py").write_text(marked)
    code, output = project("--all", "test_browser.py", PATH="")
    assert code == 1
    assert "is not installed" in output


def test_all_leaves_expected_failures_alone(project):
    marked = "import pytest\n@pytest.mark.training\n@pytest.mark.xfail\ndef test_x():\n    assert False\n"
    (project.folder / "test_x.py").write_text(marked)
    code, output = project("--all", "test_x.py")
    assert code == 0
    assert "1 xfailed" in output
