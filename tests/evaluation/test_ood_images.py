"""Pictures that are no digits: always the same ones, of every kind, sized and centred as drawings are."""

import numpy as np
import pytest

from mnist_app.evaluation import ood_images
from mnist_app.evaluation.ood_images import CONTROL, KINDS, OUTLINES

EVERY = (*KINDS, CONTROL)


@pytest.mark.parametrize("kind", EVERY)
def test_pictures_are_what_networks_take(kind):
    images, names = ood_images.draw(kind, count=12)
    assert images.shape == (12, 28, 28, 1)
    assert images.dtype == np.float32
    assert images.min() == 0
    assert 0.5 < images.max() <= 1
    assert len(names) == 12
    for image in images[..., 0]:
        sides = [np.flatnonzero(image.any(axis=axis)) for axis in (0, 1)]
        assert max(np.ptp(side) + 1 for side in sides) in (19, 20), "scaled into 20 × 20"
    assert len({image.tobytes() for image in images}) == 12


@pytest.mark.parametrize("kind", ["letters", "noise"])
def test_the_same_seed_draws_the_same_and_the_first_are_the_same_for_any_count(kind):
    few, many = ood_images.draw(kind, count=2), ood_images.draw(kind, count=4)
    assert (few[0] == many[0][:2]).all()
    assert few[1] == many[1][:2]
    assert (ood_images.draw(kind, count=2, seed=1)[0] != few[0]).any()


@pytest.mark.parametrize(("kind", "outlines"), OUTLINES.items())
def test_each_letter_shape_and_digit_has_its_turn(kind, outlines):
    _, names = ood_images.draw(kind, count=len(outlines) + 1)
    assert names == (*outlines, next(iter(outlines)))


def test_scribbles_and_noise_are_of_several_kinds():
    for kind, expected in (("scribbles", {"knot", "strokes", "zigzag"}), ("noise", {"spots", "greys"})):
        assert set(ood_images.draw(kind, count=20)[1]) == expected
