"""Stored models are listed and verified; those trained here may be stopped early, named and deleted."""

import errno
import json
import os
import shutil
from pathlib import Path

import pytest

from mnist_app import CannotWrite, Damaged, InvalidInput, NotFound, NotPossible, recipes, store
from mnist_app.evaluation.results import GENERATED, MNIST, Epoch, History, Proportion
from tests import tiny

NAME = store.name_of(tiny.RECIPE, 0)
LONG = tiny.RECIPE.changed(epochs=5)
"""A recipe whose training can be stopped early."""


def save_stopped(stopped, *, recipe=LONG, seed=0, data=MNIST):
    """A stored model whose training was stopped after that many epochs; None lets it run to its end."""
    with store.saving(recipe, seed=seed, stopped=stopped) as draft:
        (draft.folder / store.SERVING_FILE).write_bytes(tiny.LITERT_FILE.read_bytes())
        draft.finish(
            history=History((Epoch(0.5, 0.8, 0.4, 0.9, 1.5),) * (stopped or recipe.epochs), ()),
            parameters=tiny.PARAMETERS,
            seconds=1.5,
            data=data,
            test=Proportion(0.9, 10_000),
        )
    return store.load(store.name_of(recipe, seed, stopped, data=data))


def names():
    return [model.name for model in store.list_models().models]


def content_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def put(*path, value):
    """Write that value into the card."""

    def spoil(folder: Path) -> None:
        plain = inner = json.loads((folder / store.CARD_FILE).read_text("utf-8"))
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value
        (folder / store.CARD_FILE).write_text(json.dumps(plain), "utf-8")

    return spoil


def failing(*arguments, **options):
    raise OSError(errno.ENOSPC, "No space left on device")


# listing


def test_both_folders_are_listed_and_the_own_stands_first(save_tiny, models_folder):
    save_tiny(seed=0, accuracy=0.1)
    save_tiny(seed=1, accuracy=0.2)
    shutil.move(models_folder, store.folders.SHIPPED)
    save_tiny(seed=1, accuracy=0.3)
    save_tiny(seed=2, accuracy=0.4)
    assert [(m.card.seed, m.card.test.value) for m in store.list_models().models] == [(0, 0.1), (1, 0.3), (2, 0.4)]
    assert store.load(NAME).folder.parent == store.folders.SHIPPED


def test_where_there_are_no_folders_there_are_no_models(models_folder):
    assert store.list_models() == store.Listing((), ())
    assert store.state() == store.state()
    with pytest.raises(NotFound, match=r"no trained model 'cnn': expected one of none.*mnist_app train KEY"):
        store.load("cnn")


def test_other_folders_are_no_models(tiny_model, models_folder):
    before = store.state()
    job = models_folder / ".jobs" / NAME
    job.mkdir(parents=True)
    (job / store.CARD_FILE).write_text("{}")
    assert store.state() == before
    for name in ("lost+found", "noise-curves"):
        (models_folder / name).mkdir()
    (models_folder / "README.md").write_text("about")
    assert store.list_models() == store.Listing((tiny_model,), ())


def test_the_state_changes_with_every_file(save_tiny):
    seen = [store.state()]
    model = save_tiny()
    seen.append(store.state())
    os.utime(model.path(), (1, 1))
    seen.append(store.state())
    for label in ("A", "Ab"):
        store.rename(model, label)
        seen.append(store.state())
    model.path().unlink()
    seen.append(store.state())
    assert len(set(seen)) == len(seen)
    assert store.state() == store.state()


def test_a_new_model_has_no_other_one_read_again(save_tiny, monkeypatch):
    save_tiny(seed=0)
    store.list_models()
    read = []
    checksum_of = store.stored_model.checksum_of
    monkeypatch.setattr(store.stored_model, "checksum_of", lambda path: read.append(path) or checksum_of(path))
    new = save_tiny(seed=1)
    assert len(store.list_models().models) == 2
    assert {path.parent for path in read} == {new.folder}


