"""What was trained here may be stopped early, named and deleted; what came with the project stays as it is."""

import errno
import json
import os
import shutil
from pathlib import Path

import pytest

from mnist_app import CannotWrite, Damaged, InvalidInput, NotFound, NotPossible, recipes, store
from mnist_app.evaluation.results import GENERATED, MNIST, Epoch, History, NoiseCurve, Proportion
from tests import tiny

NAME = store.name_of(tiny.RECIPE, 0)
LONG = tiny.RECIPE.changed(epochs=5)
"""A recipe whose training can be stopped early."""


def save_stopped(stopped, *, recipe=LONG, seed=0, data=MNIST):
    """A stored model whose training was stopped after that many epochs; None lets it run to its end."""
    with store.saving(recipe, seed=seed, stopped=stopped) as draft:
        (draft.folder / store.SERVING_FILE).write_bytes(tiny.LITERT_FILE.read_bytes())
        (draft.folder / store.KERAS_FILE).write_bytes(b"not read here")
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


@pytest.fixture
def shipped_alone(save_tiny, models_folder, monkeypatch):
    """The tiny model came with the project, and what is trained goes to the same folder."""
    save_tiny()
    shutil.move(models_folder, store.SHIPPED)
    (store.SHIPPED / store.MANIFEST_FILE).write_text(f"{NAME}\n")
    monkeypatch.delenv(store.FOLDER_VARIABLE)
    return store.SHIPPED


@pytest.fixture
def shipped_beside(save_tiny, models_folder):
    """The tiny model came with the project, and what is trained goes elsewhere."""
    save_tiny(accuracy=0.4)
    shutil.move(models_folder, store.SHIPPED)
    (store.SHIPPED / store.MANIFEST_FILE).write_text(f"{NAME}\n")
    return store.SHIPPED


# stopped early


def test_a_training_that_was_stopped_is_a_model_of_its_own(models_folder):
    stopped, whole = save_stopped(3), save_stopped(None)
    assert stopped.name == f"{whole.name}.after3"
    assert (stopped.card.stopped, whole.card.stopped) == (3, None)
    assert names() == [whole.name, stopped.name]
    assert json.loads((stopped.folder / store.CARD_FILE).read_text("utf-8"))["stopped"] == 3
    assert store.load(whole.name).card.stopped is None
    save_stopped(2)
    assert len(names()) == 3


def test_a_stopped_training_is_not_the_declared_experiment(models_folder):
    recipe = recipes.get("mlp-64-64")
    assert save_stopped(None, recipe=recipe).card.as_declared
    assert not save_stopped(3, recipe=recipe).card.as_declared
    assert not save_stopped(None, recipe=recipe.changed(epochs=3)).card.as_declared


def test_a_folder_renamed_to_the_whole_trainings_name_is_not_taken_for_it(models_folder):
    stopped = save_stopped(3)
    stopped.folder.rename(models_folder / store.name_of(LONG, 0))
    listing = store.list_models()
    assert listing.models == ()
    assert f"expected the name {stopped.name}" in str(listing.damaged[0])


@pytest.mark.parametrize("stopped", [0, -1, 5, 6, 2.5, True, "3", None])
def test_a_card_with_an_impossible_stop_is_damaged(models_folder, stopped):
    path = save_stopped(3).folder / store.CARD_FILE
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"stopped": stopped}), "utf-8")
    (error,) = store.list_models().damaged
    assert "stopped" in str(error)


def test_a_whole_training_cannot_be_saved_as_a_stopped_one(models_folder):
    with pytest.raises(ValueError, match="stopped after 5 epochs, not after 1 to 4"):
        save_stopped(5)
    assert list(models_folder.iterdir()) == []


def test_a_stopped_model_killed_aside_while_it_is_replaced_is_found(models_folder):
    model = save_stopped(3)
    model.folder.rename(models_folder / f".replaced-{model.name}.0a0b0c0d")
    assert names() == [model.name]
    save_stopped(3)
    assert [path.name for path in models_folder.iterdir()] == [model.name]


