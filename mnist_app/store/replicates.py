"""Replicates on disk: trainings of which only the curves are kept, one small JSON file each, no weights.

A sweep trains the same few recipes with several seeds; its statistics need the histories alone.
"""

import contextlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from mnist_app.evaluation.results import History, check_data
from mnist_app.recipes import Recipe
from mnist_app.store import files, values
from mnist_app.store.cards import name_of
from mnist_app.store.drafts import now, versions

FOLDER = "replicates"
FORMAT = 1

_DIGITS = 6  # significant ones: an accuracy on 60,000 images has five, and the files stay small


@dataclass(frozen=True)
class Replicate:
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
    seed: int
    history: History
    seconds: float
    data: str
    finished: str = field(default_factory=now)
    versions: Mapping[str, str] = field(default_factory=versions)

    @property
    def name(self) -> str:
        """What the model of this recipe and seed, trained on that data, would be called."""
        return name_of(self.recipe, self.seed, data=self.data)

    def to_json(self) -> dict[str, object]:
        """Plain JSON values; `from_json` gives the replicate back, its history rounded to six significant digits."""
        history = self.history.to_json()
        for part in ("epochs", "batches"):
            history[part] = {name: [_short(value) for value in column] for name, column in history[part].items()}
        return {
            "format": FORMAT,
            "recipe": msgspec.to_builtins(self.recipe),
            "seed": self.seed,
            "seconds": round(self.seconds, 1),
            "data": self.data,
            "finished": self.finished,
            "versions": dict(self.versions),
            "history": history,
        }

    @classmethod
    def from_json(cls, plain: Mapping) -> "Replicate":
        """Raises KeyError, TypeError, ValueError, AttributeError or an ExplorerError when this is no replicate."""
        if plain["format"] != FORMAT:
            raise ValueError(f"replicate format {plain['format']!r:.40}, not {FORMAT}")
        return cls(
            recipe=values.recipe(plain, "recipe"),
            seed=values.whole(plain, "seed"),
            history=History.from_json(plain["history"]),
            seconds=values.number(plain, "seconds"),
            data=check_data(plain["data"]),
            finished=values.text(plain, "finished"),
            versions=values.texts(plain, "versions"),
        )


def write(replicate: Replicate, home: Path) -> Path:
    """Write the replicate whole, by a rename, and return its path. Raises OSError."""
    plain = replicate.to_json()
    Replicate.from_json(plain)  # what could not be read again is not written
    content = json.dumps(plain, separators=(",", ":"), allow_nan=False) + "\n"
    target = home / FOLDER / f"{replicate.name}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    with files.replacing(target) as partial:
        partial.write_text(content, "utf-8")
    return target


def read_all(homes: Iterable[Path]) -> tuple[Replicate, ...]:
    """Every readable replicate in the order of the names, of one name that of the first home; damaged ones left out."""
    found: dict[str, Replicate] = {}
    for path in _paths(homes):
        with contextlib.suppress(*values.UNREADABLE):
            replicate = Replicate.from_json(json.loads(path.read_text("utf-8")))
            if replicate.name == path.stem:
                found.setdefault(replicate.name, replicate)
    return tuple(found[name] for name in sorted(found))


def stamps(homes: Iterable[Path]) -> list[tuple[str, tuple[int, int]]]:
    """A cheap summary that changes whenever a replicate is added or changed."""
    return files.stamps(_paths(homes))


def _paths(homes: Iterable[Path]) -> list[Path]:
    inside = [path for home in homes for path in sorted((home / FOLDER).glob("*.json"))]
    return [path for path in inside if not path.name.startswith(".")]


def _short(value: float | None) -> float | int | None:
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value
