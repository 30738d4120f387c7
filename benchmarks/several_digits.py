"""How well `ink.find_digits` tells one digit from several, on real digits of the test set.

    python -m benchmarks.several_digits

Single digits, enlarged to a canvas, that fall apart; and of numbers of 4 or 5 digits, sizes and heights a little
different, the share whose digits are all found, and that the most accurate network reads wholly right, also one by one.
"""

import numpy as np
from PIL import Image

from mnist_app import data, ink, serving, store

SIDE, NUMBERS = 100, 2000  # pixels of a digit's side; numbers of several digits


def enlarged(pixels: np.ndarray, scale: float) -> np.ndarray:
    size = [max(1, round(scale * length)) for length in pixels.shape[::-1]]
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC), np.float32) / 255


def pasted(digits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The digits in a line, with gaps of a tenth to four tenths of a digit's side."""
    line, x = np.zeros((3 * SIDE, 3 * SIDE * len(digits)), np.float32), SIDE // 2
    for digit in digits:
        rows, columns = digit.any(axis=1).nonzero()[0], digit.any(axis=0).nonzero()[0]
        cropped = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        large = enlarged(cropped, SIDE / 20 * rng.uniform(0.85, 1.15))
        y = SIDE // 2 + int(SIDE * rng.uniform(-0.1, 0.1))
        line[y : y + large.shape[0], x : x + large.shape[1]] = large
        x += large.shape[1] + round(SIDE * rng.uniform(0.1, 0.4))
    return line[:, : x + SIDE // 2]


def main() -> None:
    mnist, rng = data.load(), np.random.default_rng(0)
    images, labels = mnist.test_images, mnist.test_labels
    served = [each for each in store.list_models().models if each.served and each.card.recipe.task == "classify"]
    network = serving.open_model(max(served, key=lambda each: each.card.test.value))

    apart = [len(np.concatenate(ink.find_digits(enlarged(each, 10)))) > 1 for each in images]
    print(f"{mnist.name}: {sum(apart)} of {len(apart)} single digits fall apart")
    found = right = alone = 0
    for _ in range(NUMBERS):
        chosen = rng.integers(0, len(images), rng.integers(4, 6))
        rows = ink.find_digits(pasted(images[chosen], rng))
        alone += (network.run(data.as_images(images[chosen])).argmax(1) == labels[chosen]).all()
        if [len(row) for row in rows] == [len(chosen)]:
            found += 1
            right += (network.run(np.stack([digit.image for digit in rows[0]])).argmax(1) == labels[chosen]).all()
    shares = (f"{each / NUMBERS:.1%}" for each in (found, right, alone))
    print("{} of the numbers have their digits found, {} are read, {} are read one by one".format(*shares))


if __name__ == "__main__":
    main()
