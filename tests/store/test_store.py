import contextlib
import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_app import CannotWrite, Damaged, NotFound, recipes, store
from mnist_app.evaluation.results import History, NoiseCurve, Proportion
from mnist_app.store import curves, drafts
from tests import tiny

ROOT = Path(__file__).resolve().parents[2]
NAME = store.name_of(tiny.RECIPE, 0)

WRITER = """
import itertools, os, pathlib, random, shutil, signal, sys, time
from mnist_app import store
from mnist_app.evaluation.results import History, Proportion
from mnist_app import CannotWrite
from mnist_app.store import drafts
from tests.tiny import RECIPE

store.SHIPPED = pathlib.Path("/nowhere")
drafts.versions = lambda: {}  # looking them up takes longer than all the rest
home = store.own_folder()

def save(number):
    with store.saving(RECIPE, seed=0) as draft:
        for name in (store.KERAS_FILE, store.SERVING_FILE):
            (draft.folder / name).write_bytes(b"%d" % number * 500)
        draft.finish(history=History((), ()), parameters=number, seconds=1, data="MNIST", test=Proportion(0.5, 10))

def whole(*, writing=False):
    listing = store.list_models()
    assert [str(error) for error in listing.damaged] == []
    assert [model.name for model in listing.models] == [store.name_of(RECIPE, 0)]
    folder, number = listing.models[0].folder, listing.models[0].card.parameters
    for name in (store.KERAS_FILE, store.SERVING_FILE) * (not writing):
        assert (folder / name).read_bytes() == b"%d" % number * 500, number
    return number
"""


