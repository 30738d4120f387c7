"""What a user has: the command line, the app with a visitor, environment variables, signals, and the shipped files.

These tests know names that stand on pages, in commands and in shipped files, and nothing of the code behind them.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COLUMNS = ("loss", "accuracy", "val_loss", "val_accuracy")
"""Of an epoch in a history; the seconds come after them."""
PATIENCE = 120
"""Seconds to wait for what takes a few."""


class House:
    """Folders for models and jobs, and the processes that use them; all of them are killed at the end."""

    def __init__(self, folder, **environment):
        self.models, self.temporary, self.processes = folder / "models", folder / "temporary", []
        self.temporary.mkdir(parents=True)
        self.environment = {
            **os.environ,
            "TMPDIR": str(self.temporary),
            "MNIST_APP_MODELS": str(self.models),
            "MNIST_APP_JOBS": str(folder / "jobs"),
        }
        self.environment.pop("MNIST_APP_REDIS", None)
        self.environment |= environment

    def run(self, *arguments, patience=PATIENCE, **environment):
        """A command that ends by itself; `environment` is added to the house's."""
        return subprocess.run(
            [sys.executable, "-m", "mnist_app", *map(str, arguments)],
            cwd=ROOT,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=patience,
            check=False,
        )

    def answer(self, *arguments, **options):
        """What a command answers as JSON."""
        done = self.run(*arguments, "--json", **options)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def start(self, *arguments, module="mnist_app", **pipes):
        """A process that goes on; what it says is left out unless it is given a pipe."""
        nowhere = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
        command = [sys.executable, "-m", module, *arguments]
        process = subprocess.Popen(command, cwd=ROOT, env=self.environment, text=True, **nowhere | pipes)
        self.processes.append(process)
        return process

    def open_app(self):
        """A function that visits the app, as `visitor.visit` does, in a process with its own `process.pid`."""
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": None}  # pytest shows its trouble
        process = self.start(module="tests.end_to_end.visitor", **pipes)

        def visit(page="", **use):
            process.stdin.write(json.dumps({"page": page, **use}) + "\n")
            process.stdin.flush()
            seen = json.loads(process.stdout.readline())
            assert seen["exceptions"] == []
            return seen

        visit.process = process
        return visit

    def serve(self):
        """The web server on a port of its own, without a visitor."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        return self.start("run", "app.py", "--server.port", port, module="streamlit")

    def order(self, visit, **settings):
        """Order a training of MLP 64-64 on the page Train, by the labels of its settings. Returns its id."""
        before = {job["id"] for job in self.answer("queue")}
        labels = {name.replace("_", " ").capitalize(): str(value) for name, value in settings.items()}
        visit("pages/train.py", set=labels, press="Start")
        (id,) = {job["id"] for job in self.answer("queue")} - before
        return id

    def job(self, id):
        """The training as the command `queue` lists it."""
        return next(job for job in self.answer("queue") if job["id"] == id)

    def until(self, id, condition, *, never_below=0):
        """The training once `condition` holds for it; its epoch is never below that one in the meantime."""

        def look():
            job = self.job(id)
            assert job["epoch"] >= never_below, "it began again, rather than going on"
            return job if condition(job) else None

        return until(look, every=0.4)  # each look is a command, which takes the training's processor

    def finish(self, id, **options):
        """Wait for the end of the training, and check that it is a good one."""
        job = self.until(id, lambda job: job["status"] not in ("waiting", "running"), **options)
        assert (job["status"], job["error"]) == ("finished", "")
        return job

    def curve(self, name):
        """The history of a trained model, or of the only one whose folder begins with that, without its seconds."""
        (path,) = self.models.glob(f"{name}*/history.json")
        history = json.loads(path.read_text("utf-8"))
        *columns, _ = zip(*history["epochs"], strict=True)
        return history | {"epochs": dict(zip(COLUMNS, columns, strict=True))}

    def close(self):
        every = [pid for process in self.processes for pid in (*below(process.pid), process.pid)]
        for pid in every:
            kill(pid)
        for process in self.processes:
            process.wait()
            for pipe in filter(None, (process.stdin, process.stdout, process.stderr)):
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


def children(pid):
    """Process ids of the children of a process; an app's are the workers that it has started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
            if state != "Z" and int(parent) == pid:
                found.append(int(path.parent.name))
    return found


def below(pid):
    """Process ids of the children of a process, and of theirs."""
    found = children(pid)
    return [*found, *(each for child in found for each in below(child))]


def kill(pid):
    """What `kill -9` does."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def is_running(pid):
    """Whether there is such a process that is more than an entry for its parent to read."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def until(condition, *, every=0.1):
    """What `condition` gives once that is true; `every` is in seconds."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(every)
    return found


@pytest.fixture
def house(tmp_path):
    """The project as it is shipped, on a machine of its own."""
    house = House(tmp_path)
    yield house
    house.close()


@pytest.fixture(scope="session")
def golden():
    """Figures of the shipped models, as they were when golden/figures.json was written."""
    return json.loads((Path(__file__).parent / "golden" / "figures.json").read_text("utf-8"))
