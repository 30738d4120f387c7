"""Points of a latent space: sampled by rules, along lines and on grids, and how near they are to the codes of images.

Pure NumPy. A code is a row of k numbers, what an encoder makes of an image and a decoder turns back into one; both
networks live elsewhere.
"""

from dataclasses import dataclass

import numpy as np

STEPS = 11  # pictures of a morph, both ends included

DIGITS = 10
_GROUPS = 10  # of each digit's codes in a mixture


@dataclass(frozen=True)
class Rule:
    """A way to sample random points; `fitted` says whether it needs the codes of images."""

    key: str
    title: str
    description: str
    fitted: bool = True


RULES = (
    Rule("codes", "Codes of test images", "Images, encoded and decoded again, for comparison."),
    Rule("unit", "Uniform from 0 to 1", "Each number by itself, anywhere between 0 and 1.", fitted=False),
    Rule("range", "Uniform in each number's range", "Each number by itself, from the least to the greatest in a code."),
    Rule("gaussian", "Gaussian of all codes", "With the mean and the full covariance of the codes."),
    Rule("digit", "Gaussian of one digit's codes", "The same, fitted to the codes of one digit's images only."),
)


@dataclass(frozen=True)
class Plane:
    """A map of the codes of a two-dimensional latent space. Each field is a pair: for the first and the second number.

    Attributes:
        low, high: the codes at the map's lower left and upper right corner.
        middle: the median code.
        unit: how far codes lie from it, as a median.
        stretched: whether each number is drawn as the inverse hyperbolic sine of its distance from the middle in units:
            even near the middle, like a logarithm far from it. Else it is drawn as it is.
    """

    low: tuple[float, float]
    high: tuple[float, float]
    middle: tuple[float, float] = (0.0, 0.0)
    unit: tuple[float, float] = (1.0, 1.0)
    stretched: bool = False

    def code_at(self, left: float, top: float) -> np.ndarray:
        """The code, float32 (2,), at these shares of the map's width and height from its upper left corner."""
        low, high = self._on_map(np.array(self.low)), self._on_map(np.array(self.high))
        drawn = low + np.clip([left, 1 - top], 0, 1) * (high - low)
        code = np.array(self.middle) + np.array(self.unit) * np.sinh(drawn) if self.stretched else drawn
        return code.astype(np.float32)

    def places(self, codes: np.ndarray) -> np.ndarray:
        """For codes (n, 2) their shares (left, top), float64 (n, 2), from 0 to 1 on the map."""
        low, high = self._on_map(np.array(self.low)), self._on_map(np.array(self.high))
        shares = (self._on_map(codes) - low) / (high - low)
        return np.stack([shares[:, 0], 1 - shares[:, 1]], axis=1)

    def tiles(self, side: int) -> np.ndarray:
        """The codes in the middle of side × side equal tiles, row by row from the upper left: float32 (side², 2)."""
        middles = (np.arange(side) + 0.5) / side
        return np.array([self.code_at(left, top) for top in middles for left in middles])

    def _on_map(self, codes: np.ndarray) -> np.ndarray:
        return np.arcsinh((codes - np.array(self.middle)) / np.array(self.unit)) if self.stretched else codes


@dataclass(frozen=True)
class Mixture:
    """Where the codes of each digit lie: in groups, each with a normal distribution of its own.

    Attributes:
        shares: which part of a digit's codes each group has, float (10, groups).
        means: the middle of each group, float (10, groups, k).
        factors: what makes of standard normal numbers (k,) the distances from it, float (10, groups, k, k).
    """

    shares: np.ndarray
    means: np.ndarray
    factors: np.ndarray

    @classmethod
    def fit(cls, codes: np.ndarray, labels: np.ndarray) -> "Mixture":
        """The mixture of codes float (n, k) of images of these digits, whole numbers (n,)."""
        fitted = zip(*(_groups(codes[labels == digit]) for digit in range(DIGITS)), strict=True)
        return cls(*(np.array(each, np.float32) for each in fitted))

    def sample(self, labels: np.ndarray, *, seed: int | tuple[int, ...]) -> np.ndarray:
        """A random code for each of these digits, whole numbers (n,): float32 (n, k); the same with the same seed."""
        numbers, places = np.random.default_rng(seed).spawn(2)
        ends = self.shares.cumsum(1)[labels, :-1]
        groups = (places.random((len(labels), 1)) >= ends).sum(1)
        normal = numbers.standard_normal((len(labels), self.means.shape[-1]), np.float32)
        return self.means[labels, groups] + np.einsum("nij,nj->ni", self.factors[labels, groups], normal)


