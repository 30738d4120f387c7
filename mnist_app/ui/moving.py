"""HTML shown again and again with other numbers: its bars move, where `st.html` would make all elements anew."""

from collections.abc import Callable

from mnist_app.ui import component


def show(markup: str, *, key: str, on_press: Callable[[], None] = lambda: None) -> None:
    """Text that comes from files must be escaped already.

    An element with `data-press` can be pressed. `on_press` is called, and in that run `st.session_state[key]["press"]`
    is what a browser says that its `data-press` was: check it.
    """
    moving = component.of(__file__, '<div class="mx-moving"></div>', isolated=False)
    moving(key=key, data={"html": markup}, on_press_change=on_press)
