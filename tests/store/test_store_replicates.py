"""Replicates: trainings of which the curves alone are kept, small, whole, and never those of another training."""

import dataclasses
import errno
import json
import os
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest

from mnist_app import CannotWrite, recipes, store
from mnist_app.evaluation import sweep
from mnist_app.evaluation.results import GENERATED, MNIST, Batches, Epoch, History

RECIPE = recipes.get("mlp-500-300").changed(l2=1e-5, epochs=2)


def history(epochs, *, seed=0, batches=0):
    """Curves of numbers with all their digits."""
    draw = np.random.default_rng(seed).random
    rows = tuple(Epoch(*(float(value) for value in draw(5))) for _ in range(epochs))
    return History(rows, tuple(Batches(100 * (n + 1), *map(float, draw(2))) for n in range(batches)), "held-out")


def replicate(seed=0, *, recipe=RECIPE, values=0, data=MNIST):
    return store.Replicate(recipe, seed, history(recipe.epochs, seed=values, batches=3), 61.5, data)


def rounded(replicate):
    """As it is stored."""
    epochs = tuple(Epoch(*(float(f"{v:.6g}") for v in dataclasses.astuple(row))) for row in replicate.history.epochs)
    batches = tuple(
        Batches(row.batch, float(f"{row.loss:.6g}"), float(f"{row.accuracy:.6g}")) for row in replicate.history.batches
    )
    return dataclasses.replace(replicate, history=History(epochs, batches, replicate.history.validation))


def test_a_saved_replicate_is_listed_as_it_was_but_for_digits_that_say_nothing(models_folder):
    given = replicate(7)
    path = store.save_replicate(given)
    assert path == models_folder / "replicates" / f"{store.name_of(RECIPE, 7)}.json"
    assert given.name == path.stem
    assert store.list_replicates() == (rounded(given),)
    assert list(path.parent.iterdir()) == [path]
    assert store.save_replicate(store.list_replicates()[0]).read_text() == path.read_text()


def test_replicates_of_generated_digits_are_listed_apart(models_folder):
    path = store.save_replicate(replicate(values=1, data=GENERATED))
    assert path.name == f"{store.name_of(RECIPE, 0)}.generated.json"
    assert store.list_replicates() == ()
    store.save_replicate(replicate())
    assert store.list_replicates() == (rounded(replicate()),)
    assert store.list_replicates(data=GENERATED) == (rounded(replicate(values=1, data=GENERATED)),)


def test_time_and_versions_are_noted(models_folder):
    store.save_replicate(replicate())
    (found,) = store.list_replicates()
    assert found.finished.endswith("+00:00")
    assert found.versions["python"].startswith("3.")


def test_a_denoisers_replicate_has_no_accuracies(models_folder):
    recipe = recipes.get("autoencoder").changed(epochs=1)
    curves = History((Epoch(0.123456789, None, 0.2, None, 1.0),), (Batches(100, 0.5, None),))
    store.save_replicate(store.Replicate(recipe, 0, curves, 1.0, "MNIST"))
    (found,) = store.list_replicates()
    assert found.history.epochs == (Epoch(0.123457, None, 0.2, None, 1.0),)
    assert found.history.batches == curves.batches


