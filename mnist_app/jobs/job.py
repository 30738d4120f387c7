"""A job as frozen data: what was ordered, what has become of it, and where its training is."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import msgspec

from mnist_app import recipes
from mnist_app.evaluation.results import MNIST, DataName, History
from mnist_app.evaluation.sweep import Order
from mnist_app.recipes import Recipe

STATUSES = ("waiting", "running", "stopped", "keeping", "failed", "finished")
ENDED = ("stopped", "failed", "finished")
KINDS = ("train", "sweep")

IDENTIFIER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.generated)?")
PERSON = re.compile(r"[a-z0-9]{8,32}|command-line")
"""An owner or a viewer: the random text of a browser's session, or the command line."""


@dataclass(frozen=True)
class Position:
    """Where a training is: epoch and step count from 1, `steps` are an epoch's.

    `seconds` is the time trained so far, waiting left out; `left` is what is expected to be left of it.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    seconds: float
    left: float

    @property
    def fraction(self) -> float:
        """Share of the whole training that is done, in [0, 1]."""
        return min(1.0, ((self.epoch - 1) * self.steps + self.step) / (self.epochs * self.steps))


@dataclass(frozen=True)
class Ticket:
    """What was ordered; it never changes. `ordered` in seconds since 1970, `expected` in seconds of training.

    `data` names what is trained on: a job that goes on elsewhere goes on with the same digits, or not at all.
    """

    id: str
    kind: str
    recipe: Recipe
    seed: int
    owner: str
    ordered: float
    expected: float
    sweep: Order | None = None
    data: str = MNIST

    def to_json(self) -> dict[str, object]:
        """Plain JSON values; `from_json` gives the ticket back."""
        plain = {name: getattr(self, name) for name in ("id", "kind", "seed", "owner", "ordered", "expected", "data")}
        return {**plain, "recipe": msgspec.to_builtins(self.recipe), "sweep": msgspec.to_builtins(self.sweep)}

    @classmethod
    def from_json(cls, plain: Mapping) -> "Ticket":
        """Raises KeyError, TypeError, ValueError or an ExplorerError when the values are no ticket's."""
        if plain["kind"] not in KINDS or not IDENTIFIER.fullmatch(plain["id"]):
            raise ValueError("no ticket")
        return cls(
            plain["id"],
            plain["kind"],
            msgspec.convert(plain["recipe"], Recipe),
            recipes.check_seed(plain["seed"]),
            str(plain["owner"]),
            float(plain["ordered"]),
            float(plain["expected"]),
            msgspec.convert(plain["sweep"], Order | None),
            msgspec.convert(plain.get("data", MNIST), DataName),
        )


@dataclass(frozen=True)
class State:
    """What has become of a job. Each taking of it by a worker has its own `attempt`, counted from 1.

    Attributes:
        status: one of STATUSES.
        queued: its place in the queue, in seconds since 1970; it stays when a worker is lost.
        worker: who has it; empty while nobody does.
        error: one sentence, where it failed.
        model: name of the stored model, where it finished.
        ended: when it ended, in seconds since 1970.
        losses: how many workers were lost while they trained it, since a person last asked for it.
    """

    status: str
    attempt: int = 1
    queued: float = 0.0
    worker: str = ""
    error: str = ""
    model: str = ""
    ended: float | None = None
    losses: int = 0

    def to_json(self) -> dict[str, object]:
        """Plain JSON values; `from_json` gives the state back."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping) -> "State":
        """Raises TypeError or ValueError when the values are no state's."""
        state = cls(**plain)
        if state.status not in STATUSES or type(state.attempt) is not int:
            raise ValueError("no state")
        return state


@dataclass(frozen=True)
class Course:
    """How a training has gone so far; `done` are the names of a sweep's replicates that are stored."""

    position: Position | None
    history: History
    done: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Plain JSON values; `from_json` gives the course back."""
        position = asdict(self.position) if self.position else None
        return {"position": position, "history": msgspec.to_builtins(self.history), "done": list(self.done)}

    @classmethod
    def from_json(cls, plain: Mapping) -> "Course":
        """Raises KeyError, TypeError or ValueError when the values are no course's."""
        position = Position(**plain["position"]) if plain["position"] else None
        return cls(position, msgspec.convert(plain["history"], History), tuple(map(str, plain["done"])))

    def up_to_the_last_epoch(self) -> "Course":
        """Without what was trained of an epoch that did not end."""
        completed, position = len(self.history.epochs), self.position
        if not position:
            return self
        batches = tuple(mark for mark in self.history.batches if mark.batch <= completed * position.steps)
        if position.epoch > completed:
            position = replace(position, epoch=completed, step=position.steps) if completed else None
        return replace(self, position=position, history=msgspec.structs.replace(self.history, batches=batches))


@dataclass(frozen=True)
class Job:
    """A training or a sweep that was ordered, as it is now.

    Attributes:
        id: name of its folder; of a training the name that its model will have.
        kind: "train" or "sweep"; a sweep's recipe and seed are those of its first replicate.
        owner: who ordered it first.
        ordered, ended: seconds since 1970; `ended` is None while it is active.
        expected: seconds of training expected when it was ordered.
        status: one of STATUSES.
        position: where its training is; None before its first step.
        history: the curves so far, possibly empty; a sweep has none.
        error: one sentence, where it failed or could not be kept.
        model: name of the stored model once finished; empty before, and for sweeps.
        sweep, done: the order of a sweep, and the names of its replicates that are stored.
        stopping: a stop was asked for and has not taken effect yet.
        queued: its place in the queue, in seconds since 1970.
        data: name of what it is trained on.
    """

    id: str
    kind: str
    recipe: Recipe
    seed: int
    owner: str
    ordered: float
    expected: float
    status: str
    attempt: int
    position: Position | None
    history: History
    error: str
    model: str
    sweep: Order | None
    done: tuple[str, ...]
    stopping: bool
    ended: float | None
    queued: float = 0.0
    data: str = MNIST

    @property
    def active(self) -> bool:
        """Waiting, running or being stored."""
        return self.status not in ENDED
