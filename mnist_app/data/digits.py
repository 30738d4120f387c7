"""The digits that this machine works with: MNIST where it can be had, else digits that the shipped decoder generates.

Whoever needs digits asks here, by the name of the data where something else was begun with it. A file that
MNIST_APP_DATA names and that is missing or wrong is an error: nothing stands in for it.
"""

import os

from mnist_app import Unavailable, data
from mnist_app.data import generated
from mnist_app.evaluation.results import MNIST


def asked_for_generated() -> bool:
    """Whether MNIST_APP_DATA asks for generated digits, whatever else is on this machine."""
    return os.environ.get(data.PATH_VARIABLE) == data.ONLY_GENERATED


def why() -> str:
    """Why these are generated digits and not MNIST, and how to get that, in two sentences."""
    if asked_for_generated():
        return f"Generated digits, not MNIST, as {data.PATH_VARIABLE} asks. Unset it to use MNIST."
    return f"MNIST is not on this machine: these are generated digits, not MNIST. {data.HOW_TO_GET_IT}"


def load(*, name: str | None = None) -> data.Mnist:
    """The digits of that name, or MNIST where it can be had, and else generated ones; its `name` says which.

    MNIST that is not on the machine is downloaded. Where nothing answers at its address within 5 s, or the download
    fails, the digits are generated.

    Args:
        name: "MNIST" or "generated digits", where nothing else will do.

    Raises:
        Unavailable: there is neither MNIST nor a decoder, the path in MNIST_APP_DATA does not exist, or
            the digits of that name are not to be had.
        Damaged: there is a file, but it is not MNIST.
        Damaged: the decoder's file does not load.
    """
    if name == generated.NAME or (name is None and asked_for_generated()):
        return generated.load()
    if name == MNIST or data.find():
        return data.load()
    decoder = generated.decoder()
    if decoder is None or data.reachable():
        try:
            return data.load()
        except Unavailable:
            if decoder is None:
                raise
    return generated.load(decoder)
