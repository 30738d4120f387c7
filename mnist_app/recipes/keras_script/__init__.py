"""A recipe and a seed become a plain Keras script of that very run: what a teacher would put on the board.

The script imports nothing of this project. It is text made from `layers.plan`, the same plan that `architectures`
builds from; nothing is trained here. In one thing it differs from `training`: Keras orders the images.
"""

import itertools

from mnist_app import NotPossible
from mnist_app.recipes import check_seed, layers
from mnist_app.recipes.keras_script.network import call, literal, network
from mnist_app.recipes.recipe import Recipe

_TRAINING, _HELD_OUT = 60_000, 10_000
"""Training images of MNIST, and how many of them are held out for validation where the recipe asks for it."""

_IMAGES = """\
# MNIST from the file that MNIST_APP_DATA names, or else as Keras downloads it.
path = os.environ.get("MNIST_APP_DATA", "")
if path.endswith(".npz"):
    arrays = np.load(path)
    x_train, y_train = arrays["x_train"], arrays["y_train"]
    x_test, y_test = arrays["x_test"], arrays["y_test"]
else:
    (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()

# From bytes (images, 28, 28) to numbers between 0 and 1 (images, 28, 28, 1).
x_train = x_train[..., np.newaxis].astype("float32") / 255
x_test = x_test[..., np.newaxis].astype("float32") / 255"""

_VALIDATION = """\
# The last training images are for validation and not trained on.
x_val, y_val = x_train[-10_000:], y_train[-10_000:]
x_train, y_train = x_train[:-10_000], y_train[:-10_000]"""

_FIRST_IMAGES = """\
# Only the first ones are trained on.
x_train, y_train = x_train[:{0}], y_train[:{0}]"""

_NOISE = '''\
def add_noise(images, level):
    """Salt and pepper: that share of the pixels turns black or white at random."""
    hit = rng.random(images.shape, dtype="float32") < level
    white = rng.random(images.shape, dtype="float32") < 0.5
    return np.where(hit, white, images)'''

_FRESH_NOISE = '''\
class NoisyBatches(keras.utils.PyDataset):
    """Noisy and clean images, with a new order and new noise in every epoch."""

    def __init__(self):
        super().__init__()
        self.on_epoch_end()

    def __len__(self):
        return math.ceil(len(x_train) / BATCH_SIZE)

    def __getitem__(self, step):
        clean = x_train[self.order[step * BATCH_SIZE : (step + 1) * BATCH_SIZE]]
        levels = rng.uniform(0, NOISE_LEVEL, (len(clean), 1, 1, 1))
        return add_noise(clean, levels), clean

    def on_epoch_end(self):
        self.order = rng.permutation(len(x_train))'''

_CLIPPED_LOSS = '''\
def loss_from_probabilities(labels, probabilities):
    """Cross-entropy of the softmax's output; by default, Keras takes its input."""
    cut_off = keras.ops.clip(probabilities, 1e-7, 1 - 1e-7)
    return keras.losses.sparse_categorical_crossentropy(labels, cut_off)'''

_OPTIMIZERS = {"adam": ("Adam", ["epsilon"]), "sgd": ("SGD", ["momentum", "nesterov"])}

_ARRAYS = {"classify": ("x", "y"), "denoise": ("noisy", "x"), "reconstruct": ("x", "x")}
"""Which arrays go in, and which should come out."""


def write(recipe: Recipe, *, seed: int) -> str:
    """The script of this run, formatted as `ruff format` does, ending in a line break.

    Run where Keras and TensorFlow are, it trains the network, prints its final figures and writes model.keras into the
    folder it is run in. It takes MNIST from the file that MNIST_APP_DATA names if that ends in .npz, else from Keras.

    Raises NotPossible when it needs more than Keras, InvalidInput when the seed is impossible or the network cannot be
    built.
    """
    generates = recipe.task == "generate"
    if generates or recipe.augmentation != "none":
        own_code = f"augmentation={recipe.augmentation} is this project's own code"
        raise NotPossible(
            f"There is no plain Keras script of {recipe.key}",
            expected="a classifier without augmentation, or a denoiser",
            found="its network is trained to generate" if generates else own_code,
            remedy="Look at mnist_app/training instead." if generates else "Set augmentation=none.",
        )
    judged = "test" if recipe.validation == "test" else "val"
    fresh_noise = recipe.options.get("noise_levels") == "uniform"
    blocks = [
        _header(recipe, check_seed(seed), fresh_noise),
        *_images(recipe),
        *(_noise(judged, fresh_noise) if recipe.task == "denoise" else []),
        network(layers.plan(recipe), short=recipe.dtype_policy != "float32"),
        *([_CLIPPED_LOSS] if recipe.clip_probabilities else []),
        _compilation(recipe),
        _fitting(recipe, judged, fresh_noise),
        _figures(recipe),
    ]
    text = blocks[0]
    for before, block in itertools.pairwise(blocks):
        apart = any(each.startswith(("def ", "class ")) for each in (before, block))
        text += ("\n\n\n" if apart else "\n\n") + block
    return text + "\n"


