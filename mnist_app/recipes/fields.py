"""What a field of a recipe may hold: kinds, bounds, defaults and meanings as data, and the check of a value."""

import dataclasses
import math
import numbers
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mnist_app import InvalidInput


@dataclass(frozen=True)
class Field:
    """What a field of a recipe may be: its kind, its bounds (inclusive) and its meaning.

    `kind` is "int", "float", "choice", "bool" or "ints" (`shortest` to `longest` whole numbers, each within the
    bounds). `exclusive` excludes the lower bound itself.
    """

    kind: str
    default: object
    meaning: str
    minimum: float = -math.inf
    maximum: float = math.inf
    choices: tuple[str, ...] = ()
    exclusive: bool = False
    shortest: int = 0
    longest: int = 6

    @property
    def expected(self) -> str:
        """The possible values in words."""
        if self.kind == "choice":
            return f"one of {', '.join(self.choices)}"
        if self.kind == "bool":
            return "true or false"
        low, high = f"{self.minimum:,.10g}", f"{self.maximum:,.10g}"
        bounds = f"above {low} and up to {high}" if self.exclusive else f"from {low} to {high}"
        if self.kind == "ints":
            return f"{self.shortest} to {self.longest} whole numbers {bounds}, as in 500,300"
        return f"{'a whole number' if self.kind == 'int' else 'a number'} {bounds}"


_L2 = Field("float", 0.0, "L2 factor on the dense hidden kernels: loss + l2 × sum of squares", 0.0, 1.0)
_DROPOUT = Field("float", 0.0, "share of a dense hidden layer's outputs set to 0 in training", 0.0, 0.95)
_INITIALIZER = Field(
    "choice",
    "glorot_uniform",
    "first weights of the hidden layers: Keras's default, or truncated normal with sd 0.01, which also sets biases 0.1",
    choices=("glorot_uniform", "truncated_normal"),
)
_POSITION = Field("choice", "last", "which dense hidden layers dropout follows", choices=("each", "first", "last"))

_LEVEL = Field("float", 0.4, "level of the salt-and-pepper noise that is trained on", 0.0, 1.0, exclusive=True)
_LEVELS = Field(
    "choice",
    "fixed",
    "one noisy copy of each image at that level, or fresh noise in each epoch at levels drawn uniformly up to it",
    choices=("fixed", "uniform"),
)

OPTIONS: Mapping[str, Mapping[str, Field]] = MappingProxyType(
    {
        "linear": MappingProxyType({}),
        "mlp": MappingProxyType(
            {
                "hidden": Field("ints", (64, 64), "units of each hidden layer", 1, 4096, shortest=1),
                "l2": _L2,
                "dropout": _DROPOUT,
                "dropout_after": dataclasses.replace(_POSITION, default="each"),
                "kernel_initializer": _INITIALIZER,
            }
        ),
        "autoencoder": MappingProxyType(
            {
                "hidden": Field("ints", (128, 96, 128), "units of each hidden layer", 1, 4096, shortest=1, longest=7),
                "latent_activation": Field(
                    "choice",
                    "relu",
                    "what the narrowest layer gives: numbers from 0 on, or any",
                    choices=("relu", "linear"),
                ),
                "noise_level": dataclasses.replace(_LEVEL, exclusive=False),
                "noise_levels": _LEVELS,
            }
        ),
        "cvae": MappingProxyType(
            {
                "hidden": Field(
                    "ints",
                    (256,),
                    "units of each hidden layer, from the image on; backwards after the code",
                    1,
                    4096,
                    shortest=1,
                    longest=3,
                ),
                "latent_dim": Field("int", 16, "latent numbers", 1, 64),
            }
        ),
        "unet": MappingProxyType(
            {
                "filters": Field("int", 16, "filters at full size; twice and four times as many below", 4, 64),
                "latent_dim": Field("int", 128, "units of the dense bottleneck", 8, 1024),
                "noise_level": _LEVEL,
                "noise_levels": _LEVELS,
            }
        ),
        "cnn": MappingProxyType(
            {
                "filters": Field("ints", (32, 64), "filters of each convolution", 1, 256, shortest=1, longest=3),
                "kernel": Field("int", 3, "side of a convolution's kernel in pixels", 1, 7),
                "convolutions": Field("int", 1, "convolutions of that many filters before each pooling", 1, 3),
                "batch_normalization": Field("bool", False, "batch normalisation after each pooling"),
                "padding": Field("choice", "valid", "edges of convolution and pooling", choices=("valid", "same")),
                "zero_padding": Field("int", 0, "zeros put around the image first, in pixels", 0, 8),
                "pooling": Field("choice", "max", "what a 2×2 pool keeps", choices=("max", "average")),
                "hidden": Field("ints", (128,), "units of each dense hidden layer; may be empty", 1, 4096),
                "l2": _L2,
                "dropout": _DROPOUT,
                "dropout_after": _POSITION,
                "kernel_initializer": _INITIALIZER,
            }
        ),
    }
)
"""The fields of each architecture. A fingerprint counts values that differ from these defaults and from those of
`TRAINING`: a field may be added, but a default never changed, without renaming trained models."""

