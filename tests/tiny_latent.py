"""Two halves of an autoencoder of two numbers, and a conditional decoder, small enough to be kept, with known answers.

- Encoder: an image's code is ten times the mean of its upper half, and ten times that of its lower half.
- Decoder: the upper half of the picture is the first number through a sigmoid, the lower half the second.
- Generator: all pixels are the first latent number and a tenth of the digit, added, through a sigmoid.

`python -m tests.tiny_latent` makes the files in tests/golden again, which needs TensorFlow.
"""

import io
from pathlib import Path

import numpy as np

from mnist_app import recipes, store
from mnist_app.serving import latent
from tests import tiny

ENCODER_FILE, DECODER_FILE, GENERATOR_FILE = (
    tiny.GOLDEN / f"tiny_latent_{part}.tflite" for part in ("encoder", "decoder", "generator")
)
LATENT = 16
MIXTURE = latent.Mixture(np.ones((10, 1)), np.zeros((10, 1, LATENT)), np.tile(np.eye(LATENT), (10, 1, 1, 1)))
"""Standard normal numbers for every digit."""


def encoded(images: np.ndarray) -> np.ndarray:
    """What the encoder answers."""
    return 10 * np.stack([images[:, :14].mean((1, 2, 3)), images[:, 14:].mean((1, 2, 3))], axis=1)


def decoded(codes: np.ndarray) -> np.ndarray:
    """What the decoder answers."""
    return np.repeat(_sigmoid(codes), 14, axis=1)[:, :, None, None] * np.ones((1, 1, 28, 1))


def generated(first: float, digit: int) -> np.ndarray:
    """What the generator answers, whatever the other latent numbers are."""
    return np.full((28, 28, 1), _sigmoid(np.float64(first + digit / 10)))


def save(key: str, *, encoder: Path | bytes = ENCODER_FILE) -> store.StoredModel:
    """The tiny networks as the trained model of that recipe, in the own models folder."""
    recipe = recipes.get(key)
    halves = {store.ENCODER_FILE: encoder, store.DECODER_FILE: DECODER_FILE}
    if recipe.task != "generate":
        return tiny.save(recipe, DECODER_FILE, files=halves if recipe.architecture == "autoencoder" else {})
    content = io.BytesIO()
    np.savez(content, **vars(MIXTURE))
    return tiny.save(recipe, GENERATOR_FILE, files={store.MIXTURE_FILE: content.getvalue()})


def _sigmoid(numbers: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-numbers))


def _export(folder: Path) -> None:
    import keras

    halves = np.repeat(np.eye(2), 14 * 28, axis=0)
    encoder = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(2)])
    decoder = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(784, "sigmoid"), keras.layers.Reshape((28, 28, 1))]
    )
    generator = keras.Sequential(
        [
            keras.Input((LATENT + 10,)),
            keras.layers.Dense(1),
            keras.layers.Dense(784, "sigmoid"),
            keras.layers.Reshape((28, 28, 1)),
        ]
    )
    encoder.layers[-1].set_weights([10 * halves / (14 * 28), np.zeros(2)])
    decoder.layers[0].set_weights([halves.T, np.zeros(784)])
    digits = np.r_[1, np.zeros(LATENT - 1), np.arange(10) / 10]
    generator.layers[0].set_weights([digits[:, None], np.zeros(1)])
    generator.layers[1].set_weights([np.ones((1, 784)), np.zeros(784)])
    for model, file in ((encoder, ENCODER_FILE), (decoder, DECODER_FILE), (generator, GENERATOR_FILE)):
        model.export(str(folder / file.name), format="litert", verbose=False)
        file.write_bytes((folder / file.name).read_bytes())


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        _export(Path(place))
