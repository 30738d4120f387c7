"""Pictures of the Train page: the colours of weights, and the guesses since the start."""

import re

import numpy as np
import pytest

from mnist_app.store import Snapshots
from mnist_app.ui.train import pictures
from tests import drawings
from tests.ui.test_ui_html import Page


def grid(kernels, epochs=None, *, epoch=0):
    kernels = np.asarray(kernels, np.float32)
    return pictures.grid(Snapshots(epochs or tuple(range(len(kernels))), kernels), epoch=epoch)


def pixels(markup):
    """The picture, int (rows, columns, 3)."""
    source = re.search(r'src="([^"]*)"', markup)[1]
    return drawings.decoded(source, "RGB").astype(int)


def test_weights_below_0_are_blue_above_0_red_and_0_is_white():
    kernels = np.zeros((1, 1, 3, 3))
    kernels[0, 0, 0] = -1, 0, 1
    blue, white, red = pixels(grid(kernels))[0]
    assert blue[2] > blue[0] + 80
    assert red[0] > red[2] + 80
    assert white.min() > 240


def test_the_grid_has_a_place_for_each_unit():
    kernels = np.random.default_rng(0).normal(size=(1, 36, 28, 28))
    shown = pixels(grid(kernels))
    assert shown.shape == (4 * 29 - 1, 9 * 29 - 1, 3)
    second = shown[:28, 29:57]
    assert ((second[..., 0] > second[..., 2]) == (kernels[0, 1] > 0))[np.abs(kernels[0, 1]) > 0.1].all()


def test_all_epochs_have_one_scale():
    kernels = np.stack([np.full((4, 5, 5), 0.1), np.full((4, 5, 5), 1.0)])
    early, late = (pixels(grid(kernels, epoch=epoch))[0, 0] for epoch in (0, 1))
    assert early[1] > 200, "nearly white"
    assert late[1] < 60


@pytest.mark.parametrize(("epoch", "when"), [(0, "before training"), (3, "after epoch 2")])
def test_the_last_snapshot_up_to_an_epoch_is_shown_and_named(epoch, when):
    markup = grid(np.ones((3, 6, 5, 5)), (0, 2, 4), epoch=epoch)
    assert f'alt="6 filters of 5 × 5 of the first layer, {when}"' in markup


@pytest.mark.parametrize("count", [1, 1000])
def test_the_guesses_since_the_start_are_the_first_the_last_and_a_few_between(count):
    row = Page(pictures.course([(100 * (at + 1), [0.6, 0.4, *[0.0] * 8]) for at in range(count)]))
    shown = row.all("span")
    assert len(shown) == min(count, 16)
    assert shown[0]["title"] == "Batch 100: 0, 60.0%"
    assert shown[-1]["title"] == f"Batch {100 * count:,}: 0, 60.0%"
