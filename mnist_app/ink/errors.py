"""What can be wrong with a picture or a drawing."""

from mnist_app import ExplorerError


class NotAnImage(ExplorerError):
    """A file that cannot be opened, is no image, is damaged, or is too big to be decoded safely."""


class InvalidDrawing(ExplorerError):
    """An array of the wrong shape, type or range, or stroke data that describe no stroke."""
