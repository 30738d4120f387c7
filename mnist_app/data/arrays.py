"""What MNIST is, to the byte, and the named errors for its absence and for anything else in its place."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mnist_app import Damaged

PATH_VARIABLE = "MNIST_APP_DATA"
ONLY_GENERATED = "generated"
"""The value of that variable that asks for generated digits, also where MNIST is on the machine."""
ARRAYS = {
    "x_train": ((60_000, 28, 28), "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757"),
    "y_train": ((60_000,), "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13"),
    "x_test": ((10_000, 28, 28), "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161"),
    "y_test": ((10_000,), "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5"),
}
"""Shape and SHA-256 of the raw bytes of each array, uint8, under the names of Keras's mnist.npz."""

FORMS = "Keras's mnist.npz or a folder with the four IDX files"
HOW_TO_GET_IT = f"Set {PATH_VARIABLE} to {FORMS}, or run `python -m mnist_app download` where there is a network."


def verify(arrays: Mapping[str, np.ndarray], source: Path) -> None:
    """Raises Damaged unless each array has MNIST's very bytes."""
    for name, (shape, checksum) in ARRAYS.items():
        array = arrays[name]
        if array.shape != shape or array.dtype != np.uint8:
            problem, expected, found = f"array {name} is", f"uint8 {shape}", f"{array.dtype} {array.shape}"
        else:
            found = hashlib.sha256(np.ascontiguousarray(array)).hexdigest()
            if found == checksum:
                continue
            problem, expected = f"the bytes of array {name} are", f"SHA-256 {checksum}"
        raise Damaged(f"{source}: {problem} not MNIST's", expected=expected, found=found, remedy=HOW_TO_GET_IT)
