"""Which tests run: the fast ones by default, every test with `pytest --all` or MNIST_APP_TESTS=all.

The default needs neither MNIST nor a browser: what does not run is skipped with its reason. With `--all` such a skip
is a failure, so that nothing goes untested unnoticed. Fixtures are left to the conftest.py files under tests/.
"""

import functools
import os
import shutil

import pytest

from mnist_app import ExplorerError, data

VARIABLE = "MNIST_APP_TESTS"
os.environ[data.sources.OFFLINE_VARIABLE] = "1"  # no test fetches MNIST, nor does an app that a test starts
SLOW = {
    "training": "trains real networks: `pytest --all` runs it",
    "browser": "drives Chromium: `pytest --all` runs it",
    "load": "brings a class of visitors to the app: `pytest --all` runs it",
}


def pytest_addoption(parser):
    parser.addoption(
        "--all",
        action="store_true",
        default=os.environ.get(VARIABLE) == "all",
        help=f"also run the tests that train and that drive a browser; a missing MNIST or Chromium is then a failure. "
        f"The same as {VARIABLE}=all",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Skips what was not asked for, and what lacks something it needs."""
    for marker, reason in SLOW.items():
        if item.get_closest_marker(marker) and not item.config.getoption("--all"):
            pytest.skip(reason)
    if item.get_closest_marker("browser") and (missing := missing_browser()):
        pytest.skip(missing)
    if needs_mnist(item) and (missing := missing_mnist()):
        pytest.skip(missing)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if item.config.getoption("--all") and (needs_mnist(item) or any(map(item.get_closest_marker, SLOW))):
        fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """A module that skips itself as a whole, as `importorskip` does, never gets as far as its markers."""
    report = yield
    if collector.config.getoption("--all"):
        fail_if_skipped(report)
    return report


def fail_if_skipped(report) -> None:
    """Turns a skip into a failure that keeps the skip's reason; an expected failure stays what it is."""
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{reason.removeprefix('Skipped: ')} (with --all this skip is a failure)"


def needs_mnist(item) -> bool:
    """By its marker, or by the fixture of that name."""
    return bool(item.get_closest_marker("mnist")) or "mnist" in getattr(item, "fixturenames", ())


@functools.cache
def missing_browser() -> str:
    """What the browser tests lack, or an empty string."""
    return "" if shutil.which("chromium") else "Chromium is not installed"


@functools.cache
def missing_mnist() -> str:
    """Why MNIST cannot be had without a download, or an empty string."""
    try:
        return "" if data.find() else f"MNIST is not on this machine: set {data.PATH_VARIABLE}"
    except ExplorerError as error:
        return str(error)
