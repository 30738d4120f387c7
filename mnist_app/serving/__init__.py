"""Trained models that answer at once: LiteRT interpreters that many threads may use; arrays in, arrays out."""

import functools
import threading
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from mnist_app import Damaged, InvalidInput, store

CHUNK = 100  # images that go through an interpreter at once. More are not faster, and a CNN keeps 120 kB for each

_OPEN = 24  # networks that stay open; the one that was opened longest ago without a question since is given back
_KEPT = 32  # images at once for which an interpreter keeps its memory

_FAULTS = (ValueError, RuntimeError, TypeError, IndexError, OSError)


class Network:
    """A served network. Safe for many threads: they take turns at its interpreter, which needs 0.1 ms for an image.

    The file is read once: what replaces it later does not change this network. Raises Damaged.

    Args:
        path: a LiteRT file with one input, float32 with a batch axis as its outputs: the answer, and, for a classifier,
            perhaps the features, which are what its last layer takes.
        name: what errors call it; else the name of the file's folder.
    """

    def __init__(self, path: Path, *, name: str = ""):
        self._path, self._name = path, name or path.parent.name
        self._turn = threading.Lock()
        try:
            self._content = path.read_bytes()
            self._runner: _Runner | None = _Runner(self._content)
            self.input_shape = self._runner.input_shape
            answer, *features = self._runner.run(np.zeros((1, *self.input_shape), np.float32))
            self.output_shape = answer.shape[1:]
            self.feature_count = features[0].shape[1] if features else 0
        except _FAULTS as error:
            raise self._damaged(error) from error

    def run(self, images: np.ndarray) -> np.ndarray:
        """The network's output for images float (n, 28, 28, 1) in [0, 1]: for a classifier probabilities (n, 10)."""
        return self._outputs(images)[0]

    def features(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A classifier's probabilities float32 (n, 10), as `run` gives them, and features float32 (n, feature_count).

        Raises InvalidInput where the file does not give them.
        """
        if not self.feature_count:
            raise InvalidInput(
                f"Model {self._name} serves its answer alone",
                expected="a file with the features as a second output",
                found=self._path.name,
                remedy="Train it again: what is trained now has them.",
            )
        return tuple(self._outputs(images))

    def _outputs(self, images: np.ndarray) -> list[np.ndarray]:
        images = np.ascontiguousarray(images, np.float32)
        if not len(images):
            shapes = [self.output_shape, *([(self.feature_count,)] if self.feature_count else [])]
            return [np.empty((0, *shape), np.float32) for shape in shapes]
        chunks = [self._take_turn(images[start : start + CHUNK]) for start in range(0, len(images), CHUNK)]
        if len(images) > _KEPT:
            with self._turn:
                self._runner = None  # else it would keep the memory for so many
        return chunks[0] if len(chunks) == 1 else [np.concatenate(parts) for parts in zip(*chunks, strict=True)]

    def _take_turn(self, images: np.ndarray) -> list[np.ndarray]:
        with self._turn:
            # Not kept after an error: nobody knows what state that leaves it in.
            runner, self._runner = self._runner or _Runner(self._content), None
            try:
                outputs = runner.run(images)
            except _FAULTS as error:
                raise self._damaged(error) from error
            self._runner = runner
        return outputs

    def _damaged(self, error: Exception) -> Damaged:
        return Damaged(
            f"Model {self._name}: {self._path.name} does not load",
            expected="a LiteRT model",
            found=(str(error) or type(error).__name__).splitlines()[0],
            remedy=f"Delete the folder {self._path.parent} and train or restore the model again.",
            name=self._name,
        )


def open_model(model: store.StoredModel, file: str = store.SERVING_FILE) -> Network:
    """The served network of a stored model, or one of its parts, such as an encoder. Raises NotFound or Damaged."""
    return _open(model.path(file), model.name, model.card.files[file])


@functools.lru_cache(maxsize=_OPEN)
def _open(path: Path, name: str, checksum: str) -> Network:
    """Once for each content of the file."""
    return Network(path, name=name)


class _Runner:
    """One interpreter, for one thread at a time. The content must outlive it: LiteRT makes no copy."""

    def __init__(self, content: bytes):
        self._interpreter = Interpreter(model_content=content, num_threads=1)
        (images,), results = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        if len(results) > 1:  # their order is that of their names in the signature, not that of this list
            named = self._interpreter.get_signature_runner().get_output_details()
            results = [named[name] for name in sorted(named)]
        self.input_shape = tuple(int(length) for length in images["shape_signature"][1:])
        self._input, self._outputs = images["index"], [result["index"] for result in results]
        self._batch = -1

    def run(self, images: np.ndarray) -> list[np.ndarray]:
        if len(images) != self._batch:
            self._batch = -1
            self._interpreter.resize_tensor_input(self._input, images.shape)
            self._interpreter.allocate_tensors()
            self._batch = len(images)
        self._interpreter.set_tensor(self._input, images)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(output) for output in self._outputs]
