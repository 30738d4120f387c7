"""A log axis for weight-decay factors, on which 0 stands apart: a decade left of the smallest other."""

import math
from collections.abc import Sequence

from mnist_app.evaluation import sweep


class FactorAxis:
    """`zero` is the place of the factor 0, None where it is no factor; `gap` that of a line beside it."""

    def __init__(self, factors: Sequence[float]):
        above = [factor for factor in factors if factor] or [1e-6]
        self.low, self.high = min(above), max(above)
        self.zero = self.low / 10 if 0 in factors else None
        self.gap = self.low / math.sqrt(10)
        left = self.zero or self.low
        margin = max((self.high / left) ** 0.06, 1.3)
        self.ends = (left / margin, self.high * margin)

    def place(self, factor: float) -> float:
        return factor or self.zero

    @property
    def layout(self) -> dict[str, object]:
        digits = (1,) if self.high > 30 * self.low else (1, 2, 5)
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        ticks = [float(f"{digit}e{power}") for power in powers for digit in digits]
        ticks = [tick for tick in ticks if 0.8 * self.low < tick < self.ends[1]]
        if self.zero is not None:
            ticks.insert(0, 0.0)
        return {
            "type": "log",
            "range": tuple(map(math.log10, self.ends)),
            "tickvals": [self.place(tick) for tick in ticks],
            "ticktext": [sweep.as_text(tick) for tick in ticks],
            "zeroline": False,
        }
