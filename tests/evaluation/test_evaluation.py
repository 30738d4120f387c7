import numpy as np
import pytest

from mnist_app import ExplorerError, InvalidInput, evaluation, noise
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
    assert counts.dtype == np.int64
    assert {(int(i), int(j)): int(counts[i, j]) for i, j in np.argwhere(counts)} == {
        (0, 0): 1, (1, 1): 1, (2, 1): 1, (2, 2): 1, (9, 2): 1,
    }  # fmt: skip


@pytest.mark.parametrize("kind", [np.uint8, np.uint64])
def test_labels_of_other_whole_types_do_too(kind):
    np.testing.assert_array_equal(
        evaluation.confusion(PROBABILITIES, LABELS.astype(kind)), evaluation.confusion(PROBABILITIES, LABELS)
    )


def test_a_guess_names_the_likeliest_digit():
    guess = evaluation.guesses(PROBABILITIES)[2]
    assert (guess.digit, guess.probability) == (1, pytest.approx(0.82))
    assert len(guess.probabilities) == 10
    assert evaluation.guesses(np.empty((0, 10))) == ()


JUDGES = [evaluation.accuracy, evaluation.confusion]


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("labels", [LABELS[:4], LABELS[:1], LABELS[:, None]])
def test_labels_of_other_images_are_refused(judge, labels):
    with pytest.raises(InvalidInput, match="expected"):
        judge(PROBABILITIES, labels)


@pytest.mark.parametrize("judge", JUDGES)
def test_no_images_have_no_accuracy(judge):
    with pytest.raises(InvalidInput):
        judge(PROBABILITIES[:0], LABELS[:0])


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("wrong", [-1, 10])
def test_labels_that_are_no_digits_are_refused(judge, wrong):
    with pytest.raises(InvalidInput, match=str(wrong)):
        judge(PROBABILITIES, np.array([0, 1, 2, 3, wrong]))
    with pytest.raises(InvalidInput, match="float64"):
        judge(PROBABILITIES, LABELS.astype(float))


@pytest.mark.parametrize("judge", [*JUDGES, lambda probabilities, _: evaluation.guesses(probabilities)])
@pytest.mark.parametrize(
    "wrong", [PROBABILITIES[:, :9], PROBABILITIES[..., None], np.where(np.eye(5, 10), np.nan, PROBABILITIES)]
)
def test_what_is_no_probabilities_is_refused(judge, wrong):
    with pytest.raises(InvalidInput, match="expected finite numbers"):
        judge(wrong, LABELS)


LEVELS = (0, 0.2, 0.4, 0.6, 0.8)
FAILURES = {
    # right at each level: the level of failure
    "never wrong": ("rrrrr", None),
    "wrong at once": ("wwwww", 0),
    "wrong from the middle": ("rrwww", 0.4),
    "wrong at the end": ("rrrrw", 0.8),
    "wrong, right again, wrong": ("rwrww", 0.6),
    "wrong, then right to the end": ("wwrrr", None),
    "right at the end alone": ("wwwwr", None),
    "right at the start alone": ("rwwww", 0.2),
    "every other": ("wrwrw", 0.8),
}


@pytest.mark.parametrize(("right", "expected"), FAILURES.values(), ids=FAILURES)
def test_a_guess_fails_where_it_is_wrong_there_and_above(right, expected):
    assert evaluation.failure_level(LEVELS, [letter == "r" for letter in right]) == expected


def test_failure_is_read_from_arrays_and_from_one_level_too():
    assert evaluation.failure_level(np.array(LEVELS), np.array([True, True, False, False, False])) == 0.4
    assert evaluation.failure_level([0.5], [True]) is None
    assert evaluation.failure_level([0.5], [False]) == 0.5
    assert evaluation.failure_level([], []) is None


def test_levels_and_answers_of_different_lengths_are_refused():
    for right in ([False] * 4, [False] * 6):
        with pytest.raises(ValueError, match=r"shorter|longer"):
            evaluation.failure_level(LEVELS, right)


DIGITS = np.array([0, 1, 2, 2, 9, 9, 9])
SHADES = (DIGITS / 10).astype(np.float32)[:, None, None, None] * np.ones((1, 28, 28, 1), np.float32)
"""Images of one grey each, which tells the digit."""


