"""A model is saved whole or not at all: killed at any moment, on a full disk, by several processes, before readers."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_app import CannotWrite, store
from mnist_app.evaluation.results import Proportion
from tests import tiny

ROOT = Path(__file__).resolve().parents[2]
NAME = store.name_of(tiny.RECIPE, 0)

WRITER = """
import itertools, os, pathlib, random, shutil, signal, sys, time
from mnist_app import store
from mnist_app.evaluation.results import History, Proportion
from mnist_app.store import files, models
from tests.tiny import RECIPE

store.folders.SHIPPED = pathlib.Path("/nowhere")
models.versions = lambda: {}  # looking them up takes longer than all the rest
home = store.own_folder()

def save(number):
    with store.saving(RECIPE, seed=0) as draft:
        for name in (store.KERAS_FILE, store.SERVING_FILE):
            (draft.folder / name).write_bytes(b"%d" % number * 500)
        draft.finish(history=History((), ()), parameters=number, seconds=1, data="MNIST", test=Proportion(0.5, 10))

def whole():
    "The number of the stored model, after its checksums were compared."
    listing = store.list_models()
    assert [str(error) for error in listing.damaged] == []
    assert [model.name for model in listing.models] == [store.name_of(RECIPE, 0)]
    model = listing.models[0]
    assert model.path().read_bytes() == b"%d" % model.card.parameters * 500
    return model.card.parameters

def child(work):
    number = os.fork()
    if not number:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return number

def save_without_end(first):
    for number in itertools.count(first):
        save(number)
"""


def run_writer(script: str) -> str:
    """What a process prints that can `save(number)`, and see that the `whole()` model is there, and which."""
    assert os.environ[store.FOLDER_VARIABLE]
    done = subprocess.run(
        [sys.executable, "-c", WRITER + script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_saved_model_is_loaded_as_it_was(save_tiny, models_folder):
    model = save_tiny(accuracy=0.97)
    assert model.folder == models_folder / NAME
    assert set(files_of(model.folder)) == {
        store.CARD_FILE, store.HISTORY_FILE, store.KERAS_FILE, store.SERVING_FILE,
    }  # fmt: skip
    assert model.card.recipe == tiny.RECIPE
    assert (model.card.seed, model.card.test, model.card.data) == (0, Proportion(0.97, 10_000), "MNIST")
    assert model.card.versions["python"].startswith("3.")
    assert model.history.epochs[0].val_accuracy == 0.97
    assert model.path().read_bytes() == tiny.LITERT_FILE.read_bytes()
    assert model.path(store.KERAS_FILE).read_bytes() == b"not read here"
    assert [path.name for path in models_folder.iterdir()] == [NAME]


def test_a_model_saved_again_takes_the_place_of_the_older(save_tiny, models_folder):
    save_tiny(accuracy=0.5)
    before = store.state()
    assert save_tiny(accuracy=0.6).card.test.value == 0.6
    assert [model.card.test.value for model in store.list_models().models] == [0.6]
    assert store.state() != before
    for _ in range(10):
        newest = save_tiny(accuracy=0.7)
    assert newest.folder.name == f"{NAME}.v12"
    assert (newest.name, newest.card.test.value) == (NAME, 0.7)
    store.delete(newest)
    assert list(models_folder.iterdir()) == [], "with all older versions"


def test_drafts_and_older_versions_are_removed_after_a_day(save_tiny, models_folder):
    models_folder.mkdir()
    (models_folder / ".partial-old").mkdir()
    (models_folder / ".partial-new").mkdir()
    os.utime(models_folder / ".partial-old", (1, 1))
    (models_folder / "noise-curves").mkdir()
    left_file = models_folder / "noise-curves" / ".partial-old"
    left_file.touch()
    os.utime(left_file, (1, 1))
    for _ in range(3):
        last = save_tiny()
    os.utime(models_folder / f"{NAME}.v2", (1, 1))
    save_tiny(seed=1)
    assert not left_file.exists()
    left = {path.name for path in models_folder.iterdir()} - {"noise-curves"}
    assert left == {".partial-new", f"{NAME}.v2", last.folder.name, store.name_of(tiny.RECIPE, 1)}


def test_an_error_leaves_the_old_model_and_nothing_else(save_tiny, models_folder):
    save_tiny()
    before = files_of(models_folder)
    with pytest.raises(KeyboardInterrupt), store.saving(tiny.RECIPE, seed=0) as draft:  # noqa: PT012
        (draft.folder / store.KERAS_FILE).write_bytes(b"new")
        raise KeyboardInterrupt
    assert files_of(models_folder) == before
    assert [path.name for path in models_folder.iterdir()] == [NAME]


def test_killed_at_any_moment_the_old_or_the_new_model_is_left(models_folder):
    """Children save over model 1, each killed after a later line than the last; then others at random."""
    output = run_writer("""
