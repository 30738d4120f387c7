"""Networks small enough to be kept with the tests: what their LiteRT files are made of, and what Keras answers.

`python -m tests.tiny` makes the files in tests/golden again, which needs TensorFlow.
"""

import json
from pathlib import Path

import numpy as np

from mnist_app import data, store
from mnist_app.evaluation.results import Batches, Epoch, History, Proportion
from mnist_app.recipes import Recipe

GOLDEN = Path(__file__).parent / "golden"

RECIPE = Recipe(
    key="tiny", title="Tiny", architecture="cnn", options={"filters": (2,), "kernel": 7, "hidden": ()}, epochs=1
)
PARAMETERS = 2530
LITERT_FILE = GOLDEN / "tiny.tflite"
"""With probabilities alone, as files were before they gave features."""
ANSWERS_FILE = GOLDEN / "tiny.json"

FEATURES = Recipe(
    key="tiny-features",
    title="Tiny, with features",
    architecture="cnn",
    options={"filters": (1,), "kernel": 7, "hidden": (10,)},
    epochs=1,
)
"""Its features are ten, as its probabilities are: which is which is told by their order alone."""
FEATURES_FILE = GOLDEN / "tiny_features.tflite"
FEATURES_ANSWERS_FILE = GOLDEN / "tiny_features.json"

DENOISER = Recipe(
    key="tiny-denoiser", title="Tiny denoiser", architecture="autoencoder", options={"hidden": (1,)}, epochs=1
)
DENOISER_FILE = GOLDEN / "tiny_denoiser.tflite"
DENOISER_ANSWERS_FILE = GOLDEN / "tiny_denoiser.json"
ROW = 14
"""The row of each image that the denoiser's answers hold."""

_SEEDS = {RECIPE.key: 7, FEATURES.key: 3, DENOISER.key: 26}
"""With 26 the denoiser's one hidden unit is alive for all of `images(3)`."""


def images(count: int) -> np.ndarray:
    """Images of noise, float32 (count, 28, 28, 1), the same ones each time."""
    return np.random.default_rng(0).random((count, 28, 28, 1), dtype=np.float32)


def save(recipe: Recipe, served: Path | bytes | None, *, seed=0, accuracy=None, data=data.NAME, files=(), owner=""):
    """The stored model with that served file, a path or its content, and others; without any, no weights are kept."""
    files = dict(files)
    if served is not None:
        files |= {store.SERVING_FILE: served, store.KERAS_FILE: b"not read here"}
    with store.saving(recipe, seed=seed) as draft:
        draft.owner = owner
        for name, content in files.items():
            (draft.folder / name).write_bytes(content if isinstance(content, bytes) else content.read_bytes())
        draft.finish(
            history=History((Epoch(0.5, 0.8, 0.4, accuracy, 1.5),), (Batches(100, 0.7, 0.75),)),
            parameters=PARAMETERS,
            seconds=1.5,
            data=data,
            test=None if accuracy is None else Proportion(accuracy, 10_000),
        )
    return store.load(store.name_of(recipe, seed, data=data))


def build(recipe: Recipe):
    """The network, with first weights that make its answers differ. Needs TensorFlow."""
    import keras

    from mnist_app.training import architectures

    keras.utils.set_random_seed(_SEEDS[recipe.key])
    model = architectures.build(recipe)
    model.set_weights([3 * weights for weights in model.get_weights()])
    return model


def export(folder: Path, recipe: Recipe = RECIPE) -> np.ndarray:
    """Write model.keras and model.tflite; return Keras's answers for `images(3)`. Needs TensorFlow."""
    from mnist_app import training

    model = build(recipe)
    training.export(recipe, model, {"keras": folder / "model.keras", "serving": folder / "model.tflite"})
    return model.predict(images(3), verbose=0)


def features(recipe: Recipe = FEATURES) -> np.ndarray:
    """What the network's last layer takes for `images(3)`, found without what is tested here. Needs TensorFlow."""
    import keras

    return keras.Sequential(build(recipe).layers[:-1]).predict(images(3), verbose=0)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        network = build(RECIPE)
        network.export(Path(place, "model.tflite"), format="litert", verbose=False)
        LITERT_FILE.write_bytes(Path(place, "model.tflite").read_bytes())
        ANSWERS_FILE.write_text(json.dumps(network.predict(images(3), verbose=0).tolist()) + "\n", "utf-8")
        answers = {"probabilities": export(Path(place), FEATURES).tolist(), "features": features().tolist()}
        FEATURES_FILE.write_bytes(Path(place, "model.tflite").read_bytes())
        FEATURES_ANSWERS_FILE.write_text(json.dumps(answers) + "\n", "utf-8")
        cleaned = export(Path(place), DENOISER)
        DENOISER_FILE.write_bytes(Path(place, "model.tflite").read_bytes())
        DENOISER_ANSWERS_FILE.write_text(json.dumps(cleaned[:, ROW, :, 0].tolist()) + "\n", "utf-8")
