"""What a field of a recipe may hold: kinds, bounds, defaults and meanings as data, and the check of a value."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from mnist_app import InvalidInput


@dataclass(frozen=True)
class Field:
    """What a field may be: its kind, its bounds (inclusive) and its meaning.

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


def _one_of(*choices: str, meaning: str) -> Field:
    """A choice whose first value is the default."""
    return Field("choice", choices[0], meaning, choices=choices)


_HIDDEN = Field("ints", (64, 64), "units of each hidden layer", 1, 4096, shortest=1)
_REGULARIZATION = {
    "l2": Field("float", 0.0, "L2 factor on the dense hidden kernels: loss + l2 × sum of squares", 0.0, 1.0),
    "dropout": Field("float", 0.0, "share of a dense hidden layer's outputs set to 0 in training", 0.0, 0.95),
    "dropout_after": _one_of("each", "first", "last", meaning="which dense hidden layers dropout follows"),
    "kernel_initializer": _one_of(
        "glorot_uniform",
        "truncated_normal",
        meaning="first weights of the hidden layers: Keras's default, or truncated normal with standard deviation "
        "0.01, which also sets biases to 0.1",
    ),
}
_NOISE = {
    "noise_level": Field("float", 0.4, "level of the salt-and-pepper noise that is trained on", 0.0, 1.0),
    "noise_levels": _one_of(
        "fixed",
        "uniform",
        meaning="one noisy copy of each image at that level, or fresh noise in each epoch at levels drawn uniformly "
        "up to it",
    ),
}

OPTIONS: Mapping[str, Mapping[str, Field]] = {
    "linear": {},
    "mlp": {"hidden": _HIDDEN, **_REGULARIZATION},
    "autoencoder": {
        "hidden": replace(_HIDDEN, default=(128, 96, 128), longest=7),
        "latent_activation": _one_of(
            "relu", "linear", meaning="what the narrowest layer gives: numbers from 0 on, or any"
        ),
        **_NOISE,
    },
    "cvae": {
        "hidden": replace(
            _HIDDEN,
            default=(256,),
            meaning="units of each hidden layer, from the image on; backwards after the latent numbers",
            longest=3,
        ),
        "latent_dim": Field("int", 16, "latent numbers", 1, 64),
    },
    "unet": {
        "filters": Field("int", 16, "filters at full size; twice and four times as many below", 4, 64),
        "latent_dim": Field("int", 128, "units of the dense bottleneck", 8, 1024),
        **_NOISE,
        "noise_level": replace(_NOISE["noise_level"], exclusive=True),
    },
    "cnn": {
        "filters": Field("ints", (32, 64), "filters of each convolution", 1, 256, shortest=1, longest=3),
        "kernel": Field("int", 3, "side of a convolution's kernel in pixels", 1, 7),
        "convolutions": Field("int", 1, "convolutions of that many filters before each pooling", 1, 3),
        "batch_normalization": Field("bool", False, "batch normalisation after each pooling"),
        "padding": _one_of("valid", "same", meaning="edges of convolution and pooling"),
        "zero_padding": Field("int", 0, "zeros put around the image first, in pixels", 0, 8),
        "pooling": _one_of("max", "average", meaning="what a 2×2 pool keeps"),
        "hidden": Field("ints", (128,), "units of each dense hidden layer; may be empty", 1, 4096),
        **_REGULARIZATION,
        "dropout_after": replace(_REGULARIZATION["dropout_after"], default="last"),
    },
}
"""The fields of each architecture. A fingerprint counts values that differ from these defaults and from those of
`TRAINING`: a field may be added, but a default never changed, without renaming trained models."""

TRAINING: Mapping[str, Field] = {
    "optimizer": _one_of("sgd", "adam", meaning="rule that turns gradients into steps"),
    "learning_rate": Field("float", 0.1, "size of a step", 0.0, 10.0, exclusive=True),
    "momentum": Field("float", 0.0, "share of the previous step kept (SGD)", 0.0, 0.999),
    "nesterov": Field("bool", False, "look ahead along the momentum (SGD)"),
    "epsilon": Field("float", 1e-7, "keeps Adam from dividing by zero", 0.0, 1.0, exclusive=True),
    "schedule": _one_of("constant", "cosine", meaning="how the rate falls over training"),
    "clip_probabilities": Field(
        "bool", False, "compute the cross-entropy from probabilities clipped at 1e-7, not from logits"
    ),
    "batch_size": Field("int", 128, "images a step", 1, 10_000),
    "epochs": Field("int", 10, "passes over the training images", 1, 500),
    "images": Field("int", 60_000, "training images used, from the first", 100, 60_000),
    "augmentation": _one_of(
        "none",
        "affine",
        "pen",
        meaning="how training images vary in each epoch: not at all; turned, sheared, thinner or thicker; or also "
        "bent and with habits of pens",
    ),
    "validation": _one_of(
        "test",
        "held-out",
        meaning="images that each epoch is judged on: the test images, as the sources did, or the last 10,000 "
        "training images, which are then not trained on",
    ),
    "dtype_policy": _one_of("float32", "mixed_bfloat16", meaning="numbers that the layers compute with"),
    "jit_compile": Field("bool", False, "compile a step with XLA"),
}
"""The fields of every classifier's recipe; others have all but those of `CLASSIFIERS_ONLY`."""

