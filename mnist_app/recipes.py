"""Every experiment as data: a frozen `Recipe` says what is trained and how, and `RECIPES` holds them all.

One entry here feeds the selectors, the trainer, the command line, the curves page and the contract tests. This
module imports no sibling and no Keras: `layers` turns a recipe into a plan, `architectures` into a network.

Sources of the experiments and of their figures:
A, B, C are reports of a university data-science assignment (A: group 32, 2023; B: group 43, 2023; C: group 67, 2022);
D is the solution sheet 6.1 of a deep-learning course (2020); H is the assignment's handout.
"""

import dataclasses
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from mnist_app import ExplorerError


class UnknownRecipe(ExplorerError):
    """No recipe has that key."""


class UnknownField(ExplorerError):
    """A recipe of that architecture has no field of that name."""


class InvalidValue(ExplorerError):
    """A field's value cannot be trained with."""


@dataclass(frozen=True)
class Reported:
    """A figure of a source: its final accuracy on the 10,000 test images, as a fraction."""

    source: str
    accuracy: float
    note: str = ""


@dataclass(frozen=True)
class Field:
    """What a field of a recipe may be: its kind, its bounds (inclusive) and its meaning.

    `kind` is "int", "float", "choice", "bool" or "ints" (a list of whole numbers, each within the bounds).
    `exclusive` excludes the lower bound itself.
    """

    kind: str
    default: object
    meaning: str
    minimum: float = -math.inf
    maximum: float = math.inf
    choices: tuple[str, ...] = ()
    exclusive: bool = False
    longest: int = 6


_L2 = Field("float", 0.0, "L2 factor on the hidden kernels: loss + l2 × sum of squares", 0.0, 1.0)
_DROPOUT = Field("float", 0.0, "share of a hidden layer's outputs set to 0 in training", 0.0, 0.95)
_INITIALISER = Field(
    "choice",
    "glorot-uniform",
    "first values of the hidden layers: Keras's default, or kernels truncated normal sd 0.01 and biases 0.1",
    choices=("glorot-uniform", "truncated-normal"),
)
_POSITION = Field("choice", "last", "which dense hidden layers dropout follows", choices=("each", "first", "last"))

OPTIONS: Mapping[str, Mapping[str, Field]] = MappingProxyType(
    {
        "linear": MappingProxyType({}),
        "mlp": MappingProxyType(
            {
                "hidden": Field("ints", (64, 64), "units of each hidden layer", 1, 4096),
                "l2": _L2,
                "dropout": _DROPOUT,
                "dropout_after": dataclasses.replace(_POSITION, default="each"),
                "initialiser": _INITIALISER,
            }
        ),
        "cnn": MappingProxyType(
            {
                "filters": Field("ints", (32, 64), "filters of each convolution", 1, 256, longest=3),
                "kernel": Field("int", 3, "side of a convolution's kernel in pixels", 1, 7),
                "padding": Field("choice", "valid", "edges of convolution and pooling", choices=("valid", "same")),
                "zero_padding": Field("int", 0, "zeros put around the image first, in pixels", 0, 8),
                "pooling": Field("choice", "max", "what a 2×2 pool keeps", choices=("max", "average")),
                "hidden": Field("ints", (128,), "units of each dense hidden layer; may be empty", 1, 4096),
                "l2": _L2,
                "dropout": _DROPOUT,
                "dropout_after": _POSITION,
                "initialiser": _INITIALISER,
            }
        ),
    }
)

