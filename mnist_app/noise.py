"""Corruptions of images and the classical denoisers, in pure NumPy.

`corrupt` spoils images by one of `NOISES` at a level in [0, 1]; `median_filter` repairs them as was done before
networks; `psnr` says how far a picture is from another. Trained denoisers and accuracies are other modules' work.

The randomness is a *field*: 64 bits for each (seed, image number, pixel), computed by a hash that needs nothing but
these three. A picture therefore does not depend on which other images are in the batch, and one field serves every
level: sliding the level up only ever adds to the corruption.

The hash is SplitMix64 (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014), the
generator of Java's SplittableRandom, which passes the BigCrush battery of tests: a counter stepped by an odd constant
and mixed by a bijection in which a change of any input bit flips each output bit with probability close to one half.
Seed and image number are mixed into a 64-bit key at which the pixel counter starts, so two images of one seed never
have the same key; the chance that any two of 70,000 images share even one draw is about 2 in 10 million.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np

from mnist_app import ExplorerError

LEVELS: tuple[float, ...] = tuple(step / 10 for step in range(11))
"""The eleven levels 0, 0.1 … 1 at which curves and film strips are drawn."""

SIDE = 28
PIXELS = SIDE * SIDE
LARGEST_FILTER = 9

# Both keep the working set of a chunk within the processor's second-level cache.
_CORRUPT_CHUNK = 128
_MEDIAN_CHUNK = 32

_STEP = 0x9E3779B97F4A7C15
_MASK = 2**64 - 1
_COUNTERS = np.arange(1, PIXELS + 3, dtype=np.uint64) * np.uint64(_STEP)  # one per pixel, and two for the whole image


class InvalidLevel(ExplorerError):
    """A noise level that is not a number in [0, 1], or levels that are not one per image."""


class UnknownNoise(ExplorerError):
    """A kind of noise that is not a key of `NOISES`."""


class InvalidImages(ExplorerError):
    """Images that are not a float32 array (n, 28, 28, 1) with values in [0, 1], or two that differ in shape."""


class InvalidSeed(ExplorerError):
    """A seed that is not an integer in [0, 2⁶⁴), or image numbers that are not one such integer per image."""


class InvalidFilterSize(ExplorerError):
    """A median filter's side that is not odd, or not in 1 … 9."""


@dataclass(frozen=True, kw_only=True)
class Noise:
    """One kind of noise.

    `description` says in one sentence what the level means, `source` where the definition comes from. `apply` takes
    pixels float32 (m, 784) in [0, 1], levels float64 (m, 1) in [0, 1] and bits uint64 (m, 786): the images' fields, one
    column per pixel and two for the image as a whole. It returns new pixels float32 (m, 784) in [0, 1], unchanged at
    level 0.
    """

    key: str
    title: str
    description: str
    source: str
    apply: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def corrupt(images, *, level, kind: str = "salt-and-pepper", seed: int = 0, numbers=None) -> np.ndarray:
    """Return a corrupted copy of the images.

    images: float32 (n, 28, 28, 1) in [0, 1]; not changed. level: one number in [0, 1], or one per image (n,).
    kind: a key of `NOISES`. seed: an integer in [0, 2⁶⁴). numbers: the images' numbers, integers (n,), by default
    0 … n−1; the field of an image depends on seed and number alone. One digit at all levels is thus one call:
    `corrupt(np.repeat(image, 11, axis=0), level=LEVELS, numbers=[number] * 11)`.

    Returns float32 (n, 28, 28, 1) in [0, 1]: the images themselves at level 0, nothing of them at level 1.
    Raises InvalidImages, InvalidLevel, UnknownNoise, InvalidSeed.
    """
    images = _checked_images(images)
    levels = _checked_levels(level, count=len(images))
    if not isinstance(kind, str) or kind not in NOISES:
        raise UnknownNoise(
            "Unknown kind of noise",
            expected="one of " + ", ".join(NOISES),
            found=repr(kind),
            remedy="Choose one of these.",
        )
    keys = _keys(_checked_seed(seed), _checked_numbers(numbers, count=len(images)))
    pixels = images.reshape(-1, PIXELS)
    corrupted = np.empty_like(pixels)
    for start in range(0, len(pixels), _CORRUPT_CHUNK):
        part = slice(start, start + _CORRUPT_CHUNK)
        corrupted[part] = NOISES[kind].apply(pixels[part], levels[part], _field(keys[part]))
    return corrupted.reshape(images.shape)


