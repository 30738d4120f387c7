"""The digits that this machine works with, as arrays: MNIST where it can be had, else digits that a decoder generates.

Images are kept as uint8, uncompressed, in files that every process maps into memory: the web server, its sessions and
a worker share one copy. `as_images` makes from them what networks take.
"""

import os

from mnist_app import Unavailable
from mnist_app.data import copies, generated, sources
from mnist_app.data.arrays import Mnist, Split, as_images, of_arrays, split, split_for
from mnist_app.data.copies import CACHE_VARIABLE
from mnist_app.data.sources import (
    ARRAYS,
    DOWNLOAD_ADDRESS,
    HOW_TO_GET_IT,
    ONLY_GENERATED,
    PATH_VARIABLE,
    download,
    find,
    reachable,
)
from mnist_app.evaluation.results import GENERATED
from mnist_app.evaluation.results import MNIST as NAME

__all__ = [
    "ARRAYS", "CACHE_VARIABLE", "DOWNLOAD_ADDRESS", "HOW_TO_GET_IT", "NAME", "ONLY_GENERATED", "PATH_VARIABLE",
    "Mnist", "Split",
    "as_images", "asked_for_generated", "download", "find", "load", "of_arrays", "reachable", "split", "split_for",
    "why_generated",
]  # fmt: skip


def asked_for_generated() -> bool:
    """Whether MNIST_APP_DATA asks for generated digits, whatever else is on this machine."""
    return os.environ.get(PATH_VARIABLE) == ONLY_GENERATED


def why_generated() -> str:
    """Why these are generated digits and not MNIST, and how to get that, in two sentences."""
    if asked_for_generated():
        return f"Generated digits, not MNIST, as {PATH_VARIABLE} asks. Unset it to use MNIST."
    return f"MNIST is not on this machine: these are generated digits, not MNIST. {HOW_TO_GET_IT}"


def load(*, name: str | None = None, download: bool = True) -> Mnist:
    """The digits of that name; without one, MNIST where it can be had, and else generated ones.

    MNIST is looked for in the path that MNIST_APP_DATA names, in Keras's cache, and, with `download`, at its address
    (11 MB). Where another kind would do, the address has 5 s to answer.

    Args:
        name: "MNIST" or "generated digits", where nothing else will do.

    Raises:
        Unavailable: they are nowhere, or the path in MNIST_APP_DATA does not exist.
        Damaged: there is a file, but it is not MNIST, or not the decoder. Nothing stands in for it.
    """
    if name == GENERATED or (name is None and asked_for_generated()):
        return generated.load()
    source = find()
    if source is None and name is None and generated.decoder() and not (download and reachable()):
        return generated.load()
    if source is None and download:
        try:
            source = sources.download()
        except Unavailable:
            if name or not generated.decoder():
                raise
            return generated.load()
    if source is None:
        raise Unavailable("MNIST is not on this machine", remedy=HOW_TO_GET_IT)
    return of_arrays(copies.load_or_make(sources.fingerprint(source), lambda: sources.read(source)), source=source)
