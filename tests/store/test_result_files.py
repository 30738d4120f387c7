"""Noise curves, replicates and rejection rules on disk: whole, small, and never those of other networks."""

import dataclasses
import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

from mnist_app import CannotWrite, recipes, serving, store
from mnist_app.evaluation import ood_images
from mnist_app.evaluation.results import GENERATED, MNIST, Batches, Epoch, History, NoiseCurve
from tests.rejection import rejection_of, save_features

RECIPE = recipes.get("mlp-500-300").changed(l2=1e-5, epochs=2)


def curve(model, *, denoiser=None, right=1):
    """A curve that was computed with that classifier and that denoiser, or none."""
    files = {"classifier": model.card.files[store.SERVING_FILE]}
    if denoiser:
        files["denoiser"] = denoiser.card.files[store.SERVING_FILE]
    key = denoiser.card.recipe.key if denoiser else "none"
    levels, correct = (0.0, 1.0), ((right,) * 10, (0,) * 10)
    return NoiseCurve(key, model.name, "salt-and-pepper", 0, levels, correct, (10,) * 10, (None, 3.25), files)


def right_at_level_0():
    return [each.correct[0][0] for each in store.noise_curves.list()]


def replicate(seed=0, *, values=0, data=MNIST, recipe=RECIPE):
    """With curves of numbers with all their digits."""
    draw = np.random.default_rng(values).random
    epochs = tuple(Epoch(*map(float, draw(5))) for _ in range(recipe.epochs))
    batches = tuple(Batches(100 * (n + 1), *map(float, draw(2))) for n in range(recipe.epochs * 4))
    return store.Replicate(recipe, seed, History(epochs, batches, "held-out"), 61.5, data)


@pytest.fixture
def stored_rejection(save_tiny):
    """A model with features, its rejection rule, and where that was stored."""
    model = save_features(save_tiny)
    rejection = rejection_of(model)
    return model, rejection, store.rejections.save(rejection)


# what holds for each kind


@pytest.fixture(params=["noise curve", "replicate", "rejection rule"])
def kind(request, save_tiny):
    """Functions that save one with an ascending number (for `seed` 0 or 1), and list the numbers."""
    if request.param == "noise curve":
        models = [save_tiny(seed=seed) for seed in (0, 1)]
        return (lambda number, seed=0: store.noise_curves.save(curve(models[seed], right=number)), right_at_level_0)
    if request.param == "replicate":
        return (
            lambda number, seed=0: store.replicates.save(structs.replace(replicate(seed), seconds=float(number))),
            lambda: [each.seconds for each in store.replicates.list()],
        )
    models = [save_features(save_tiny, seed=seed) for seed in (0, 1)]
    return (
        lambda number, seed=0: store.rejections.save(rejection_of(models[seed], threshold=float(number))),
        lambda: [each.threshold for each in store.rejections.list()],
    )


def test_a_newer_one_takes_the_place_of_the_older_and_the_state_changes(kind):
    save, numbers = kind
    assert numbers() == []
    seen = [store.state()]
    for number, seed in ((1, 0), (2, 0), (3, 1)):
        path = save(number, seed)
        seen.append(store.state())
    path.with_name(f".partial-00000000{path.suffix}").write_bytes(path.read_bytes())
    path.with_name("notes.txt").write_text("about")
    assert numbers() == [2, 3]
    path.unlink()
    seen.append(store.state())
    assert len(set(seen)) == len(seen)


def test_an_own_one_stands_before_a_shipped_one(kind):
    save, numbers = kind
    save(1)
    shutil.move(store.own_folder(), store.folders.SHIPPED)
    path = save(2)
    assert numbers() == [2]
    path.write_text("damaged")
    assert numbers() == [1]


