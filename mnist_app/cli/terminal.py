"""What a command says on the error stream while it works: how far it is, and which digits it works with."""

import contextlib
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from mnist_app import InvalidInput, data, store
from mnist_app.recipes.costs import in_words


@contextlib.contextmanager
def progress_line(title: str) -> Iterator[Callable[..., None]]:
    """Shows progress on the error stream: on a terminal in one line that is written anew, elsewhere line by line.

    Yields a function of the share that is done, in (0, 1], and of figures; `line=False` is for a terminal alone.
    """
    began, in_place = time.perf_counter(), sys.stderr.isatty()

    def show(share: float, figures: str = "", *, line: bool = True) -> None:
        left = in_words((time.perf_counter() - began) * (1 / share - 1))
        text = f"{title}  {share:.0%}  {left} left  {figures}".rstrip()
        if in_place:
            width = shutil.get_terminal_size().columns
            print(f"\r{text[: width - 1]:{width - 1}}", end="", file=sys.stderr, flush=True)
        elif line:
            print(text, file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        if in_place:
            print(file=sys.stderr)


def load_digits(*, to_measure: Sequence[store.StoredModel] = ()) -> data.Mnist:
    """MNIST, or what stands in for it. Raises InvalidInput where all models to measure were trained on other digits."""
    loaded = data.load()
    if loaded.name != data.NAME:
        print(f"note: {data.why_generated()}", file=sys.stderr)
    trained_on = [model.card.data for model in to_measure]
    if trained_on and loaded.name not in trained_on:
        mnist = trained_on[0] == data.NAME
        raise InvalidInput(
            f"What is measured on these digits cannot be stored for {to_measure[0].name}",
            expected=trained_on[0],
            found=loaded.name,
            remedy=data.HOW_TO_GET_IT if mnist else f"Set {data.PATH_VARIABLE}={data.ONLY_GENERATED}.",
        )
    return loaded
