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


# listing


def test_both_folders_are_listed_and_the_own_stands_first(save_tiny, models_folder):
    save_tiny(seed=0, accuracy=0.1)
    save_tiny(seed=1, accuracy=0.2)
    shutil.move(models_folder, store.folders.SHIPPED)
    save_tiny(seed=1, accuracy=0.3)
    save_tiny(seed=2, accuracy=0.4)
    assert [(m.card.seed, m.card.test.value) for m in store.list_models().models] == [(0, 0.1), (1, 0.3), (2, 0.4)]
    assert store.load(store.name_of(tiny.RECIPE, 0)).folder.parent == store.folders.SHIPPED


def test_without_the_variable_models_go_to_the_shipped_ones(save_tiny, monkeypatch):
    monkeypatch.delenv(store.FOLDER_VARIABLE)
    assert save_tiny().folder.parent == store.folders.SHIPPED
    assert len(store.list_models().models) == 1


def test_where_there_are_no_folders_there_are_no_models(models_folder):
    assert store.list_models() == store.Listing((), ())
    assert store.state() == store.state()
    with pytest.raises(NotFound, match=r"one of none, found 'cnn'.*mnist_app train KEY"):
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


def test_the_state_changes_with_every_file(save_tiny, models_folder):
    seen = [store.state()]
    model = save_tiny()
    seen.append(store.state())
    os.utime(model.path(), (1, 1))
    seen.append(store.state())
    model.path().unlink()
    seen.append(store.state())
    for label in ("A", "Ab"):
        store.rename(save_tiny(seed=1).name, label)
        seen.append(store.state())
    shutil.rmtree(model.folder)
    seen.append(store.state())
    assert len(set(seen)) == len(seen)
    assert store.state() == store.state()


DAMAGE = {
    "no card": lambda folder: (folder / store.CARD_FILE).unlink(),
    "half a card": lambda folder: os.truncate(folder / store.CARD_FILE, 200),
    "binary card": lambda folder: (folder / store.CARD_FILE).write_bytes(b"\xff\xfe\0"),
    "another seed": put("seed", value=7),
    "data unknown": put("data", value="EMNIST"),
    "recipe unknown field": put("recipe", "colour", value="red"),
    "deep options": lambda folder: (folder / store.CARD_FILE).write_text(
        '{"recipe": {"options": {"a": ' + "[" * 100_000
    ),
    "file above": put("files", "../outside", value="0" * 64),
    "file missing": put("files", "more.tflite", value="0" * 64),
    "weights missing": lambda folder: (folder / store.SERVING_FILE).unlink(),
    "weights changed": lambda folder: (folder / store.KERAS_FILE).write_bytes(b"not ready yet"),
    "history missing": lambda folder: (folder / store.HISTORY_FILE).unlink(),
}


