"""The running app and Chromium, once for all browser tests; a page of its own for each."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from mnist_app import jobs, store

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60
"""Seconds until the server must answer; it takes three on a quiet machine."""
WAIT = 15_000
"""Milliseconds until what a test waits for must be on the page."""
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)

AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
OPTIONS = {"resultTypes": ["violations"], "preload": False}
EXCEPTED = ("scrollable-region-focusable", "<pre ")
"""Streamlit puts the keyboard's focus on the box around the code that scrolls; axe-core wants it on the code itself."""


@dataclass(frozen=True)
class Server:
    """The running app: its address, its process and what it has printed."""

    address: str
    process: subprocess.Popen
    output: Path

    @property
    def log(self) -> str:
        return self.output.read_text("utf-8", "replace")


@pytest.fixture(scope="package")
def server(tmp_path_factory):
    """The running app that all tests visit."""
    with running_app(tmp_path_factory.mktemp("server") / "output.txt") as found:
        yield found


@pytest.fixture
def fresh_server(tmp_path):
    """Another one that nobody has visited yet."""
    with running_app(tmp_path / "output.txt") as found:
        yield found


@contextlib.contextmanager
def running_app(output, *, models=None, redis=None):
    """`streamlit run app.py` with the shipped models, in a process group of its own that is always ended.

    What is trained goes into the folder `models`, beside the shipped ones where none is named. The queue is
    empty; it is that of the Redis server `redis`, where one is named.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {store.FOLDER_VARIABLE: models, jobs.FOLDER_VARIABLE: output.parent / "jobs", jobs.REDIS_VARIABLE: redis}
    environment = {name: value for name, value in os.environ.items() if name not in own}
    environment |= {name: str(value) for name, value in own.items() if value is not None}
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    with output.open("wb") as file:
        process = subprocess.Popen(
            [*command, "--server.port", str(port), "--server.address", "127.0.0.1"],
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    found = Server(f"http://127.0.0.1:{port}", process, output)
    try:
        _wait_until_healthy(found)
        yield found
    finally:
        _end(process)


@pytest.fixture(scope="package")
def chromium():
    """Where Chromium is missing, the tests are skipped with the reason (root conftest.py)."""
    expect.set_options(timeout=WAIT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def desktop(chromium):
    """One profile for all desktop pages, so that the app's scripts are fetched once."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield context
    context.close()


@pytest.fixture
def visit(server, chromium, desktop):
    """Opens the app as a new visitor; keyword arguments, such as `has_touch`, make a browser of another kind.

    When the test ends, axe-core finds nothing serious on the pages as they were left, and neither the browser's
    console nor the server may have reported an error.
    """
    already = len(server.log)
    errors, opened = [], []

    def open_page(path="/", **kind):
        context = chromium.new_context(**kind) if kind else desktop
        page = context.new_page()
        opened.append(page)
        page.set_default_timeout(WAIT)
        page.on("console", lambda message: errors.append(message.text) if is_error(message) else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(server.address + path)
        return page

    yield open_page
    found = [(page.url, serious(page)) for page in opened]
    for page in opened:
        (page if page.context is desktop else page.context).close()
    assert not any(serious for _, serious in found), found
    assert errors == []
    assert "Traceback" not in server.log[already:]
    assert server.process.poll() is None, server.log


def serious(page) -> list[str]:
    """What axe-core finds serious on a page as it is, in either theme, and the headings that skip a level.

    It looks twice before it complains: a part that is computed anew at that moment is pale.
    """
    return _violations(page) and _violations(page)


def _violations(page) -> list[str]:
    page.wait_for_timeout(150)  # until then, what was just pressed may not have begun to change
    theme = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'")
    page.wait_for_function(AT_REST, arg=theme)
    page.evaluate("axe => { window.axe || eval(axe); }", AXE)
    found = page.evaluate("options => axe.run(options)", OPTIONS)["violations"]
    other = "dark" if theme == "light" else "light"
    page.emulate_media(color_scheme=other)
    page.wait_for_function(AT_REST, arg=other)
    found += page.evaluate("options => axe.run(options)", OPTIONS | {"runOnly": ["color-contrast"]})["violations"]
    page.emulate_media(color_scheme=theme)
    return [
        f"{each['id']}: {node['html'][:150]} {node['failureSummary'][-150:]}"
        for each in found
        if each["impact"] in ("serious", "critical") or each["id"] == "heading-order"
        for node in each["nodes"]
        if not (each["id"] == EXCEPTED[0] and node["html"].startswith(EXCEPTED[1]))
    ]


# In that theme; nothing is computed, is pale because it is old, or changes its colour.
AT_REST = """theme => getComputedStyle(document.querySelector('.stApp')).colorScheme == theme
    && document.querySelector('[data-test-script-state=notRunning]') && !document.querySelector('[data-stale=true]')
    && document.getAnimations().every(each => each.effect.getComputedTiming().endTime == Infinity)"""


def is_error(message) -> bool:
    """Of a page that is opened by its own address, Streamlit first asks for its service below that address."""
    asked_below = re.search(r"//[^/]+/\w+/_stcore/", message.location["url"])
    return message.type == "error" and not asked_below


def _wait_until_healthy(server: Server) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        assert server.process.poll() is None, f"the server has ended:\n{server.log}"
        assert time.monotonic() < deadline, f"the server does not answer:\n{server.log}"
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{server.address}/_stcore/health", timeout=2).close()
            return
        time.sleep(0.1)


def _end(process: subprocess.Popen) -> None:
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
            process.wait(5)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
        return