def writer(script: str) -> subprocess.Popen:
    """A process that can `save(number)`, and see which number is `whole()`, after checking that all of the model is."""
    assert os.environ[store.FOLDER_VARIABLE]
    return subprocess.Popen([sys.executable, "-c", WRITER + script], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_saved_model_is_loaded_as_it_was(save_tiny, models_folder):
    model = save_tiny(accuracy=0.97)
    assert model.folder == models_folder / NAME
    assert {path.name for path in model.folder.iterdir()} == {
        store.CARD_FILE, store.HISTORY_FILE, store.KERAS_FILE, store.SERVING_FILE,
    }  # fmt: skip
    assert model.card.recipe == tiny.RECIPE
    assert (model.card.seed, model.card.test, model.card.data) == (0, Proportion(0.97, 10_000), "MNIST")
    assert model.card.versions["python"].startswith("3.")
    assert model.history.epochs[0].val_accuracy == 0.97
    assert model.serving_path.read_bytes() == tiny.LITERT_FILE.read_bytes()
    assert store.Card.from_json(json.loads(json.dumps(model.card.to_json(), allow_nan=False))) == model.card
    assert [path.name for path in models_folder.iterdir()] == [NAME]


def test_saving_again_replaces(save_tiny, models_folder):
    save_tiny(accuracy=0.5)
    before = store.state()
    assert save_tiny(accuracy=0.6).card.test.value == 0.6
    assert store.state() != before
    assert [path.name for path in models_folder.iterdir()] == [NAME]


def test_a_model_is_not_replaced_against_its_savers_will(save_tiny):
    save_tiny(accuracy=0.5)
    with pytest.raises(CannotWrite, match=r"exists already.*Delete it first"):
        save_tiny(accuracy=0.6, replace=False)
    assert store.load(NAME).card.test.value == 0.5
    assert save_tiny(seed=1, replace=False).card.seed == 1


def test_a_model_that_appears_while_another_is_saved_is_not_replaced(save_tiny, models_folder):
    draft = contextlib.ExitStack()
    late = draft.enter_context(store.saving(tiny.RECIPE, seed=0, replace=False))
    late.finish(history=History((), ()), parameters=1, seconds=1, data="MNIST", test=Proportion(0.6, 10))
    save_tiny(accuracy=0.5)
    with pytest.raises(CannotWrite, match="exists already"):
        draft.close()
    assert store.load(NAME).card.test.value == 0.5
    assert [path.name for path in models_folder.iterdir()] == [NAME]


@pytest.mark.parametrize("error", [ValueError("any"), KeyboardInterrupt()])
def test_an_error_leaves_the_old_model_and_nothing_else(save_tiny, models_folder, error):
    save_tiny()
    before = files_of(models_folder)
    with pytest.raises(type(error)), store.saving(tiny.RECIPE, seed=0) as draft:  # noqa: PT012
        (draft.folder / store.KERAS_FILE).write_bytes(b"new")
        raise error
    assert files_of(models_folder) == before
    assert [path.name for path in models_folder.iterdir()] == [NAME]


def test_an_unfinished_draft_is_no_model(models_folder):
    with pytest.raises(RuntimeError, match="finished"), store.saving(tiny.RECIPE, seed=0):
        pass
    assert list(models_folder.iterdir()) == []


def test_killed_after_any_line_of_saving_the_old_or_the_new_model_is_left(models_folder):
    """Children save over model 1; each is killed two lines of `drafts` or of shutil's rmtree later than the last."""
    process = writer("""
os.fsync = lambda descriptor: None  # the disk stays on
watched = {drafts.__file__, shutil.__file__}
left = 0

def trace(frame, event, argument):
    global left
    if frame.f_code.co_filename not in watched:
        return None
    if event == "line":
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return trace

for line in itertools.count(0, 2):
    shutil.rmtree(home, ignore_errors=True)
    save(1)
    child = os.fork()
    if not child:
        left = line
        sys.settrace(trace)
        save(2)
        os._exit(0)
    killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])
    print(whole(), killed, flush=True)
    save(3)  # as if nothing had been
    assert whole() == 3
    assert not list(home.glob(".replaced*"))
    if not killed:
        break
""")
    lines = process.communicate(timeout=60)[0].splitlines()
    assert process.returncode == 0
    assert lines[-1] == "2 False"
    assert lines.count("1 True") > 15
    assert lines.count("2 True") > 2


def test_killed_at_random_the_old_or_the_new_model_is_left(models_folder):
    process = writer("""
rng, number, drafted = random.Random(0), 1, 0
save(number)
for turn in range(20):
    child = os.fork()
    if not child:
        for number in itertools.count(number + 1):
            save(number)
    time.sleep(rng.uniform(0, 0.1))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    drafted += any(home.glob(".partial-*"))
    assert whole() >= number
    number = whole()
    for path in home.glob(".partial-*"):
        shutil.rmtree(path)
print(number, drafted)
""")
    number, drafted = process.communicate(timeout=60)[0].split()
    assert process.returncode == 0
    assert int(number) > 1
    assert int(drafted) > 0


def test_a_reader_sees_a_whole_model_while_it_is_replaced(models_folder):
    process = writer("""
save(1)
child = os.fork()
if not child:
    for number in itertools.count(2):
        save(number)
try:
    numbers = set()
    while len(numbers) < 10:
        numbers.add(whole(writing=True))  # the listing has compared the checksums
finally:
    os.kill(child, signal.SIGKILL)
""")
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_several_processes_may_save_the_same_model_at_once(models_folder):
    process = writer("""
os.fsync = lambda descriptor: None  # quicker, so that they meet more often
children = []
for thousand in (1000, 2000, 3000):
    children.append(os.fork())
    if not children[-1]:
        for number in range(thousand, thousand + 25):
            save(number)
        os._exit(0)
assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
assert whole() in (1024, 2024, 3024), whole()
print(*os.listdir(home))
""")
    assert process.communicate(timeout=60)[0].split() == [NAME]


@pytest.mark.parametrize("left", [".replaced-{}.0a0b0c0d", "{}"])
def test_a_model_killed_aside_is_found_before_a_shipped_one(save_tiny, models_folder, left):
    save_tiny(accuracy=0.4)
    shutil.copytree(models_folder, store.SHIPPED)
    model = save_tiny(accuracy=0.6)
    model.folder.rename(models_folder / left.format(NAME))
    assert [each.card.test.value for each in store.list_models().models] == [0.6]


def test_leftovers_do_not_grow(save_tiny, models_folder):
    models_folder.mkdir()
    old, new = models_folder / ".partial-old", models_folder / ".partial-new"
    for path in (old, new):
        path.mkdir()
    os.utime(old, (1, 1))
    save_tiny()
    assert sorted(path.name for path in models_folder.iterdir()) == [".partial-new", NAME]


def test_a_models_folder_that_cannot_be_written_is_said_so(save_tiny, models_folder, monkeypatch):
    models_folder.write_bytes(b"a file where the folder should be")
    with pytest.raises(CannotWrite, match=r"nothing was changed.*set MNIST_APP_MODELS to a folder that is"):
        save_tiny()
    monkeypatch.setenv(store.FOLDER_VARIABLE, "/proc/models")
    with pytest.raises(CannotWrite, match=r"expected a writable folder /proc/models, found .+MNIST_APP_MODELS"):
        save_tiny()


FULL = OSError(errno.ENOSPC, "No space left on device")
FAILING = [(os, "fsync"), (os, "open"), (Path, "write_text"), (Path, "rename"), (Path, "mkdir")]


@pytest.mark.parametrize(("owner", "function"), FAILING, ids=[function for _, function in FAILING])
@pytest.mark.parametrize("call", [1, 2, 4])
def test_a_full_disk_leaves_the_old_model(save_tiny, models_folder, monkeypatch, owner, function, call):
    save_tiny(accuracy=0.5)
    before, true, calls = files_of(models_folder), getattr(owner, function), []

    def fail(*arguments, **options):
        calls.append(arguments)
        if len(calls) == call:
            raise FULL
        return true(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(owner, function, fail)
        try:
            save_tiny(accuracy=0.6)
        except CannotWrite as error:
            caught = error
        else:
            caught = None
    if len(calls) < call:  # it is not called that often
        assert caught is None
        return
    assert "No space left on device" in str(caught)
    assert "Make room on the disk" in str(caught)
    assert files_of(models_folder) == before
    assert [path.name for path in models_folder.iterdir()] == [NAME]


def test_a_disk_that_is_full_in_truth(models_folder):
    """The size of files is limited: writing beyond it fails, as on a full disk."""
    script = """
import resource
save(1)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (900, 900))
try:
    save(22)
except CannotWrite as error:
    assert "Make room on the disk" in str(error)
    print(error)
assert whole() == 1 and len(os.listdir(home)) == 1
"""
    process = writer(script)
    assert process.communicate(timeout=30)[0].startswith("The model cannot be saved, and nothing was changed")
    assert process.returncode == 0


def test_both_folders_are_listed_and_the_own_stands_first(save_tiny, models_folder):
    save_tiny(seed=0, accuracy=0.1)
    save_tiny(seed=1, accuracy=0.2)
    shutil.move(models_folder, store.SHIPPED)
    save_tiny(seed=1, accuracy=0.3)
    save_tiny(seed=2, accuracy=0.4)
    assert [(m.card.seed, m.card.test.value) for m in store.list_models().models] == [(0, 0.1), (1, 0.3), (2, 0.4)]
    assert store.load(store.name_of(tiny.RECIPE, 0)).folder.parent == store.SHIPPED


def test_without_the_variable_models_go_to_the_shipped_ones(save_tiny, monkeypatch):
    monkeypatch.delenv(store.FOLDER_VARIABLE)
    assert save_tiny().folder.parent == store.SHIPPED
    assert len(store.list_models().models) == 1


def test_a_read_only_models_folder_still_serves(tiny_model, monkeypatch):
    """Reading writes nothing: no call that changes a file system is made."""

    def refuse(*arguments, **options):
        raise OSError(errno.EROFS, "Read-only file system")

    for function in ("mkdir", "rename", "replace", "unlink", "rmdir", "remove", "utime"):
        monkeypatch.setattr(os, function, refuse)
    assert store.list_models().models == (tiny_model,)
    assert store.load(NAME).serving_path.is_file()
    store.state()
    with pytest.raises(CannotWrite, match="Read-only file system"), store.saving(tiny.RECIPE, seed=0):
        pass


def test_where_there_are_no_folders_there_are_no_models(models_folder):
    assert store.list_models() == store.Listing((), ())
    assert store.state() == ()
    with pytest.raises(NotFound, match=r"one of none, found 'cnn'.*mnist_app train KEY"):
        store.load("cnn")


def test_other_folders_are_no_models(tiny_model, models_folder):
    for name in ("lost+found", "notes", ".hidden-00000000-0"):
        (models_folder / name).mkdir()
    (models_folder / "README.md").write_text("about")
    assert store.list_models() == store.Listing((tiny_model,), ())


def edited(change):
    def spoil(folder: Path) -> None:
        plain = json.loads((folder / store.CARD_FILE).read_text("utf-8"))
        change(plain)
        (folder / store.CARD_FILE).write_text(json.dumps(plain), "utf-8")

    return spoil


def put(*path, value):
    def change(plain):
        for step in path[:-1]:
            plain = plain[step]
        plain[path[-1]] = value

    return edited(change)


def file_named(name: str):
    """A file that is there and has the very checksum on the card, but lies elsewhere or is not a model's."""

    def spoil(folder: Path) -> None:
        (folder / name).write_bytes(b"content")
        put("files", name, value=store.cards.checksum_of(folder / name))(folder)

    return spoil


def card(text: str):
    return lambda folder: (folder / store.CARD_FILE).write_text(text, "utf-8")


DAMAGE = {
    "no card": lambda folder: (folder / store.CARD_FILE).unlink(),
    "card is a folder": lambda folder: [(folder / store.CARD_FILE).unlink(), (folder / store.CARD_FILE).mkdir()],
    "empty card": card(""),
    "card of a list": card("[]"),
    "card of a number": card("1"),
    "card of null": card("null"),
    "half a card": lambda folder: os.truncate(folder / store.CARD_FILE, 200),
    "binary card": lambda folder: (folder / store.CARD_FILE).write_bytes(b"\xff\xfe\0"),
    "deep card": card("[" * 100_000),
    "huge card": lambda folder: (folder / store.CARD_FILE).open("a").write(" " * 2_000_000),
    "long number": put("seed", value=10**4000),
    **{f"no {name}": edited(lambda plain, name=name: plain.pop(name)) for name in (
        "format", "recipe", "seed", "parameters", "seconds", "data", "test", "finished", "versions", "files")},
    **{f"{name} is null": put(name, value=None) for name in ("format", "recipe", "seed", "test", "versions", "files")},
    "format 2": put("format", value=2),
    "seed text": put("seed", value="0"),
    "seed negative": put("seed", value=-1),
    "another seed": put("seed", value=7),
    "parameters half": put("parameters", value=1.5),
    "parameters true": put("parameters", value=True),
    "seconds NaN": put("seconds", value=float("nan")),
    "seconds infinite": put("seconds", value=1e999),
    "data a list": put("data", value=["MNIST"]),
    "finished a number": put("finished", value=2026),
    "accuracy NaN": put("test", "accuracy", value=float("nan")),
    "accuracy 98": put("test", "accuracy", value=98),
    "n 0": put("test", "n", value=0),
    "versions numbers": put("versions", value={"keras": 3}),
    "recipe text": put("recipe", value="tiny"),
    "recipe list": put("recipe", value=[1]),
    "recipe other": put("recipe", "epochs", value=2),
    "recipe impossible": put("recipe", "epochs", value=0),
    "recipe rate NaN": put("recipe", "learning_rate", value=float("nan")),
    "recipe unknown field": put("recipe", "colour", value="red"),
    "recipe options list": put("recipe", "options", value=[]),
    "recipe title": put("recipe", "title", value=5),
    "recipe about": put("recipe", "about", value=None),
    "recipe reported": put("recipe", "reported", value=[{"source": "A", "accuracy": "high", "note": ""}]),
    "recipe reported text": put("recipe", "reported", value="A"),
    "recipe architecture": put("recipe", "architecture", value={"a": 1}),
    "files list": put("files", value=["history.json"]),
    "files without history": put("files", value={}),
    "file above": file_named("../outside"),
    "file absolute": put("files", str(tiny.LITERT_FILE), value=store.cards.checksum_of(tiny.LITERT_FILE)),
    "file backslash": file_named("..\\card"),
    "file hidden": file_named(".x"),
    "file card": put("files", "card.json", value="0" * 64),
    "checksum number": put("files", "history.json", value=5),
    "file not there": put("files", "more.tflite", value="0" * 64),
    "weights missing": lambda folder: (folder / store.SERVING_FILE).unlink(),
    "weights truncated": lambda folder: os.truncate(folder / store.SERVING_FILE, 100),
    "weights changed": lambda folder: (folder / store.KERAS_FILE).write_bytes(b"not ready yet"),
    "history missing": lambda folder: (folder / store.HISTORY_FILE).unlink(),
    "history changed": lambda folder: (folder / store.HISTORY_FILE).write_text("{}"),
}  # fmt: skip


@pytest.mark.parametrize("spoil", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_model_is_reported_by_name_and_the_rest_goes_on(save_tiny, spoil):
    damaged, whole = save_tiny(seed=0), save_tiny(seed=1)
    spoil(damaged.folder)
    listing = store.list_models()
    assert listing.models == (whole,)
    (error,) = listing.damaged
    assert error.name == NAME
    assert NAME in str(error)
    assert error.remedy
    assert str(damaged.folder) in str(error)
    assert len(str(error)) < 1000
    with pytest.raises(Damaged):
        store.load(NAME)


@pytest.mark.parametrize("content", ["{}", "[]", "half", '{"epochs": {}, "batches": {}, "validation": "test"}'])
def test_a_history_that_is_none_is_reported_though_the_checksum_agrees(tiny_model, content):
    path = tiny_model.folder / store.HISTORY_FILE
    path.write_text(content)
    put("files", store.HISTORY_FILE, value=store.cards.checksum_of(path))(tiny_model.folder)
    (error,) = store.list_models().damaged
    assert store.HISTORY_FILE in str(error)


def test_a_folder_of_another_name_is_reported(tiny_model, models_folder):
    tiny_model.folder.rename(models_folder / "my favourite")
    (error,) = store.list_models().damaged
    assert error.name == "my favourite"
    assert f"expected the name {NAME}" in str(error)


def test_where_the_own_model_is_damaged_the_shipped_one_takes_its_place(save_tiny, models_folder):
    save_tiny(accuracy=0.4)
    shutil.copytree(models_folder, store.SHIPPED)
    (save_tiny(accuracy=0.6).folder / store.SERVING_FILE).unlink()
    listing = store.list_models()
    assert [model.card.test.value for model in listing.models] == [0.4]
    assert [error.name for error in listing.damaged] == [NAME]
    assert store.load(NAME).folder.parent == store.SHIPPED


def test_the_state_changes_with_every_file(save_tiny, models_folder):
    model = save_tiny()
    seen = {store.state()}
    os.utime(model.serving_path, (1, 1))
    seen.add(store.state())
    model.serving_path.unlink()
    seen.add(store.state())
    save_tiny(seed=1)
    seen.add(store.state())
    shutil.rmtree(model.folder)
    seen.add(store.state())
    assert len(seen) == 5
    assert store.state() == store.state()


def test_a_card_that_could_not_be_read_again_is_not_written(models_folder):
    with pytest.raises(ValueError, match="seconds"), store.saving(tiny.RECIPE, seed=0) as draft:
        draft.finish(
            history=History((), ()), parameters=1, seconds=float("nan"), data="MNIST", test=Proportion(0.5, 10)
        )
    assert list(models_folder.iterdir()) == []


def test_the_history_is_compact(save_tiny):
    content = (save_tiny().folder / store.HISTORY_FILE).read_text("utf-8")
    assert content.count("\n") == 1
    assert " " not in content


def test_the_store_needs_neither_keras_nor_litert():
    script = (
        "import sys; from mnist_app import store; print({'keras', 'tensorflow', 'ai_edge_litert'} & {*sys.modules})"
    )
    answer = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"


def test_the_shipped_folder_is_the_projects():
    assert store.SHIPPED == ROOT / "models"
    assert drafts.replaced_name(Path("/m/.replaced-cnn-12345678-0.aabbccdd")) == "cnn-12345678-0"
    assert drafts.replaced_name(Path("/m/cnn-12345678-0")) is None


# noise curves


def curve(model, *, denoiser=None, right=1):
    """A curve that was computed with that classifier and that denoiser, or none."""
    files = {"classifier": model.card.files[store.SERVING_FILE]}
    if denoiser:
        files["denoiser"] = denoiser.card.files[store.SERVING_FILE]
    return NoiseCurve(
        denoiser=denoiser.card.recipe.key if denoiser else "none",
        classifier=model.name,
        kind="salt-and-pepper",
        seed=0,
        levels=(0.0, 1.0),
        correct=((right,) * 10, (0,) * 10),
        counts=(10,) * 10,
        psnr=(None, 3.25),
        files=tuple(sorted(files.items())),
    )


def test_a_saved_noise_curve_is_listed_as_it_was(tiny_model, save_denoiser, models_folder):
    given = curve(tiny_model), curve(tiny_model, denoiser=save_denoiser())
    paths = [store.save_noise_curve(each) for each in given]
    assert sorted(store.list_noise_curves(), key=lambda each: each.denoiser) == list(given)
    assert {path.parent.parent for path in paths} == {models_folder}
    assert sorted(path.name for path in paths) == sorted(path.name for path in paths[0].parent.iterdir())
    assert all(json.loads(path.read_text("utf-8"))["classifier"] == NAME for path in paths)


def test_a_newer_noise_curve_of_the_same_two_takes_the_place_of_the_older(save_tiny):
    first, second = save_tiny(), save_tiny(seed=1)
    for right in (1, 2):
        path = store.save_noise_curve(curve(first, right=right))
    store.save_noise_curve(curve(second, right=3))
    assert len(list(path.parent.iterdir())) == 2
    assert {each.classifier: each.correct[0][0] for each in store.list_noise_curves()} == {
        first.name: 2,
        second.name: 3,
    }


def test_without_models_or_curves_none_are_listed(models_folder):
    assert store.list_noise_curves() == ()


def test_a_noise_curve_counts_only_while_both_its_networks_are_here(save_tiny, save_denoiser):
    classifier, denoiser = save_tiny(), save_denoiser()
    cleaned, bare = curve(classifier, denoiser=denoiser), curve(classifier)
    store.save_noise_curve(cleaned), store.save_noise_curve(bare)
    content = denoiser.serving_path.read_bytes()
    save_denoiser(serving=b"another")
    assert store.list_noise_curves() == (bare,), "the denoiser was trained anew"
    assert save_denoiser(serving=content).card.files == denoiser.card.files
    assert len(store.list_noise_curves()) == 2, "the very denoiser is back"
    shutil.rmtree(denoiser.folder)
    assert store.list_noise_curves() == (bare,), "the denoiser was deleted"
    save_tiny(serving=b"another")
    assert store.list_noise_curves() == (), "the classifier was trained anew"


def test_a_noise_curve_does_not_count_where_a_network_is_damaged(tiny_model):
    store.save_noise_curve(curve(tiny_model))
    tiny_model.serving_path.write_bytes(b"half")
    assert store.list_noise_curves() == ()


def changed(**fields):
    def spoil(path: Path) -> None:
        path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | fields), "utf-8")

    return spoil


DAMAGED_CURVES = {
    "empty": lambda path: path.write_text(""),
    "half": lambda path: os.truncate(path, 60),
    "binary": lambda path: path.write_bytes(b"\xff\xfe\0"),
    "list": lambda path: path.write_text("[]"),
    "null": lambda path: path.write_text("null"),
    "deep": lambda path: path.write_text("[" * 100_000),
    "folder": lambda path: [path.unlink(), path.mkdir()],
    "infinite seed": lambda path: path.write_text(path.read_text().replace('"seed": 0', '"seed": 1e999')),
    "more right than there are": changed(counts=[0] * 10),
    "a level too few": changed(levels=[0.0]),
    "no files": changed(files=None),
    "a checksum that is a list": changed(files={"classifier": ["x"]}),
    "a PSNR that is text": changed(psnr=[None, "loud"]),
    "a level NaN": changed(levels=[0.0, float("nan")]),
}


@pytest.mark.parametrize("spoil", DAMAGED_CURVES.values(), ids=DAMAGED_CURVES)
def test_a_damaged_noise_curve_is_left_out(save_tiny, spoil):
    whole = curve(save_tiny(seed=1))
    damaged = store.save_noise_curve(curve(save_tiny()))
    store.save_noise_curve(whole)
    assert len(store.list_noise_curves()) == 2
    spoil(damaged)
    assert store.list_noise_curves() == (whole,)
    store.state()


def test_other_files_among_the_noise_curves_do_no_harm(tiny_model, models_folder):
    path = store.save_noise_curve(curve(tiny_model))
    (path.parent / "notes.txt").write_text("about")
    (path.parent / ".partial-00000000").write_text(path.read_text())
    assert store.list_noise_curves() == (curve(tiny_model),)


def test_the_noise_curves_are_not_taken_for_a_model(tiny_model, models_folder):
    path = store.save_noise_curve(curve(tiny_model))
    assert path.parent.parent == models_folder
    assert store.list_models() == store.Listing((tiny_model,), ())
    with pytest.raises(NotFound, match=f"expected one of {NAME}, found"):
        store.load(path.parent.name)


def test_saving_a_model_leaves_the_noise_curves_alone(save_tiny):
    store.save_noise_curve(curve(save_tiny()))
    again = save_tiny()
    assert store.list_noise_curves() == (curve(again),), "the same content: the curve still holds"


def shipped_curve(model, *, right):
    """Store the curve, then move all that is in the own folder to the shipped one."""
    store.save_noise_curve(curve(model, right=right))
    shutil.move(store.own_folder(), store.SHIPPED)


def test_an_own_noise_curve_stands_before_a_shipped_one(tiny_model):
    shipped_curve(tiny_model, right=1)
    assert [each.correct[0][0] for each in store.list_noise_curves()] == [1]
    path = store.save_noise_curve(curve(tiny_model, right=2))
    assert [each.correct[0][0] for each in store.list_noise_curves()] == [2]
    path.write_text("damaged")
    assert [each.correct[0][0] for each in store.list_noise_curves()] == [1]


def test_a_shipped_noise_curve_counts_again_when_the_own_model_is_gone(save_tiny):
    """A model trained here under the shipped one's name is judged, and deleted again."""
    shipped_curve(save_tiny(), right=1)
    own = save_tiny(serving=b"trained here")
    assert store.list_noise_curves() == (), "the shipped curve is not that of the model trained here"
    store.save_noise_curve(curve(own, right=2))
    assert [each.correct[0][0] for each in store.list_noise_curves()] == [2]
    shutil.rmtree(own.folder)
    assert store.load(NAME).folder.parent == store.SHIPPED
    assert [each.correct[0][0] for each in store.list_noise_curves()] == [1]


def test_where_noise_curves_cannot_be_written_is_said_so(tiny_model, models_folder, monkeypatch):
    (models_folder / "noise-curves").write_text("a file where the folder should be")
    with pytest.raises(CannotWrite, match=r"nothing was changed.*set MNIST_APP_MODELS to a folder that is"):
        store.save_noise_curve(curve(tiny_model))
    monkeypatch.setenv(store.FOLDER_VARIABLE, "/proc/models")
    with pytest.raises(CannotWrite, match=r"expected a writable folder /proc/models"):
        store.save_noise_curve(curve(tiny_model))


@pytest.mark.parametrize("function", ["write_text", "replace", "mkdir"])
def test_a_full_disk_leaves_the_old_noise_curve(tiny_model, models_folder, monkeypatch, function):
    store.save_noise_curve(curve(tiny_model, right=1))
    before = files_of(models_folder)

    def fail(*arguments, **options):
        raise FULL

    with monkeypatch.context() as patch:
        patch.setattr(Path, function, fail)
        with pytest.raises(CannotWrite, match="Make room on the disk"):
            store.save_noise_curve(curve(tiny_model, right=2))
    assert files_of(models_folder) == before
    assert [each.correct[0][0] for each in store.list_noise_curves()] == [1]


def test_a_noise_curve_is_put_in_place_whole(tiny_model, monkeypatch):
    """At no moment is there half a file under the curve's name."""
    path = store.save_noise_curve(curve(tiny_model, right=1))
    old, seen, true = path.read_text(), [], Path.write_text

    def write_text(self, text, *arguments):
        true(self, text[:50], *arguments)
        seen.append((self != path, path.read_text() == old, len(store.list_noise_curves())))
        return true(self, text, *arguments)

    monkeypatch.setattr(Path, "write_text", write_text)
    store.save_noise_curve(curve(tiny_model, right=2))
    assert seen == [(True, True, 1)]
    assert [each.correct[0][0] for each in store.list_noise_curves()] == [2]


def test_the_state_changes_with_every_noise_curve(save_tiny):
    first, second = save_tiny(), save_tiny(seed=1)
    seen = [store.state()]
    path = store.save_noise_curve(curve(first))
    seen.append(store.state())
    os.utime(path, (1, 1))
    seen.append(store.state())
    store.save_noise_curve(curve(second))
    seen.append(store.state())
    path.unlink()
    seen.append(store.state())
    assert len(set(seen)) == 5
    assert store.state() == store.state()
    assert dict(curves.stamps([store.own_folder().resolve()])).keys() < dict(store.state()).keys()


def test_curves_for_the_spread_over_seeds_stay_without_their_models(models_folder):
    recipe = recipes.get("cnn-sgd")
    curve = NoiseCurve(
        denoiser="none",
        classifier=store.name_of(recipe, 7),
        kind="salt-and-pepper",
        seed=0,
        levels=(0.0, 1.0),
        correct=((5,) * 10, (0,) * 10),
        counts=(5,) * 10,
        psnr=(None, 3.0),
        files=(("classifier", "a" * 64),),
    )
    before = store.state()
    store.save_noise_curve(curve, for_spread=True)
    assert store.state() != before
    assert store.list_seed_curves(store.name_of(recipe, 0)) == (curve,)
    assert store.list_seed_curves(store.name_of(recipe.changed(epochs=1), 0)) == ()
    assert store.list_noise_curves() == ()
