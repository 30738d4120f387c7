import numpy as np
import pytest

from mnist_app import evaluation
from mnist_app.evaluation import InvalidLabels, InvalidProbabilities, ShapesDiffer
from mnist_app.results import Proportion

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
    with pytest.raises(ShapesDiffer, match="expected"):
        judge(PROBABILITIES, labels)


@pytest.mark.parametrize("judge", JUDGES)
def test_no_images_have_no_accuracy(judge):
    with pytest.raises(ShapesDiffer):
        judge(PROBABILITIES[:0], LABELS[:0])


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("wrong", [-1, 10])
def test_labels_that_are_no_digits_are_refused(judge, wrong):
    with pytest.raises(InvalidLabels, match=str(wrong)):
        judge(PROBABILITIES, np.array([0, 1, 2, 3, wrong]))
    with pytest.raises(InvalidLabels, match="float64"):
        judge(PROBABILITIES, LABELS.astype(float))


@pytest.mark.parametrize("judge", [*JUDGES, lambda probabilities, _: evaluation.guesses(probabilities)])
@pytest.mark.parametrize(
    "wrong", [PROBABILITIES[:, :9], PROBABILITIES[..., None], np.where(np.eye(5, 10), np.nan, PROBABILITIES)]
)
def test_what_is_no_probabilities_is_refused(judge, wrong):
    with pytest.raises(InvalidProbabilities, match="expected finite numbers"):
        judge(wrong, LABELS)
