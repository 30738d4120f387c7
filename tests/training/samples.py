"""Small recipes of every kind, and images that they learn within seconds."""

import numpy as np

from mnist_app.data import Split
from mnist_app.recipes import Recipe

TINY = Recipe(key="tiny", title="Tiny", architecture="mlp", options={"hidden": (16,)}, batch_size=32, epochs=2)
FIXED = Recipe(
    key="tiny-denoiser",
    title="Tiny denoiser",
    architecture="autoencoder",
    options={"hidden": (8,), "noise_level": 0.3},
    optimizer="adam",
    learning_rate=0.001,
    batch_size=32,
    epochs=2,
)
UNIFORM = FIXED.changed(noise_levels="uniform", noise_level=0.9)
VARIED = Recipe(
    key="tiny-varied",
    title="Tiny, varied",
    architecture="cnn",
    options={"filters": (3,), "convolutions": 2, "batch_normalization": True, "hidden": (8,)},
    optimizer="adam",
    learning_rate=0.01,
    batch_size=32,
    epochs=2,
    augmentation="pen",
)
GENERATOR = Recipe(
    key="tiny-generator",
    title="Tiny generator",
    architecture="cvae",
    options={"hidden": (16,), "latent_dim": 3},
    optimizer="adam",
    learning_rate=0.003,
    batch_size=32,
    epochs=2,
)


def tiny_split(count=300):
    """Noise with a bright block whose place tells the label: learnt within an epoch or two, no image like another."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 128, (count + 100, 28, 28), dtype=np.uint8)
    labels = rng.integers(0, 10, count + 100)
    for image, label in zip(images, labels, strict=True):
        image[5 * (label // 5) + 4 : 5 * (label // 5) + 9, 5 * (label % 5) : 5 * (label % 5) + 5] = 255
    return Split(images[:count], labels[:count], images[count:], labels[count:])


def curves(history):
    """A history without the seconds it took, as lists: epochs, batches, validation."""
    epochs = [[each.loss, each.accuracy, each.val_loss, each.val_accuracy] for each in history.epochs]
    return [epochs, [[each.batch, each.loss, each.accuracy] for each in history.batches], history.validation]


def assert_same(one, other):
    """The same curves, weights and snapshots, to the last digit."""
    assert curves(one.history) == curves(other.history)
    for here, there in zip(one.model.get_weights(), other.model.get_weights(), strict=True):
        np.testing.assert_array_equal(here, there)
    assert one.snapshots.epochs == other.snapshots.epochs
    np.testing.assert_array_equal(one.snapshots.kernels, other.snapshots.kernels)
