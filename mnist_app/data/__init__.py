"""The digits that this machine works with, as arrays: MNIST where it can be had, else digits that a decoder generates.

Images are kept as uint8, uncompressed, in files that every process maps into memory: the web server, its sessions and
a worker share one copy. `as_images` makes from them what networks take.
"""

import os

from mnist_app import Unavailable
from mnist_app.data import generated, sources
from mnist_app.data.arrays import Mnist, Split, as_images, load_or_make, of_arrays, split
from mnist_app.data.sources import HOW_TO_GET_IT, ONLY_GENERATED, PATH_VARIABLE, download, find, offline
from mnist_app.evaluation.results import GENERATED
from mnist_app.evaluation.results import MNIST as NAME


def asked_for_generated() -> bool:
    """Whether MNIST_APP_DATA asks for generated digits, whatever else is on this machine."""
    return os.environ.get(PATH_VARIABLE) == ONLY_GENERATED


def why_generated() -> str:
    """Why these are generated digits and not MNIST, and how to get that, in two sentences."""
    if asked_for_generated():
        return f"Generated digits, not MNIST, as {PATH_VARIABLE} asks. Unset it to use MNIST."
    return f"MNIST is not on this machine: these are generated digits, not MNIST. {HOW_TO_GET_IT}"


def load(*, name: str | None = None, download: bool = True) -> Mnist:  # noqa: F811
    """The digits of that name, "MNIST" or "generated digits"; without one, MNIST where it can be had, else generated.

    MNIST is looked for in the path that MNIST_APP_DATA names, in Keras's cache, and, with `download`, at its address
    (11 MB). Where another kind would do, the address has 5 s to answer.

    Raises Unavailable when they are nowhere or MNIST_APP_DATA names a path that does not exist, Damaged when there is a
    file that is not MNIST, or not the decoder: nothing stands in for it.
    """
    if name == GENERATED or (name is None and asked_for_generated()):
        return generated.load()
    source = find()
    if source is None:
        stands_in = name is None and generated.decoder() is not None
        if stands_in and not (download and sources.reachable()):
            return generated.load()
        if not download:
            raise Unavailable("MNIST is not on this machine", remedy=HOW_TO_GET_IT)
        try:
            source = sources.download()
        except Unavailable:
            if not stands_in:
                raise
            return generated.load()
    return of_arrays(load_or_make(sources.fingerprint(source), lambda: sources.read(source)))
