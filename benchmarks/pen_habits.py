"""How well the networks read digits written with a pen: `python -m benchmarks.pen_habits [MODEL …]`.

Forty ways to write the ten digits, each drawn many times on the page's canvas: smooth curves through points that stray,
random size, place, slant and proportions, brushes of 10 to 30 pixels; then centred as the Draw page does. They were
drawn by the project's own hand, apart from the forms that `augmentation` trains with: the figures compare networks and
habits, they do not say how well other people's digits are read.
"""

import argparse
from collections.abc import Iterator

import numpy as np

from mnist_app import ink, serving
from mnist_app.cli.models import find_classifier
from mnist_app.evaluation.ood_images import curve_through

SIZE, BRUSHES = 280, (10, 30)

USUAL, HABIT = "usual", "habit"
WAYS = {
    # name: (digit, whether MNIST has it, strokes of points x y in a box of 10 × 10)
    "0": (0, USUAL, "5 0 2 1 0 5 2 9 5 10 8 9 10 5 8 1 5 0"),
    "0 slashed": (0, HABIT, "5 0 2 1 0 5 2 9 5 10 8 9 10 5 8 1 5 0 | 9 0 1 10"),
    "0 with a long slash": (0, HABIT, "5 1 3 2 2 5 3 9 5 9 7 9 8 5 7 2 5 1 | 10 -1 5 5 0 11"),
    "0 with a slash inside": (0, HABIT, "5 0 1 2 0 5 1 8 5 10 9 8 10 5 9 2 5 0 | 7 3 3 7"),
    "0 with a flat slash": (0, HABIT, "5 0 2 1 1 5 2 9 5 10 8 9 9 5 8 1 5 0 | 10 4 0 6"),
    "0 left open": (0, HABIT, "6 1 3 0 0 4 1 9 5 10 9 8 10 4 8 1"),
    "1": (1, USUAL, "6 0 5 5 4 10"),
    "1 upright": (1, USUAL, "5 0 5 5 5 10"),
    "1 with a flag": (1, HABIT, "2 3 6 0 | 6 0 6 5 6 10"),
    "1 with a long flag": (1, HABIT, "0 5 3 2 6 0 | 6 0 6 5 6 10"),
    "1 with a foot": (1, HABIT, "5 0 5 5 5 10 | 2 10 5 10 8 10"),
    "1 with flag and foot": (1, HABIT, "3 3 6 0 | 6 0 6 5 6 10 | 3 10 6 10 9 10"),
    "2": (2, USUAL, "1 2 3 0 7 0 8 3 5 6 1 10 | 1 10 5 10 9 10"),
    "2 with a loop": (2, USUAL, "1 2 4 0 8 2 6 6 2 9 1 8 3 8 6 10 9 9"),
    "2 angular": (2, HABIT, "1 1 8 0 | 8 0 8 3 | 8 3 0 10 | 0 10 9 10"),
    "3": (3, USUAL, "1 1 5 0 8 2 4 4 | 4 4 9 6 8 9 4 10 0 9"),
    "3 with a flat roof": (3, HABIT, "1 0 8 0 | 8 0 4 4 | 4 4 8 5 9 8 5 10 1 9"),
    "3 from below": (3, HABIT, "0 9 4 10 8 8 8 6 5 5 3 5 | 3 5 7 4 7 1 4 0 1 1"),
    "4 open": (4, USUAL, "2 0 1 5 | 1 5 9 5 | 7 1 7 5 6 10"),
    "4 open, square": (4, HABIT, "1 0 1 6 | 1 6 9 6 | 6 0 6 10"),
    "4 closed": (4, HABIT, "6 0 0 7 | 0 7 9 7 | 6 0 6 10"),
    "4 like a lightning": (4, HABIT, "4 0 0 6 | 0 6 9 6 | 6 3 5 10"),
    "5": (5, USUAL, "2 0 1 4 | 1 4 5 4 8 6 7 9 3 10 0 9 | 2 0 8 0"),
    "5 without a roof": (5, HABIT, "2 0 1 4 | 1 4 5 4 8 6 7 9 3 10 0 9"),
    "5 with its roof apart": (5, HABIT, "2 1 1 5 | 1 5 5 4 8 6 7 9 3 10 0 9 | 4 -1 9 -1"),
    "5 like an S": (5, HABIT, "8 0 4 0 1 2 3 5 7 6 8 8 5 10 0 9"),
    "6": (6, USUAL, "7 0 3 3 1 7 3 10 7 9 7 6 4 5 1 7"),
    "6 straight": (6, HABIT, "6 0 1 7 | 1 7 3 10 7 9 7 6 4 5 1 7"),
    "6 from its loop": (6, HABIT, "2 7 5 5 8 7 6 10 2 9 1 5 4 1 8 0"),
    "7": (7, USUAL, "0 0 9 0 | 9 0 6 5 4 10"),
    "7 with a bar": (7, HABIT, "0 0 9 0 | 9 0 6 5 4 10 | 3 5 9 5"),
    "7 with a serif": (7, HABIT, "0 2 0 0 | 0 0 9 0 | 9 0 6 5 4 10"),
    "7 with bar and serif": (7, HABIT, "0 2 0 0 | 0 0 9 0 | 9 0 6 5 4 10 | 3 5 8 4"),
    "8": (8, USUAL, "8 1 5 0 2 2 5 5 9 8 5 10 1 8 5 5 8 2 8 1"),
    "8 of two rings": (8, HABIT, "5 0 2 2 5 5 8 2 5 0 | 5 5 1 7 5 10 9 7 5 5"),
    "8 left open": (8, HABIT, "8 0 4 0 2 2 5 5 9 8 5 10 1 8 4 5 9 1"),
    "9": (9, USUAL, "8 2 5 0 2 2 4 5 8 3 | 8 2 7 6 6 10"),
    "9 of a ring and a stem": (9, HABIT, "5 0 2 2 5 5 8 2 5 0 | 8 1 8 10"),
    "9 with a hook": (9, HABIT, "8 2 5 0 2 2 4 5 8 3 | 8 2 8 7 5 10 1 9"),
    "9 stem first": (9, HABIT, "8 0 8 5 7 10 | 8 1 4 0 1 3 4 5 8 4"),
}


