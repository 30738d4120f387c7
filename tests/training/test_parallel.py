"""Networks trained at once: the curves of single trainings, resumed where they ended."""

import itertools

import numpy as np
import pytest
from msgspec import to_builtins

from mnist_app.data import Split
from mnist_app.evaluation.results import History
from mnist_app.recipes import Recipe

pytest.importorskip("keras", reason="Keras is not installed")
training = pytest.importorskip("mnist_app.training")
parallel = pytest.importorskip("mnist_app.training.parallel")

RECIPE = Recipe(
    key="tiny",
    title="Tiny",
    architecture="mlp",
    options={"hidden": (16, 8), "l2": 1e-4},
    learning_rate=0.05,
    batch_size=32,
    epochs=3,
)
MOMENTUM = RECIPE.changed(momentum=0.9, nesterov=True, schedule="cosine", learning_rate=0.05)

pytestmark = pytest.mark.training


@pytest.fixture(scope="module")
def split():
    """Digits of a kind: 3,300 training images, so that an epoch has a 100th batch and a last one of 4 images."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 3_704)
    shapes = rng.integers(0, 256, (10, 28, 28))
    images = (0.8 * shapes[labels] + 0.2 * rng.integers(0, 256, (3_704, 28, 28))).astype(np.uint8)
    return Split(images[:3_204], labels[:3_204], images[3_204:], labels[3_204:])


def columns(history: History) -> dict[str, np.ndarray]:
    """The figures of each epoch but its seconds, and of each batch."""
    plain = to_builtins(history)
    return {"epochs": np.array(plain["epochs"])[:, :-1], "batches": np.array(plain["batches"])}


def same(one: History, other: History, tolerance: float) -> bool:
    one, other = columns(one), columns(other)
    assert one.keys() == other.keys()
    return all(np.allclose(one[name], other[name], rtol=0, atol=tolerance) for name in one)


@pytest.mark.parametrize("recipe", [RECIPE, MOMENTUM], ids=["plain", "momentum"])
def test_networks_at_once_have_the_curves_of_single_trainings(recipe, split):
    networks = [(recipe, 0), (recipe.changed(l2=2e-3), 5), (recipe.changed(l2=0.0), 0)]
    found = parallel.train_parallel(networks, split=split)
    for (asked, seed), history in zip(networks, found, strict=True):
        single = training.train(asked, split=split, seed=seed).history
        assert same(history, single, 1e-3)  # sums are rounded otherwise
        assert history.epochs[-1].accuracy > 0.5
    for one, other in itertools.pairwise(found):
        assert not same(one, other, 1e-3)


class Interrupted(Exception):
    """Ends a training from outside."""


def test_networks_at_once_go_on_from_their_last_completed_epoch(split, tmp_path):
    networks = [(MOMENTUM, 0), (MOMENTUM.changed(l2=0.02), 1)]
    whole = parallel.train_parallel(networks, split=split)

    def end_in_the_third_epoch(progress, histories):
        if progress.epoch == 3 and not progress.epoch_ended:
            raise Interrupted

    with pytest.raises(Interrupted):
        parallel.train_parallel(networks, split=split, on_progress=end_in_the_third_epoch, backup=tmp_path)
    seen = []

    def on_progress(progress, histories):
        seen.append((progress.epoch, progress.step, progress.epoch_ended, len(histories[0].epochs)))

    resumed = parallel.train_parallel(networks, split=split, on_progress=on_progress, backup=tmp_path)
    assert seen == [(3, 100, False, 2), (3, 101, True, 3)]
    assert all(same(one, other, 0) for one, other in zip(whole, resumed, strict=True))
    others = [(recipe, seed + 1) for recipe, seed in networks]
    parallel.train_parallel(others, split=split, on_progress=on_progress, backup=tmp_path)
    assert seen[2][0] == 1, "the backup of other networks is not used"


def test_a_loss_that_is_no_number_ends_all_with_its_reason(split):
    with pytest.raises(training.Diverged, match=r"seed 3.*learning rate"):
        parallel.train_parallel([(RECIPE, 0), (RECIPE.changed(learning_rate=10.0, l2=1.0), 3)], split=split)