def test_forty_epochs_take_ten_kilobytes_at_most(models_folder):
    (recipe,) = sweep.Order((1e-5,), epochs=40).recipes()
    given = store.Replicate(recipe, 0, history(40, batches=40 * 469 // 100), 61.5, "MNIST")
    content = store.save_replicate(given).read_text("utf-8")
    assert len(content) < 10_000
    assert content.count("\n") == 1


def test_a_sweep_takes_what_is_listed(models_folder):
    order = sweep.Order((1e-5, 1e-4), (0, 1), epochs=2)
    first, second = order.recipes()
    for recipe, seed in ((first, 0), (first, 1), (second, 0)):
        store.save_replicate(replicate(seed, recipe=recipe))
    assert sweep.missing(order, store.list_replicates()) == [(second, 1)]


def test_a_newer_replicate_takes_the_place_of_the_older(models_folder):
    for values in (1, 2):
        path = store.save_replicate(replicate(values=values))
    store.save_replicate(replicate(1))
    assert [each.seed for each in store.list_replicates()] == [0, 1]
    assert store.list_replicates()[0] == rounded(replicate(values=2))
    assert len(list(path.parent.iterdir())) == 2


def test_an_own_replicate_stands_before_a_shipped_one(models_folder):
    store.save_replicate(replicate(0, values=1)), store.save_replicate(replicate(1))
    shutil.move(models_folder, store.SHIPPED)
    path = store.save_replicate(replicate(0, values=2))
    store.save_replicate(replicate(2))
    assert [each.seed for each in store.list_replicates()] == [0, 1, 2]
    assert store.list_replicates()[0] == rounded(replicate(values=2))
    path.write_text("damaged")
    assert store.list_replicates()[0] == rounded(replicate(values=1))
    path.unlink()
    assert store.list_replicates()[0] == rounded(replicate(values=1))


def test_without_a_folder_there_are_none(models_folder):
    assert store.list_replicates() == ()


def changed(**fields):
    return lambda path: path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | fields), "utf-8")


DAMAGE = {
    "empty": lambda path: path.write_text(""),
    "half": lambda path: os.truncate(path, 900),
    "binary": lambda path: path.write_bytes(b"\xff\xfe\0"),
    "list": lambda path: path.write_text("[]"),
    "null": lambda path: path.write_text("null"),
    "deep": lambda path: path.write_text("[" * 100_000),
    "folder": lambda path: [path.unlink(), path.mkdir()],
    "dangling link": lambda path: [path.unlink(), path.symlink_to("nowhere")],
    "other format": changed(format=2),
    "another seed": changed(seed=5),
    "seed text": changed(seed="0"),
    "another recipe": changed(recipe=msgspec.to_builtins(RECIPE.changed(l2=0.5))),
    "no recipe": changed(recipe=None),
    "no history": changed(history={}),
    "history NaN": changed(history=history(2).to_json() | {"epochs": {"loss": [float("nan")]}}),
    "seconds infinite": changed(seconds=1e999),
    "data number": changed(data=5),
    "versions numbers": changed(versions={"keras": 3}),
    "another's file": lambda path: path.rename(path.with_name(store.name_of(RECIPE, 9) + ".json")),
}


@pytest.mark.parametrize("spoil", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_replicate_is_left_out(models_folder, spoil):
    damaged = store.save_replicate(replicate())
    store.save_replicate(replicate(1))
    assert len(store.list_replicates()) == 2
    spoil(damaged)
    assert [each.seed for each in store.list_replicates()] == [1]
    store.state()


def test_other_files_among_the_replicates_do_no_harm(models_folder):
    path = store.save_replicate(replicate())
    (path.parent / "notes.txt").write_text("about")
    (path.parent / ".partial-00000000").write_text(path.read_text())
    assert len(store.list_replicates()) == 1
    assert store.list_models() == store.Listing((), ())


def test_the_state_changes_with_every_replicate(models_folder):
    seen = [store.state()]
    path = store.save_replicate(replicate())
    seen.append(store.state())
    os.utime(path, (1, 1))
    seen.append(store.state())
    store.save_replicate(replicate(1))
    seen.append(store.state())
    path.unlink()
    seen.append(store.state())
    assert len(set(seen)) == 5
    assert store.state() == store.state()


@pytest.mark.parametrize(("owner", "function"), [(os, "fsync"), (Path, "write_text"), (Path, "replace")])
def test_a_full_disk_leaves_the_old_replicate(models_folder, monkeypatch, owner, function):
    path = store.save_replicate(replicate(values=1))
    before = path.read_text()

    def fail(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(owner, function, fail)
        with pytest.raises(CannotWrite, match=r"The replicate cannot be saved, and nothing.*Make room"):
            store.save_replicate(replicate(values=2))
    assert path.read_text() == before
    assert list(path.parent.iterdir()) == [path]


def test_what_could_not_be_read_again_is_not_written(models_folder):
    with pytest.raises(ValueError, match="seconds"):
        store.save_replicate(dataclasses.replace(replicate(), seconds=float("nan")))
    assert store.list_replicates() == ()
    assert not list(models_folder.rglob("*.json"))
