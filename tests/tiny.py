"""Networks small enough to be kept with the tests: what their LiteRT files are made of, and what Keras answers.

`python -m tests.tiny` makes the files in tests/golden again, which needs TensorFlow.
"""

import json
from pathlib import Path

import numpy as np

from mnist_app.recipes import Recipe

RECIPE = Recipe(
    key="tiny", title="Tiny", architecture="cnn", options={"filters": (2,), "kernel": 7, "hidden": ()}, epochs=1
)
PARAMETERS = 2530
LITERT_FILE = Path(__file__).parent / "golden" / "tiny.tflite"
"""With probabilities alone, as files were before they gave features."""
ANSWERS_FILE = Path(__file__).parent / "golden" / "tiny.json"

FEATURES = Recipe(
    key="tiny-features",
    title="Tiny, with features",
    architecture="cnn",
    options={"filters": (1,), "kernel": 7, "hidden": (10,)},
    epochs=1,
)
"""Its features are ten, as its probabilities are: which is which is told by their order alone."""
FEATURES_FILE = Path(__file__).parent / "golden" / "tiny_features.tflite"
FEATURES_ANSWERS_FILE = Path(__file__).parent / "golden" / "tiny_features.json"

DENOISER = Recipe(
    key="tiny-denoiser",
    title="Tiny denoiser",
    architecture="autoencoder",
    options={"hidden": (1,)},
    epochs=1,
)
DENOISER_PARAMETERS = 2353
DENOISER_FILE = Path(__file__).parent / "golden" / "tiny_denoiser.tflite"
DENOISER_ANSWERS_FILE = Path(__file__).parent / "golden" / "tiny_denoiser.json"
ROW = 14
"""The row of each image that the denoiser's answers hold."""

_SEEDS = {
    RECIPE.key: 7,
    FEATURES.key: 3,
    DENOISER.key: 26,
}  # with 26 the denoiser's one hidden unit is alive for all of `images(3)`


def images(count: int) -> np.ndarray:
    """Images of noise, float32 (count, 28, 28, 1), the same ones each time."""
    return np.random.default_rng(0).random((count, 28, 28, 1), dtype=np.float32)


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
