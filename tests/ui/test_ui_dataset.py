"""Which digits pages use, and what they say of it."""

import numpy as np
import pytest

from mnist_app import data
from mnist_app.data import generated
from mnist_app.evaluation.results import GENERATED, MNIST
from mnist_app.ui import dataset

pytestmark = pytest.mark.usefixtures("fresh_caches")


def test_mnist_is_used_where_it_is_unless_generated_digits_are_asked_for(generated_digits, small_mnist, monkeypatch):
    found = dataset.test_digits()
    assert (dataset.name(), found.data) == (MNIST, MNIST)
    np.testing.assert_array_equal(found.images, data.as_images(small_mnist["x_test"]))
    np.testing.assert_array_equal(found.labels, small_mnist["y_test"])
    assert (dataset.on(found.data), dataset.of(found.data)) == ("", "")
    monkeypatch.setenv(data.PATH_VARIABLE, "generated")
    assert dataset.test_digits().data == GENERATED


def test_without_mnist_digits_are_generated_once_for_all(generated_digits):
    found = dataset.test_digits()
    assert (dataset.name(), found.data) == (GENERATED, GENERATED)
    assert (found.images.shape, found.images.dtype, len(found.labels)) == ((100, 28, 28, 1), np.float32, 100)
    assert not found.images.flags.writeable
    assert (dataset.on(found.data), dataset.of(found.data)) == (" on generated digits", " of the generated digits")
    assert dataset.test_digits() is found
    assert len(generated_digits) == 1


@pytest.mark.parametrize("variable", ["/nowhere/mnist.npz", "generated", None])
def test_without_a_decoder_or_with_a_wrong_path_there_are_none(generated_digits, monkeypatch, variable):
    if variable == "/nowhere/mnist.npz":
        monkeypatch.setenv(data.PATH_VARIABLE, variable)
    else:
        monkeypatch.setattr(generated, "decoder", lambda: None)
        monkeypatch.setenv(data.PATH_VARIABLE, variable or "")
    assert dataset.name() is None
    assert dataset.test_digits() is None
    assert not generated_digits