def _header(recipe: Recipe, seed: int, fresh_noise: bool) -> str:
    constants = {"TITLE": recipe.title, "SEED": seed, "EPOCHS": recipe.epochs, "BATCH_SIZE": recipe.batch_size}
    if recipe.task == "denoise":
        constants["NOISE_LEVEL"] = recipe.options["noise_level"]
    lines = [f'"""Trains {recipe.key} on MNIST: `pip install tensorflow`, then run it."""', ""]
    if recipe.schedule == "cosine" or fresh_noise:
        lines.append("import math")
    lines += ["import os", "", "import keras", "import numpy as np", "from keras import layers", ""]
    lines += [f"{name} = {literal(value)}" for name, value in constants.items()]
    lines += ["", "keras.utils.set_random_seed(SEED)"]
    if recipe.dtype_policy != "float32":
        lines.append("# Layers compute with short numbers, which is faster; weights stay float32.")
        lines.append(f"keras.config.set_dtype_policy({literal(recipe.dtype_policy)})")
    return "\n".join(lines)


def _images(recipe: Recipe) -> list[str]:
    """The parts that end in what is trained on, and what each epoch is judged on."""
    held_out = recipe.validation == "held-out"
    parts = [_IMAGES, _VALIDATION] if held_out else [_IMAGES]
    if recipe.images < _TRAINING - held_out * _HELD_OUT:
        parts.append(_FIRST_IMAGES.format(literal(recipe.images)))
    return parts


def _noise(judged: str, fresh: bool) -> list[str]:
    parts = ["rng = np.random.default_rng(SEED)", _NOISE]
    if fresh:
        levels = f"levels = rng.uniform(0, NOISE_LEVEL, (len(x_{judged}), 1, 1, 1))"
        return [*parts, _FRESH_NOISE, f"{levels}\nnoisy_{judged} = add_noise(x_{judged}, levels)"]
    return [*parts, "\n".join(f"noisy_{name} = add_noise(x_{name}, NOISE_LEVEL)" for name in ("train", judged))]


def _compilation(recipe: Recipe) -> str:
    lines, rate = [], literal(recipe.learning_rate)
    if recipe.schedule == "cosine":
        lines.append("steps = EPOCHS * math.ceil(len(x_train) / BATCH_SIZE)")
        lines.append(f"rate = keras.optimizers.schedules.CosineDecay({rate}, steps)")
        rate = "rate"
    name, settings = _OPTIMIZERS[recipe.optimizer]
    values = [f"{setting}={literal(getattr(recipe, setting))}" for setting in settings]
    lines.append(f"optimizer = {call(f'keras.optimizers.{name}', [f'learning_rate={rate}', *values])}")
    loss = "loss_from_probabilities" if recipe.clip_probabilities else '"sparse_categorical_crossentropy"'
    goal = [f"loss={loss}", 'metrics=["accuracy"]'] if recipe.task == "classify" else ['loss="binary_crossentropy"']
    compiled = ["optimizer=optimizer", *goal, f"jit_compile={recipe.jit_compile}"]
    return "\n".join([*lines, call("model.compile", compiled), "model.summary()"])


def _fitting(recipe: Recipe, judged: str, fresh_noise: bool) -> str:
    seen, target = _ARRAYS[recipe.task]
    arguments = [f"{seen}_train", f"{target}_train", "batch_size=BATCH_SIZE"]
    remarks = ["# `fit` shuffles the images: with a seed, in the same way in every epoch."]
    if fresh_noise:
        arguments, remarks = ["NoisyBatches()"], []
    if judged == "test":
        remarks.append("# Each epoch is judged on the test images, which choose nothing.")
    arguments += ["epochs=EPOCHS", f"validation_data=({seen}_{judged}, {target}_{judged})"]
    return "\n".join([*remarks, f"history = {call('model.fit', arguments)}"])


def _figures(recipe: Recipe) -> str:
    where = "test images" if recipe.validation == "test" else "held-out images"
    lines, figures = ['loss = history.history["val_loss"][-1]'], "loss {loss:.4f}"
    if recipe.task == "classify":
        lines.append('accuracy = history.history["val_accuracy"][-1]')
        figures += ", accuracy {accuracy:.2%}"
    lines.append(f'print(f"{{TITLE}} on the {where}: {figures}")')
    if recipe.task == "classify" and recipe.validation == "held-out":
        lines.append("loss, accuracy = model.evaluate(x_test, y_test, verbose=0)")
        lines.append(f'print(f"On the test images, used once: {figures}")')
    return "\n".join([*lines, 'model.save("model.keras")'])