def test_cards_say_nothing_of_what_is_not_set(tiny_model):
    plain = json.loads((tiny_model.folder / store.CARD_FILE).read_text("utf-8"))
    assert plain["format"] == 1
    assert not {"stopped", "label"} & set(plain)


def save_curve(name):
    levels, correct = (0.0, 1.0), ((5,) * 10, (0,) * 10)
    curve = NoiseCurve("none", name, "salt-and-pepper", 0, levels, correct, (5,) * 10, (None, 3.0))
    store.save_noise_curve(curve, for_spread=True)


def test_a_model_of_generated_digits_stands_beside_that_of_mnist_and_takes_no_place_of_it(models_folder):
    recipe = recipes.get("mlp-64-64").changed(epochs=5)
    of_mnist, of_generated = save_stopped(None, recipe=recipe), save_stopped(None, recipe=recipe, data=GENERATED)
    stopped = save_stopped(3, recipe=recipe, data=GENERATED)
    assert of_generated.name == f"{of_mnist.name}.generated"
    assert stopped.name == f"{of_mnist.name}.generated.after3"
    assert names() == [of_mnist.name, of_generated.name, stopped.name]
    assert of_generated.card.data == GENERATED
    store.delete(of_generated.name)
    assert names() == [of_mnist.name, stopped.name]


def test_what_was_trained_on_generated_digits_is_not_the_declared_experiment(models_folder):
    recipe = recipes.get("mlp-64-64")
    assert save_stopped(None, recipe=recipe).card.as_declared
    assert not save_stopped(None, recipe=recipe, data=GENERATED).card.as_declared


@pytest.mark.parametrize("found", ["EMNIST", "", None, 5])
def test_a_card_of_unknown_data_is_damaged(tiny_model, found):
    path = tiny_model.folder / store.CARD_FILE
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"data": found}), "utf-8")
    with pytest.raises(Damaged, match="Unknown data: expected MNIST or generated digits"):
        store.load(tiny_model.name)


def test_a_card_under_the_name_of_the_other_data_is_refused(models_folder):
    model = save_stopped(None, data=GENERATED)
    model.folder.rename(models_folder / model.name.removesuffix(".generated"))
    (error,) = store.list_models().damaged
    assert f"expected the name {model.name}" in str(error)


def test_seed_curves_of_generated_digits_and_of_mnist_stay_apart(models_folder):
    for data in (MNIST, GENERATED):
        save_curve(store.name_of(LONG, 7, data=data))
    for data in (MNIST, GENERATED):
        (curve,) = store.list_seed_curves(store.name_of(LONG, 0, data=data))
        assert curve.classifier == store.name_of(LONG, 7, data=data)


def test_seed_curves_of_stopped_and_whole_trainings_stay_apart(models_folder):
    for seed in (7, 8):
        save_curve(store.name_of(LONG, seed))
        save_curve(store.name_of(LONG, seed, 3))

    def found(name):
        return [curve.classifier for curve in store.list_seed_curves(name)]

    assert found(store.name_of(LONG, 0)) == [store.name_of(LONG, seed) for seed in (7, 8)]
    assert found(store.name_of(LONG, 12, 3)) == [store.name_of(LONG, seed, 3) for seed in (7, 8)]
    assert found(store.name_of(LONG, 0, 2)) == found("no model") == []


# names


def test_a_name_is_kept_and_taken_away_again(tiny_model):
    before, files = store.state(), content_of(tiny_model.folder)
    named = store.rename(NAME, "  Ink & Søn 7 ✓ ")
    assert named.card.label == "Ink & Søn 7 ✓"
    assert (named.name, store.load(NAME)) == (NAME, named)
    assert store.state() != before
    assert content_of(tiny_model.folder).keys() == files.keys()
    assert store.rename(NAME, "") == tiny_model
    assert content_of(tiny_model.folder) == files


def test_the_state_changes_with_every_name(tiny_model):
    seen = [store.state()]
    for label in ("A", "Ab", "Abc", "Abcd"):
        store.rename(NAME, label)
        seen.append(store.state())
    assert len(set(seen)) == 5


