"""The game: balanced, seeded, silent until the end, and scored level by level."""

from collections import Counter

import pytest

from mnist_app.evaluation import game
from mnist_app.evaluation.game import Game, Round, Scores
from mnist_app.evaluation.results import Proportion

THREE = Game((Round(5, 0.9), Round(7, 0.2), Round(9, 0.9)), seed=1)


def play(played: Game, *digits: int) -> Game:
    for digit in digits:
        played = played.answered(digit, turn=played.turn)
    return played


def test_every_level_comes_as_often_and_no_image_twice_as_the_seed_says():
    played = game.new_game(images=10_000, seed=3, per_level=3)
    assert Counter(each.level for each in played.rounds) == dict.fromkeys(game.LEVELS, 3)
    numbers = [each.image for each in played.rounds]
    assert len(set(numbers)) == len(numbers) == 24
    assert all(0 <= number < 10_000 for number in numbers)
    assert game.new_game(images=100, seed=3) == game.new_game(images=100, seed=3)
    assert game.new_game(images=100, seed=3).rounds != game.new_game(images=100, seed=4).rounds


def test_answers_lead_through_the_rounds_to_the_end():
    assert (THREE.turn, THREE.over, THREE.now) == (0, False, Round(5, 0.9))
    one = play(THREE, 4)
    assert (one.turn, one.over, one.now) == (1, False, Round(7, 0.2))
    done = play(one, 0, 9)
    assert (done.turn, done.over, done.answers) == (3, True, (4, 0, 9))
    assert THREE.answers == (), "a game is never changed"


def test_a_key_pressed_twice_answers_once():
    one = THREE.answered(4, turn=0)
    assert one.answered(4, turn=0) is one
    done = play(THREE, 1, 2, 3)
    assert done.answered(4, turn=3) is done


def test_scores_are_shares_level_by_level():
    given = game.scores(THREE, (1, 2, 3), (1, 2, 4))
    assert given == Scores((0.2, 0.9), (Proportion(1.0, 1), Proportion(0.5, 2)))
    assert given.total == Proportion(2 / 3, 3)


@pytest.mark.parametrize(
    ("values", "level"),
    [
        ((1.0, 0.5, 0.0), 0.4),
        ((1.0, 0.0, 0.5), None),  # read again at a higher level: not lost
        ((1.0, 1.0, 1.0), None),
    ],
)
def test_the_level_from_which_nothing_is_read_any_more(values, level):
    assert Scores((0.2, 0.3, 0.4), tuple(Proportion(value, 4) for value in values)).lost_from == level


def test_the_outcome_says_counts_intervals_and_the_level():
    yours = Scores((0.2, 0.9), (Proportion(1.0, 4), Proportion(0.25, 4)))
    text = game.outcome(yours, {"CNN, Median 3×3": Scores((0.2, 0.9), (Proportion(1.0, 4), Proportion(1.0, 4)))})
    assert "You read 5 of 8, 62.5% (95% interval 30.6% to 86.3%)" in text
    assert "CNN, Median 3×3: 8 of 8, 100.0% (95% interval 67.6% to 100.0%)" in text
    assert "From level 0.9 up you read fewer than half" in text
    assert "with 4 digits at each level" in text
    assert "At the highest level, 0.9, you still read" in game.outcome(Scores((0.9,), (Proportion(0.5, 4),)), {})
