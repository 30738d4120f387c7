"""A game of reading noisy digits: which images at which hidden levels, what was answered, and the score."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mnist_app.evaluation import failure_level
from mnist_app.evaluation.results import Proportion

LEVELS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Round:
    image: int
    level: float


@dataclass(frozen=True)
class Game:
    """The rounds in the order of play, and the digits answered so far; None where the player gave up, which ends it.

    Nothing in it tells what is right.
    """

    rounds: tuple[Round, ...]
    seed: int
    answers: tuple[int | None, ...] = ()

    @property
    def turn(self) -> int:
        return len(self.answers)

    @property
    def over(self) -> bool:
        return self.turn == len(self.rounds)

    @property
    def now(self) -> Round:
        """The round to be answered, while the game is not over."""
        return self.rounds[self.turn]

    def answered(self, digit: int, *, turn: int) -> "Game":
        """The game after this answer; unchanged if `turn` is answered already, as by a key that is pressed twice."""
        if self.over or turn != self.turn:
            return self
        return replace(self, answers=(*self.answers, digit))

    def given_up(self) -> "Game":
        """The game that ends with this round, which has no answer."""
        shown = self.rounds[: self.turn + 1]
        return replace(self, rounds=shown, answers=(*self.answers, None)[: len(shown)])


@dataclass(frozen=True)
class Scores:
    """The share that someone read rightly at each level, from the lowest."""

    levels: tuple[float, ...]
    shares: tuple[Proportion, ...]

    @property
    def total(self) -> Proportion:
        n = sum(share.n for share in self.shares)
        return Proportion(round(sum(share.value * share.n for share in self.shares)) / n, n)

    @property
    def lost_from(self) -> float | None:
        """The lowest level from which fewer than half were read, there and at every higher one; None: at no level."""
        return failure_level(self.levels, [share.value >= 0.5 for share in self.shares])


def new_game(*, images: int, seed: int, per_level: int = 3, levels: Sequence[float] = LEVELS) -> Game:
    """A game of shuffled rounds, `per_level` at each level, each with another image; the noise has its seed, too."""
    rng = np.random.default_rng(seed)
    indices = rng.choice(images, per_level * len(levels), replace=False).tolist()
    shuffled = rng.permutation(np.repeat(levels, per_level)).tolist()
    return Game(tuple(map(Round, indices, shuffled)), seed)


def scores(game: Game, answers: Sequence[int], labels: Sequence[int]) -> Scores:
    """What a player's or a network's answers are worth. Answers and labels are in the order of play."""
    right = np.asarray(answers) == np.asarray(labels)
    of_round = np.array([each.level for each in game.rounds])
    levels = tuple(np.unique(of_round).tolist())
    groups = [right[of_round == level] for level in levels]
    return Scores(levels, tuple(Proportion(float(group.mean()), len(group)) for group in groups))


def pool(every: Iterable[Scores]) -> Scores:
    """All images of several players together."""
    counts: dict[float, np.ndarray] = {}
    for each in every:
        for level, share in zip(each.levels, each.shares, strict=True):
            counts[level] = counts.get(level, 0) + np.array([round(share.value * share.n), share.n])
    levels = tuple(sorted(counts))
    right_of = (counts[level].tolist() for level in levels)
    return Scores(levels, tuple(Proportion(right / n, n) for right, n in right_of))


def outcome(yours: Scores, others: Mapping[str, Scores]) -> str:
    """A game's result as Markdown: what was read, from which level on it was not, and how sure that is."""
    level = yours.lost_from
    if level is None:
        lost = f"At the highest level, {yours.levels[-1]:g}, you still read at least half of the digits."
    else:
        lost = f"From level {level:g} up you read fewer than half of the digits: there you could no longer read them."
    n = max(share.n for share in yours.shares)
    lines = [f"**You read {_scored(yours)}.** {lost}", *(f"{name}: {_scored(each)}." for name, each in others.items())]
    return "\n".join(f"- {line}" for line in lines) + (
        f"\n\nThat level is a rough figure: with {n} digits at each level, one more or one fewer can move it by a step "
        "or two. The bars in the figure show how wide the 95% intervals are. They shrink with more digits: put the "
        "answers of the whole class together."
    )


def _scored(scores: Scores) -> str:
    share, (low, high) = scores.total, scores.total.interval
    right = round(share.value * share.n)
    return f"{right} of {share.n}, {share.value:.1%} (95% interval {low:.1%} to {high:.1%})"
