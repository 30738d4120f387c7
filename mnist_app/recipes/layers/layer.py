"""One layer as data, the layers that every kind of network has, and what no computer of a class can hold."""

from dataclasses import dataclass
from math import prod

INPUT_SHAPE = (28, 28, 1)
CLASSES = 10
IMAGE, DIGIT, NOISE = -1, -2, -3
"""Places of what goes into a network beside its layers: the image, the digit one-hot, and standard normal numbers."""


@dataclass(frozen=True)
class Layer:
    """One layer of a plan. `kind` is the name of the Keras layer, `settings` its arguments in Keras's spelling.

    `kernel_initializer` and `l2` concern kernels (and biases) and stand apart because Keras wants objects for them.
    `inputs` are the places in the plan of the layers that this one takes, or `IMAGE`, `DIGIT` or `NOISE`; empty means
    the layer before.
    """

    kind: str
    settings: tuple[tuple[str, object], ...]
    output_shape: tuple[int, ...]
    parameters: int = 0
    arithmetic: str = ""
    kernel_initializer: str = "glorot_uniform"
    l2: float = 0.0
    inputs: tuple[int, ...] = ()

    @property
    def title(self) -> str:
        """The layer in a few words, for tables and diagrams."""
        given = dict(self.settings)
        match self.kind:
            case "Dense":
                return f"Dense {given['units']} {given.get('activation', 'linear')}"
            case "Conv2D":
                side = given["kernel_size"]
                step = f" step {given['strides']}" if given.get("strides", 1) > 1 else ""
                return f"Conv {given['filters']} {side}×{side}{step} {given['padding']} {given['activation']}"
            case "Conv2DTranspose":
                side = given["kernel_size"]
                return f"Transposed conv {given['filters']} {side}×{side} step {given['strides']} {given['activation']}"
            case "MaxPooling2D" | "AveragePooling2D":
                return f"{self.kind.removesuffix('Pooling2D')} pool 2×2 {given['padding']}"
            case "Dropout":
                return f"Dropout {given['rate']:g}"
            case "BatchNormalization":
                return "Batch normalisation"
            case "ZeroPadding2D":
                return f"Zero padding {given['padding']}"
        return self.kind


def flatten(shape: tuple[int, ...]) -> Layer:
    return Layer("Flatten", (), (prod(shape),))


def dense(
    shape: tuple[int, ...], units: int, activation: str, *, kernel_initializer: str = "glorot_uniform", l2: float = 0.0
) -> Layer:
    settings = (("units", units), ("activation", activation))
    parameters = shape[0] * units + units
    arithmetic = f"{shape[0]:,} × {units:,} + {units:,}"
    return Layer("Dense", settings, (units,), parameters, arithmetic, kernel_initializer, l2)