def test_stopped_models_have_names_as_well(models_folder):
    model = save_stopped(3)
    card = store.rename(model.name, "Early").card
    assert (card.label, card.stopped) == ("Early", 3)


def test_a_model_trained_anew_has_no_name(save_tiny):
    save_tiny()
    store.rename(NAME, "Mine")
    assert save_tiny().card.label == ""


@pytest.mark.parametrize("label", ["x" * 61, "two\nlines", "a\tb", "bell\a", "left\u202eright", "a\u2028b", None, 5])
def test_an_impossible_name_is_refused(tiny_model, label):
    before = content_of(tiny_model.folder)
    with pytest.raises(InvalidInput, match="cannot be called that: expected"):
        store.rename(NAME, label)
    assert content_of(tiny_model.folder) == before


def test_the_longest_name_is_accepted(tiny_model):
    assert store.rename(NAME, " " + "é" * 60).card.label == "é" * 60


@pytest.mark.parametrize("label", ["x" * 61, "two\nlines", 5, None, ["a"]])
def test_a_card_with_an_impossible_name_is_damaged(tiny_model, label):
    path = tiny_model.folder / store.CARD_FILE
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"label": label}), "utf-8")
    (error,) = store.list_models().damaged
    assert error.name == NAME


def test_a_card_is_put_in_place_whole(tiny_model, monkeypatch):
    """Whoever reads while the card is written finds the old one."""
    true, seen = Path.write_text, []

    def write_text(self, text, *arguments):
        true(self, text[:100], *arguments)
        seen.append(store.list_models())
        return true(self, text, *arguments)

    monkeypatch.setattr(Path, "write_text", write_text)
    assert store.rename(NAME, "Mine").card.label == "Mine"
    assert seen == [store.Listing((tiny_model,), ())]


@pytest.mark.parametrize(("owner", "function"), [(os, "fsync"), (Path, "write_text"), (Path, "replace")])
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


def test_a_model_that_is_replaced_while_it_is_named_keeps_its_own_card(save_tiny, monkeypatch):
    save_tiny(accuracy=0.5)
    true = os.fsync

    def replace_meanwhile(descriptor):
        monkeypatch.setattr(os, "fsync", true)
        save_tiny(accuracy=0.6, serving=b"another")
        true(descriptor)

    monkeypatch.setattr(os, "fsync", replace_meanwhile)
    with pytest.raises(CannotWrite, match="cannot be renamed"):
        store.rename(NAME, "Mine")
    listing = store.list_models()
    assert listing.damaged == ()
    assert [(model.card.test.value, model.card.label) for model in listing.models] == [(0.6, "")]


def test_a_damaged_model_gets_no_name(save_tiny):
    model = save_tiny()
    model.serving_path.write_bytes(b"half")
    with pytest.raises(Damaged):
        store.rename(NAME, "Mine")


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
    before = store.state()
    store.delete(NAME)
    assert names() == [store.name_of(tiny.RECIPE, 1)]
    assert [path.name for path in models_folder.iterdir()] == names()
    assert store.state() != before
    with pytest.raises(NotFound):
        store.delete(NAME)


def test_only_the_very_model_is_deleted(models_folder):
    whole, early, later = save_stopped(None), save_stopped(2), save_stopped(3)
    store.delete(early.name)
    assert names() == [whole.name, later.name]
    store.delete(whole.name)
    assert names() == [later.name]


def test_noise_curves_of_a_deleted_model_do_not_count(tiny_model):
    files = (("classifier", tiny_model.card.files[store.SERVING_FILE]),)
    levels, correct = (0.0, 1.0), ((5,) * 10, (0,) * 10)
    curve = NoiseCurve("none", NAME, "salt-and-pepper", 0, levels, correct, (5,) * 10, (None, 3.0), files)
    store.save_noise_curve(curve)
    assert store.list_noise_curves() == (curve,)
    store.delete(NAME)
    assert store.list_noise_curves() == ()


