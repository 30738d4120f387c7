"""A small network that learns in NumPy, one step at a time, forwards and backwards: nothing in it is hidden.

784 → up to 64 units → 10, or 784 → 10 without a hidden layer. First weights are Keras's (Glorot uniform, biases 0), the
loss is the mean cross-entropy and L2 × the sum of the squared kernels, and a step is that of Keras's SGD.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from mnist_app.evaluation import softmax

ACTIVATIONS = {
    "ReLU": (lambda sums: np.maximum(sums, 0), lambda outputs: outputs > 0),
    "tanh": (np.tanh, lambda outputs: 1 - outputs**2),
}
"""Each activation, and its slope, computed from its output."""

MOST_STEPS = 2000
_MOST_KEPT = 12  # states to go back to, of 0.4 MB each with 64 units


class Settings(NamedTuple):
    """What may change between two steps."""

    rate: float = 0.1
    batch: int = 32
    momentum: float = 0.0
    l2: float = 0.0


class Look(NamedTuple):
    """What a network makes of a batch: images float32 (n, 784) in [0, 1], labels (n,), probabilities (n, 10).

    `gradients` are those of the loss, in the order of the weights: kernel and bias of each layer.
    """

    images: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray
    loss: float
    gradients: list[np.ndarray]


def outputs(weights: list[np.ndarray], images: np.ndarray, activation: str) -> list[np.ndarray]:
    """The images (n, 784), what the hidden layer makes of them, if there is one, and probabilities (n, 10)."""
    given = [images]
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        given.append(ACTIVATIONS[activation][0](given[-1] @ kernel + bias))
    return [*given, softmax(given[-1] @ weights[-2] + weights[-1])]


@np.errstate(over="ignore", invalid="ignore")
def look(weights: list[np.ndarray], images: np.ndarray, labels: np.ndarray, *, activation: str, l2: float) -> Look:
    """By back-propagation. After steps that were too large, the loss is NaN."""
    *given, probabilities = outputs(weights, images, activation)
    of_labels = np.maximum(probabilities[np.arange(len(labels)), labels], np.finfo(np.float32).tiny)
    loss = -np.log(of_labels).mean() + l2 * sum((kernel**2).sum() for kernel in weights[::2])
    error = (probabilities - np.eye(10, dtype=np.float32)[labels]) / np.float32(len(labels))
    gradients: list[np.ndarray] = []
    for layer in reversed(range(len(given))):
        kernel = weights[2 * layer]
        gradients = [given[layer].T @ error + np.float32(2 * l2) * kernel, error.sum(0), *gradients]
        if layer:
            error = error @ kernel.T * ACTIVATIONS[activation][1](given[layer])
    return Look(images, labels, probabilities, float(loss), gradients)


class Training:
    """A training with images uint8 (n, 28, 28) and labels (n,): the same seed and settings give the same numbers.

    `course` has the settings of each step, and loss and accuracy of its batch before the step.
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray, *, units: int, activation: str, seed: int):
        self._images, self._labels, self.activation, self._seed = images, labels, activation, seed
        self.course: list[tuple[Settings, float, float]] = []
        self.weights, rng = [], np.random.default_rng(seed)
        for taken, given in pairwise([784, units, 10] if units else [784, 10]):
            limit = np.sqrt(6 / (taken + given))
            kernel = rng.uniform(-limit, limit, (taken, given)).astype(np.float32)
            self.weights += [kernel, np.zeros(given, np.float32)]
        self._moves = [np.zeros_like(each) for each in self.weights]
        self._kept, self._every = {0: (self.weights, self._moves)}, 10

    def look(self, settings: Settings) -> Look:
        """The batch of the next step, drawn at random, as the network sees it now."""
        rng = np.random.default_rng((self._seed, len(self.course)))
        drawn = rng.integers(len(self._labels), size=settings.batch)
        images = self._images[drawn].reshape(-1, 784) / np.float32(255)
        return look(self.weights, images, self._labels[drawn], activation=self.activation, l2=settings.l2)

    def step(self, settings: Settings) -> None:
        """Nothing happens after the last of `MOST_STEPS`."""
        if len(self.course) == MOST_STEPS:
            return
        seen, rate, momentum = self.look(settings), np.float32(settings.rate), np.float32(settings.momentum)
        pairs = zip(self._moves, seen.gradients, strict=True)
        self._moves = [momentum * move - rate * gradient for move, gradient in pairs]
        self.weights = [weight + move for weight, move in zip(self.weights, self._moves, strict=True)]
        right = seen.probabilities.argmax(1) == seen.labels
        self.course.append((settings, seen.loss, float(right.mean())))
        if len(self.course) % self._every == 0:
            self._kept[len(self.course)] = self.weights, self._moves
        if len(self._kept) > _MOST_KEPT:
            self._every *= 2
            self._kept = {at: state for at, state in self._kept.items() if at % self._every == 0}

    def go_back(self, steps: int) -> None:
        """As it was so many steps before, at most at the start: from the last state kept, the steps are taken again."""
        now = max(len(self.course) - steps, 0)
        self._kept = {at: state for at, state in self._kept.items() if at <= now}
        start = max(self._kept)
        self.weights, self._moves = self._kept[start]
        again, self.course = self.course[start:now], self.course[:start]
        for settings, *_ in again:
            self.step(settings)
