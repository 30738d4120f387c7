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
ANSWERS_FILE = Path(__file__).parent / "golden" / "tiny.json"

DENOISER = Recipe(
    key="tiny-denoiser",
    title="Tiny denoiser",
    task="denoise",
    architecture="autoencoder",
    options={"hidden": (1,)},
    epochs=1,
)
DENOISER_PARAMETERS = 2353
DENOISER_FILE = Path(__file__).parent / "golden" / "tiny_denoiser.tflite"
DENOISER_ANSWERS_FILE = Path(__file__).parent / "golden" / "tiny_denoiser.json"
ROW = 14
"""The row of each image that the denoiser's answers hold."""

_SEEDS = {RECIPE.key: 7, DENOISER.key: 26}  # with 26 the denoiser's one hidden unit is alive for all of `images(3)`


def images(count: int) -> np.ndarray:
    """Images of noise, float32 (count, 28, 28, 1), the same ones each time."""
    return np.random.default_rng(0).random((count, 28, 28, 1), dtype=np.float32)


def export(folder: Path, recipe: Recipe = RECIPE) -> np.ndarray:
    """Write model.keras and model.tflite; return Keras's answers for `images(3)`. Needs TensorFlow."""
    import keras

    from mnist_app import architectures, training

    keras.utils.set_random_seed(_SEEDS[recipe.key])
    model = architectures.build(recipe)
    model.set_weights([3 * weights for weights in model.get_weights()])  # so that the answers differ
    training.export(model, folder, keras_file="model.keras", serving_file="model.tflite")
    return model.predict(images(3), verbose=0)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        answers = export(Path(place))
        LITERT_FILE.write_bytes(Path(place, "model.tflite").read_bytes())
        ANSWERS_FILE.write_text(json.dumps(answers.tolist()) + "\n", "utf-8")
        cleaned = export(Path(place), DENOISER)
        DENOISER_FILE.write_bytes(Path(place, "model.tflite").read_bytes())
        DENOISER_ANSWERS_FILE.write_text(json.dumps(cleaned[:, ROW, :, 0].tolist()) + "\n", "utf-8")
