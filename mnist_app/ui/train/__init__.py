"""The training page's rooms: the form, the start, what is watched while it is trained, and the lists.

Figures and scripts are left to the page, which may import those that make them.
"""

from mnist_app.ui.train.drawing import show_guesses
from mnist_app.ui.train.form import Chosen, choose
from mnist_app.ui.train.listing import show_runs, show_trainings
from mnist_app.ui.train.start import offer, show_network
from mnist_app.ui.train.state import show_heading, show_state, steps_of
from mnist_app.ui.train.varied import show_varied
from mnist_app.ui.train.watching import look_again, watched
from mnist_app.ui.train.weights import show_first_layer

__all__ = [
    "Chosen", "choose", "look_again", "offer", "show_first_layer", "show_guesses", "show_heading", "show_network",
    "show_runs", "show_state", "show_trainings", "show_varied", "steps_of", "watched",
]  # fmt: skip
