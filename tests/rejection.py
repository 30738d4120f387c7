"""Rejection rules for tests: of the tiny network with features, fitted to sixty drawn digits, its test images."""

import dataclasses
import functools

import numpy as np

from mnist_app import data, serving, store
from mnist_app.evaluation import ood_images, rejection
from tests import tiny


def save_features(save_tiny, **options) -> store.StoredModel:
    """A stored model whose served file has features."""
    return save_tiny(serving=tiny.FEATURES_FILE.read_bytes(), **options)


def rejection_of(model: store.StoredModel, *, temperature: float | None = None, **changes) -> rejection.Rejection:
    """Not stored yet; `changes` are fields, such as a threshold that rejects all or nothing."""
    found = _judged()
    if temperature is not None:
        changes["calibration"] = dataclasses.replace(found.calibration, temperature=temperature)
    return dataclasses.replace(found, model=model.name, checksum=model.card.files[store.SERVING_FILE], **changes)


@functools.cache
def _judged() -> rejection.Rejection:
    images, names = ood_images.draw(ood_images.CONTROL, count=60)
    digits = images, np.array(names).astype(np.int64)
    return rejection.fit(
        serving.Network(tiny.FEATURES_FILE).features,
        training=digits,
        test=digits,
        drawings={"letters": ood_images.draw("letters", count=20)[0], ood_images.CONTROL: images},
        metadata={"model": "", "checksum": "", "data": data.NAME, "finished": "2026-01-01T00:00:00+00:00"},
        seed=0,
    )
