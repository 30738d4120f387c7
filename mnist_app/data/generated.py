"""Digits that the shipped decoder generates, in MNIST's shape: 60,000 to train on and 10,000 to test on.

The decoder gets codes like those of MNIST's own images of a digit. Of one picture in a hundred it still makes another
digit, or none. So a shipped classifier reads each image, and what it misreads is drawn again: labels that are wrong
would be learned. The digits are the same each time, and kept as MNIST's own copies are, so that they are generated once
on a machine.
"""

from collections.abc import Callable

import numpy as np

from mnist_app import Unavailable, serving, store
from mnist_app.data.arrays import Mnist, as_images, load_or_make, of_arrays
from mnist_app.data.sources import ARRAYS, HOW_TO_GET_IT
from mnist_app.evaluation.results import GENERATED
from mnist_app.serving import latent

DECODER = "cvae"  # key of the recipe whose served file is the decoder: latent numbers and the digit in, an image out
CLASSIFIER = "lenet5"
"""Key of the classifier that reads them: of the most accurate ones the smallest, hence the fastest."""

_FORMAT = 1  # of what is kept: it changes whenever the same decoder would give other digits
_SEEDS = {"train": 0, "test": 1}
_ROUNDS = 12  # of drawing again; what is misread to the end stays
_CHUNK = 2000


def decoder() -> store.StoredModel | None:
    """The stored model that generates digits, of the declared recipe and trained on MNIST; None where it is missing."""
    return _find(DECODER, store.MIXTURE_FILE)


def classifier() -> store.StoredModel | None:
    """The stored model that reads them, likewise; None where it is missing, and then nothing is drawn again."""
    return _find(CLASSIFIER, store.SERVING_FILE)


def load() -> Mnist:
    """The generated digits: 6,000 of each digit to train on, 1,000 of each to test on, in random order.

    The first time on a machine they are generated, which takes seconds. Raises Unavailable where the decoder is
    missing, Damaged where a file of the two does not load.
    """
    model, reader = decoder(), classifier()
    if model is None:
        raise Unavailable(
            "No digits can be generated",
            expected=f"the trained decoder {DECODER}",
            found="none",
            remedy=f"Restore it in {store.SHIPPED}. {HOW_TO_GET_IT}",
        )
    files = [(model, store.SERVING_FILE), (model, store.MIXTURE_FILE), (reader, store.SERVING_FILE)]
    used = [each.card.files[file][:16] for each, file in files if each]
    arrays = load_or_make(
        "-".join(["generated", str(_FORMAT), *used]),
        lambda: generate(*open_decoder(model), serving.open_model(reader) if reader else None),
    )
    return of_arrays(arrays, name=GENERATED)


def open_decoder(model: store.StoredModel) -> tuple[serving.Network, latent.Mixture]:
    """A decoder's network, and where the codes of each digit lie. Raises Damaged."""
    return serving.open_model(model), latent.Mixture(**store.read_arrays(model.path(store.MIXTURE_FILE)))


def generate(
    network: serving.Network, mixture: latent.Mixture, reader: serving.Network | None
) -> dict[str, np.ndarray]:
    """Four arrays uint8 as in `ARRAYS`; what the reader misreads is drawn again, up to twelve times."""
    arrays = {}
    for part, seed in _SEEDS.items():
        (count, *_), _checksum = ARRAYS[f"x_{part}"]
        labels = np.random.default_rng(seed).permutation(np.arange(count) % 10)
        images = sample(network, mixture, labels, seed=(seed, 0))
        wrong = np.arange(count)
        for again in range(1, _ROUNDS + 1):
            wrong = wrong[_misread(reader, images[wrong], labels[wrong])] if reader else wrong[:0]
            images[wrong] = sample(network, mixture, labels[wrong], seed=(seed, again))
        arrays[f"x_{part}"], arrays[f"y_{part}"] = images, labels.astype(np.uint8)
    return arrays


def sample(
    network: serving.Network, mixture: latent.Mixture, labels: np.ndarray, *, seed: int | tuple[int, ...]
) -> np.ndarray:
    """One image uint8 (n, 28, 28) for each of these digits, int (n,), by a decoder, of random codes of the mixture."""
    return _in_parts(
        lambda part: np.rint(network.run(part)[..., 0] * 255).astype(np.uint8),
        latent.with_digits(mixture.sample(labels, seed=seed), labels),
    )


def _misread(reader: serving.Network, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return _in_parts(lambda part: reader.run(as_images(part)).argmax(1), images) != labels


def _in_parts(answer: Callable[[np.ndarray], np.ndarray], inputs: np.ndarray) -> np.ndarray:
    """A network's answers, few at a time: all images as float32 would take 190 MB."""
    starts = range(0, max(1, len(inputs)), _CHUNK)
    return np.concatenate([answer(inputs[start : start + _CHUNK]) for start in starts])


def _find(key: str, file: str) -> store.StoredModel | None:
    model = store.first(key, store.list_models().models, file=file)
    return model if model and model.card.as_declared else None
