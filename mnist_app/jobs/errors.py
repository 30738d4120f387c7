"""What can go wrong with an order, as named errors."""

from mnist_app import ExplorerError


class CannotOrder(ExplorerError):
    """The order is none, or the queue cannot be used: its folder is not writable, or Redis does not answer."""


class AlreadyTrained(ExplorerError):
    """What was ordered is stored already. `name` is the model's; empty for a sweep, all of whose replicates are."""

    def __init__(self, name: str, problem: str, **details: str):
        self.name = name
        super().__init__(problem, **details)


class QueueFull(ExplorerError):
    """Too many trainings are waiting or running, of one owner or in all."""


class TooMuchWork(ExplorerError):
    """The training would take longer than a class can wait."""


class UnknownJob(ExplorerError):
    """There is no such job, or no longer."""


class NotPossible(ExplorerError):
    """The job's status does not allow that."""


class RefusedMessage(ExplorerError):
    """What came out of the queue is not a message of this project."""


class AlreadyRunning(ExplorerError):
    """Another worker has this jobs folder."""