def sample(
    rule: str,
    *,
    count: int,
    size: int,
    seed: int,
    codes: np.ndarray | None = None,
    labels: np.ndarray | None = None,
    digit: int = 0,
) -> np.ndarray:
    """Random points of a latent space, float32 (count, size), by one of `RULES`; the same seed gives the same points.

    Where no code has a negative number, as after ReLU, neither have the points: what a Gaussian puts below 0 becomes 0.

    Args:
        rule, size: a rule's key, and k, the numbers of a code.
        codes: codes of at least two images, float (n, k), which the fitted rules need.
        labels, digit: their digits, (n,), and the one that the rule "digit" is fitted to.
    """
    rng = np.random.default_rng([seed, [each.key for each in RULES].index(rule)])
    if rule == "unit":
        return rng.random((count, size), dtype=np.float32)
    if rule == "codes":
        return codes[rng.choice(len(codes), count, replace=count > len(codes))].astype(np.float32)
    low, high = codes.min(0), codes.max(0)
    if rule == "range":
        return rng.uniform(low, high, (count, size)).astype(np.float32)
    fitted = codes if rule == "gaussian" else codes[labels == digit]
    covariance = np.cov(fitted.astype(np.float64), rowvar=False)
    # by eigenvectors: units that never fire leave the covariance without an inverse
    points = rng.multivariate_normal(fitted.mean(0), covariance, count, check_valid="ignore", method="eigh")
    return np.maximum(points, 0 if low.min() >= 0 else -np.inf).astype(np.float32)


def line(start: np.ndarray, end: np.ndarray, *, steps: int = STEPS) -> np.ndarray:
    """Points of the straight line between two arrays of one shape, codes or images: float32 (steps, *shape)."""
    share = np.linspace(0, 1, steps, dtype=np.float32).reshape(-1, *(1,) * start.ndim)
    return ((1 - share) * start + share * end).astype(np.float32)


def to_nearest(points: np.ndarray, codes: np.ndarray) -> float:
    """The median distance of the points (n, k) from the code (m, k) nearest to each, a point's own code aside."""
    points, codes = points.astype(np.float64), codes.astype(np.float64)
    squares = points @ codes.T
    squares *= -2
    squares += (codes**2).sum(1)
    squares += (points**2).sum(1)[:, None]
    squares[squares < 1e-6] = np.inf  # the point itself, up to rounding
    return float(np.median(np.sqrt(squares.min(1))))


def plane(codes: np.ndarray, *, stretched: bool = True) -> Plane:
    """The map with the smallest whole-numbered corners around the codes (n, 2)."""
    low, high = np.floor(codes.min(0)), np.ceil(codes.max(0))
    high = np.maximum(high, low + 1)  # where all codes are one, still a map
    middle = np.median(codes, axis=0)
    unit = np.median(np.abs(codes - middle), axis=0)
    unit[unit == 0] = 1
    return Plane(*(tuple(pair.tolist()) for pair in (low, high, middle, unit)), stretched)


def with_digits(latent: np.ndarray, digits: np.ndarray) -> np.ndarray:
    """What a conditional decoder takes, float32 (n, k + 10): latent numbers, followed by a digit, one hot.

    `latent` is (n, k), or (k,) for the same numbers with each of the digits, whole numbers (n,).
    """
    numbers = np.broadcast_to(latent, (len(digits), latent.shape[-1]))
    return np.hstack([numbers, np.eye(DIGITS)[digits]]).astype(np.float32)


def _groups(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One digit's codes (n, k) in groups by k-means: shares, means and Cholesky factors, as in `Mixture`."""
    means = np.resize(codes, (_GROUPS, codes.shape[1])).astype(np.float64)
    for _ in range(20):
        nearest = ((means**2).sum(1) - 2 * codes @ means.T).argmin(1)
        inside = np.eye(_GROUPS)[nearest]
        counts = np.maximum(inside.sum(0), 1)[:, None]  # of few codes a group may have none
        means = inside.T @ codes / counts
    distances = [(codes - mean)[nearest == group] for group, mean in enumerate(means)]
    covariances = np.stack([each.T @ each for each in distances]) / counts[..., None]
    return inside.mean(0), means, np.linalg.cholesky(covariances + 1e-4 * np.eye(codes.shape[1]))
