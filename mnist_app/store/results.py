"""Results beside the models: noise curves, rejection rules and the replicates of sweeps, one file each."""

import dataclasses
import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import msgspec
import numpy as np
from msgspec import Struct, field

from mnist_app import Damaged
from mnist_app.evaluation.rejection import Rejection
from mnist_app.evaluation.rejection.distance import Reference
from mnist_app.evaluation.results import Count, DataName, History, NoiseCurve, Seconds
from mnist_app.recipes import Recipe
from mnist_app.store import files
from mnist_app.store.cards import name_of, now, versions
from mnist_app.store.folders import every_folder, own_folder, raising_cannot_write
from mnist_app.store.models import list_models
from mnist_app.store.stored_model import SERVING_FILE

T = TypeVar("T")

_EXACT = ("components", "steps", "typical")
"""What half precision is not for: whole numbers, and those that everything is divided by."""


class Replicate(Struct, frozen=True):
    """The curves of a sweep's training, stored with six significant digits; `seconds` is wall clock."""

    recipe: Recipe
    seed: Count
    history: History
    seconds: Seconds
    data: DataName
    finished: str = field(default_factory=now)
    versions: dict[str, str] = field(default_factory=versions)

    @property
    def name(self) -> str:
        """What the model of this recipe and seed, trained on that data, would be called."""
        return name_of(self.recipe, self.seed, data=self.data)


@dataclass(frozen=True)
class Results(Generic[T]):
    """Results of one kind. With `checksums`, one counts only while the served files of these SHA-256 are here."""

    title: str
    folder: str
    name_of: Callable[[T], str]
    write: Callable[[Path, T], None]
    read: Callable[[Path], T]
    suffix: str = ".json"
    checksums: Callable[[T], Iterable[str]] | None = None

    def save(self, result: T) -> Path:
        """Store it beside the models trained here, in place of an older one of its name. Raises CannotWrite."""
        with raising_cannot_write(self.title):
            path = own_folder() / self.folder / f"{self.name_of(result)}{self.suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            self.write(path, result)
        return path

    def list(self, *, data: str | None = None) -> tuple[T, ...]:
        """Those of that data, or of any, by name; the own one before the shipped one. Damaged ones are left out."""
        served = {model.card.files.get(SERVING_FILE) for model in list_models().models} if self.checksums else set()
        found: dict[str, T] = {}
        for path in (path for home in every_folder() for path in (home / self.folder).glob(f"[!.]*{self.suffix}")):
            try:
                about = path.stat()
                result = _read_once(self.read, path, (about.st_mtime_ns, about.st_size))
            except (Damaged, OSError):
                continue
            counts = not self.checksums or served.issuperset(self.checksums(result))
            if self.name_of(result) == path.stem and counts and data in (None, result.data):
                found.setdefault(path.stem, result)
        return tuple(found[name] for name in sorted(found))


def without_arrays(rejection: Rejection) -> dict[str, object]:
    """The rule as dicts, lists, numbers and text, all but its reference."""
    fields = (field.name for field in dataclasses.fields(rejection) if field.name != "reference")
    return {name: msgspec.to_builtins(getattr(rejection, name)) for name in fields}


def _write_json(path: Path, result: object) -> None:
    files.write(path, files.encode(result))


def _write_replicate(path: Path, replicate: Replicate) -> None:
    plain = msgspec.to_builtins(replicate)
    for rows in ("epochs", "batches"):
        plain["history"][rows] = [[_rounded(value) for value in row] for row in plain["history"][rows]]
    _write_json(path, plain | {"seconds": round(replicate.seconds, 1)})


def _rounded(value: float | None) -> float | None:
    """To six significant digits: an accuracy on 60,000 images has five, and the files stay small."""
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _write_rejection(path: Path, rejection: Rejection) -> None:
    arrays = {name: getattr(rejection.reference, name) for name in Reference.__dataclass_fields__}
    halved = {name: array if name in _EXACT else array.astype(np.float16) for name, array in arrays.items()}
    files.write_arrays(path, metadata=np.array(files.encode(without_arrays(rejection)).decode()), **halved)


def _read_rejection(path: Path) -> Rejection:
    arrays = files.read_arrays(path)
    try:
        metadata = msgspec.json.decode(str(arrays.pop("metadata")))
        return msgspec.convert(metadata | {"reference": Reference(**arrays)}, Rejection)
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged(f"{path.name} holds no rejection rule", found=str(error)) from error


@functools.lru_cache(maxsize=1000)
def _read_once(read: Callable[[Path], T], path: Path, stamp: tuple[int, int]) -> T:
    return read(path)


noise_curves = Results[NoiseCurve](
    title="noise curve",
    folder="noise-curves",
    name_of=lambda curve: f"{curve.denoiser}--{curve.classifier}",
    write=_write_json,
    read=functools.partial(files.read, type=NoiseCurve),
    checksums=lambda curve: curve.files.values(),
)
seed_curves = dataclasses.replace(noise_curves, folder="noise-curves/seeds", checksums=None)
"""Those that only show how much is the seed's. They stay when their classifier is deleted."""

replicates = Results[Replicate](
    title="replicate",
    folder="replicates",
    name_of=lambda replicate: replicate.name,
    write=_write_replicate,
    read=functools.partial(files.read, type=Replicate),
)
rejections = Results[Rejection](
    title="rejection rule",
    folder="rejections",
    name_of=lambda rejection: rejection.model,
    write=_write_rejection,
    read=_read_rejection,
    suffix=".npz",
    checksums=lambda rejection: [rejection.checksum],
)
