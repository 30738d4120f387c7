"""Jobs whose worker was lost, and jobs whose message was: both wait again."""

from mnist_app import NotFound
from mnist_app.jobs import changes, liveness, records, transport
from mnist_app.jobs.transport import Queue


class Recovery:
    """What one worker looks after for all. `worker` is its own name."""

    def __init__(self, worker: str, queue: Queue):
        self._worker, self._queue = worker, queue
        self._pulses = liveness.Pulses()
        self._missing: set[tuple[str, int]] = set()

    def look(self, *, alone: bool = False) -> None:
        """Find such jobs. `alone` says that nobody can be about to take one: else a message must be missed twice.

        Raises Unavailable.
        """
        alive = {self._worker} | (self._pulses.alive() if transport.uses_redis() else set())
        self._pulses.remove_silent()
        waiting = set()
        for id in records.identifiers():
            try:
                state = records.read_state(id)
            except NotFound:
                continue
            if state.status == "waiting":
                waiting.add((id, state.attempt))
            elif state.worker and state.worker not in alive:
                changes.put_back(id, state.attempt, lost=True)
        missing = waiting - self._queue.messages()
        for id, attempt in sorted(missing if alone else missing & self._missing):
            changes.send_again(id, attempt)
        self._missing = missing
