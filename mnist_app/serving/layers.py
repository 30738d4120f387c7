"""A served classifier taken apart: its layers with their weights, what each gives, and what if weights differ.

The weights come from the file that LiteRT serves, so a network that was trained a minute ago opens as the shipped ones
do. The arithmetic is NumPy's: it gives every layer's output, for weights that were changed too. LiteRT's answers are
the same within 1e-4, and its time for a batch is about the same.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from mnist_app import store
from mnist_app.recipes import layers
from mnist_app.recipes.layer import Layer

_CHUNK = 8  # images at once: the windows of more of them do not fit into the processor's cache
_APPLIED = ("CONV_2D", "FULLY_CONNECTED", "MUL", "ADD")
"""What has weights in a file; the last two are batch normalisation."""


@dataclass(frozen=True, eq=False)
class Layers:
    """A classifier as the layers of its recipe's plan. Nothing changes it; `changed` makes another one.

    Attributes:
        plan: the layers in their order; the last one is Dense with softmax.
        weights: by place in the plan, float32: a kernel (taken, given) or (rows, columns, taken, given), and biases
            (given,); of batch normalisation two rows (given,), by which it multiplies, and what it then adds.
        cut: units and filters that give 0, each (place, number).
    """

    plan: tuple[Layer, ...]
    weights: Mapping[int, tuple[np.ndarray, np.ndarray]]
    cut: frozenset[tuple[int, int]] = frozenset()

    def outputs(self, images: np.ndarray) -> list[np.ndarray]:
        """What each layer gives for images float32 (n, 28, 28, 1), a few: float32 (n, …), of the last one logits."""
        return list(self._walk(images))

    def output(self, images: np.ndarray, place: int, reduce: Callable = np.asarray) -> np.ndarray:
        """What the layer at that place gives for n ≥ 1 images, or what `reduce` makes of that for a few at a time.

        Place -1 gives the logits (n, 10), -2 the features, which are what the last layer takes.
        """
        few = (images[start : start + _CHUNK] for start in range(0, len(images), _CHUNK))
        at = place % len(self.plan)
        return np.concatenate([reduce(next(islice(self._walk(each), at, None))) for each in few])

    def logits(self, images: np.ndarray) -> np.ndarray:
        """What the probabilities are made of by softmax: float32 (n, 10)."""
        return self.output(images, -1)

    def slopes(self, outputs: list[np.ndarray], *, of: int, to: int, units: object = slice(None)) -> np.ndarray:
        """How much more those units of the layer `to` sum up when a number that the layer `of` gives is 1 more.

        float32 (numbers, units), or (numbers,) for one unit; `of` -1 are the pixels. Between the two stand dense layers
        only. The slopes hold exactly as long as the same ReLU units are above 0 as in these outputs for one image.
        """
        slopes = self.weights[to][0][:, units]
        for place in range(to - 1, of, -1):
            if place in self.weights:
                active = outputs[place][0] > 0 if self.plan[place].settings["activation"] == "relu" else 1
                slopes = (self.weights[place][0] * active) @ slopes
        return slopes

    def changed(self, *, cut: frozenset, noise: float, biases: bool, seed: int) -> "Layers":
        """The network with those units cut out, noise in the weights, or all biases 0.

        `noise` is the standard deviation of the normal numbers that are added to a kernel, as a share of its own.
        """
        rng, weights = np.random.default_rng(seed), {}
        for place, (kernel, bias) in self.weights.items():
            if noise:
                deviation = np.float32(noise * kernel.std())
                kernel = kernel + deviation * rng.standard_normal(kernel.shape, np.float32)
            # What batch normalisation adds is no bias.
            weights[place] = kernel, bias * (biases or self.plan[place].kind == "BatchNormalization")
        return replace(self, weights=weights, cut=cut)

    def _walk(self, images: np.ndarray) -> Iterator[np.ndarray]:
        given = images
        for place, layer in enumerate(self.plan):
            given = _give(layer, given, *self.weights.get(place, ()))
            for at, unit in self.cut:
                if at == place:
                    given[..., unit] = 0
            yield given


def seen_by(plan: Sequence[Layer], place: int) -> tuple[int, int, int]:
    """What a number of a feature map sees of the image: (first, step, side) in pixels.

    The number in row r and column c sees side × side pixels, from row first + r · step and column first + c · step on.
    """
    first, step, side = 0, 1, 1
    for layer in plan[: place + 1]:
        settings = layer.settings
        if layer.kind == "ZeroPadding2D":
            first -= settings["padding"] * step
        elif layer.kind == "Conv2D":
            first -= (settings["kernel_size"] - 1) // 2 * step * (settings["padding"] == "same")
            side += (settings["kernel_size"] - 1) * step
        elif layer.kind.endswith("Pooling2D"):
            side, step = side + step, 2 * step
    return first, step, side


def open_layers(model: store.StoredModel) -> Layers:
    """The layers of a stored classifier that LiteRT serves. Raises NotFound or OSError."""
    options = {"experimental_op_resolver_type": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES}
    interpreter = Interpreter(model_content=model.path().read_bytes(), **options)
    interpreter.allocate_tensors()
    # LiteRT says only here in which order weights are applied.
    steps = (step for step in interpreter._get_ops_details() if step["op_name"] in _APPLIED)
    plan, weights = layers.plan(model.card.recipe), {}
    for place, layer in enumerate(plan):
        if layer.kind == "BatchNormalization":
            weights[place] = tuple(interpreter.get_tensor(next(steps)["inputs"][1]) for _ in range(2))
        elif layer.kind in ("Conv2D", "Dense"):
            _, kernel, bias = next(steps)["inputs"].tolist()
            kernel = np.ascontiguousarray(np.moveaxis(interpreter.get_tensor(kernel), 0, -1))
            # A bias that is 0 for all units is left out.
            none = np.zeros(kernel.shape[-1], np.float32)
            weights[place] = kernel, none if bias < 0 else interpreter.get_tensor(bias)
    return Layers(plan, weights)


def _give(layer: Layer, given: np.ndarray, *weights: np.ndarray) -> np.ndarray:
    """What a layer makes of what it is given, (n, …); the last one its logits."""
    settings = layer.settings
    match layer.kind:
        case "Flatten":
            return given.reshape(len(given), -1)
        case "ZeroPadding2D":
            return _pad(given, settings["padding"], settings["padding"])
        case "BatchNormalization":
            return given * weights[0] + weights[1]
        case "MaxPooling2D" | "AveragePooling2D":
            if settings["padding"] == "same":
                # The last row and column once more, which changes neither a maximum nor a mean of what is there.
                given = _pad(given, 0, given.shape[1] % 2, mode="edge")
            side, _, depth = layer.output_shape
            blocks = given[:, : 2 * side, : 2 * side].reshape(len(given), side, 2, side, 2, depth)
            return blocks.max((2, 4)) if layer.kind == "MaxPooling2D" else blocks.mean((2, 4))
        case "Conv2D":
            side, step = settings["kernel_size"], settings.get("strides", 1)
            if settings["padding"] == "same":
                lost = max((layer.output_shape[0] - 1) * step + side - given.shape[1], 0)
                given = _pad(given, lost // 2, lost - lost // 2)
            windows = np.lib.stride_tricks.sliding_window_view(given, (side, side), axis=(1, 2))
            windows = windows[:, ::step, ::step]
            given = windows.transpose(0, 1, 2, 4, 5, 3).reshape(*windows.shape[:3], -1)
        case "Dropout":
            return given
    kernel, bias = weights
    # As two matrices: of arrays with more dimensions NumPy makes many small products.
    summed = given.reshape(-1, given.shape[-1]) @ kernel.reshape(-1, kernel.shape[-1]) + bias
    summed = summed.reshape(*given.shape[:-1], -1)
    return np.maximum(summed, 0) if settings["activation"] == "relu" else summed


def _pad(given: np.ndarray, before: int, after: int, **mode: str) -> np.ndarray:
    return np.pad(given, ((0, 0), (before, after), (before, after), (0, 0)), **mode)