def test_a_process_killed_while_it_deletes_leaves_no_half_model(save_tiny, models_folder, monkeypatch):
    model = save_tiny()
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda *arguments, **options: None)
        store.delete(NAME)
    assert store.list_models() == store.Listing((), ())
    (left,) = models_folder.iterdir()
    assert (left / store.CARD_FILE).exists()
    os.utime(left, (1, 1))
    save_tiny()
    assert list(models_folder.iterdir()) == [model.folder], "a later saver sweeps it up"


def test_what_had_stepped_aside_is_deleted_as_well(save_tiny, models_folder):
    save_tiny(accuracy=0.4).folder.rename(models_folder / f".replaced-{NAME}.0a0b0c0d")
    save_tiny(seed=1)
    store.delete(NAME)
    assert names() == [store.name_of(tiny.RECIPE, 1)]
    assert len(list(models_folder.iterdir())) == 1


def test_a_damaged_model_can_be_deleted(save_tiny, models_folder):
    (save_tiny().folder / store.CARD_FILE).unlink()
    store.delete(NAME)
    assert list(models_folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said_so(tiny_model, models_folder, monkeypatch):
    before = content_of(models_folder)

    def refuse(*arguments, **options):
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        with pytest.raises(CannotWrite, match=r"cannot be deleted, and nothing was changed.*Read-only"):
            store.delete(NAME)
    assert content_of(models_folder) == before


# what came with the project


@pytest.mark.parametrize("change", [store.delete, lambda name: store.rename(name, "Mine")])
def test_a_shipped_model_is_neither_named_nor_deleted(shipped_alone, save_tiny, change):
    own = save_tiny(seed=1)
    assert (store.is_shipped(NAME), store.is_shipped(own.name)) == (True, False)
    before = content_of(shipped_alone)
    with pytest.raises(NotPossible, match=f"Model {NAME} cannot be changed"):
        change(NAME)
    assert content_of(shipped_alone) == before
    change(own.name)
    assert content_of(shipped_alone) != before


@pytest.mark.parametrize("change", [store.delete, lambda name: store.rename(name, "Mine")])
def test_a_shipped_model_beside_an_own_folder_is_neither_named_nor_deleted(shipped_beside, change):
    assert store.is_shipped(NAME)
    before = content_of(shipped_beside)
    with pytest.raises(NotPossible):
        change(NAME)
    assert content_of(shipped_beside) == before


def test_an_own_model_of_a_shipped_ones_name_is_the_users(shipped_beside, save_tiny):
    save_tiny(accuracy=0.6)
    assert not store.is_shipped(NAME)
    assert store.rename(NAME, "Mine").card.label == "Mine"
    store.delete(NAME)
    assert store.is_shipped(NAME)
    assert store.load(NAME).card.test.value == 0.4
    assert store.load(NAME).card.label == ""


def test_a_damaged_own_model_is_not_confused_with_the_shipped_one(shipped_beside, save_tiny):
    save_tiny(accuracy=0.6).serving_path.unlink()
    with pytest.raises(Damaged):
        store.rename(NAME, "Mine")
    assert store.load(NAME).folder.parent == shipped_beside
    store.delete(NAME)
    assert store.list_models().damaged == ()
    assert store.load(NAME).card.test.value == 0.4


def test_without_a_list_nothing_is_shipped(shipped_alone):
    (shipped_alone / store.MANIFEST_FILE).unlink()
    assert not store.is_shipped(NAME)
    assert not store.is_shipped("anything")


def test_the_folder_of_jobs_disturbs_no_listing(tiny_model, models_folder):
    before = store.state()
    job = models_folder / ".jobs" / NAME
    job.mkdir(parents=True)
    (job / store.CARD_FILE).write_text("{}")
    assert store.list_models() == store.Listing((tiny_model,), ())
    assert store.state() == before


def test_the_weights_for_keras_are_named_or_said_to_be_missing(tiny_model, save_denoiser):
    assert tiny_model.keras_path.read_bytes() == b"not read here"
    with pytest.raises(NotFound, match="weights of tiny-denoiser do not ship"):
        _ = save_denoiser(served=False).keras_path