TRAINING: Mapping[str, Field] = MappingProxyType(
    {
        "optimizer": Field("choice", "sgd", "rule that turns gradients into steps", choices=("sgd", "adam")),
        "learning_rate": Field("float", 0.1, "size of a step", 0.0, 10.0, exclusive=True),
        "momentum": Field("float", 0.0, "share of the previous step kept (SGD)", 0.0, 0.999),
        "nesterov": Field("bool", False, "look ahead along the momentum (SGD)"),
        "epsilon": Field("float", 1e-7, "keeps Adam from dividing by zero", 0.0, 1.0, exclusive=True),
        "schedule": Field("choice", "constant", "how the rate falls over training", choices=("constant", "cosine")),
        "batch_size": Field("int", 128, "images a step", 1, 10_000),
        "epochs": Field("int", 10, "passes over the training images", 1, 500),
        "images": Field("int", 60_000, "training images used, from the first", 100, 60_000),
        "precision": Field(
            "choice", "float32", "numbers that the layers compute with", choices=("float32", "mixed_bfloat16")
        ),
        "compiler": Field("choice", "graph", "how TensorFlow runs a step", choices=("graph", "xla")),
    }
)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """An experiment: what is trained (architecture, options) and how (the other fields).

    `options` holds what `OPTIONS[architecture]` names; what is left out takes its default there. The training fields
    are those of `TRAINING`. `reported` are the sources' figures, the first one being the one to be reproduced.

    Raises UnknownField or InvalidValue when a field cannot be trained with.
    """

    key: str
    title: str
    architecture: str
    task: str = "classify"
    options: Mapping[str, object] = field(default_factory=dict)
    optimizer: str = "sgd"
    learning_rate: float = 0.1
    momentum: float = 0.0
    nesterov: bool = False
    epsilon: float = 1e-7
    schedule: str = "constant"
    batch_size: int = 128
    epochs: int = 10
    images: int = 60_000
    precision: str = "float32"
    compiler: str = "graph"
    reported: tuple[Reported, ...] = ()
    about: str = ""

    def __post_init__(self):
        if self.architecture not in OPTIONS:
            raise InvalidValue(
                f"Recipe {self.key}: unknown architecture",
                expected=" or ".join(OPTIONS),
                found=repr(self.architecture),
                remedy="Choose one of these, or add a builder for it.",
            )
        known = OPTIONS[self.architecture]
        for name in self.options:
            if name not in known:
                raise _unknown_field(self, name)
        options = {
            name: _checked(self.key, name, self.options.get(name, rule.default), rule) for name, rule in known.items()
        }
        object.__setattr__(self, "options", MappingProxyType(options))
        for name, rule in TRAINING.items():
            object.__setattr__(self, name, _checked(self.key, name, getattr(self, name), rule))

    def __hash__(self):
        return hash((self.key, self.fingerprint))

    @property
    def fields(self) -> dict[str, object]:
        """Every field that may be changed, with its value: the training fields, then the options."""
        return {name: getattr(self, name) for name in TRAINING} | dict(self.options)

    @property
    def fingerprint(self) -> str:
        """Eight hex digits over the fields that change the result; titles and reported figures do not."""
        decisive = {"task": self.task, "architecture": self.architecture, **self.fields}
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:8]

    def changed(self, **fields: object) -> "Recipe":
        """The same recipe with other values; a value may be text, as typed on a command line or in an address.

        Raises UnknownField for a name that this architecture does not have, InvalidValue for an impossible value.
        """
        training, options = {}, dict(self.options)
        for name, value in fields.items():
            if name in TRAINING:
                training[name] = value
            elif name in OPTIONS[self.architecture]:
                options[name] = value
            else:
                raise _unknown_field(self, name)
        return dataclasses.replace(self, options=options, **training)

    def to_json(self) -> dict[str, object]:
        """The recipe as plain JSON values; `from_json` gives it back."""
        plain = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        plain["options"] = {name: list(v) if isinstance(v, tuple) else v for name, v in self.options.items()}
        plain["reported"] = [dataclasses.asdict(figure) for figure in self.reported]
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, object]) -> "Recipe":
        """Raises UnknownField or InvalidValue when the fields are not a recipe's."""
        names = {item.name for item in dataclasses.fields(cls)}
        if strange := sorted(set(plain) - names):
            raise UnknownField(
                "A stored recipe has unknown fields", expected="those of this version", found=str(strange)
            )
        if missing := sorted({"key", "title", "architecture"} - set(plain)):
            raise UnknownField("A stored recipe lacks fields", expected=str(missing), found="none of them")
        reported = tuple(Reported(**figure) for figure in plain.get("reported", ()))
        return cls(**{**plain, "reported": reported})


def get(key: str) -> Recipe:
    """The recipe of that key. Raises UnknownRecipe."""
    if key not in RECIPES:
        raise UnknownRecipe(
            f"There is no recipe {key!r}",
            expected=f"one of {', '.join(RECIPES)}",
            found=repr(key),
            remedy="`python -m mnist_app recipes` lists them.",
        )
    return RECIPES[key]


def _unknown_field(recipe: Recipe, name: str) -> UnknownField:
    return UnknownField(
        f"Recipe {recipe.key} has no field {name!r}",
        expected=f"one of {', '.join([*TRAINING, *OPTIONS[recipe.architecture]])}",
        found=repr(name),
        remedy="Correct the name.",
    )


def _checked(key: str, name: str, value: object, rule: Field) -> object:
    """The value in the field's own type, or InvalidValue."""

    def refuse(expected: str) -> InvalidValue:
        return InvalidValue(
            f"Recipe {key}: impossible value for {name} ({rule.meaning})",
            expected=expected,
            found=repr(value),
            remedy=f"The default is {rule.default!r}.",
        )

    if rule.kind == "choice":
        if value not in rule.choices:
            raise refuse(f"one of {', '.join(rule.choices)}")
        return value
    if rule.kind == "bool":
        meant = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if isinstance(value, bool):
            return value
        if str(value).lower() not in meant:
            raise refuse("true or false")
        return meant[str(value).lower()]
    opening = "above" if rule.exclusive else "from"
    bounds = f"{opening} {rule.minimum:g} to {rule.maximum:,.10g}".replace(",", " ")
    if rule.kind == "ints":
        parts = value.replace("x", ",").replace("-", ",").split(",") if isinstance(value, str) else value
        if not isinstance(parts, list | tuple):
            raise refuse(f"whole numbers {bounds}, separated by commas")
        numbers = tuple(_number(part, int) for part in parts if part != "")
        if len(numbers) > rule.longest or any(number is None or not _within(number, rule) for number in numbers):
            raise refuse(f"at most {rule.longest} whole numbers {bounds}, separated by commas")
        return numbers
    kind = int if rule.kind == "int" else float
    number = _number(value, kind)
    if number is None or not _within(number, rule):
        raise refuse(f"{'a whole number' if kind is int else 'a number'} {bounds}")
    return number


