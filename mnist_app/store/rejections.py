"""A rejection rule as one npz file: a few hundred kilobytes of arrays, and the rest as JSON."""

import dataclasses
from pathlib import Path

import msgspec
import numpy as np

from mnist_app import Damaged
from mnist_app.evaluation.rejection import Rejection
from mnist_app.evaluation.rejection.distance import Reference
from mnist_app.store import files

_ARRAYS = tuple(field.name for field in dataclasses.fields(Reference))
_EXACT = ("components", "steps", "typical")
"""What half precision is not for: whole numbers, and those that everything is divided by."""


def write_rejection(path: Path, rejection: Rejection) -> None:
    """Write the rule, its reference with half precision. Raises OSError."""
    arrays = {name: getattr(rejection.reference, name) for name in _ARRAYS}
    halved = {name: array if name in _EXACT else array.astype(np.float16) for name, array in arrays.items()}
    metadata = files.encode(without_arrays(rejection)).decode()
    files.write_arrays(path, metadata=np.array(metadata), **halved)


def read_rejection(path: Path) -> Rejection:
    """The rule in that file. Raises Damaged."""
    arrays = files.read_arrays(path)
    try:
        metadata = msgspec.json.decode(str(arrays.pop("metadata")))
        wide = {name: array if name == "components" else array.astype(np.float32) for name, array in arrays.items()}
        for array in wide.values():
            array.flags.writeable = False
        return msgspec.convert(metadata | {"reference": Reference(**wide)}, Rejection)
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged(f"{path.name} holds no rejection rule", found=str(error)) from error


def without_arrays(rejection: Rejection) -> dict[str, object]:
    """The rule as dicts, lists, numbers and text, all but its reference."""
    fields = (field.name for field in dataclasses.fields(rejection) if field.name != "reference")
    return {name: files.plain(getattr(rejection, name)) for name in fields}
