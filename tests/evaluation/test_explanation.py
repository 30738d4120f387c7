"""Explanations from outside, of networks whose answers are known."""

import numpy as np
import pytest

from mnist_app.evaluation import explanation


def one_pixel(images):
    """Logits of a network that looks at one pixel: white is a 3, black a 5."""
    logits = np.zeros((len(images), 10))
    logits[:, 3] = 8 * images[:, 10, 12, 0]
    logits[:, 5] = 4
    return logits


@pytest.fixture
def image():
    image = np.zeros((28, 28, 1), np.float32)
    image[8:20, 11:14] = 1
    return image


def test_occlusion_finds_the_ink_that_matters(image):
    fall, darkest = explanation.occlude(one_pixel, image, 3)
    assert set(zip(*np.nonzero(fall), strict=True)) <= {(row, col) for row in range(6, 15) for col in range(8, 17)}
    assert fall.argmax() // 28 in range(8, 13)
    assert darkest[10, 12] == 0
    assert darkest.sum() < image.sum()
    # The full change, where all squares over a pixel cover the one that counts.
    whole, without = explanation.log_odds(one_pixel(np.stack([image, np.zeros_like(image)])), 3)
    assert np.isclose(fall.max(), whole - without)


def test_without_ink_nothing_matters(image):
    assert not explanation.occlude(one_pixel, np.zeros_like(image), 5)[0].any()


def test_the_one_pixel_that_changes_the_guess_is_found(image):
    changed = explanation.change_guess(one_pixel, image)
    assert list(zip(*np.nonzero(changed[..., 0] != image[..., 0]), strict=True)) == [(10, 12)]
    assert explanation.change_guess(lambda images: np.tile(np.arange(10.0), (len(images), 1)), image) is None


def test_pixels_that_are_not_needed_are_put_back(image):
    def logits(images):
        """The pixel that alone brings the 2 nearest is not needed beside the two others together."""
        first, second, third = images[:, 0, :3, 0].T
        evidence = 2 * first + 1.9 * second + 1.8 * third + 3 * second * third
        return np.stack([np.zeros(len(images)), np.full(len(images), 4.2), evidence], axis=1)

    changed = explanation.change_guess(logits, np.zeros_like(image))
    assert changed[0, :3, 0].tolist() == [0, 1, 1]
    assert changed.sum() == 2


def test_the_nearest_come_first_and_peaks_say_where():
    features = np.array([[0, 3], [1, 0], [5, 5]], np.float16)
    found, distances = explanation.nearest(features, np.zeros(2, np.float32), count=2)
    assert found.tolist() == [1, 0]
    assert distances.tolist() == [1, 3]
    maps = np.zeros((1, 2, 3, 2), np.float32)
    maps[0, 1, 2, 1] = 7
    assert explanation.peaks(maps)[0].tolist() == [[0, 0], [7, 5]]
