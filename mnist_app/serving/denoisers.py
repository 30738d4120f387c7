"""Everything that turns a noisy image into a cleaner one by one interface: nothing, the median, trained networks."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mnist_app import Damaged, NotFound, noise, serving, store
from mnist_app.evaluation.results import MNIST


@dataclass(frozen=True)
class Denoiser:
    """A denoiser: `run` takes images float32 (n, 28, 28, 1) in [0, 1] and returns cleaner ones of the same shape.

    `checksum` is the SHA-256 of the served file, empty for those that are not trained.
    """

    key: str
    title: str
    run: Callable[[np.ndarray], np.ndarray]
    checksum: str = ""


CLASSICAL = (
    Denoiser("none", "No denoising", lambda images: images),
    Denoiser("median-3", "Median 3×3", lambda images: noise.median_filter(images, size=3)),
    Denoiser("median-5", "Median 5×5", lambda images: noise.median_filter(images, size=5)),
)


def trained(models: tuple[store.StoredModel, ...], *, damaged: list[Damaged] | None = None) -> tuple[Denoiser, ...]:
    """The denoisers among the stored models, those of the declared experiments first.

    A model keeps its recipe's key where it is the first of it and was trained on MNIST to its end; others are called
    by the name of their folder. Raises Damaged; where a list `damaged` is given, the error goes there instead.
    """
    found: dict[str, Denoiser] = {}
    for model in sorted(models, key=lambda model: not model.card.as_declared):
        recipe = model.card.recipe
        if recipe.task != "denoise" or not model.served:
            continue
        another = recipe.key in found or model.card.stopped or model.card.data != MNIST
        key = model.name if another else recipe.key
        title = recipe.title if key == recipe.key else model.run.label
        try:
            network = serving.open_model(model)
        except Damaged as error:
            if damaged is None:
                raise
            damaged.append(error)
            continue
        found[key] = Denoiser(key, title, network.run, model.card.files[store.SERVING_FILE])
    return tuple(found.values())


def get(key: str, models: tuple[store.StoredModel, ...]) -> Denoiser:
    """The denoiser of that key. Raises NotFound."""
    every = {denoiser.key: denoiser for denoiser in CLASSICAL}
    if key not in every:
        every |= {denoiser.key: denoiser for denoiser in trained(models)}
    if key not in every:
        raise NotFound(
            f"There is no denoiser {key!r}",
            expected=f"one of {', '.join(every)}",
            found=repr(key),
            remedy="Train one: `python -m mnist_app train autoencoder`.",
        )
    return every[key]
