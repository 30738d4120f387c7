"""What the command line can do: each function is a command, and answers in JSON values and in text."""

from mnist_app.cli.answers import Answer
from mnist_app.cli.calibrating import calibrate
from mnist_app.cli.judging import evaluate, noise_curve, predict
from mnist_app.cli.listing import list_recipes
from mnist_app.cli.making import download, train
from mnist_app.cli.queueing import list_queue, stop, work
from mnist_app.cli.sweeping import run_sweep

__all__ = [
    "Answer", "calibrate", "download", "evaluate", "list_queue", "list_recipes", "noise_curve",
    "predict", "run_sweep", "stop", "train", "work",
]  # fmt: skip
