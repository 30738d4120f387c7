"""The frozen `Recipe`: its fields checked when it is made, its fingerprint, and its form in JSON."""

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType

from mnist_app import InvalidInput
from mnist_app.recipes.fields import ONLY_FOR, OPTIONS, TRAINING, as_text, check, shown

CLAIMED = "Hinton"
"""The source of a figure whose training is not described."""

_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Reported:
    """A figure of a source, on the 10,000 test images: a classifier's final accuracy, as a fraction, or the final loss.

    The other of the two is None.
    """

    source: str
    accuracy: float | None
    note: str = ""
    loss: float | None = None


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """An experiment: what is trained (architecture, options) and how (the other fields).

    `options` holds what `OPTIONS[architecture]` names; what is left out takes its default there. The training fields
    are those of `TRAINING`. `reported` are the sources' figures, the first one being the one to be reproduced.
    `key` names the recipe, its folders and its network: small letters, digits and single hyphens.

    Raises InvalidInput or InvalidInput when a field cannot be trained with, or would have no effect.
    """

    key: str
    title: str
    architecture: str
    options: Mapping[str, object] = field(default_factory=dict)
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
        if not isinstance(self.key, str) or not _KEY.fullmatch(self.key):
            raise InvalidInput(
                "A recipe has an impossible key",
                expected="small letters, digits and single hyphens, as in mlp-64-64",
                found=shown(self.key),
                remedy="Rename it.",
            )
        if not isinstance(self.architecture, str) or self.architecture not in OPTIONS:
            raise InvalidInput(
                f"Recipe {self.key}: unknown architecture",
                expected=" or ".join(OPTIONS),
                found=shown(self.architecture),
                remedy="Choose one of these, or add a builder for it.",
            )
        self._check_options()
        for name, rule in TRAINING.items():
            object.__setattr__(self, name, check(name, getattr(self, name), rule, subject=f"Recipe {self.key}"))
        self._refuse_idle_fields()
        if self.jit_compile and self.options.get("pooling") == "max":
            raise InvalidInput(
                f"Recipe {self.key}: XLA cannot train max pooling so that the same seed gives the same curve",
                expected="jit_compile=false, or pooling=average",
                found="jit_compile=true, pooling=max",
                remedy="Change one of the two.",
            )
        object.__setattr__(self, "reported", tuple(self.reported))
        for figure in self.reported:
            if figure.accuracy is not None and not 0 < figure.accuracy <= 1:
                raise InvalidInput(
                    f"Recipe {self.key}: impossible accuracy reported by {figure.source}",
                    expected="a fraction above 0 and up to 1",
                    found=shown(figure.accuracy),
                    remedy="Divide percent by 100.",
                )

    def __hash__(self):
        return hash((self.key, self.fingerprint))

    def __reduce__(self):
        """Pickled and copied by way of JSON, because read-only mappings cannot be pickled."""
        return Recipe.from_json, (self.to_json(),)

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
        """Every field that may be changed, with its value: the training fields, then the options."""
        return {name: getattr(self, name) for name in TRAINING} | dict(self.options)

    @property
    def fingerprint(self) -> str:
        """Eight hex digits over the fields that change the result; titles and reported figures do not.

        Fields at their default do not count, so that a field added later leaves the names of trained models alone.
        """
        rules = {**TRAINING, **OPTIONS[self.architecture]}
        decisive = {name: value for name, value in self.fields.items() if value != rules[name].default}
        decisive["architecture"] = self.architecture
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:8]

    def changed(self, **fields: object) -> "Recipe":
        """The same recipe with other values; a value may be text, as typed on a command line or in an address.

        With another optimiser, the fields of the old one (momentum, epsilon) that are not given take their defaults.

        Raises InvalidInput for a name that this architecture does not have, InvalidInput for an impossible value.
        """
        training, options = {}, dict(self.options)
        for name, value in fields.items():
            if name in TRAINING:
                training[name] = value
            elif name in OPTIONS[self.architecture]:
                options[name] = value
            else:
                raise self._unknown_field(name)
        if "optimizer" in training:
            for name, optimizer in ONLY_FOR.items():
                if optimizer != training["optimizer"]:
                    training.setdefault(name, TRAINING[name].default)
        return dataclasses.replace(self, options=options, **training)

    def to_json(self) -> dict[str, object]:
        """The recipe as plain JSON values; `from_json` gives it back."""
        plain = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        plain["options"] = {name: list(v) if isinstance(v, tuple) else v for name, v in self.options.items()}
        plain["reported"] = [dataclasses.asdict(figure) for figure in self.reported]
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, object]) -> "Recipe":
        """The recipe that `to_json` gave. Raises InvalidInput or InvalidInput when the values are no recipe's."""
        names = {item.name for item in dataclasses.fields(cls)}
        given = set(plain) if isinstance(plain, Mapping) else set()
        remedy = "It is damaged or comes from another version: train the model again."
        if strange := sorted(given - names):
            raise InvalidInput(
                "A stored recipe has unknown fields",
                expected="those of this version",
                found=str(strange),
                remedy=remedy,
            )
        if missing := sorted({"key", "title", "architecture"} - given):
            raise InvalidInput(
                "A stored recipe lacks fields", expected=str(missing), found="none of them", remedy=remedy
            )
        try:
            reported = tuple(Reported(**figure) for figure in plain.get("reported", ()))
            return cls(**{**plain, "reported": reported})
        except TypeError as error:
            raise InvalidInput("A stored recipe has values of a wrong kind", found=str(error), remedy=remedy) from error

    def _check_options(self) -> None:
        if not isinstance(self.options, Mapping):
            raise InvalidInput(
                f"Recipe {self.key}: impossible options",
                expected="a mapping of names to values",
                found=shown(self.options),
                remedy="Write options={…}.",
            )
        known = OPTIONS[self.architecture]
        for name in self.options:
            if name not in known:
                raise self._unknown_field(name)
        options = {
            name: check(name, self.options.get(name, rule.default), rule, subject=f"Recipe {self.key}")
            for name, rule in known.items()
        }
        object.__setattr__(self, "options", MappingProxyType(options))

    def _refuse_idle_fields(self) -> None:
        """A value that changes nothing would give one network two names, and tell its user a falsehood."""
        for name, optimizer in ONLY_FOR.items():
            if self.optimizer != optimizer:
                self._refuse_unless_default(
                    name, TRAINING[name].default, f"with optimizer={self.optimizer}", f"choose optimizer={optimizer}"
                )
        if not self.momentum:
            self._refuse_unless_default("nesterov", False, "without momentum", "choose a momentum above 0")
        if self.task != "classify":
            self._refuse_unless_default("augmentation", "none", "but for a classifier", "train one")
        if self.options.get("noise_level") == 0:
            self._refuse_unless_default("noise_levels", "fixed", "without noise", "choose a noise_level above 0")
        if self.options.get("hidden") == ():
            for name in ("l2", "dropout"):
                self._refuse_unless_default(name, 0.0, "without dense hidden layers", "add one, as in hidden=128")

    def _refuse_unless_default(self, name: str, default: object, where: str, way_out: str) -> None:
        value = self.fields[name]
        if value != default:
            raise InvalidInput(
                f"Recipe {self.key}: {name} has no effect {where}",
                expected=f"{name}={as_text(default)}",
                found=f"{name}={as_text(value)}",
                remedy=f"Set {name}={as_text(default)}, or {way_out}.",
            )

    def _unknown_field(self, name: object) -> InvalidInput:
        known = [*TRAINING, *OPTIONS[self.architecture]]
        near = get_close_matches(str(name), known, 1)
        return InvalidInput(
            f"Recipe {self.key} has no field {shown(name)}",
            expected=f"one of {', '.join(known)}",
            found=shown(name),
            remedy=f"Did you mean {near[0]}?" if near else "Correct the name.",
        )
