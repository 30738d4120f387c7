"""Forms of digits that some people write and MNIST hardly has, stroke by stroke in a box of height 1."""

from collections.abc import Mapping
from math import cos, radians, sin
from types import MappingProxyType


def _arc(
    x: float, y: float, width: float, height: float, start: float, end: float, *, points: int = 9
) -> tuple[tuple[float, float], ...]:
    """Points of an ellipse about (x, y), by degrees from the right, clockwise as one looks at the picture."""
    angles = [radians(start + (end - start) * number / (points - 1)) for number in range(points)]
    return tuple((x + width / 2 * cos(angle), y + height / 2 * sin(angle)) for angle in angles)


FORMS: Mapping[int, tuple] = MappingProxyType(
    {
        0: (
            (_arc(0.5, 0.5, 0.75, 1.0, -90, 270, points=13), ((0.78, 0.08), (0.22, 0.92))),  # slash from edge to edge
            (_arc(0.5, 0.5, 0.6, 1.0, -60, 290, points=13), ((0.95, 0.0), (0.05, 1.0))),  # narrow, and beyond it
        ),
        1: (
            (((0.3, 0.3), (0.6, 0.0), (0.6, 1.0)), ((0.3, 1.0), (0.9, 1.0))),  # flag and foot, as in print
            (((0.2, 0.45), (0.6, 0.0), (0.58, 1.0)),),  # a long flag
            (((0.5, 0.0), (0.5, 1.0)), ((0.3, 1.0), (0.7, 1.0)), ((0.3, 0.1), (0.5, 0.0))),
        ),
        2: (
            (((0.15, 0.1), (0.8, 0.08), (0.8, 0.35), (0.15, 0.95), (0.85, 0.95)),),  # angular
            ((*_arc(0.5, 0.28, 0.65, 0.55, -170, 40), (0.15, 0.98), (0.9, 0.98)),),  # a straight base
        ),
        3: (
            (((0.15, 0.03), (0.85, 0.03), (0.45, 0.42)), _arc(0.45, 0.69, 0.75, 0.58, -80, 150)),  # a flat roof
            (((0.2, 0.05), (0.8, 0.2), (0.4, 0.45), (0.85, 0.7), (0.5, 1.0), (0.1, 0.9)),),  # angular
        ),
        4: (
            (((0.2, 0.05), (0.1, 0.6), (0.9, 0.6)), ((0.7, 0.1), (0.7, 1.0))),  # open
            (((0.15, 0.1), (0.15, 0.55), (0.75, 0.55)), ((0.75, 0.0), (0.75, 1.0))),  # open and square
            (((0.65, 1.0), (0.65, 0.0), (0.05, 0.68), (0.95, 0.68)),),  # angular, closed, as in print
            (((0.6, 0.0), (0.1, 0.65), (0.95, 0.65)), ((0.68, 0.35), (0.62, 1.0))),  # a short stem
        ),
        5: (
            (((0.25, 0.05), (0.2, 0.42)), _arc(0.42, 0.69, 0.8, 0.6, -115, 140), ((0.25, 0.05), (0.9, 0.05))),
            (((0.2, 0.1), (0.2, 0.45)), _arc(0.42, 0.7, 0.8, 0.58, -115, 140), ((0.4, 0.0), (0.95, 0.0))),  # roof apart
            (((0.85, 0.05), (0.2, 0.05), (0.2, 0.45), (0.8, 0.45), (0.8, 0.98), (0.15, 0.98)),),  # square
        ),
        6: (
            (((0.55, 0.0), (0.2, 0.65)), _arc(0.5, 0.72, 0.62, 0.54, 180, 540, points=11)),  # a straight stem
            ((*_arc(0.6, 0.5, 0.9, 1.0, -100, -270), *_arc(0.5, 0.76, 0.55, 0.46, 90, -230)),),
        ),
        7: (
            (((0.1, 0.05), (0.9, 0.05), (0.45, 1.0)), ((0.3, 0.5), (0.9, 0.5))),  # a bar
            (((0.1, 0.25), (0.1, 0.05), (0.9, 0.05), (0.5, 1.0)), ((0.3, 0.55), (0.85, 0.48))),  # a bar and a serif
            (((0.1, 0.05), (0.85, 0.0), (0.8, 1.0)),),  # a steep stem
        ),
        8: (
            (_arc(0.5, 0.26, 0.55, 0.5, 90, 450, points=11), _arc(0.5, 0.75, 0.68, 0.5, -90, 270, points=11)),
            (((0.8, 0.1), (0.2, 0.15), (0.8, 0.8), (0.5, 1.0), (0.2, 0.8), (0.85, 0.12)),),  # one line, angular
        ),
        9: (
            (_arc(0.48, 0.27, 0.6, 0.54, 0, 360, points=11), ((0.78, 0.2), (0.75, 1.0))),  # a ring and a straight stem
            ((*_arc(0.48, 0.27, 0.6, 0.5, -10, -350, points=10), (0.78, 0.7), (0.6, 0.97), (0.2, 0.95)),),  # a hook
            (((0.75, 0.1), (0.2, 0.1), (0.2, 0.45), (0.75, 0.45)), ((0.75, 0.0), (0.75, 1.0))),  # square
        ),
    }
)  # fmt: skip