@pytest.mark.parametrize("spoil", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_model_is_reported_by_name_and_the_rest_goes_on(save_tiny, spoil):
    damaged, whole = save_tiny(seed=0), save_tiny(seed=1)
    spoil(damaged.folder)
    listing = store.list_models()
    assert listing.models == (whole,)
    (error,) = listing.damaged
    assert error.name == NAME
    assert NAME in str(error)
    assert str(damaged.folder) in error.remedy
    assert len(str(error)) < 1000
    with pytest.raises(Damaged):
        store.load(NAME)
    with pytest.raises(Damaged):
        store.rename(NAME, "Mine")
    store.delete(NAME)
    assert store.list_models() == store.Listing((whole,), ())


def test_a_history_that_is_none_is_reported_though_the_checksum_agrees(tiny_model):
    path = tiny_model.folder / store.HISTORY_FILE
    path.write_text('{"epochs": {}, "batches": {}, "validation": "test"}')
    put("files", store.HISTORY_FILE, value=store.stored_model.checksum_of(path))(tiny_model.folder)
    (error,) = store.list_models().damaged
    assert store.HISTORY_FILE in str(error)


def test_a_folder_of_another_name_is_reported(tiny_model, models_folder):
    tiny_model.folder.rename(models_folder / "my favourite")
    (error,) = store.list_models().damaged
    assert error.name == "my favourite"
    assert f"expected the name {NAME}" in str(error)


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
    assert names() == [whole.name, stopped.name]
    save_stopped(2)
    store.delete(stopped.name)
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


@pytest.mark.parametrize("suffix", [".after3", ".generated"])
def test_a_folder_renamed_to_the_whole_trainings_name_is_not_taken_for_it(models_folder, suffix):
    model = save_stopped(3) if suffix == ".after3" else save_stopped(None, data=GENERATED)
    model.folder.rename(models_folder / model.name.removesuffix(suffix))
    listing = store.list_models()
    assert listing.models == ()
    assert f"expected the name {model.name}" in str(listing.damaged[0])


# names


def test_a_name_is_kept_and_taken_away_again(tiny_model):
    files = content_of(tiny_model.folder)
    named = store.rename(NAME, "  Ink & Søn 7 ✓ ")
    assert named.card.label == "Ink & Søn 7 ✓"
    assert (named.name, store.load(NAME)) == (NAME, named)
    assert store.rename(NAME, " " + "é" * 60).card.label == "é" * 60
    assert store.rename(NAME, "") == tiny_model
    assert content_of(tiny_model.folder) == files


def test_a_model_trained_anew_has_no_name(save_tiny):
    save_tiny()
    store.rename(NAME, "Mine")
    assert save_tiny().card.label == ""


@pytest.mark.parametrize("label", ["x" * 61, "two\nlines", "a\tb", "bell\a", "left\u202eright", "a\u2028b"])
def test_an_impossible_name_is_refused(tiny_model, label):
    with pytest.raises(InvalidInput, match="cannot be called that: expected"):
        store.rename(NAME, label)
    assert store.load(NAME) == tiny_model


@pytest.mark.parametrize(("owner", "function"), [(os, "fsync"), (Path, "write_bytes"), (Path, "replace")])
def test_a_full_disk_leaves_the_old_name(tiny_model, models_folder, monkeypatch, owner, function):
    store.rename(NAME, "Old")
    before = content_of(models_folder)

    def fail(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(owner, function, fail)
        with pytest.raises(CannotWrite, match=r"cannot be renamed, and nothing was changed.*Make room"):
            store.rename(NAME, "New")
    assert content_of(models_folder) == before


@pytest.mark.parametrize("change", [store.delete, lambda name: store.rename(name, "Mine")])
@pytest.mark.parametrize("name", ["cnn-00000000-0", "", "..", "../models", ".jobs", "noise-curves"])
def test_what_is_no_model_is_neither_named_nor_deleted(tiny_model, models_folder, change, name):
    for folder in (".jobs", "noise-curves"):
        (models_folder / folder).mkdir()
        (models_folder / folder / "content").write_text("kept")
    before = content_of(models_folder.parent)
    with pytest.raises(NotFound, match="There is no trained model"):
        change(name)
    assert content_of(models_folder.parent) == before


# deletion


def test_a_deleted_model_is_gone(save_tiny, models_folder):
    save_tiny(), save_tiny(seed=1)
    store.delete(NAME)
    assert names() == [store.name_of(tiny.RECIPE, 1)]
    assert [path.name for path in models_folder.iterdir()] == names()
    with pytest.raises(NotFound):
        store.delete(NAME)


def test_a_process_killed_while_it_deletes_leaves_no_half_model(save_tiny, models_folder, monkeypatch):
    model = save_tiny()
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda *arguments, **options: None)
        store.delete(NAME)
    assert store.list_models() == store.Listing((), ())
    (left,) = models_folder.iterdir()
    os.utime(left, (1, 1))
    save_tiny()
    assert list(models_folder.iterdir()) == [model.folder], "a later saver removes it"


def test_a_folder_that_cannot_be_written_is_said_so(tiny_model, models_folder, monkeypatch):
    def refuse(*arguments, **options):
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        with pytest.raises(CannotWrite, match=r"cannot be deleted, and nothing was changed.*Read-only"):
            store.delete(NAME)
    assert store.load(NAME) == tiny_model


# what came with the project


@pytest.mark.parametrize("beside", [True, False], ids=["own folder", "one folder"])
def test_a_shipped_model_is_neither_named_nor_deleted(save_tiny, models_folder, monkeypatch, beside):
    save_tiny(accuracy=0.4)
    shutil.move(models_folder, store.folders.SHIPPED)
    (store.folders.SHIPPED / "shipped.txt").write_text(f"{NAME}\n")
    if not beside:
        monkeypatch.delenv(store.FOLDER_VARIABLE)
    own = save_tiny(seed=1)
    assert (store.is_shipped(NAME), store.is_shipped(own.name)) == (True, False)
    before = content_of(store.folders.SHIPPED)
    for change in (store.delete, lambda name: store.rename(name, "Mine")):
        with pytest.raises(NotPossible, match=f"Model {NAME} cannot be changed"):
            change(NAME)
    assert content_of(store.folders.SHIPPED) == before
    store.rename(own.name, "Mine"), store.delete(own.name)
    assert names() == [NAME]
    (store.folders.SHIPPED / "shipped.txt").unlink()
    assert store.is_shipped(NAME) == beside, "in one folder, the list says it"


@pytest.mark.parametrize("damaged", [False, True])
def test_an_own_model_of_a_shipped_ones_name_is_the_users(save_tiny, models_folder, damaged):
    save_tiny(accuracy=0.4)
    shutil.move(models_folder, store.folders.SHIPPED)
    model = save_tiny(accuracy=0.6)
    assert not store.is_shipped(NAME)
    if damaged:
        model.path().unlink()
        with pytest.raises(Damaged):
            store.rename(NAME, "Mine")
    else:
        assert store.rename(NAME, "Mine").card.label == "Mine"
    store.delete(NAME)
    assert store.is_shipped(NAME)
    assert (store.load(NAME).card.test.value, store.load(NAME).card.label) == (0.4, "")


def test_weights_that_are_not_kept_are_said_to_be_missing(save_denoiser):
    with pytest.raises(NotFound, match="weights of tiny-denoiser do not ship"):
        _ = save_denoiser(served=False).path(store.KERAS_FILE)
