"""Digits that the shipped decoder generates, in MNIST's shape: 60,000 to train on and 10,000 to test on.

Now and then the decoder makes another digit than the one that was asked for, or none. So a shipped classifier reads
each image, and what it misreads is drawn again: labels that are wrong would be learned. The digits are the same each
time, and kept as MNIST's own copies are, so that they are generated once on a machine. When they stand in for MNIST is
decided in `digits`.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from mnist_app import Unavailable, data, serving, store
from mnist_app.data import copies
from mnist_app.evaluation.results import GENERATED
from mnist_app.serving import latent

NAME = GENERATED
DECODER = "cvae"
"""Key of the recipe whose served file is the decoder: 16 latent numbers and the digit in, an image out."""
JUDGE = "lenet5"
"""Key of the classifier that reads them: of the most accurate ones the smallest, hence the fastest."""
LATENT = 16
SPREAD = 1.0
"""Standard deviation of the latent numbers; the decoder was trained with 1."""

_FORMAT = 1  # of what is kept: it changes whenever the same decoder would give other digits
_SEEDS = {"train": 0, "test": 1}
_ROUNDS = 12  # of drawing again; what is misread to the end stays
_CHUNK = 2000
_CHECKSUMS = "checksums"
_ARRAYS = ("x_train", "y_train", "x_test", "y_test")


class NoDecoder(Unavailable):
    """The decoder is not here, so that no digits can be generated."""


def decoder() -> store.StoredModel | None:
    """The stored model that generates digits, of the declared recipe and trained on MNIST; None where it is missing."""
    return _find(DECODER)


def judge() -> store.StoredModel | None:
    """The stored model that reads them, likewise; None where it is missing, and then nothing is drawn again."""
    return _find(JUDGE)


def load(model: store.StoredModel | None = None) -> data.Mnist:
    """The generated digits, read-only: 6,000 of each digit to train on, 1,000 of each to test on, in random order.

    They are mapped into memory from copies of the cache; where there are none yet, they are generated, which takes
    seconds. The same decoder and judge give the same digits on one machine.

    Args:
        model: the decoder, as `decoder` gives it; it is looked up where it is not given.

    Raises:
        NoDecoder: it is not here.
        Damaged: its file, or the judge's, does not load.
    """
    model = model or decoder()
    if model is None:
        raise NoDecoder(
            "No digits can be generated",
            expected=f"the trained decoder {DECODER}",
            found="none",
            remedy=f"Restore it in {store.SHIPPED}. {data.HOW_TO_GET_IT}",
        )
    reader = judge()
    used = [each.card.files[store.SERVING_FILE][:16] for each in (model, reader) if each]
    folder = copies.folder_for("-".join(["generated", str(_FORMAT), *used]))
    arrays = copies.open_copies(folder, (*_ARRAYS, _CHECKSUMS), verify=_verify)
    if arrays is None:
        made = generate(serving.open_model(model), serving.open_model(reader) if reader else None)
        copies.keep_copies({**made, _CHECKSUMS: _checksums(made)}, folder)
        arrays = copies.open_copies(folder, (*_ARRAYS, _CHECKSUMS), verify=_verify) or made
    return data.of_arrays(arrays, source=model.serving_path, name=NAME)


def generate(network: serving.Network, reader: serving.Network | None) -> dict[str, np.ndarray]:
    """Four arrays uint8 under the names and in the shapes of `data.ARRAYS`, made by a decoder and read by a classifier.

    What the classifier misreads is drawn again, up to twelve times; without one, nothing is.
    """
    arrays = {}
    for part, seed in _SEEDS.items():
        (count, *_), _checksum = data.ARRAYS[f"x_{part}"]
        labels = np.random.default_rng(seed).permutation(np.arange(count) % 10)
        images = draw(network, labels, seed=(seed, 0))
        wrong = np.arange(count)
        for again in range(1, _ROUNDS + 1):
            wrong = wrong[_misread(reader, images[wrong], labels[wrong])] if reader else wrong[:0]
            images[wrong] = draw(network, labels[wrong], seed=(seed, again))
        arrays[f"x_{part}"], arrays[f"y_{part}"] = images, labels.astype(np.uint8)
    return arrays


def draw(
    network: serving.Network, labels: np.ndarray, *, seed: int | tuple[int, ...], spread: float = SPREAD
) -> np.ndarray:
    """One image uint8 (n, 28, 28) for each of these digits.

    Args:
        network: a decoder: 16 latent numbers and the digit as ten numbers in, (28, 28, 1) in [0, 1] out.
        labels: int (n,), 0 to 9.
        seed: of the latent numbers.
        spread: their standard deviation.
    """
    numbers = spread * np.random.default_rng(seed).standard_normal((len(labels), LATENT), np.float32)
    given = latent.with_digits(numbers, labels)
    return _in_parts(lambda part: np.rint(network.run(part)[..., 0] * 255).astype(np.uint8), given)


def _misread(reader: serving.Network, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return _in_parts(lambda part: reader.run(data.as_images(part)).argmax(1), images) != labels


def _in_parts(answer: Callable[[np.ndarray], np.ndarray], given: np.ndarray) -> np.ndarray:
    """A network's answers, computed by several threads: each call has an interpreter to itself."""
    parts = [given[start : start + _CHUNK] for start in range(0, max(1, len(given)), _CHUNK)]
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return np.concatenate(list(threads.map(answer, parts)))


def _find(key: str) -> store.StoredModel | None:
    found = (model for model in store.list_models().models if model.card.recipe.key == key)
    usable = (model for model in found if model.card.as_declared and model.served)
    return min(usable, key=lambda model: model.card.seed, default=None)


def _checksums(arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """SHA-256 of each array's bytes, uint8 (4, 32)."""
    digests = b"".join(hashlib.sha256(np.ascontiguousarray(arrays[name])).digest() for name in _ARRAYS)
    return np.frombuffer(digests, np.uint8).reshape(len(_ARRAYS), -1)


def _verify(arrays: Mapping[str, np.ndarray], folder: Path) -> None:
    if not np.array_equal(_checksums(arrays), arrays[_CHECKSUMS]):
        raise ValueError(f"{folder}: other digits than those that were kept")
