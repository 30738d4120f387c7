"""How far an image is out of distribution: a score from its distances to the classes of the training images.

The score is a sum of two distances to the nearest class, each as a logarithm, standardized on the training images:

- in the last hidden layer: the Mahalanobis distance of the features to the class's mean (Lee et al. 2018,
  arXiv:1807.03888), on features of length 1 (Müller and Hein 2025, "Mahalanobis++"), in their first principal axes,
  with a covariance for each class that is shrunk towards a multiple of the identity;
- in the pixels: the reconstruction error, what is left of the image when it is rebuilt from the class's mean and
  principal components. It sees marks that the network's features leave out.

On a two-layer CNN the sum rejects more scribbles and shapes than either alone.
"""

from dataclasses import dataclass, replace

import numpy as np

AXES = 64  # of the features, at most
COMPONENTS = 40  # principal components of each class's images
SHRINKAGE = 0.3  # weight of the identity in each class's covariance

_DIGITS = 10
_TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Reference:
    """What the ten classes look like to one network. Every number has the precision that it is stored with.

    Attributes:
        origin: float32 (k,), mean of the features of length 1; axes: float32 (k, r), their principal axes.
        means: float32 (10, r), of each class in these axes.
        whitening: float32 (10, r, r); a deviation times it has the Mahalanobis distance as its length.
        images: float32 (10, 784), each class's mean image.
        components: int8 (10, 784, m), each class's principal components, in steps of `steps`.
        steps: float32 (10, 1, m).
        typical: float32 (2, 2): mean and standard deviation of the logarithm of either distance, first the features'.
    """

    origin: np.ndarray
    axes: np.ndarray
    means: np.ndarray
    whitening: np.ndarray
    images: np.ndarray
    components: np.ndarray
    steps: np.ndarray
    typical: np.ndarray

    def scores(self, features: np.ndarray, images: np.ndarray) -> np.ndarray:
        """The score of each image: float32 (n,); about 0 for a usual digit, higher the less it looks like one.

        The features (n, k) are those of the images (n, 28, 28, 1) in the network that this was fitted for.
        """
        logs = self.log_distances(features, images)
        return ((logs - self.typical[:, :1]) / self.typical[:, 1:]).sum(axis=0).astype(np.float32)

    def log_distances(self, features: np.ndarray, images: np.ndarray) -> np.ndarray:
        """Logarithms of the squared distances to the nearest class, by features and by pixels: float (2, n)."""
        inside = (_unit(features) - self.origin) @ self.axes
        pixels = _flat(images)
        distances = np.empty((2, len(pixels), _DIGITS), np.float32)
        for digit in range(_DIGITS):
            distances[0, :, digit] = _squares((inside - self.means[digit]) @ self.whitening[digit])
            rest = pixels - self.images[digit]
            inner = rest @ (self.components[digit] * self.steps[digit])
            distances[1, :, digit] = np.maximum(_squares(rest) - _squares(inner), 0)
        return np.log(distances.min(axis=2) + _TINY)


def fit(features: np.ndarray, images: np.ndarray, labels: np.ndarray) -> Reference:
    """The reference from features (n, k) of training images (n, 28, 28, 1), each of the ten digits at least twice."""
    counts = np.bincount(labels, minlength=_DIGITS)
    unit, pixels = _unit(features), _flat(images)
    origin = unit.mean(axis=0)
    axes = _principal(unit - origin, AXES)
    inside = (unit - origin) @ axes
    groups = [inside[labels == digit] for digit in range(_DIGITS)]
    means = np.stack([group.mean(axis=0) for group in groups])
    spread = np.mean((inside - means[labels]) ** 2) + _TINY
    whitening = np.stack([_whitening(group, spread) for group in groups])
    most = min(COMPONENTS, max(1, int(counts.min()) // 4))  # more would leave nothing of so few images
    parts = [_components(pixels[labels == digit], most) for digit in range(_DIGITS)]
    mean_images, components, steps = map(np.stack, zip(*parts, strict=True))
    reference = Reference(
        *(_halved(array) for array in (origin, axes, means, whitening, mean_images)),
        components=components,
        steps=steps,
        typical=np.array([[0, 1], [0, 1]], np.float32),
    )
    logs = reference.log_distances(features, images)
    typical = np.stack([logs.mean(axis=1), logs.std(axis=1) + _TINY], axis=1).astype(np.float32)
    return replace(reference, typical=typical)


def _whitening(group: np.ndarray, spread: float) -> np.ndarray:
    covariance = np.atleast_2d(np.cov(group.T))
    shrunk = (1 - SHRINKAGE) * covariance + SHRINKAGE * spread * np.eye(len(covariance))
    values, vectors = np.linalg.eigh(shrunk)
    return vectors / np.sqrt(values)


def _components(pixels: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean image (784,), principal components int8 (784, m) and their steps float32 (1, m)."""
    mean = pixels.mean(axis=0)
    components = _principal(pixels - mean, most)
    steps = (np.abs(components).max(axis=0, keepdims=True) / 127 + _TINY).astype(np.float32)
    return mean, np.round(components / steps).astype(np.int8), steps


def _principal(centred: np.ndarray, most: int) -> np.ndarray:
    """The axes of the largest variances, (k, up to `most`), the largest first."""
    if len(centred) < centred.shape[1]:  # the same, sooner
        return np.ascontiguousarray(np.linalg.svd(centred, full_matrices=False)[2][:most].T)
    vectors = np.linalg.eigh(centred.T @ centred)[1]
    return np.ascontiguousarray(vectors[:, ::-1][:, :most])


def _halved(array: np.ndarray) -> np.ndarray:
    """Rounded to half precision, as it is stored."""
    return array.astype(np.float16).astype(np.float32)


def _unit(features: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return (features / np.maximum(lengths, _TINY)).astype(np.float32)


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype(np.float32)


def _squares(rows: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", rows, rows)
