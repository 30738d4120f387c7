"""Trained models that answer at once: LiteRT interpreters that many threads may use; arrays in, arrays out."""

import queue
from collections.abc import Callable
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from mnist_app import ExplorerError, store

CHUNK = 100
"""Images that go through an interpreter at once. More are not faster, and a CNN keeps 120 kB for each."""

_FAULTS = (ValueError, RuntimeError, TypeError, IndexError, OSError)


class InvalidImages(ExplorerError):
    """The array is not what the network takes."""


class Network:
    """A served network. Safe for many threads: each call has an interpreter to itself, made when none is free.

    The file is read once: what replaces it later does not change this network.

    Args:
        path: a LiteRT file with one input and one output, both float32 with a batch axis.
        name: what errors call it; else the name of the file's folder.

    Raises:
        store.DamagedModel: LiteRT cannot load the file, or not run it.
    """

    def __init__(self, path: Path, *, name: str = ""):
        self._path, self._name = path, name or path.parent.name
        self._free: queue.LifoQueue[_Runner] = queue.LifoQueue()
        try:
            self._content = path.read_bytes()
            runner = _Runner(self._content)
            self.input_shape = runner.input_shape
            self.output_shape = runner.run(np.zeros((1, *self.input_shape), np.float32)).shape[1:]
        except _FAULTS as error:
            raise self._damaged(error) from error
        self._free.put(runner)

    def run(self, images: np.ndarray, *, watch: Callable[[float], None] = lambda share: None) -> np.ndarray:
        """The network's output for images float (n, 28, 28, 1) in [0, 1]: for a classifier probabilities (n, 10).

        `watch` is told the share that is done, in (0, 1], after every `CHUNK` images.

        Raises:
            InvalidImages: the shape is another, the numbers are no floats, or one of them is NaN or infinite.
            store.DamagedModel: LiteRT fails.
        """
        images = self._checked(images)
        if not len(images):
            return np.empty((0, *self.output_shape), np.float32)
        outputs = []
        runner = self._borrow()
        for start in range(0, len(images), CHUNK):
            try:
                outputs.append(runner.run(images[start : start + CHUNK]))
            except _FAULTS as error:
                raise self._damaged(error) from error
            watch(min(1.0, (start + CHUNK) / len(images)))
        self._free.put(runner)  # not after an error: nobody knows what state that leaves it in
        return outputs[0] if len(outputs) == 1 else np.concatenate(outputs)

    def _borrow(self) -> "_Runner":
        try:
            return self._free.get_nowait()
        except queue.Empty:
            return _Runner(self._content)

    def _checked(self, images: np.ndarray) -> np.ndarray:
        found = ""
        if images.shape[1:] != self.input_shape or images.ndim != len(self.input_shape) + 1:
            found = f"shape {images.shape}"
        elif images.dtype.kind != "f":
            found = f"numbers of type {images.dtype}"
        elif not np.isfinite(images.sum(dtype=np.float64)):
            found = "numbers that are NaN or infinite"
        if found:
            shape = ", ".join(str(length) for length in ("n", *self.input_shape))
            raise InvalidImages(
                f"These are no images for model {self._name}",
                expected=f"finite float32 numbers of shape ({shape})",
                found=found,
                remedy="`data.as_images` makes such images of MNIST's, `ink` of a drawing.",
            )
        return np.ascontiguousarray(images, np.float32)

    def _damaged(self, error: Exception) -> store.DamagedModel:
        return store.DamagedModel(
            self._name,
            f"{self._path.name} does not load",
            expected="a LiteRT model",
            found=(str(error) or type(error).__name__).splitlines()[0],
            remedy=f"Delete the folder {self._path.parent} and train or restore the model again.",
        )


def open_model(model: store.StoredModel) -> Network:
    """The served network of a stored model. Raises store.NotTrained or store.DamagedModel."""
    return Network(model.serving_path, name=model.name)


class _Runner:
    """One interpreter, for one thread at a time. The content must outlive it: LiteRT makes no copy."""

    def __init__(self, content: bytes):
        self._interpreter = Interpreter(model_content=content, num_threads=1)
        (given,), (result,) = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        self.input_shape = tuple(int(length) for length in given["shape_signature"][1:])
        self._input, self._output = given["index"], result["index"]
        self._batch = -1

    def run(self, images: np.ndarray) -> np.ndarray:
        if len(images) != self._batch:
            self._batch = -1
            self._interpreter.resize_tensor_input(self._input, images.shape)
            self._interpreter.allocate_tensors()
            self._batch = len(images)
        self._interpreter.set_tensor(self._input, images)
        self._interpreter.invoke()
        return self._interpreter.get_tensor(self._output)