TRAINING: Mapping[str, Field] = MappingProxyType(
    {
        "optimizer": Field("choice", "sgd", "rule that turns gradients into steps", choices=("sgd", "adam")),
        "learning_rate": Field("float", 0.1, "size of a step", 0.0, 10.0, exclusive=True),
        "momentum": Field("float", 0.0, "share of the previous step kept (SGD)", 0.0, 0.999),
        "nesterov": Field("bool", False, "look ahead along the momentum (SGD)"),
        "epsilon": Field("float", 1e-7, "keeps Adam from dividing by zero", 0.0, 1.0, exclusive=True),
        "schedule": Field("choice", "constant", "how the rate falls over training", choices=("constant", "cosine")),
        "clip_probabilities": Field(
            "bool", False, "compute the cross-entropy from probabilities clipped at 1e-7, not from logits"
        ),
        "batch_size": Field("int", 128, "images a step", 1, 10_000),
        "epochs": Field("int", 10, "passes over the training images", 1, 500),
        "images": Field("int", 60_000, "training images used, from the first", 100, 60_000),
        "augmentation": Field(
            "choice",
            "none",
            "how training images vary in each epoch: not at all; turned, sheared, thinner or thicker; or also bent and "
            "with habits of pens",
            choices=("none", "affine", "pen"),
        ),
        "validation": Field(
            "choice",
            "test",
            "images that each epoch is judged on: the test images, as the sources did, or the last 10,000 training "
            "images, which are then not trained on",
            choices=("test", "held-out"),
        ),
        "dtype_policy": Field(
            "choice", "float32", "numbers that the layers compute with", choices=("float32", "mixed_bfloat16")
        ),
        "jit_compile": Field("bool", False, "compile a step with XLA"),
    }
)
"""The fields of every recipe."""

ONLY_FOR: Mapping[str, str] = MappingProxyType({"momentum": "sgd", "nesterov": "sgd", "epsilon": "adam"})
"""Training fields that have an effect with one optimiser only."""

SEED = Field("int", 0, "first weights, order of the images, dropout", 0, 2**31 - 1)

_NUMBERS_TEXT = re.compile(r"[0-9]+((\s*[,x×]\s*|-|\s+)[0-9]+)*,?")
_TRUTHS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def check(name: str, value: object, rule: Field, *, subject: str) -> object:
    """The value in the field's own type; text is read as on a command line.

    Args:
        name: the field.
        value: a value of the kind, or text: "0.1", "true", "500,300" (also 500x300, 500-300, [500, 300], none).
        rule: what is possible.
        subject: what the field belongs to, for the message.

    Raises:
        InvalidInput: the value is of another kind or out of bounds.
    """
    readers = {"choice": _choice, "bool": _truth, "ints": _numbers, "int": _whole, "float": _real}
    read = readers[rule.kind](value, rule)
    if read is None:
        raise InvalidInput(
            f"{subject}: impossible value for {name} ({rule.meaning})",
            expected=rule.expected,
            found=shown(value),
            remedy=f"Correct it; the default is {as_text(rule.default)}.",
        )
    return read


def as_text(value: object) -> str:
    """A field's value as it is written on the command line."""
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def shown(value: object) -> str:
    """Any value in at most 60 characters, for a message."""
    try:
        text = repr(value)
    except ValueError:  # a whole number of more digits than Python prints
        text = "a number of thousands of digits"
    return text if len(text) <= 60 else f"{text[:59]}…"


def _choice(value: object, rule: Field) -> str | None:
    return value if isinstance(value, str) and value in rule.choices else None


def _truth(value: object, rule: Field) -> bool | None:
    return _TRUTHS.get(str(value).strip().lower()) if isinstance(value, bool | str) else None


def _whole(value: object, rule: Field) -> int | None:
    return _number(value, rule, int)


def _real(value: object, rule: Field) -> float | None:
    return _number(value, rule, float)


def _numbers(value: object, rule: Field) -> tuple[int, ...] | None:
    if isinstance(value, str):
        text = value.strip().strip("()[]").strip()
        if text in ("", "none"):
            value = ()
        elif _NUMBERS_TEXT.fullmatch(text):
            value = re.findall("[0-9]+", text)
    if not isinstance(value, list | tuple) or not rule.shortest <= len(value) <= rule.longest:
        return None
    read = tuple(_number(part, rule, int) for part in value)
    return None if None in read else read


def _number(value: object, rule: Field, kind: type) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, numbers.Real | str):
        return None
    try:
        number = kind(value)
        if number != float(value):  # NaN, or 1.5 for a whole number
            return None
    except (ValueError, OverflowError):
        return None
    above = number > rule.minimum if rule.exclusive else number >= rule.minimum
    return number + 0 if above and number <= rule.maximum else None  # + 0 makes -0.0, another fingerprint, 0.0