def dim(images, level):
    """At level 0.5 the images of 9 become those of 8; at level 1 all become those of 0."""
    return {0: images, 0.5: np.where(images > 0.85, np.float32(0.8), images), 1: np.zeros_like(images)}[level]


def read_shade(images):
    return np.eye(10)[np.round(images[:, 0, 0, 0] * 10).astype(int)]


def say_2(images):
    return np.eye(10)[np.full(len(images), 2)]


def noise_curves(**changes):
    given = {
        "levels": (0, 0.5, 1),
        "corrupt": dim,
        "denoise": lambda images: images,
        "classifiers": {"shade": read_shade, "two": say_2},
        "psnr": noise.psnr,
        "about": {"denoiser": "none", "kind": "by hand", "seed": 3},
    }
    return evaluation.noise_curves(SHADES, DIGITS, **given | changes)


def test_noise_curves_count_each_digit_at_each_level():
    curves = noise_curves()
    assert list(curves) == ["shade", "two"]
    counts = (1, 1, 2, 0, 0, 0, 0, 0, 0, 3)
    assert curves["shade"].correct == (counts, (1, 1, 2, 0, 0, 0, 0, 0, 0, 0), (1, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    assert curves["two"].correct == ((0, 0, 2, 0, 0, 0, 0, 0, 0, 0),) * 3
    for name, curve in curves.items():
        assert (curve.classifier, curve.denoiser, curve.kind, curve.seed) == (name, "none", "by hand", 3)
        assert (curve.levels, curve.counts, curve.files) == ((0, 0.5, 1), counts, {})
    assert [share.value for share in curves["shade"].accuracies] == pytest.approx([1, 4 / 7, 1 / 7])
    assert curves["shade"].accuracies[0].n == 7


def test_noise_curves_have_no_psnr_where_it_is_infinite():
    assert noise_curves()["shade"].psnr == (None, None, None), "one image is unchanged at each level"
    ratios = iter([np.array([10.0, 20.0]), np.array([10.0, np.inf]), np.array([3.0, 4.0])])
    assert noise_curves(psnr=lambda images, reference: next(ratios))["two"].psnr == (15.0, None, 3.5)


def test_psnr_is_of_the_cleaned_images_to_the_given_ones():
    seen = []

    def psnr(images, reference):
        seen.append((images, reference))
        return np.ones(len(images))

    noise_curves(denoise=lambda images: images * np.float32(0.5), psnr=psnr)
    for (cleaned, reference), level in zip(seen, (0, 0.5, 1), strict=True):
        np.testing.assert_array_equal(cleaned, dim(SHADES, level) * np.float32(0.5))
        np.testing.assert_array_equal(reference, SHADES)


def test_the_classifiers_see_what_the_denoiser_makes_of_the_noise():
    """A denoiser that makes every 8 a 9 again: nothing is lost at level 0.5."""
    mended = noise_curves(denoise=lambda images: np.where(np.isclose(images, 0.8), np.float32(0.9), images))
    assert [share.value for share in mended["shade"].accuracies] == pytest.approx([1, 1, 1 / 7])


def test_images_are_corrupted_and_denoised_once_a_level_whatever_the_classifiers():
    calls = {"corrupt": 0, "denoise": 0}

    def corrupt(images, level):
        calls["corrupt"] += 1
        return images

    def denoise(images):
        calls["denoise"] += 1
        return images

    noise_curves(corrupt=corrupt, denoise=denoise)
    assert calls == {"corrupt": 3, "denoise": 3}


def test_noise_curves_tell_the_share_that_is_done():
    shares = []
    noise_curves(watch=shares.append)
    assert shares == pytest.approx([1 / 3, 2 / 3, 1])


def test_a_denoiser_in_a_classifiers_place_is_a_named_error():
    with pytest.raises(ExplorerError, match=r"\(n, 10\)"):
        noise_curves(classifiers={"denoiser": lambda images: images})


def test_a_classifier_whose_weights_are_no_numbers_is_a_named_error():
    with pytest.raises(ExplorerError, match="NaN"):
        noise_curves(classifiers={"broken": lambda images: np.full((len(images), 10), np.nan)})
