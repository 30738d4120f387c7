"""The process that trains what was ordered: takes jobs from the queue, watches over their training, stores the result.

TensorFlow runs in a child process, a fresh one for each training: a training can then be stopped at once, and one that
runs out of memory takes nothing along. `trainer` is that child, all other rooms but `storing` are the worker's own.
"""

from mnist_app.jobs import AlreadyRunning
from mnist_app.worker.service import run

__all__ = ["AlreadyRunning", "run"]