DAMAGE = {
    "no card": lambda folder: (folder / store.CARD_FILE).unlink(),
    "half a card": lambda folder: os.truncate(folder / store.CARD_FILE, 200),
    "another seed": put("seed", value=7),
    "an unknown field": put("recipe", "colour", value="red"),
    "a file outside": put("files", "../outside", value="0" * 64),
    "no weights": lambda folder: (folder / store.SERVING_FILE).unlink(),
    "other weights": lambda folder: (folder / store.KERAS_FILE).write_bytes(b"not ready yet"),
    "another folder": lambda folder: folder.rename(folder.with_name(store.name_of(tiny.RECIPE, 7))),
}


@pytest.mark.parametrize("spoil", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_model_is_reported_by_name_and_the_rest_goes_on(save_tiny, spoil):
    damaged, whole = save_tiny(seed=0), save_tiny(seed=1)
    spoil(damaged.folder)
    listing = store.list_models()
    assert listing.models == (whole,)
    (error,) = listing.damaged
    assert error.name in str(error)
    assert str(damaged.folder.with_name(error.name)) in error.remedy
    assert len(str(error)) < 1000
    with pytest.raises(Damaged):
        store.load(error.name)


WAYS = {
    "gone": Path.unlink,
    "empty": lambda path: path.write_bytes(b""),
    "half": lambda path: os.truncate(path, path.stat().st_size // 2),
    "noise": lambda path: path.write_bytes(bytes(range(256))),
    "a folder": lambda path: path.unlink() or path.mkdir(),
}


@pytest.mark.parametrize("spoil", WAYS.values(), ids=WAYS)
def test_each_file_of_a_model_may_be_damaged(save_tiny, spoil):
    whole = save_tiny(seed=1)
    names = sorted(path.name for path in whole.folder.iterdir())
    assert len(names) >= 4
    for name in names:
        damaged = save_tiny(seed=0)
        spoil(damaged.folder / name)
        listing = store.list_models()
        assert listing.models == (whole,)
        assert [error.name for error in listing.damaged] == [damaged.name]
        shutil.rmtree(damaged.folder)


def test_where_the_own_model_is_damaged_the_shipped_one_takes_its_place(save_tiny, models_folder):
    save_tiny(accuracy=0.4)
    shutil.move(models_folder, store.folders.SHIPPED)
    save_tiny(accuracy=0.6).path().unlink()
    listing = store.list_models()
    assert [model.card.test.value for model in listing.models] == [0.4]
    assert [error.name for error in listing.damaged] == [NAME]
    assert store.load(NAME).folder.parent == store.folders.SHIPPED


# stopped early, and trained on generated digits


def test_a_training_that_was_stopped_is_a_model_of_its_own(models_folder):
    stopped, whole = save_stopped(3), save_stopped(None)
    assert stopped.name == f"{whole.name}.after3"
    assert (stopped.card.stopped, whole.card.stopped) == (3, None)
    save_stopped(2)
    store.delete(stopped)
    assert names() == [whole.name, f"{whole.name}.after2"]
    card = json.loads((whole.folder / store.CARD_FILE).read_text("utf-8"))
    assert not {"stopped", "label"} & set(card), "cards say nothing of what is not set"


def test_a_model_of_generated_digits_stands_beside_that_of_mnist(models_folder):
    of_mnist, of_generated = save_stopped(None), save_stopped(None, data=GENERATED)
    stopped = save_stopped(3, data=GENERATED)
    assert of_generated.name == f"{of_mnist.name}.generated"
    assert stopped.name == f"{of_mnist.name}.generated.after3"
    assert names() == [of_mnist.name, of_generated.name, stopped.name]


def test_only_a_whole_training_on_mnist_is_the_declared_experiment(models_folder):
    recipe = recipes.get("mlp-64-64")
    assert save_stopped(None, recipe=recipe).card.as_declared
    assert not save_stopped(3, recipe=recipe).card.as_declared
    assert not save_stopped(None, recipe=recipe.changed(epochs=3)).card.as_declared
    assert not save_stopped(None, recipe=recipe, data=GENERATED).card.as_declared


# names


def test_a_name_is_kept_and_taken_away_again(tiny_model):
    files = content_of(tiny_model.folder)
    store.rename(tiny_model, "  Ink & Søn 7 ✓ ")
    named = store.load(NAME)
    assert (named.name, named.card.label) == (NAME, "Ink & Søn 7 ✓")
    store.rename(named, " " + "é" * 60)
    assert store.load(NAME).card.label == "é" * 60
    store.rename(named, "")
    assert store.load(NAME) == tiny_model
    assert content_of(tiny_model.folder) == files


@pytest.mark.parametrize("label", ["x" * 61, "two\nlines", "left\u202eright"])
def test_an_impossible_name_is_refused(tiny_model, label):
    with pytest.raises(InvalidInput, match="cannot be called that: expected"):
        store.rename(tiny_model, label)
    assert store.load(NAME) == tiny_model


@pytest.mark.parametrize(("owner", "function"), [(os, "fsync"), (Path, "write_bytes")])
def test_a_full_disk_leaves_the_old_name(tiny_model, models_folder, monkeypatch, owner, function):
    store.rename(tiny_model, "Old")
    before = content_of(models_folder)
    with monkeypatch.context() as patch:
        patch.setattr(owner, function, failing)
        with pytest.raises(CannotWrite, match=r"cannot be renamed, and nothing was changed.*Make room"):
            store.rename(tiny_model, "New")
    assert content_of(models_folder) == before


# deletion


def test_a_deleted_model_is_gone(save_tiny, models_folder):
    model, _ = save_tiny(), save_tiny(seed=1)
    store.delete(model)
    assert names() == [store.name_of(tiny.RECIPE, 1)]
    assert [path.name for path in models_folder.iterdir()] == names()
    store.delete(model)


def test_a_process_killed_while_it_deletes_leaves_no_half_model(save_tiny, models_folder, monkeypatch):
    model = save_tiny()
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda *arguments, **options: None)
        store.delete(model)
    assert store.list_models() == store.Listing((), ())
    (left,) = models_folder.iterdir()
    os.utime(left, (1, 1))
    save_tiny()
    assert list(models_folder.iterdir()) == [model.folder], "a later saver removes it"


def test_where_it_cannot_be_deleted_it_stays(tiny_model, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", failing)
        with pytest.raises(CannotWrite, match=r"cannot be deleted, and nothing was changed"):
            store.delete(tiny_model)
    assert store.load(NAME) == tiny_model


# what came with the project


@pytest.mark.parametrize("beside", [True, False], ids=["own folder", "one folder"])
def test_a_shipped_model_is_neither_named_nor_deleted(save_tiny, models_folder, monkeypatch, beside):
    save_tiny(accuracy=0.4)
    shutil.move(models_folder, store.folders.SHIPPED)
    (store.folders.SHIPPED / "shipped.txt").write_text(f"{NAME}\n")
    if not beside:
        monkeypatch.delenv(store.FOLDER_VARIABLE)
    shipped, own = store.load(NAME), save_tiny(seed=1)
    assert (shipped.shipped, own.shipped) == (True, False)
    before = content_of(store.folders.SHIPPED)
    for change in (store.delete, lambda model: store.rename(model, "Mine")):
        with pytest.raises(NotPossible, match=f"Model {NAME} came with the project"):
            change(shipped)
    assert content_of(store.folders.SHIPPED) == before
    store.rename(own, "Mine"), store.delete(own)
    assert names() == [NAME]


def test_an_own_model_of_a_shipped_ones_name_is_the_users(save_tiny, models_folder):
    save_tiny(accuracy=0.4)
    shutil.move(models_folder, store.folders.SHIPPED)
    model = save_tiny(accuracy=0.6)
    assert not model.shipped
    store.rename(model, "Mine")
    assert store.load(NAME).card.label == "Mine"
    store.delete(model)
    assert store.load(NAME).shipped
    assert (store.load(NAME).card.test.value, store.load(NAME).card.label) == (0.4, "")


def test_weights_that_are_not_kept_are_said_to_be_missing(save_denoiser):
    with pytest.raises(NotFound, match=r"weights of tiny-denoiser do not ship.*mnist_app train tiny-denoiser"):
        save_denoiser(served=False).path(store.KERAS_FILE)
