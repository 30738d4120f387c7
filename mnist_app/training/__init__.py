"""A recipe, data and a seed become a trained network and its history.

The network is trained by Keras's own `fit`, with three settings that only make it faster: the images stay in one
uint8 tensor that batches are gathered from, many steps run in one call, and a recipe may ask for bfloat16 or XLA.
The order of the images in each epoch depends on the seed and the epoch alone, so that a training can be interrupted
and go on from its last completed epoch as if nothing had happened. Saving is left to `store`.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import keras
import msgspec
import tensorflow as tf

from mnist_app import InvalidInput, NotFound, data
from mnist_app.evaluation.results import History
from mnist_app.recipes import Recipe, check_seed, layers
from mnist_app.training import architectures
from mnist_app.training.backup import Backup, Checkpoint, find
from mnist_app.training.batches import training_batches, validation_batches
from mnist_app.training.live import FirstLayer, LiveNetwork
from mnist_app.training.recorder import Diverged, Progress, Recorder

__all__ = [
    "STEPS_A_CALL",
    "Diverged",
    "FirstLayer",
    "LiveNetwork",
    "Progress",
    "Trained",
    "export",
    "restore",
    "train",
]

STEPS_A_CALL = 100
"""Steps that run in one call of `fit`'s inner loop; also how often progress is reported and batches are recorded."""


@dataclass(frozen=True)
class Trained:
    """A trained network: float32, not compiled, with its history and the seconds that its epochs took."""

    recipe: Recipe
    seed: int
    model: keras.Model
    history: History
    first_layer: FirstLayer = field(compare=False, repr=False)

    @property
    def seconds(self) -> float:
        """What the epochs took, each with its validation."""
        return sum(epoch.seconds for epoch in self.history.epochs)


def train(
    recipe: Recipe,
    *,
    split: data.Split,
    seed: int = 0,
    watch: Callable[[Progress], None] = lambda progress: None,
    backup: Path | None = None,
) -> Trained:
    """Train a recipe. The same recipe, split and seed give the same history to the last digit on one machine.

    That holds as well for a training that was interrupted and is started again with the same arguments and `backup`:
    it goes on after its last completed epoch. What an interrupted epoch took is not counted in any seconds.

    Args:
        recipe: what to train and how.
        split: images uint8 (n, 28, 28) and labels to train on, of which the first `recipe.images` are used, and those
            to validate on after each epoch; its `validation` is the recipe's.
        seed: first weights, order of the images, dropout and noise; 0 to 2,147,483,647.
        watch: called after every 100th batch and at the end of each epoch, whose state is then in `backup`; what it
            raises ends the training.
        backup: a folder for the training's whole state, of this training alone; what is left of a damaged state is
            passed over, and where no whole one is left, the training begins anew. The folder stays at the end.

    Raises:
        Damaged: the folder is that of another recipe or seed.
        CannotWrite: the folder cannot be written to.
        Diverged: the loss became NaN or infinite.
        InvalidInput: the seed is impossible, or the split is another than the recipe says.
        InvalidInput: the recipe's network cannot be built.
    """
    seed = check_seed(seed)
    _check_validation(recipe, split.validation)
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    model = architectures.build(recipe, dtype_policy=recipe.dtype_policy)
    images = min(recipe.images, len(split.train_images))
    steps = math.ceil(images / recipe.batch_size)
    model.compile(
        optimizer=_optimizer(recipe, steps),
        **_judged_by(recipe),
        steps_per_execution=STEPS_A_CALL,
        jit_compile=False,
    )
    if recipe.jit_compile:
        model._jit_compile = True  # `compile` refuses XLA while operations are deterministic; here the two go together
    network = LiveNetwork(model)
    recorder = Recorder(recipe, images, steps, network, watch)
    callbacks = [recorder, keras.callbacks.LambdaCallback(on_epoch_end=recorder.report_epoch)]
    network.take_snapshot(0)
    if backup is not None:
        state = Backup(backup, owner=_owner(recipe, seed), state=recorder.state)
        callbacks.insert(1, state)
        if state.found:
            recorder.go_on(*_collected(state.found))
    model.fit(
        training_batches(recipe, split, seed=seed, epoch=recorder.epoch),
        validation_data=validation_batches(recipe, split, seed=seed),
        epochs=recipe.epochs,
        shuffle=False,  # the batches come shuffled
        callbacks=callbacks,
        verbose=0,
    )
    return Trained(recipe, seed, _plain(recipe, model), recorder.history, network.first_layer)