DAMAGE = {
    "half": lambda path: os.truncate(path, path.stat().st_size // 2),
    "of another name": lambda path: path.rename(path.with_name(path.name.replace("-0", "-7"))),
}


@pytest.mark.parametrize("spoil", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_one_is_left_out(kind, spoil):
    save, numbers = kind
    save(2, 1)
    spoil(save(1))
    assert numbers() == [2]
    store.state()


def test_a_full_disk_leaves_the_old_one(kind, monkeypatch):
    save, numbers = kind
    path = save(1)

    def fail(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", fail)
        with pytest.raises(CannotWrite, match=r"cannot be saved, and nothing was changed.*Make room"):
            save(2)
    assert numbers() == [1]
    assert list(path.parent.iterdir()) == [path]


def test_where_nothing_can_be_stored_is_said_before_it_is_computed(models_folder):
    store.check_writable("noise curve")
    assert list(models_folder.iterdir()) == []
    models_folder.rmdir()
    models_folder.write_text("a file where the folder should be")
    with pytest.raises(CannotWrite, match=r"The noise curve cannot be saved.*MNIST_APP_MODELS"):
        store.check_writable("noise curve")


# noise curves


def test_a_noise_curve_counts_only_while_both_its_networks_are_here(save_tiny, save_denoiser):
    classifier, denoiser = save_tiny(), save_denoiser()
    cleaned, bare = curve(classifier, denoiser=denoiser), curve(classifier)
    store.noise_curves.save(cleaned), store.noise_curves.save(bare)
    assert store.noise_curves.list() == (bare, cleaned)
    content = denoiser.path().read_bytes()
    save_denoiser(serving=b"another")
    assert store.noise_curves.list() == (bare,), "the denoiser was trained anew"
    save_denoiser(serving=content)
    assert len(store.noise_curves.list()) == 2, "the very denoiser is back"
    store.delete(denoiser)
    assert store.noise_curves.list() == (bare,), "the denoiser was deleted"
    save_tiny(serving=b"another")
    assert store.noise_curves.list() == (), "the classifier was trained anew"


def test_curves_for_the_spread_over_seeds_stay_without_their_models(tiny_model):
    recipe = recipes.get("cnn-sgd")
    own_names = [(7, None, MNIST), (8, None, MNIST), (7, 3, MNIST), (7, None, GENERATED)]
    for seed, stopped, data in own_names:
        name = store.name_of(recipe, seed, stopped, data=data)
        store.seed_curves.save(structs.replace(curve(tiny_model), classifier=name))

    def seeds_of(*arguments, **options):
        return [
            each.classifier
            for each in store.seed_curves.list()
            if store.same_but_seed(each.classifier, store.name_of(*arguments, **options))
        ]

    assert seeds_of(recipe, 0) == [store.name_of(recipe, seed) for seed in (7, 8)]
    assert seeds_of(recipe, 0, 3) == [store.name_of(recipe, 7, 3)]
    assert seeds_of(recipe, 0, data=GENERATED) == [store.name_of(recipe, 7, data=GENERATED)]
    assert seeds_of(recipe, 0, 2) == seeds_of(recipe.changed(epochs=1), 0) == []
    assert store.noise_curves.list() == ()


# replicates


def test_a_replicate_is_kept_but_for_digits_that_say_nothing(models_folder):
    given = replicate(7)
    path = store.replicates.save(given)
    assert path == models_folder / "replicates" / f"{store.name_of(RECIPE, 7)}.json"
    (found,) = store.replicates.list()
    for kept, row in zip(found.history.epochs, given.history.epochs, strict=True):
        assert structs.astuple(kept) == pytest.approx(structs.astuple(row), rel=1e-5)
        assert max(len(str(value)) for value in structs.astuple(kept)) <= 11
    assert (found.recipe, found.seed, found.data) == (given.recipe, 7, MNIST)
    assert found.finished.endswith("+00:00")
    assert found.versions["python"].startswith("3.")
    assert path.stat().st_size < 2500


def test_replicates_of_generated_digits_are_listed_apart(models_folder):
    path = store.replicates.save(replicate(data=GENERATED))
    assert path.name == f"{store.name_of(RECIPE, 0)}.generated.json"
    assert store.replicates.list(data=MNIST) == ()
    assert [each.data for each in store.replicates.list(data=GENERATED)] == [GENERATED]


# rejection rules


def test_a_rejection_rule_survives_the_disk(stored_rejection, models_folder):
    model, rejection, path = stored_rejection
    assert path == models_folder / "rejections" / f"{model.name}.npz"
    (read,) = store.rejections.list()
    for field in dataclasses.fields(rejection):
        if field.name != "reference":
            assert getattr(read, field.name) == getattr(rejection, field.name), field.name
    images, _ = ood_images.draw("letters", count=10)
    features = serving.open_model(model).features(images)[1]
    assert (read.reference.scores(features, images) == rejection.reference.scores(features, images)).all()
    with pytest.raises(ValueError, match="read-only"):
        read.reference.means[0] = 0