def draw(way: str, rng: np.random.Generator) -> np.ndarray:
    """A drawing of that way as the networks take it, float32 (28, 28, 1)."""
    height = rng.uniform(90, 220)
    width = height * rng.uniform(0.5, 0.9)
    slant, brush = rng.normal(0.1, 0.15), rng.uniform(*BRUSHES)
    place = rng.uniform(brush, SIZE - height - brush, 2).clip(brush)
    strokes = []
    for points in _points(way):
        points = points + rng.normal(0, 0.35, points.shape)
        path = curve_through(points, pieces=12) + rng.normal(0, 0.25, 2)
        x = path[:, 0] * width / 10 + slant * (10 - path[:, 1]) * height / 10
        strokes.append(ink.Stroke(np.stack([x + place[0], path[:, 1] * height / 10 + place[1]], axis=1), brush))
    return ink.centre(ink.draw_strokes(strokes, size=SIZE)).image


def _points(way: str) -> Iterator[np.ndarray]:
    for stroke in WAYS[way][2].split("|"):
        yield np.array(stroke.split(), float).reshape(-1, 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", default=["cnn", "cnn-best"], help="recipe keys or folder names")
    parser.add_argument("--drawings", type=int, default=50, help="of each way (default 50)")
    given = parser.parse_args()
    rng = np.random.default_rng(0)
    images = {way: np.stack([draw(way, rng) for _ in range(given.drawings)]) for way in WAYS}
    networks = [serving.open_model(find_classifier(name)) for name in given.models]
    shares = {way: [_share(network, seen, WAYS[way][0]) for network in networks] for way, seen in images.items()}
    print(f"{'':24}" + "".join(f"{name:>24}" for name in given.models))
    for kind in (USUAL, HABIT):
        rows = {way: found for way, found in shares.items() if WAYS[way][1] == kind}
        for way, found in rows.items():
            print(f"{way:24}" + "".join(f"{share:24.1%}" for share in found))
        n = given.drawings * len(rows)
        print(
            f"{f'{kind}, n = {n:,}':24}"
            + "".join(f"{np.mean(each):24.2%}" for each in zip(*rows.values(), strict=True))
        )


def _share(network: serving.Network, images: np.ndarray, digit: int) -> float:
    return float((network.run(images).argmax(axis=1) == digit).mean())


if __name__ == "__main__":
    main()
