"""A network small enough to be kept with the tests: what its LiteRT file is made of, and what Keras answers.

`python -m tests.tiny` makes both files in tests/golden again, which needs TensorFlow.
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


def images(count: int) -> np.ndarray:
    """Images of noise, float32 (count, 28, 28, 1), the same ones each time."""
    return np.random.default_rng(0).random((count, 28, 28, 1), dtype=np.float32)


def export(folder: Path) -> np.ndarray:
    """Write model.keras and model.tflite; return Keras's answers for `images(3)`. Needs TensorFlow."""
    import keras

    from mnist_app import architectures, training

    keras.utils.set_random_seed(7)
    model = architectures.build(RECIPE)
    model.set_weights([3 * weights for weights in model.get_weights()])  # so that the answers differ
    training.export(model, folder, keras_file="model.keras", serving_file="model.tflite")
    return model.predict(images(3), verbose=0)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        answers = export(Path(place))
        LITERT_FILE.write_bytes(Path(place, "model.tflite").read_bytes())
    ANSWERS_FILE.write_text(json.dumps(answers.tolist()) + "\n", "utf-8")
