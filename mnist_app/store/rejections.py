"""Rejection rules on disk, one npz file each, beside the models that they are of: a few hundred kilobytes of arrays."""

import contextlib
import dataclasses
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from mnist_app import InvalidInput
from mnist_app.evaluation.calibration import Bin, Calibration, Reliability
from mnist_app.evaluation.rejection import Rejection, RejectionRate
from mnist_app.evaluation.rejection.distance import Reference
from mnist_app.evaluation.results import check_data
from mnist_app.store import files, values

FOLDER = "rejections"
FORMAT = 1

_ARRAYS = tuple(field.name for field in dataclasses.fields(Reference))
_WHOLE = ("components", "steps", "typical")
"""What half precision is not for: whole numbers, and those that everything is divided by."""


def write(rejection: Rejection, home: Path) -> Path:
    """Write the rejection rule whole, by a rename, and return its path. Raises OSError."""
    target = home / FOLDER / f"{rejection.model}.npz"
    target.parent.mkdir(parents=True, exist_ok=True)
    arrays = {name: getattr(rejection.reference, name) for name in _ARRAYS}
    halved = {name: array if name in _WHOLE else array.astype(np.float16) for name, array in arrays.items()}
    content = io.BytesIO()
    np.savez_compressed(content, about=np.array(json.dumps(to_json(rejection), allow_nan=False)), **halved)
    with files.replacing(target) as partial:
        partial.write_bytes(content.getvalue())
    return target


def read_all(homes: Iterable[Path], served: Mapping[str, str]) -> tuple[Rejection, ...]:
    """The readable rejection rules of these served files (SHA-256 by model name), those of the first home first.

    A damaged one is left out: it can be computed again.
    """
    found: dict[str, Rejection] = {}
    for path in _paths(homes):
        if path.stem not in served:
            continue
        # of a damaged file zipfile, zlib and NumPy's parser raise about ten kinds
        with contextlib.suppress(Exception):
            rejection = _read(path)
            if rejection.model == path.stem and rejection.checksum == served[path.stem]:
                found.setdefault(rejection.model, rejection)
    return tuple(found[name] for name in sorted(found))


def stamps(homes: Iterable[Path]) -> list[tuple[str, tuple[int, int]]]:
    """A cheap summary that changes whenever a rejection rule is added or changed."""
    return files.stamps(_paths(homes))


def to_json(rejection: Rejection) -> dict[str, object]:
    """All but the reference, as plain JSON values."""
    scaling = rejection.calibration
    return {
        "format": FORMAT,
        "model": rejection.model,
        "checksum": rejection.checksum,
        "threshold": rejection.threshold,
        "temperature": scaling.temperature,
        "halves": list(scaling.halves),
        "before": dataclasses.asdict(scaling.before),
        "after": dataclasses.asdict(scaling.after),
        "rates": [dataclasses.asdict(each) for each in rejection.rates],
        "seed": rejection.seed,
        "data": rejection.data,
        "finished": rejection.finished,
    }


def _read(path: Path) -> Rejection:
    with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
        plain = json.loads(str(stored["about"]))
        arrays = {name: stored[name] for name in _ARRAYS}
    if plain["format"] != FORMAT:
        raise InvalidInput("This is no rejection rule", expected=f"format {FORMAT}", found=f"{plain['format']!r:.40}")
    wide = {name: array if name == "components" else array.astype(np.float32) for name, array in arrays.items()}
    for array in wide.values():
        array.flags.writeable = False
    halves = tuple(float(each) for each in plain["halves"])
    scaling = values.number(plain, "temperature"), halves, _reliability(plain["before"]), _reliability(plain["after"])
    return Rejection(
        model=values.text(plain, "model"),
        checksum=values.text(plain, "checksum"),
        reference=Reference(**wide),
        threshold=float(plain["threshold"]),
        calibration=Calibration(*scaling),
        rates=tuple(RejectionRate(**each) for each in plain["rates"]),
        seed=values.whole(plain, "seed"),
        data=check_data(plain["data"]),
        finished=values.text(plain, "finished"),
    )


def _reliability(plain: Mapping) -> Reliability:
    bins = tuple(Bin(**each) for each in plain["bins"])
    low, high = plain["interval"]
    return Reliability(values.whole(plain, "n"), values.number(plain, "error"), (low, high), bins)


def _paths(homes: Iterable[Path]) -> list[Path]:
    inside = [path for home in homes for path in sorted((home / FOLDER).glob("*.npz"))]
    return [path for path in inside if not path.name.startswith(".")]
