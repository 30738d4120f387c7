"""The randomness behind every kind of noise: a field of 64 bits for each (seed, index of the image, pixel).

A picture therefore does not depend on which other images are in the batch, and one field serves every level: sliding
the level up only ever adds to the corruption. The bits come from SplitMix64 (Steele, Lea & Flood, "Fast splittable
pseudorandom number generators", OOPSLA 2014), which passes the BigCrush tests: a counter stepped by an odd constant and
mixed by a bijection. Seed and index are mixed into the key at which an image's counter starts, so two images of one
seed never have the same key; the chance that any two of 70,000 share even one draw is about 2 in 10 million.
"""

import numpy as np

SIDE = 28
PIXELS = SIDE * SIDE

_STEP = 0x9E3779B97F4A7C15
_COUNTERS = np.arange(1, PIXELS + 3, dtype=np.uint64) * np.uint64(_STEP)  # one per pixel, and two for the whole image


def _mix(words: np.ndarray) -> np.ndarray:
    """SplitMix64's bijection of 64-bit words, in place."""
    words ^= words >> np.uint64(30)
    words *= np.uint64(0xBF58476D1CE4E5B9)
    words ^= words >> np.uint64(27)
    words *= np.uint64(0x94D049BB133111EB)
    words ^= words >> np.uint64(31)
    return words


def keys_of(seed: int, indices: np.ndarray) -> np.ndarray:
    """One key per image, uint64 (n,), from the seed and the images' indices, uint64 (n,)."""
    origin = _mix(np.array([(int(seed) + _STEP) % 2**64], dtype=np.uint64))
    return _mix(origin + indices * np.uint64(_STEP))


def field_of(keys: np.ndarray) -> np.ndarray:
    """The random bits of each image, uint64 (m, 786): one column per pixel, and two for the image as a whole."""
    return _mix(keys[:, None] + _COUNTERS)


def uniform(bits: np.ndarray) -> np.ndarray:
    """The upper 32 bits as float64 in (0, 1), never an end: the quantiles below are finite."""
    return ((bits >> np.uint64(32)).astype(np.float64) + 0.5) / 2**32


def normal_quantile(share: np.ndarray) -> np.ndarray:
    """Standard normal quantiles to about 7 digits: algorithm AS 241, PPND7 (Wichura 1988), without its far tail.

    For shares in [2⁻³³, 1 − 2⁻³³], which is within the range of its first two branches.
    """
    centred = share - 0.5
    r = 0.180625 - centred * centred
    top = ((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179
    bottom = ((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1.0
    quantile = centred * top / bottom
    tail = r < 0
    end = share[tail]
    r = np.sqrt(-np.log(np.minimum(end, 1 - end))) - 1.6
    top = ((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777
    bottom = (0.12021132975 * r + 0.73700164250) * r + 1.0
    quantile[tail] = np.copysign(top / bottom, centred[tail])
    return quantile


def poisson_quantile(share: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """The smallest count whose cumulative probability exceeds the share, as float64; both (k,), rate ≥ 0.

    Summed term by term up to a rate of 10; beyond it the expansion of Giles (2016, "Algorithm 955"), which is one count
    off in at most 0.3 % of the draws. A quantile falls with the rate: less light takes photons away and brings none.
    """
    count = np.zeros(rate.shape)
    small = rate <= 10
    mean, target = rate[small], share[small]
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
    normal = normal_quantile(share[~small])
    root = np.sqrt(mean)
    expansion = mean + root * normal + (1 / 3 + normal**2 / 6) - (normal + normal**3 / 2) / (36 * root)
    count[~small] = np.maximum(np.floor(expansion), 0)
    return count
