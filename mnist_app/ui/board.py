"""The class board of the Game: what those who agreed have read, without names, in one file on the server."""

from pathlib import Path

import msgspec
import streamlit as st

from mnist_app import NotPossible, figures
from mnist_app.evaluation import game
from mnist_app.evaluation.results import DataName
from mnist_app.jobs import queue, records
from mnist_app.ui import models, page, visitor

MOST = 1000  # results that are kept: of more, the oldest go


class Result(msgspec.Struct, frozen=True):
    """What was read in a whole game; its seed tells it from every other game."""

    seed: int
    scores: game.Scores
    data: DataName


def results() -> list[Result]:
    """From the oldest to the newest."""
    return records.read_file(_path(), list[Result]) or []


def add(result: Result) -> None:
    """Add a game's result, once. Raises Unavailable."""
    with queue.exclusive():
        if result.seed not in {each.seed for each in results()}:
            records.write_file(_path(), [*results(), result][-MOST:])


def clear() -> None:
    """Remove all results, for the teacher. Raises NotPossible or Unavailable."""
    if not visitor.is_teacher():
        raise NotPossible("Only the teacher can clear the class board")
    with queue.exclusive():
        records.write_file(_path(), [])


@st.fragment(run_every=10)
def show(classifier: models.Classifier, data: str) -> None:
    """What the class read so far, against what the networks read of all test images, where this was measured."""
    added = [each for each in results() if each.data == data]
    if not added:
        st.markdown("Nobody has added a result yet. Play, and add yours at the end. It has no name.")
        return
    found, measured = models.served(), (classifier.model.name, data)
    curves = {each.denoiser: each for each in found.curves if (each.classifier, each.data) == measured}
    networks = {
        each.title: game.Scores(curves[each.key].levels, curves[each.key].accuracies)
        for each in found.denoisers
        if each.key in curves
    }
    how = {"classifier": classifier.label, "data": data, "games": len(added)}
    version = ("board", added[0].seed, added[-1].seed, *how.values(), *networks)
    readers = game.pool(each.scores for each in added)
    drawn = page.drawn(version, lambda: figures.readers(readers, networks, **how))
    page.figure(drawn, key="board", name="mnist-class-board")
    if visitor.is_teacher():
        with st.popover("Clear the board …", key=f"clear_board_{len(added)}"):
            st.markdown("This removes all results for good.")
            if st.button("Clear it", key="board_clear", type="primary") and page.attempt(clear):
                st.rerun()


def _path() -> Path:
    return queue.home() / "board.json"
