"""A drawing becomes a 28×28 image, step by step, the way MNIST's own images were made.

Strokes or a file become ink, float32 (h, w) in [0, 1], 1 = full ink; `centre` makes the networks' image from it.
"""

from mnist_app.ink.centring import Steps, centre, shrink
from mnist_app.ink.digits import find_digits
from mnist_app.ink.pictures import ink_of_file
from mnist_app.ink.strokes import Stroke, draw_strokes, replay, strokes_of_canvas