def _number(value: object, kind: type) -> int | float | None:
    if isinstance(value, bool):
        return None
    try:
        number = kind(value)
        return number if number == float(value) else None  # also refuses NaN, and 1.5 for a whole number
    except (TypeError, ValueError, OverflowError):
        return None


def _within(number: float, rule: Field) -> bool:
    above = number > rule.minimum if rule.exclusive else number >= rule.minimum
    return above and number <= rule.maximum and math.isfinite(number)


_ALL = (
    Recipe(
        key="linear",
        title="Linear",
        architecture="linear",
        learning_rate=0.5,
        batch_size=100,
        epochs=17,
        reported=(Reported("D", 0.916),),
        about="Two dense layers without a non-linearity between them: the same as one linear layer.",
    ),
    Recipe(
        key="mlp-64-64",
        title="MLP 64-64",
        architecture="mlp",
        options={"hidden": (64, 64)},
        reported=(Reported("A", 0.9739), Reported("B", 0.9731)),
        about="Two hidden layers of 64 units: 50 thousand parameters bring the error from 8 % to under 3 %.",
    ),
    Recipe(
        key="mlp-500-300",
        title="MLP 500-300",
        architecture="mlp",
        options={"hidden": (500, 300), "l2": 1e-4},
        epochs=40,
        compiler="xla",
        reported=(
            Reported("A", 0.9819, "L2 1e-4"),
            Reported("B", 0.9815, "L2 1e-5"),
            Reported("Hinton", 0.9847, "claimed; training not described"),
        ),
        about="Ten times wider, with L2 weight decay on the hidden kernels.",
    ),
    Recipe(
        key="mlp-1500x3",
        title="MLP 3×1500",
        architecture="mlp",
        options={"hidden": (1500, 1500, 1500), "initialiser": "truncated-normal"},
        optimizer="adam",
        learning_rate=0.001,
        batch_size=100,
        epochs=34,
        precision="mixed_bfloat16",
        reported=(Reported("D", 0.984),),
        about="5.7 million parameters: a hundred times MLP 64-64, for one percentage point.",
    ),
    Recipe(
        key="mlp-1500x3-dropout",
        title="MLP 3×1500, dropout",
        architecture="mlp",
        options={"hidden": (1500, 1500, 1500), "dropout": 0.5, "initialiser": "truncated-normal"},
        optimizer="adam",
        learning_rate=0.001,
        batch_size=100,
        epochs=34,
        precision="mixed_bfloat16",
        reported=(Reported("D", 0.984),),
        about="The same with half of each hidden layer's outputs set to 0 in training.",
    ),
    Recipe(
        key="cnn",
        title="CNN",
        architecture="cnn",
        options={"filters": (32, 64), "kernel": 3, "hidden": (128,), "dropout": 0.5},
        optimizer="adam",
        learning_rate=0.001,
        precision="mixed_bfloat16",
        reported=(Reported("A", 0.9935),),
        about="Two convolutions of 3×3 with max pooling, then a dense layer with dropout.",
    ),
    Recipe(
        key="cnn-sgd",
        title="CNN, plain SGD",
        architecture="cnn",
        options={"filters": (32, 64), "kernel": 3, "hidden": (200, 128), "dropout": 0.5},
        epochs=40,
        precision="mixed_bfloat16",
        reported=(Reported("C", 0.9912),),
        about="The same convolutions before two dense layers, trained with plain SGD for longer.",
    ),
    Recipe(
        key="lenet5",
        title="LeNet-5",
        architecture="cnn",
        options={
            "filters": (6, 16),
            "kernel": 5,
            "zero_padding": 2,
            "pooling": "average",
            "hidden": (120, 84),
            "l2": 1e-4,
            "dropout": 0.5,
            "dropout_after": "first",
        },
        optimizer="adam",
        learning_rate=0.001,
        epochs=40,
        reported=(Reported("B", 0.9919),),
        about="The shape of 1998: few filters, average pooling, zeros around the image.",
    ),
    Recipe(
        key="cnn-5x5",
        title="CNN 5×5",
        architecture="cnn",
        options={
            "filters": (32, 64),
            "kernel": 5,
            "padding": "same",
            "hidden": (),
            "initialiser": "truncated-normal",
        },
        optimizer="adam",
        learning_rate=0.001,
        epsilon=1e-8,
        batch_size=100,
        epochs=34,
        precision="mixed_bfloat16",
        reported=(Reported("D", 0.992),),
        about="Two convolutions of 5×5 that keep the size, then the output layer directly.",
    ),
)

RECIPES: Mapping[str, Recipe] = MappingProxyType({recipe.key: recipe for recipe in _ALL})
