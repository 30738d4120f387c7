"""The part of the script that trains: loss, optimiser, `fit`, and the final figures."""

from mnist_app.recipes.keras_script import python
from mnist_app.recipes.keras_script.images import is_noise_fresh, judged_on
from mnist_app.recipes.recipe import Recipe

_CLIPPED_LOSS = '''\
def loss_from_probabilities(labels, probabilities):
    """Cross-entropy of the softmax's output; by default, Keras takes its input."""
    cut_off = keras.ops.clip(probabilities, 1e-7, 1 - 1e-7)
    return keras.losses.sparse_categorical_crossentropy(labels, cut_off)'''

_OPTIMIZERS = {"adam": ("Adam", ["epsilon"]), "sgd": ("SGD", ["momentum", "nesterov"])}

_ARRAYS = {"classify": ("x", "y"), "denoise": ("noisy", "x"), "reconstruct": ("x", "x")}
"""Which arrays go in, and which should come out."""


def blocks(recipe: Recipe) -> list[str]:
    """The parts that compile and fit `model`, print and save."""
    own_loss = [_CLIPPED_LOSS] if recipe.clip_probabilities else []
    return [*own_loss, _compilation(recipe), _fitting(recipe), _figures(recipe)]


def _compilation(recipe: Recipe) -> str:
    lines, rate = [], python.literal(recipe.learning_rate)
    if recipe.schedule == "cosine":
        lines.append("steps = EPOCHS * math.ceil(len(x_train) / BATCH_SIZE)")
        lines.append(f"rate = keras.optimizers.schedules.CosineDecay({rate}, steps)")
        rate = "rate"
    name, settings = _OPTIMIZERS[recipe.optimizer]
    values = [f"{setting}={python.literal(getattr(recipe, setting))}" for setting in settings]
    lines.append(python.assigned("optimizer", f"keras.optimizers.{name}", [f"learning_rate={rate}", *values]))
    loss = "loss_from_probabilities" if recipe.clip_probabilities else '"sparse_categorical_crossentropy"'
    goal = [f"loss={loss}", 'metrics=["accuracy"]'] if recipe.task == "classify" else ['loss="binary_crossentropy"']
    compiled = ["optimizer=optimizer", *goal, f"jit_compile={recipe.jit_compile}"]
    return "\n".join([*lines, python.call("model.compile", compiled), "model.summary()"])


def _fitting(recipe: Recipe) -> str:
    judged, remarks = judged_on(recipe), []
    seen, target = _ARRAYS[recipe.task]
    arguments = [f"{seen}_train", f"{target}_train", "batch_size=BATCH_SIZE"]
    if is_noise_fresh(recipe):
        arguments = ["NoisyBatches()"]
    else:
        remarks.append("# `fit` shuffles the images: with a seed, in the same way in every epoch.")
    if judged == "test":
        remarks.append("# Each epoch is judged on the test images, which choose nothing.")
    arguments += ["epochs=EPOCHS", f"validation_data=({seen}_{judged}, {target}_{judged})"]
    return "\n".join([*remarks, python.assigned("history", "model.fit", arguments)])


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
