"""One layer as data, and the arithmetic of its shape and parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from mnist_app import InvalidInput

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
    settings: Mapping[str, object]
    output_shape: tuple[int, ...]
    parameters: int = 0
    arithmetic: str = ""
    kernel_initializer: str = "glorot_uniform"
    l2: float = 0.0
    inputs: tuple[int, ...] = ()

    @property
    def title(self) -> str:
        """The layer in a few words, for tables and diagrams."""
        settings = self.settings
        match self.kind:
            case "Dense":
                return f"Dense {settings['units']} {settings['activation']}"
            case "Conv2D" | "Conv2DTranspose":
                name = "Conv" if self.kind == "Conv2D" else "Transposed conv"
                side, step = settings["kernel_size"], settings.get("strides", 1)
                words = [name, settings["filters"], f"{side}×{side}", f"step {step}" if step > 1 else ""]
                words += [settings["padding"] if self.kind == "Conv2D" else "", settings["activation"]]
                return " ".join(str(word) for word in words if word)
            case "MaxPooling2D" | "AveragePooling2D":
                return f"{self.kind.removesuffix('Pooling2D')} pool 2×2 {settings['padding']}"
            case "Dropout":
                return f"Dropout {settings['rate']:g}"
            case "BatchNormalization":
                return "Batch normalisation"
            case "ZeroPadding2D":
                return f"Zero padding {settings['padding']}"
        return self.kind


class Plan(list[Layer]):
    """Layers in their order."""

    def add(
        self,
        kind: str,
        *,
        inputs: tuple[int, ...] = (),
        kernel_initializer: str = "glorot_uniform",
        l2: float = 0.0,
        **settings: object,
    ) -> int:
        """Append a layer on those at `inputs`, or on the last one; its place. InvalidInput when no pixel is left."""
        shapes = shapes_at(self, inputs or (len(self) - 1,))
        shape = _output_shape(kind, settings, shapes)
        if shape[0] < 1:
            raise InvalidInput(
                f"There is no pixel left after a {'convolution' if kind == 'Conv2D' else 'pooling'}",
                expected="at least 1 × 1",
                found=f"{shape[0]} × {shape[1]}",
                remedy="Take fewer convolutions, a smaller kernel, or padding=same.",
            )
        parameters, arithmetic = _count(kind, settings, shapes[0], shape)
        self.append(Layer(kind, settings, shape, parameters, arithmetic, kernel_initializer, l2, inputs))
        return len(self) - 1


def shapes_at(layers: Sequence[Layer], places: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Shapes of what the layers at these places give; what goes into the network has negative places."""
    beside = {IMAGE: INPUT_SHAPE, DIGIT: (CLASSES,)}
    if NOISE in places:  # half of what the encoder gives: as many numbers as it has means
        beside[NOISE] = (layers[max(places)].output_shape[0] // 2,)
    return [beside[place] if place < 0 else layers[place].output_shape for place in places]


def _output_shape(kind: str, settings: Mapping, shapes: list[tuple[int, ...]]) -> tuple[int, ...]:
    rows, depth = shapes[0][0], shapes[0][-1]  # rows are columns too
    match kind:
        case "Dense":
            return (settings["units"],)
        case "Flatten":
            return (prod(shapes[0]),)
        case "Reshape":
            return settings["target_shape"]
        case "Concatenate":
            return (*shapes[0][:-1], sum(shape[-1] for shape in shapes))
        case "Sample":
            return shapes[1]
        case "ZeroPadding2D":
            rows += 2 * settings["padding"]
        case "Conv2D":
            depth, step = settings["filters"], settings.get("strides", 1)
            lost = settings["kernel_size"] - 1 if settings["padding"] == "valid" else 0
            rows = -(-(rows - lost) // step)
        case "Conv2DTranspose":
            rows, depth = rows * settings["strides"], settings["filters"]
        case "MaxPooling2D" | "AveragePooling2D":
            rows = rows // 2 if settings["padding"] == "valid" else (rows + 1) // 2
        case _:
            return shapes[0]
    return rows, rows, depth


def _count(kind: str, settings: Mapping, taken: tuple[int, ...], given: tuple[int, ...]) -> tuple[int, str]:
    """Trained numbers of a layer, and how they are counted."""
    match kind:
        case "Dense":
            count, words = (taken[0] + 1) * given[0], f"{taken[0]:,} × {given[0]:,} + {given[0]:,}"
        case "Conv2D" | "Conv2DTranspose":
            side, depth, filters = settings["kernel_size"], taken[2], settings["filters"]
            count = side * side * depth * filters + filters
            words = f"{side} × {side} × {depth} × {filters} + {filters}"
        case "BatchNormalization":  # scales and shifts; its means and variances are not trained
            count, words = 2 * taken[-1], f"2 × {taken[-1]}"
        case _:
            count, words = 0, ""
    return count, words