CLASSIFIERS = ("linear", "mlp", "cnn")
CLASSIFIERS_ONLY = ("clip_probabilities", "augmentation")

IDLE: Mapping[str, tuple[str, object]] = {
    "momentum": ("optimizer", "adam"),
    "nesterov": ("momentum", 0.0),
    "epsilon": ("optimizer", "sgd"),
    "l2": ("hidden", ()),
    "dropout": ("hidden", ()),
    "dropout_after": ("dropout", 0.0),
    "noise_levels": ("noise_level", 0.0),
}
"""Fields that change nothing where another field has that value."""

SEED = Field("int", 0, "first weights, order of the images, dropout", 0, 2**31 - 1)

_SEPARATOR = re.compile(r"\s*[,x×]\s*|-|\s+")
_TRUTHS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def fields_of(architecture: str) -> dict[str, Field]:
    """Every field that a recipe of that architecture has: those of its network, then those of its training."""
    left_out = () if architecture in CLASSIFIERS else CLASSIFIERS_ONLY
    return {**OPTIONS[architecture], **{name: field for name, field in TRAINING.items() if name not in left_out}}


def field_of(architecture: str, name: str, *, subject: str) -> Field:
    """The field of that name; `subject` says in the message what should have it. Raises InvalidInput."""
    known = fields_of(architecture)
    if name not in known:
        raise InvalidInput(
            f"{subject} has no field {shown(name)}",
            expected=f"one of {', '.join(known)}",
            found=shown(name),
            remedy=did_you_mean(name, known) or "Correct the name.",
        )
    return known[name]


def is_idle(name: str, values: Mapping[str, object]) -> bool:
    """Whether the field changes nothing beside these values of others."""
    other, idle_value = IDLE.get(name, (None, None))
    return other in values and values[other] == idle_value


def check(name: str, value: object, field: Field, *, subject: str) -> object:
    """The value in the field's own type; text is read: "0.1" or "0,1", "true", "500,300" (also 500x300, none).

    `subject` says in the message what the field belongs to. Raises InvalidInput.
    """
    try:
        return _READERS[field.kind](value, field)
    except (ValueError, TypeError, KeyError, OverflowError):
        raise InvalidInput(
            f"{subject}: impossible value for {name} ({field.meaning})",
            expected=field.expected,
            found=shown(value),
            remedy=f"Correct it; the default is {as_text(field.default)}.",
        ) from None


def as_text(value: object) -> str:
    """A field's value as it is written on the command line."""
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The nearest known name, as a question; empty where none is near."""
    return "".join(f"Did you mean {near}? " for near in get_close_matches(name, known, 1))


def shown(value: object) -> str:
    """Any value in at most 60 characters, for a message."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _number(value: object, field: Field, kind: type) -> int | float:
    number = kind(value)
    above = number > field.minimum if field.exclusive else number >= field.minimum
    if isinstance(value, bool) or number != float(value) or not (above and number <= field.maximum):
        raise ValueError  # also for NaN, and for 1.5 as a whole number
    return number + 0  # makes -0.0, which would have another fingerprint, 0.0


def _with_point(value: object) -> object:
    return value.replace(",", ".") if isinstance(value, str) else value


def _numbers(value: object, field: Field) -> tuple[int, ...]:
    if isinstance(value, str):
        text = value.strip("()[] ").removesuffix(",")
        value = _SEPARATOR.split(text) if text not in ("", "none") else ()
    if not field.shortest <= len(value) <= field.longest:
        raise ValueError
    return tuple(_number(part, field, int) for part in value)


_READERS = {
    "choice": lambda value, field: field.choices[field.choices.index(value)],
    "bool": lambda value, field: _TRUTHS[str(value).strip().lower()],
    "int": lambda value, field: _number(value, field, int),
    "float": lambda value, field: _number(_with_point(value), field, float),
    "ints": _numbers,
}
