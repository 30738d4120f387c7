"""Results beside the models: noise curves, rejection rules and the replicates of sweeps, one file each."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from mnist_app import Damaged
from mnist_app.evaluation.rejection import Rejection
from mnist_app.evaluation.results import MNIST, NoiseCurve
from mnist_app.store import files
from mnist_app.store.cards import same_but_seed
from mnist_app.store.folders import every_folder, own_folder, raising_cannot_write
from mnist_app.store.models import list_models
from mnist_app.store.rejections import read_rejection, write_rejection
from mnist_app.store.replicates import Replicate
from mnist_app.store.stored_model import SERVING_FILE

T = TypeVar("T")


@dataclass(frozen=True)
class _Kind(Generic[T]):
    """Results of one kind: what they are called, in which folder they lie, how a file is named, written and read."""

    title: str
    folder: str
    suffix: str
    name_of: Callable[[T], str]
    write: Callable[[Path, T], None]
    read: Callable[[Path], T]

    def prepare(self) -> None:
        """Make the folder and see whether it can be written. Raises CannotWrite."""
        with raising_cannot_write(self.title):
            folder = own_folder() / self.folder
            folder.mkdir(parents=True, exist_ok=True)
            files.write(folder / f"{files.PARTIAL}trial", b"")
            (folder / f"{files.PARTIAL}trial").unlink()

    def save(self, result: T) -> Path:
        """Put it in place of an older one of its name. Raises CannotWrite."""
        with raising_cannot_write(self.title):
            path = own_folder() / self.folder / f"{self.name_of(result)}{self.suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            self.write(path, result)
        return path

    def list(self, *, where: Callable[[T], bool] = lambda result: True) -> tuple[T, ...]:
        """Those for which `where` is true, in the order of their names; the own one of a name before the shipped one.

        A damaged one is left out: it can be computed again.
        """
        found: dict[str, T] = {}
        for home in every_folder():
            for path in (home / self.folder).glob(f"[!.]*{self.suffix}"):
                try:
                    result = self.read(path)
                except Damaged:
                    continue
                if self.name_of(result) == path.stem and where(result):
                    found.setdefault(path.stem, result)
        return tuple(found[name] for name in sorted(found))


def _json_kind(title: str, folder: str, type: type[T], name_of: Callable[[T], str]) -> _Kind[T]:
    def write(path: Path, result: T) -> None:
        files.write(path, files.encode(result))

    return _Kind(title, folder, ".json", name_of, write, lambda path: files.read(path, type))


def _curve_name(curve: NoiseCurve) -> str:
    return f"{curve.denoiser}--{curve.classifier}"


_CURVES = _json_kind("noise curve", "noise-curves", NoiseCurve, _curve_name)
_SEED_CURVES = _json_kind("noise curve", "noise-curves/seeds", NoiseCurve, _curve_name)
_REPLICATES = _json_kind("replicate", "replicates", Replicate, lambda replicate: replicate.name)
_REJECTIONS = _Kind(
    "rejection rule", "rejections", ".npz", lambda rejection: rejection.model, write_rejection, read_rejection
)


def prepare_results(title: str) -> None:
    """Make sure that a "noise curve" or "rejection" can be stored, before the minutes it takes. Raises CannotWrite."""
    {"noise curve": _CURVES, "rejection": _REJECTIONS}[title].prepare()


def save_noise_curve(curve: NoiseCurve, *, for_spread: bool = False) -> Path:
    """Store a curve beside the models trained here, in place of an older one of the same two networks.

    Args:
        curve: what to store.
        for_spread: whether it only shows how much is the seed's, and stays when its classifier is deleted.

    Raises CannotWrite.
    """
    return (_SEED_CURVES if for_spread else _CURVES).save(curve)


def list_noise_curves() -> tuple[NoiseCurve, ...]:
    """The stored curves that were computed with the very models that are here now."""
    served = set(_served().values())
    return _CURVES.list(where=lambda curve: served.issuperset(curve.files.values()))


def list_seed_curves(name: str) -> tuple[NoiseCurve, ...]:
    """The curves of the recipe of that model, trained with several seeds, as far; their models need not be here."""
    return _SEED_CURVES.list(where=lambda curve: same_but_seed(curve.classifier, name))


def save_rejection(rejection: Rejection) -> Path:
    """Store a rejection rule beside the models trained here, in place of an older one. Raises CannotWrite."""
    return _REJECTIONS.save(rejection)


def list_rejections() -> tuple[Rejection, ...]:
    """The stored rejection rules of the very weights that are here now."""
    served = _served()
    return _REJECTIONS.list(where=lambda rejection: served.get(rejection.model) == rejection.checksum)


def save_replicate(replicate: Replicate) -> Path:
    """Store a replicate beside the models trained here, in place of an older one. Raises CannotWrite."""
    return _REPLICATES.save(replicate.rounded())


def list_replicates(*, data: str = MNIST) -> tuple[Replicate, ...]:
    """All replicates that were trained on that data."""
    return _REPLICATES.list(where=lambda replicate: replicate.data == data)


def _served() -> dict[str, str]:
    """The SHA-256 of the served file of each model, by name."""
    return {model.name: model.card.files[SERVING_FILE] for model in list_models().models if model.served}
