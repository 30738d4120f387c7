"""The frozen `Recipe`: its values checked when it is made or read from a file, and its fingerprint."""

import hashlib
import json
from typing import Annotated, Any, Literal

import msgspec

from mnist_app import InvalidInput
from mnist_app.recipes.fields import IDLE, OPTIONS, TRAINING, as_text, check, field_of, fields_of, is_idle

CLAIMED = "Hinton"  # the source of a figure whose training is not described


class Reported(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A source's figure on the 10,000 test images: accuracy as a fraction, or final loss; the other one is None."""

    source: str
    accuracy: float | None
    note: str = ""
    loss: float | None = None


class Recipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An experiment: what is trained (architecture, options) and how (the other fields).

    `options` holds what `OPTIONS[architecture]` names; what is left out takes its default there. The training fields
    are those of `TRAINING`. `reported` are the sources' figures, the first one being the one to be reproduced.
    `key` names the recipe, its folders and its network: small letters, digits and single hyphens.

    Raises InvalidInput when a field cannot be trained with, or would have no effect.
    """

    key: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*\Z")]
    title: str
    architecture: Literal[*OPTIONS]
    options: dict[str, Any] = {}
    optimizer: str = TRAINING["optimizer"].default
    learning_rate: float = TRAINING["learning_rate"].default
    momentum: float = TRAINING["momentum"].default
    nesterov: bool = TRAINING["nesterov"].default
    epsilon: float = TRAINING["epsilon"].default
    schedule: str = TRAINING["schedule"].default
    clip_probabilities: bool = TRAINING["clip_probabilities"].default
    batch_size: int = TRAINING["batch_size"].default
    epochs: int = TRAINING["epochs"].default
    images: int = TRAINING["images"].default
    augmentation: str = TRAINING["augmentation"].default
    validation: str = TRAINING["validation"].default
    dtype_policy: str = TRAINING["dtype_policy"].default
    jit_compile: bool = TRAINING["jit_compile"].default
    reported: tuple[Reported, ...] = ()
    about: str = ""

    def __post_init__(self):
        known = fields_of(self.architecture)
        for name in self.options:
            field_of(self.architecture, name, subject=f"Recipe {self.key}")
        defaults = {name: field.default for name, field in OPTIONS[self.architecture].items()}
        given = {**defaults, **self.options, **{name: getattr(self, name) for name in TRAINING}}
        values = {name: check(name, given[name], field, subject=f"Recipe {self.key}") for name, field in known.items()}
        msgspec.structs.force_setattr(self, "options", {name: values[name] for name in defaults})
        for name in known.keys() & TRAINING:
            msgspec.structs.force_setattr(self, name, values[name])
        for name, field in known.items():
            # What changes nothing would give one network two names, and tell its user a falsehood.
            if is_idle(name, values) and values[name] != field.default:
                other, default = IDLE[name][0], as_text(field.default)
                raise InvalidInput(
                    f"Recipe {self.key}: {name} has no effect with {other}={as_text(values[other])}",
                    expected=f"{name}={default}",
                    found=f"{name}={as_text(values[name])}",
                    remedy=f"Set {name}={default}, or change {other}.",
                )
        if self.jit_compile and self.options.get("pooling") == "max":
            raise InvalidInput(
                f"Recipe {self.key}: XLA cannot train max pooling so that the same seed gives the same curve",
                expected="jit_compile=false, or pooling=average",
                found="jit_compile=true, pooling=max",
                remedy="Change one of the two.",
            )

    def __hash__(self):
        return hash((self.key, self.fingerprint))

    @property
    def task(self) -> str:
        """What it is trained for: "classify", "denoise", "reconstruct" (an image without noise) or "generate"."""
        match self.architecture:
            case "unet" | "autoencoder":
                return "denoise" if self.options["noise_level"] else "reconstruct"
            case "cvae":
                return "generate"
        return "classify"

    @property
    def ours(self) -> bool:
        """Whether no source describes this training; a figure may be claimed for its network all the same."""
        return all(figure.source == CLAIMED for figure in self.reported)

    @property
    def fields(self) -> dict[str, object]:
        """Every field that may be changed, with its value: the options, then the training fields."""
        known = fields_of(self.architecture)
        return {name: self.options[name] if name in self.options else getattr(self, name) for name in known}

    @property
    def fingerprint(self) -> str:
        """Eight hex digits over the fields that change the result; fields at their default do not count."""
        known = fields_of(self.architecture)
        decisive = {name: value for name, value in self.fields.items() if value != known[name].default}
        decisive["architecture"] = self.architecture
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:8]

    def changed(self, **changes: object) -> "Recipe":
        """The same recipe with other values, which may be text. Raises InvalidInput.

        Other fields that this leaves without effect take their default, as momentum does with another optimiser.
        """
        subject = f"Recipe {self.key}"
        values = self.fields
        for name, value in changes.items():
            values[name] = check(name, value, field_of(self.architecture, name, subject=subject), subject=subject)
        for name in IDLE:  # in its order: without SGD no momentum, without momentum no look ahead
            if name in values and name not in changes and is_idle(name, values):
                values[name] = fields_of(self.architecture)[name].default
        options = {name: values.pop(name) for name in self.options}
        return msgspec.structs.replace(self, options=options, **values)