def median_filter(images, *, size: int = 3) -> np.ndarray:
    """Replace each pixel by the median of the size × size pixels around it.

    images: float32 (n, 28, 28, 1) in [0, 1]; not changed. size: odd, 1 … 9; 3 and 5 are the usual ones.
    Beyond the border the image is mirrored, its border pixel included (d c b a | a b c d | d c b a): the default of
    `scipy.ndimage.median_filter`. At size 3 this is the same as repeating the border pixel, the default of OpenCV and
    scikit-image.

    Returns float32 (n, 28, 28, 1). Raises InvalidImages, InvalidFilterSize.
    """
    images = _checked_images(images)
    try:
        side = operator.index(size)
    except TypeError:
        side = 0
    if side not in range(1, LARGEST_FILTER + 1, 2):
        raise InvalidFilterSize(
            "Invalid size of the median filter",
            expected=f"an odd whole number from 1 to {LARGEST_FILTER}",
            found=repr(size),
            remedy="Use 3 or 5.",
        )
    filtered = np.empty_like(images)
    margin = side // 2
    for start in range(0, len(images), _MEDIAN_CHUNK):
        part = slice(start, start + _MEDIAN_CHUNK)
        # Images last: each shifted view then has long contiguous runs, and min and max work at full width.
        planes = images[part, :, :, 0].transpose(1, 2, 0)
        planes = np.pad(planes, ((margin, margin), (margin, margin), (0, 0)), mode="symmetric")
        wires = [planes[row : row + SIDE, column : column + SIDE] for row in range(side) for column in range(side)]
        for low, high, keeps_low, keeps_high in _median_network(side * side):
            first, second = wires[low], wires[high]
            wires[low] = np.minimum(first, second) if keeps_low else None
            wires[high] = np.maximum(first, second) if keeps_high else None
        filtered[part, :, :, 0] = wires[side * side // 2].transpose(2, 0, 1)
    return filtered


def psnr(images, reference) -> np.ndarray:
    """Return each image's peak signal-to-noise ratio against its reference, in dB: 10 log₁₀(1 / mean squared error).

    images, reference: float32 (n, 28, 28, 1) in [0, 1], hence the peak 1. Returns float64 (n,), infinite where the two
    are identical. Raises InvalidImages.
    """
    images, reference = _checked_images(images), _checked_images(reference)
    if images.shape != reference.shape:
        raise InvalidImages(
            "The images and their references differ in number",
            expected=f"shape {images.shape}",
            found=f"shape {reference.shape}",
            remedy="Pass one reference for each image.",
        )
    difference = (images - reference).reshape(-1, PIXELS)
    error = np.einsum("ij,ij->i", difference, difference, dtype=np.float64) / PIXELS
    with np.errstate(divide="ignore"):
        return -10 * np.log10(error)


def _salt_and_pepper(pixels, levels, bits):
    # The upper 53 bits are the uniform that says whether a pixel flips, the lowest bit the coin that says to what: bits
    # of one draw, but disjoint, so the coin is fair among the flipped pixels of each level and never changes with it.
    flipped = (bits[:, :PIXELS] >> np.uint64(11)) < (levels * 2**53).astype(np.uint64)
    coin = (bits[:, :PIXELS] & np.uint64(1)).astype(np.float32)
    return np.where(flipped, coin, pixels)


def _gaussian(pixels, levels, bits):
    levels = levels.astype(np.float32)
    noise = _normal_quantile(_uniform(bits[:, :PIXELS])).astype(np.float32)
    return np.clip((1 - levels) * pixels + levels * noise, 0, 1)


def _shot(pixels, levels, bits):
    # A level below a millionth would ask for more photons than float64 can count, and changes nothing visible.
    photons = ((1 - levels) / np.maximum(levels, 1e-6)) ** 2
    lit = pixels > 0
    counts = np.zeros(pixels.shape)
    counts[lit] = _poisson_quantile(_uniform(bits[:, :PIXELS][lit]), (pixels * photons)[lit])
    seen = np.minimum(counts / np.maximum(photons, 1e-40), 1)
    return np.where(levels > 0, seen, pixels).astype(np.float32)


def _occlusion(pixels, levels, bits):
    # The block shrinks towards a random point: its side is √level of the frame's, so its area is the level.
    side = np.sqrt(levels)
    start = _uniform(bits[:, PIXELS:]) * SIDE * (1 - side)
    edges = np.arange(SIDE)
    # The part of each row and column that the block covers; edges between two pixels make the slide smooth.
    rows, columns = (
        np.clip(np.minimum(edges + 1, begin + side * SIDE) - np.maximum(edges, begin), 0, 1)
        for begin in (start[:, :1], start[:, 1:])
    )
    hidden = (rows[:, :, None] * columns[:, None, :]).reshape(pixels.shape).astype(np.float32)
    return (1 - hidden) * pixels + hidden * np.float32(0.5)


NOISES: Mapping[str, Noise] = MappingProxyType(
    {
        noise.key: noise
        for noise in (
            Noise(
                key="salt-and-pepper",
                title="Salt and pepper",
                description="Each pixel independently, with probability equal to the level, becomes black or white "
                "with equal probability.",
                source="A university data-science assignment, report of group 67 (2022), task 4.",
                apply=_salt_and_pepper,
            ),
            Noise(
                key="gaussian",
                title="Gaussian",
                description="The image fades as 1 − level while normal noise of mean 0 and standard deviation equal to "
                "the level is added, and the sum is cut off at black and white; at level 1 only noise is left.",
                source="Our own definition: the usual additive noise (MNIST-C, Mu & Gilmer 2019) never hides the image "
                "completely, so here the image fades as well.",
                apply=_gaussian,
            ),
            Noise(
                key="shot",
                title="Shot (Poisson)",
                description="A white pixel receives ((1 − level) / level)² photons on average, so that its noise "
                "divided by its brightness is level / (1 − level); at level 1 there is no light and all is black.",
                source="Poisson counts as in MNIST-C (Mu & Gilmer 2019), whose 60, 25, 12, 5 and 3 photons are the "
                "levels 0.11, 0.17, 0.22, 0.31 and 0.37; the scale from 0 to 1 is our own.",
                apply=_shot,
            ),
            Noise(
                key="occlusion",
                title="Occlusion",
                description="A grey square covers a share of the area equal to the level; it grows from a random point "
                "until, at level 1, it hides everything.",
                source="The grey square of Zeiler & Fergus (2014); the growth from a random point is our own.",
                apply=_occlusion,
            ),
        )
    }
)
"""Every kind of noise by its key. A further kind is one function and one entry."""


def _mix(words: np.ndarray) -> np.ndarray:
    """SplitMix64's bijection of 64-bit words, in place."""
    words ^= words >> np.uint64(30)
    words *= np.uint64(0xBF58476D1CE4E5B9)
    words ^= words >> np.uint64(27)
    words *= np.uint64(0x94D049BB133111EB)
    words ^= words >> np.uint64(31)
    return words


def _keys(seed: int, numbers: np.ndarray) -> np.ndarray:
    """One key per image, uint64 (n,): the stream of the mixed seed, at the places that the numbers name."""
    origin = _mix(np.array([(seed + _STEP) & _MASK], dtype=np.uint64))
    return _mix(origin + numbers * np.uint64(_STEP))


def _field(keys: np.ndarray) -> np.ndarray:
    """The random bits of each image, uint64 (m, 786): one column per pixel, and two for the image as a whole."""
    return _mix(keys[:, None] + _COUNTERS)


def _uniform(bits: np.ndarray) -> np.ndarray:
    """The upper 32 bits as float64 in (0, 1), never an end: the quantiles below are finite."""
    return ((bits >> np.uint64(32)).astype(np.float64) + 0.5) / 2**32


def _normal_quantile(uniform: np.ndarray) -> np.ndarray:
    """Standard normal quantiles to about 7 digits: algorithm AS 241, PPND7 (Wichura 1988), without its far tail.

    For uniform in [2⁻³³, 1 − 2⁻³³], which is within the range of its first two branches.
    """
    centred = uniform - 0.5
    r = 0.180625 - centred * centred
    top = ((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179
    bottom = ((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1.0
    quantile = centred * top / bottom
    tail = r < 0
    end = uniform[tail]
    r = np.sqrt(-np.log(np.minimum(end, 1 - end))) - 1.6
    top = ((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777
    bottom = (0.12021132975 * r + 0.73700164250) * r + 1.0
    quantile[tail] = np.copysign(top / bottom, centred[tail])
    return quantile


def _poisson_quantile(uniform: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """The smallest count whose cumulative probability exceeds uniform, as float64; both (k,), rate ≥ 0.

    Summed term by term up to a rate of 10; beyond it the expansion of Giles (2016, "Algorithm 955"), which is one count
    off in at most 0.3 % of the draws. A quantile falls with the rate: less light takes photons away and brings none.
    """
    count = np.zeros(rate.shape)
    small = rate <= 10
    mean, target = rate[small], uniform[small]
    probability = np.exp(-mean)
    cumulative = probability.copy()
    summed = np.zeros(mean.shape)
    number = 0
    while (beyond := target >= cumulative).any():
        number += 1
        summed += beyond
        probability *= mean / number
        cumulative += probability
    count[small] = summed
    mean = rate[~small]
    normal = _normal_quantile(uniform[~small])
    root = np.sqrt(mean)
    expansion = mean + root * normal + (1 / 3 + normal**2 / 6) - (normal + normal**3 / 2) / (36 * root)
    count[~small] = np.maximum(np.floor(expansion), 0)
    return count


@cache
def _median_network(count: int) -> tuple[tuple[int, int, bool, bool], ...]:
    """Compare-exchanges that bring the median of `count` wires to the middle one: (low, high, keeps low, keeps high).

    Batcher's odd-even merge sort (Knuth, The Art of Computer Programming, 5.2.2, algorithm M), stripped from the end
    of everything that does not reach the middle wire.
    """
    exchanges = []
    top = 1 << max((count - 1).bit_length() - 1, 0)
    step = top
    while step > 0:
        span, remainder, distance = top, 0, step
        while True:
            exchanges += [(low, low + distance) for low in range(count - distance) if low & step == remainder]
            if span == step:
                break
            distance, span, remainder = span - step, span >> 1, step
        step >>= 1
    needed, kept = {count // 2}, []
    for low, high in reversed(exchanges):
        if low in needed or high in needed:
            kept.append((low, high, low in needed, high in needed))
            needed |= {low, high}
    return tuple(reversed(kept))


def _checked_images(images) -> np.ndarray:
    remedy = "Scale the pixels to [0, 1] as float32 and give the array the shape (n, 28, 28, 1)."
    if not isinstance(images, np.ndarray):
        raise InvalidImages("Not images", expected="a NumPy array", found=type(images).__name__, remedy=remedy)
    if images.shape[1:] != (SIDE, SIDE, 1) or images.ndim != 4:
        raise InvalidImages(
            "Images of the wrong shape", expected="(n, 28, 28, 1)", found=str(images.shape), remedy=remedy
        )
    if images.dtype != np.float32:
        raise InvalidImages("Images of the wrong type", expected="float32", found=str(images.dtype), remedy=remedy)
    if images.size:
        low, high = images.min(), images.max()
        if not (low >= 0 and high <= 1):  # written so that NaN fails
            raise InvalidImages(
                "Pixels out of range", expected="values in [0, 1]", found=f"{low} to {high}", remedy=remedy
            )
    return images


def _checked_levels(level, *, count: int) -> np.ndarray:
    """The levels as float64 (count, 1)."""
    problem, remedy = "Invalid noise level", "Choose a level from 0 (no noise) to 1 (nothing but noise)."
    expected = f"a number in [0, 1], or {count} of them, one per image"
    try:
        given = np.asarray(level)
    except ValueError as error:  # lists of unequal lengths
        raise InvalidLevel(problem, expected=expected, found=repr(level), remedy=remedy) from error
    if given.dtype.kind not in "fiu":
        raise InvalidLevel(problem, expected=expected, found=repr(level), remedy=remedy)
    if given.shape not in ((), (count,)):
        raise InvalidLevel(problem, expected=expected, found=f"an array of shape {given.shape}", remedy=remedy)
    levels = given.astype(np.float64)
    outside = ~((levels >= 0) & (levels <= 1))  # written so that NaN is outside
    if outside.any():
        raise InvalidLevel(problem, expected=expected, found=str(levels[outside].flat[0]), remedy=remedy)
    return np.broadcast_to(levels, (count,))[:, None]


def _checked_seed(seed) -> int:
    try:
        whole = operator.index(seed)
    except TypeError:
        whole = -1
    if not 0 <= whole <= _MASK:
        raise InvalidSeed(
            "Invalid seed", expected="a whole number from 0 to 2⁶⁴ − 1", found=repr(seed), remedy="Try seed 0."
        )
    return whole


def _checked_numbers(numbers, *, count: int) -> np.ndarray:
    """The image numbers as uint64 (count,)."""
    if numbers is None:
        return np.arange(count, dtype=np.uint64)
    problem, expected = "Invalid image numbers", f"{count} whole numbers from 0, one per image"
    remedy = "Pass the place of each image in its data set."
    try:
        given = np.asarray(numbers)
    except ValueError as error:
        raise InvalidSeed(problem, expected=expected, found=repr(numbers), remedy=remedy) from error
    if given.size == 0:
        given = given.astype(np.uint64)
    if given.dtype.kind not in "iu" or given.shape != (count,):
        found = f"{given.dtype} of shape {given.shape}"
        raise InvalidSeed(problem, expected=expected, found=found, remedy=remedy)
    if (given < 0).any():
        raise InvalidSeed(problem, expected=expected, found=str(given.min()), remedy=remedy)
    return given.astype(np.uint64)
