"""Pictures of the training page: the colours of weights, and a course of guesses."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from mnist_app.store import FirstLayer
from mnist_app.ui.train import drawing, weights


def layer(kernels, epochs=None):
    kernels = np.asarray(kernels, np.float32)
    return FirstLayer(tuple(range(len(kernels))) if epochs is None else epochs, kernels)


def pixels(markup):
    """The picture as uint8 (rows, columns, 4)."""
    data = re.search(r'src="data:image/png;base64,([^"]*)"', markup)[1]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA"))


def test_weights_below_0_are_blue_above_0_red_and_0_is_white():
    kernels = np.zeros((1, 1, 3, 3))
    kernels[0, 0, 0] = -1, 0, 1
    row = pixels(weights.grid(layer(kernels), epoch=0))[0].astype(int)
    (blue, white, red) = row[:, :3]
    assert blue[2] > blue[0] + 80
    assert red[0] > red[2] + 80
    assert white.min() > 240
    assert white.max() - white.min() <= 2
    assert (row[:, 3] == 255).all()


def test_the_grid_has_a_place_for_each_unit_and_nothing_in_between():
    kernels = np.random.default_rng(0).normal(size=(1, 36, 28, 28))
    shown = pixels(weights.grid(layer(kernels), epoch=0))
    assert shown.shape == (4 * 29 - 1, 9 * 29 - 1, 4)
    assert (shown[28, :, 3] == 0).all()
    assert (shown[:, 28, 3] == 0).all()
    second = shown[:28, 29:57, :3].astype(int)
    assert ((second[..., 0] > second[..., 2]) == (kernels[0, 1] > 0))[np.abs(kernels[0, 1]) > 0.1].all()


def test_all_epochs_have_one_scale():
    kernels = np.stack([np.full((4, 5, 5), 0.1), np.full((4, 5, 5), 1.0)])
    early, late = (pixels(weights.grid(layer(kernels), epoch=epoch))[0, 0, :3].astype(int) for epoch in (0, 1))
    assert early[1] > 200, "nearly white"
    assert late[1] < 60


@pytest.mark.parametrize(
    ("epoch", "when"), [(0, "before training"), (3, "after epoch 2"), (4, "after epoch 4"), (9, "after epoch 4")]
)
def test_the_last_snapshot_up_to_an_epoch_is_shown_and_named(epoch, when):
    markup = weights.grid(layer(np.ones((3, 6, 5, 5)), (0, 2, 4)), epoch=epoch)
    assert f'alt="6 filters of 5 × 5 of the first layer, {when}"' in markup


def test_weights_that_are_all_0_are_white():
    assert (pixels(weights.grid(layer(np.zeros((1, 1, 3, 3))), epoch=0))[..., :3] > 240).all()


@pytest.mark.parametrize("count", [1, 2, drawing.MOMENTS, drawing.MOMENTS + 1, 1000])
def test_a_course_of_guesses_has_its_ends_and_is_never_too_long(count):
    seen = list(range(count))
    kept = drawing.thin(seen)
    assert (kept[0], kept[-1]) == (0, count - 1)
    assert len(kept) == min(count, drawing.MOMENTS)
    assert kept == sorted(set(kept))


def test_a_course_says_each_guess_and_how_sure_it_was():
    rows = [(100, [0.6, 0.4, *[0.0] * 8]), (200, [0.0, 1.0, *[0.0] * 8])]
    markup = drawing.course(rows)
    assert 'aria-label="Guesses from batch 100 to batch 200: 0, 1"' in markup
    assert 'title="Batch 100: 0, 60.0%"' in markup
    assert 'title="Batch 200: 1, &gt; 99.9%"' in markup or "99.9%" in markup
