"""Why a network gave its answer, asked from outside: which ink matters, and how few pixels change the guess.

`logits` is the network: images float32 (n, 28, 28, 1) to logits (n, 10), before softmax. Log-odds, the logarithm of
p / (1 - p), go on changing where the probability p stays near 100%.
"""

from collections.abc import Callable

import numpy as np

SQUARE = 4  # side of the black square, in pixels; it goes over the image in steps of half of it
MOST_CHANGES = 40

_WHOLE, _BEST = 8, 100  # every pixel is tried in each eighth step, between them the hundred that were best


def log_odds(logits: np.ndarray, digit: int) -> np.ndarray:
    """Of a digit: float (n,)."""
    return logits[:, digit] - np.logaddexp.reduce(np.delete(logits, digit, axis=1).astype(np.float64), axis=1)


def occlude(logits: Callable, image: np.ndarray, digit: int) -> tuple[np.ndarray, np.ndarray]:
    """Cover the ink with a black square at one place after another (Zeiler & Fergus, 2014).

    By how much a digit's log-odds fall, float (28, 28), a pixel the mean over the squares that cover it, and the image
    with the square that costs most.
    """
    starts = range(0, len(image) - SQUARE + 1, SQUARE // 2)
    squares = [np.s_[row : row + SQUARE, column : column + SQUARE] for row in starts for column in starts]
    inked = [square for square in squares if image[square].any()]  # elsewhere nothing changes
    images = np.repeat(image[None], len(inked) + 1, axis=0)
    for covered, square in zip(images[1:], inked, strict=True):
        covered[square] = 0
    whole, *odds = log_odds(logits(images), digit)
    falls, counts = np.zeros((2, *image.shape[:2]))
    for square in squares:
        counts[square] += 1
    for square, each in zip(inked, odds, strict=True):
        falls[square] += whole - each
    return falls / counts, images[np.argmin([whole, *odds])]


def change_guess(logits: Callable, image: np.ndarray) -> np.ndarray | None:
    """The image with as few pixels made white or black as were found until the guess is another one, or None.

    Greedy: each step changes the pixel that brings another digit nearest. At most `MOST_CHANGES` pixels change; at the
    end those that are not needed are put back.
    """
    digit, pixels = int(logits(image[None])[0].argmax()), image.ravel()
    other, places = np.where(pixels > 0.5, 0, 1).astype(np.float32), np.arange(image.size)

    def with_changes(changes: np.ndarray) -> np.ndarray:
        return np.where(changes, other, pixels).reshape(-1, *image.shape)

    def lead(changes: np.ndarray) -> np.ndarray:
        """How far the digit is before the best other one, for rows of changed pixels, bool (n, 784)."""
        given = logits(with_changes(changes))
        return given[:, digit] - np.delete(given, digit, axis=1).max(1)

    changed, best = np.zeros(image.size, bool), places
    for step in range(MOST_CHANGES):
        tried = places if step % _WHOLE == 0 else best
        tried = tried[~changed[tried]]
        changes = changed ^ (tried[:, None] == places)
        leads = lead(changes)
        changed, best = changes[leads.argmin()], tried[leads.argsort()[:_BEST]]
        if leads.min() < 0:
            break
    else:
        return None
    for place in np.flatnonzero(changed):
        fewer = changed ^ (places == place)
        changed = fewer if lead(fewer) < 0 else changed
    return with_changes(changed)[0]


def peaks(maps: np.ndarray) -> np.ndarray:
    """The largest number of each feature map (n, rows, columns, k) and its place in the map: float32 (n, k, 2)."""
    flat = maps.reshape(len(maps), -1, maps.shape[-1])
    return np.stack([flat.max(1), flat.argmax(1).astype(np.float32)], axis=2)


def nearest(features: np.ndarray, to: np.ndarray, *, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Of features (n, k) the numbers of those nearest to (k,), the nearest first, and their distances."""
    few = (features[start : start + 1000].astype(np.float32) - to for start in range(0, len(features), 1000))
    distances = np.concatenate([np.linalg.norm(each, axis=1) for each in few])
    found = distances.argsort()[:count]
    return found, distances[found]