def restore(recipe: Recipe, *, seed: int, validation: str, backup: Path) -> Trained:
    """What a training had after its last completed epoch, wherever it was interrupted. The folder stays as it is.

    Args:
        recipe, seed: as `train` was given them.
        validation: the split's, "test" or "held-out".
        backup: the folder that `train` was given.

    Raises:
        NotFound: no epoch was completed, or what is left of it is damaged.
        Damaged: the folder is that of another recipe or seed.
        InvalidInput: the seed is impossible, or the validation is another than the recipe says.
    """
    seed = check_seed(seed)
    _check_validation(recipe, validation)
    found = find(backup, owner=_owner(recipe, seed))
    if found is None:
        raise NotFound(
            f"Training {recipe.key} cannot be restored",
            expected="a completed epoch",
            found=f"none in {backup}",
            remedy="Train it again.",
        )
    model = architectures.build(recipe)
    model.load_weights(found.weights)
    return Trained(recipe, seed, model, *_collected(found))


def export(recipe: Recipe, model: keras.Model, files: Mapping[str, Path]) -> None:
    """Write the weights in Keras's own form and in LiteRT's. Raises OSError.

    Args:
        recipe, model: as `Trained` has them.
        files: what to write where. "keras": the network, or a generator's decoder. "serving": the same for LiteRT; a
            classifier's has the features as a second output. For an autoencoder also "encoder" and "decoder".
    """
    for name, path in files.items():
        if name == "keras":
            (architectures.decoder(recipe, model) if recipe.task == "generate" else model).save(path)
        else:
            part = _SERVED[recipe.task] if name == "serving" else _PARTS[name]
            part(recipe, model).export(path, format="litert", verbose=False)


def _check_validation(recipe: Recipe, validation: str) -> None:
    if validation != recipe.validation:
        raise InvalidInput(
            f"Recipe {recipe.key}: the images are split otherwise than the recipe says",
            expected=f"validation={recipe.validation}",
            found=f"validation={validation}",
            remedy="Change the recipe's field, or split the images as it says.",
        )


def _owner(recipe: Recipe, seed: int) -> dict[str, object]:
    """What names a training in its backup; the fingerprint holds the images that it is validated on."""
    return {"recipe": recipe.key, "fingerprint": recipe.fingerprint, "seed": seed}


def _collected(found: Checkpoint) -> tuple[History, FirstLayer]:
    """What the recorder had collected when its state was backed up."""
    epochs, kernels = found.arrays["epochs"].tolist(), found.arrays["kernels"]
    return msgspec.convert(found.record["history"], History), FirstLayer(tuple(epochs), kernels)


def _plain(recipe: Recipe, trained: keras.Model) -> keras.Model:
    """The same weights in a float32 network without an optimiser: what is saved and served."""
    model = architectures.build(recipe)
    model.set_weights(trained.get_weights())
    return model


def _optimizer(recipe: Recipe, steps: int) -> keras.optimizers.Optimizer:
    rate = recipe.learning_rate
    if recipe.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, steps * recipe.epochs)
    if recipe.optimizer == "adam":
        return keras.optimizers.Adam(rate, epsilon=recipe.epsilon)
    return keras.optimizers.SGD(rate, momentum=recipe.momentum, nesterov=recipe.nesterov)


def _judged_by(recipe: Recipe) -> dict[str, object]:
    """Loss and metrics, as `compile` takes them."""
    if recipe.task == "classify":
        metric = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
        return {"loss": _LOSSES[recipe.clip_probabilities], "metrics": [metric]}
    if recipe.task in ("denoise", "reconstruct"):
        return {"loss": "binary_crossentropy"}
    # The bound of Kingma & Welling, a pixel: the first loss is a mean over pixels, the second a sum of the image's.
    return {"loss": ["binary_crossentropy", _divergence], "loss_weights": [1.0, 1 / math.prod(layers.INPUT_SHAPE)]}


def _divergence(_: tf.Tensor, moments: tf.Tensor) -> tf.Tensor:
    """Kullback-Leibler divergence of the codes' normal distributions from the standard one, nats, (n,)."""
    mean, logarithm = tf.split(tf.cast(moments, tf.float32), 2, axis=-1)
    return tf.reduce_sum(tf.exp(logarithm) + mean**2 - 1 - logarithm, axis=-1) / 2


def _from_probabilities(labels: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
    """Cross-entropy from the softmax's output, cut off at 1e-7: a probability that is cut off has no gradient.

    Keras looks for the softmax's input and computes from that where it finds it; the identity hides it.
    """
    return keras.losses.sparse_categorical_crossentropy(labels, tf.identity(probabilities))


_LOSSES = {False: "sparse_categorical_crossentropy", True: _from_probabilities}

_PARTS = {"encoder": architectures.encoder, "decoder": architectures.decoder}
_SERVED = {
    "classify": lambda recipe, model: architectures.with_features(model),
    "denoise": lambda recipe, model: model,
    "reconstruct": lambda recipe, model: model,
    "generate": architectures.decoder,
}
