"""Where a training is: one struct from the trainer over the job's file to the page and the command line."""

from typing import Annotated

import msgspec

Count = Annotated[int, msgspec.Meta(ge=1)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]


class Progress(msgspec.Struct, frozen=True):
    """Where a training is.

    Attributes:
        epoch, epochs: the epoch that runs or has just ended, counted from 1, and how many there will be.
        step, steps: batches of this epoch that are done, and those of an epoch. All are done only after validation.
        seconds: training time so far, without waiting, including the parts before an interruption.
        seconds_left: training time that is expected to be left, where it was estimated.
    """

    epoch: Count
    epochs: Count
    step: Count
    steps: Count
    seconds: Seconds
    seconds_left: Seconds | None = None

    @property
    def fraction(self) -> float:
        """Share of the whole training that is done, in [0, 1]."""
        return min(1.0, ((self.epoch - 1) * self.steps + self.step) / (self.epochs * self.steps))

    @property
    def epoch_ended(self) -> bool:
        """Whether the epoch was validated and, where there is a backup, its state saved."""
        return self.step == self.steps
