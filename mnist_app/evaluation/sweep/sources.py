"""The factors that the sources tried, and what they report of them."""

from dataclasses import dataclass

HINTON = 0.9847
"""The test accuracy that Hinton claimed for this network, without describing its training."""
FACTOR_SETS = {
    "A": (1e-6, 1e-5, 1e-4, 5e-4, 1e-3),
    "B": (1e-6, 2.5075e-4, 5.005e-4, 7.5025e-4, 1e-3),  # evenly spaced
    "C": (1e-6, 1e-5, 5e-5, 1e-4, 1e-3),
}
"""The factors of each source. The recipes' names depend on them."""


@dataclass(frozen=True)
class Reported:
    """A source's figure, as a fraction of the 10,000 test images; `factor` is None where the source names none.

    `sd` is the standard deviation over the source's three replicates, None where it is a single figure.
    """

    source: str
    factor: float | None
    accuracy: float
    sd: float | None = None


_B = ((0.98177, 0.00034), (0.98190, 0.00080), (0.98087, 0.00158), (0.98153, 0.00029), (0.98013, 0.00113))
REPORTED = (
    Reported("A", 1e-4, 0.9819),
    *(Reported("B", factor, *figures) for factor, figures in zip(FACTOR_SETS["B"], _B, strict=True)),
    Reported("C", None, 0.9833),
)
"""A: its best factor. B: mean and standard deviation of each. C: its best single run, at a factor left open."""