true_fsync = os.fsync
os.fsync = lambda descriptor: None  # the disk stays on
left = 0

def trace(frame, event, argument):
    global left
    if frame.f_code.co_filename not in (models.__file__, files.__file__):
        return None
    if event == "line":
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return trace

def save_traced():
    sys.settrace(trace)
    save(2)

for left in range(0, 300, 6):
    shutil.rmtree(home, ignore_errors=True)
    save(1)
    killed = os.WIFSIGNALED(os.waitpid(child(save_traced), 0)[1])
    print(whole(), killed)
    if not killed:
        break
    save(3)  # as if nothing had been
    assert whole() == 3

os.fsync = true_fsync
rng, number = random.Random(0), 10
save(number)
for turn in range(4):
    process = child(lambda: save_without_end(number + 1))
    time.sleep(rng.uniform(0, 0.1))
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    assert whole() >= number
    number = whole()
""")
    lines = output.splitlines()
    assert lines[-1] == "2 False"
    assert lines.count("1 True") > 5
    assert lines.count("2 True") > 0


def test_readers_see_a_whole_model_while_several_processes_save_it(models_folder):
    run_writer("""
os.fsync = lambda descriptor: None  # quicker, so that they meet more often
save(1)
writers = [child(lambda first=first: [save(first + n) for n in range(10)]) for first in (1000, 2000, 3000)]
seen = set()
while any([os.waitpid(writer, os.WNOHANG)[0] == 0 for writer in writers[-1:]]):
    seen.add(whole())
assert [os.waitpid(writer, 0)[1] for writer in writers[:-1]] == [0, 0]
assert len(seen) > 2, seen
assert whole() in (1009, 2009, 3009)
assert not list(home.glob(".partial-*"))
""")


@pytest.mark.parametrize(("owner", "function"), [(os, "fsync"), (Path, "rename")])
def test_where_the_disk_fills_up_the_old_model_stays(save_tiny, models_folder, monkeypatch, owner, function):
    save_tiny(accuracy=0.5)
    before = files_of(models_folder)

    def fail(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(owner, function, fail)
        with pytest.raises(CannotWrite, match=r"No space left on device.*Make room on the disk"):
            save_tiny(accuracy=0.6)
    assert files_of(models_folder) == before
    assert [path.name for path in models_folder.iterdir()] == [NAME]


def test_a_read_only_models_folder_still_serves(tiny_model, monkeypatch):
    """Reading writes nothing: no call that changes a file system is made."""

    def refuse(*arguments, **options):
        raise OSError(errno.EROFS, "Read-only file system")

    for function in ("mkdir", "rename", "replace", "unlink", "rmdir", "remove", "utime"):
        monkeypatch.setattr(os, function, refuse)
    assert store.list_models().models == (tiny_model,)
    assert store.load(NAME).path().is_file()
    store.state()
    with pytest.raises(CannotWrite, match="Read-only file system"), store.saving(tiny.RECIPE, seed=0):
        pass
