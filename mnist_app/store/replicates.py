"""A training of which the curves alone are kept, without weights: the statistics of a sweep need no more."""

import msgspec
from msgspec import Struct, field

from mnist_app.evaluation.results import Count, DataName, History
from mnist_app.recipes import Recipe
from mnist_app.store.cards import Seconds, name_of, now, versions

_DIGITS = 6  # significant ones: an accuracy on 60,000 images has five, and the files stay small


class Replicate(Struct, frozen=True):
    """One training of a sweep.

    Attributes:
        recipe, seed: what was trained.
        history: its curves; a stored one has numbers of six significant digits.
        seconds: how long the training took, wall clock.
        data: name of the data it was trained on.
        finished: when, UTC, ISO 8601; now, where it is not given.
        versions: of Python and the packages that matter; those here, where they are not given.
    """

    recipe: Recipe
    seed: Count
    history: History
    seconds: Seconds
    data: DataName
    finished: str = field(default_factory=now)
    versions: dict[str, str] = field(default_factory=versions)

    @property
    def name(self) -> str:
        """What the model of this recipe and seed, trained on that data, would be called."""
        return name_of(self.recipe, self.seed, data=self.data)

    def rounded(self) -> "Replicate":
        """As it is stored."""
        epochs, batches = (
            tuple(type(row)(*map(_rounded, msgspec.structs.astuple(row))) for row in rows)
            for rows in (self.history.epochs, self.history.batches)
        )
        history = History(epochs, batches, self.history.validation)
        return msgspec.structs.replace(self, history=history, seconds=round(self.seconds, 1))


def _rounded(value: float | None) -> float | None:
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value
