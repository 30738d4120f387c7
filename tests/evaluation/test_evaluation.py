import numpy as np
import pytest

from mnist_app import evaluation, noise
from mnist_app.evaluation.results import Proportion

LABELS = np.array([0, 1, 2, 2, 9])
SAID = np.array([0, 1, 1, 2, 2])
PROBABILITIES = np.full((5, 10), 0.02, np.float32)
PROBABILITIES[np.arange(5), SAID] = 0.82


def test_accuracy_is_the_share_of_right_answers():
    assert evaluation.accuracy(PROBABILITIES, LABELS) == Proportion(0.6, 5)


def test_confusion_counts_labels_in_rows_and_answers_in_columns():
    counts = evaluation.confusion(PROBABILITIES, LABELS)
    assert counts.shape == (10, 10)
    assert {(int(i), int(j)): int(counts[i, j]) for i, j in np.argwhere(counts)} == {
        (0, 0): 1, (1, 1): 1, (2, 1): 1, (2, 2): 1, (9, 2): 1,
    }  # fmt: skip


def test_a_guess_names_the_likeliest_digit():
    guess = evaluation.guesses(PROBABILITIES)[2]
    assert (guess.digit, guess.probability) == (1, pytest.approx(0.82))
    assert len(guess.probabilities) == 10


LEVELS = (0, 0.2, 0.4, 0.6, 0.8)
FAILURES = {
    # right at each level: the level of failure
    "wrong at once": ("wwwww", 0),
    "wrong from the middle": ("rrwww", 0.4),
    "wrong, right again, wrong": ("rwrww", 0.6),
    "wrong, then right to the end": ("wwrrr", None),
}


@pytest.mark.parametrize(("right", "expected"), FAILURES.values(), ids=FAILURES)
def test_a_guess_fails_where_it_is_wrong_there_and_above(right, expected):
    assert evaluation.failure_level(LEVELS, [letter == "r" for letter in right]) == expected


DIGITS = np.array([0, 1, 2, 2, 9, 9, 9])
SHADES = (DIGITS / 10).astype(np.float32)[:, None, None, None] * np.ones((1, 28, 28, 1), np.float32)
"""Images of one grey each, which tells the digit."""


def dim(images, *, level, seed):
    """At level 0.5 the images of 9 become those of 8; at level 1 all become those of 0."""
    return {0: images, 0.5: np.where(images > 0.85, np.float32(0.8), images), 1: np.zeros_like(images)}[level]


def read_shade(images):
    return np.eye(10)[np.round(images[:, 0, 0, 0] * 10).astype(int)]


def say_2(images):
    return np.eye(10)[np.full(len(images), 2)]


@pytest.fixture(autouse=True)
def _dimmed(monkeypatch):
    monkeypatch.setattr(noise, "corrupt", dim)


def noise_curves(denoise=lambda images: images):
    classifiers, metadata = {"shade": read_shade, "two": say_2}, {"denoiser": "none"}
    given = {"levels": (0, 0.5, 1), "seed": 3, "classifiers": classifiers, "metadata": metadata}
    return evaluation.noise_curves(SHADES, DIGITS, denoise=denoise, **given)


def test_noise_curves_count_each_digit_at_each_level():
    curves = noise_curves()
    assert list(curves) == ["shade", "two"]
    counts = (1, 1, 2, 0, 0, 0, 0, 0, 0, 3)
    assert curves["shade"].correct == (counts, (1, 1, 2, 0, 0, 0, 0, 0, 0, 0), (1, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    assert curves["two"].correct == ((0, 0, 2, 0, 0, 0, 0, 0, 0, 0),) * 3
    for name, curve in curves.items():
        assert (curve.classifier, curve.denoiser, curve.kind, curve.seed) == (name, "none", "salt-and-pepper", 3)
        assert (curve.levels, curve.counts, curve.files) == ((0, 0.5, 1), counts, {})
    assert [share.value for share in curves["shade"].accuracies] == pytest.approx([1, 4 / 7, 1 / 7])
    assert curves["shade"].accuracies[0].n == 7


def test_noise_curves_have_no_psnr_where_it_is_infinite(monkeypatch):
    assert noise_curves()["shade"].psnr == (None, None, None), "one image is unchanged at each level"
    ratios = iter([np.array([10.0, 20.0]), np.array([10.0, np.inf]), np.array([3.0, 4.0])])
    monkeypatch.setattr(noise, "psnr", lambda images, reference: next(ratios))
    assert noise_curves()["two"].psnr == (15.0, None, 3.5)


def test_the_classifiers_see_what_the_denoiser_makes_of_the_noise():
    """A denoiser that makes every 8 a 9 again: nothing is lost at level 0.5."""
    mended = noise_curves(lambda images: np.where(np.isclose(images, 0.8), np.float32(0.9), images))
    assert [share.value for share in mended["shade"].accuracies] == pytest.approx([1, 1, 1 / 7])
