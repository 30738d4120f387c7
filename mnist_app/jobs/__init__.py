"""The training queue as pages and commands see it: order, watch, stop, resume, keep, discard.

Each job is a folder, whose record is the truth about it. `worker` takes jobs, and `trainer` is the process that trains;
this package imports no Keras, and may be used by any number of processes at once. Whatever changes something raises
Unavailable where the queue's folder cannot be written or Redis does not answer.
"""

from mnist_app.jobs.job import KEPT_AT_MOST, Job
from mnist_app.jobs.limits import LIMIT_PER_OWNER, Wait, check_size, expected_seconds, speed, wait_of
from mnist_app.jobs.liveness import workers
from mnist_app.jobs.orders import discard, keep, list_jobs, resume, stop, submit, submit_curves, submit_sweep
from mnist_app.jobs.processes import supervise
from mnist_app.jobs.queue import FOLDER_VARIABLE, REDIS_VARIABLE
from mnist_app.jobs.records import list_damaged
from mnist_app.jobs.records import read as find
from mnist_app.jobs.watching import WATCHED, guesses, log, show_drawing, snapshots, watched_image
