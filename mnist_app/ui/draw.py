"""The Draw page's cards, the steps from the drawing to the network's input, and the replay of the drawing."""

import functools
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated

import msgspec
import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mnist_app import ExplorerError, evaluation, ink
from mnist_app.evaluation import certainty
from mnist_app.ui import canvas, dataset, html, models, photographs

CANVAS = 280  # pixels of the canvas's side
_MOST_BYTES = 1_000_000  # of a drawing, which has 10,000 points at most

_INVITATION = (
    "<h2>Draw a digit, 0 to 9, in the black square</h2>"
    "<p>Use a mouse, a pen or a finger. While you draw, every network makes a guess.</p>"
)
_NO_NETWORK = "<p>No network is chosen. Choose one under “Networks”.</p>"

_TURN = threading.RLock()


def in_turn(fragment: Callable) -> Callable:
    """Visitors' runs of the function one after another: at once they fight for Python's lock, and all are late."""

    @functools.wraps(fragment)
    def take_turn(*arguments: object) -> None:
        with _TURN:
            fragment(*arguments)

    return take_turn


def about(classifier: models.Classifier) -> str:
    card = classifier.model.card
    return f"{card.parameters:,} parameters, test accuracy {card.test.value:.2%}{dataset.on(card.data)}"


def answer(
    classifiers: Sequence[models.Classifier], drawing: canvas.Drawing, *, plain: bool, grows: bool = False
) -> tuple[dict[str, str], np.ndarray | None]:
    """HTML for the places of the page, and the networks' input float32 (28, 28, 1), if there is enough ink.

    plain: whether the networks see the whole canvas, shrunk and not centred. grows: whether the pen is still down; then
    only the guesses change, and the rest follows when it is lifted.
    """
    steps = ink.centre(drawing.ink)
    if steps is None or not classifiers:
        names = html.cards([(each.label, about(each), None) for each in classifiers])
        invitation = _INVITATION if classifiers else _NO_NETWORK
        return {"guesses": invitation + names, "number": "", "steps": ""}, None
    shrunk = ink.shrink(drawing.ink)
    image = shrunk if plain else steps.image
    shown = {"guesses": cards(classifiers, image, meant=drawing.meant)}
    if not grows:
        shown |= photographs.several(drawing.ink, classifiers)
        shown["steps"] += input_steps(steps, shrunk)
    return shown, image


class _Growing(msgspec.Struct):
    objects: list[object]
    networks: Annotated[list[str], msgspec.Meta(max_length=64)]
    plain: bool = False
    meant: Annotated[int, msgspec.Meta(ge=0, le=9)] | None = None


async def guess_growing(request: Request) -> Response:
    """The answer while a stroke grows, as JSON, for `canvas.js`.

    A class's finished strokes never wait for growing ones: status 204 while anybody else is answered.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            return Response(f"Expected {_MOST_BYTES:,} bytes at most.", 413)
    return await run_in_threadpool(_guess_growing, body)


def _guess_growing(body: bytes) -> Response:
    if not _TURN.acquire(blocking=False):
        return Response(status_code=204)
    try:
        growing = msgspec.json.decode(body, type=_Growing)
        by_name = {each.model.name: each for each in models.served().classifiers}
        asked = [by_name[name] for name in growing.networks if name in by_name]
        strokes = ink.strokes_of_canvas({"objects": growing.objects})
        finished = _finished(msgspec.json.encode(growing.objects[:-1]))
        whole = np.maximum(finished, ink.draw_strokes(strokes[-1:], size=CANVAS))
        drawing = canvas.Drawing(strokes, whole, growing.meant)
        return JSONResponse(answer(asked, drawing, plain=growing.plain, grows=True)[0])
    except (msgspec.DecodeError, ExplorerError) as error:
        return Response(str(error), 400)
    finally:
        _TURN.release()


@functools.lru_cache(maxsize=32)
def _finished(objects: bytes) -> np.ndarray:
    """The ink of strokes that grow no more."""
    return ink.draw_strokes(ink.strokes_of_canvas({"objects": msgspec.json.decode(objects)}), size=CANVAS)


def cards(classifiers: Sequence[models.Classifier], image: np.ndarray, *, meant: int | None) -> str:
    """What the networks guess for an image float32 (28, 28, 1), the first one's card large; `meant` is the truth."""
    best, *others = classifiers
    title, rule, decision, temperature = (best.label, about(best)), best.rule, None, 1.0
    if rule is None:
        probabilities = best.network.run(image[None])
        (guess,) = evaluation.guesses(probabilities)
    else:
        probabilities, features = best.network.features(image[None])
        (decision,) = rule.decide(probabilities, features, image[None])
        guess, temperature = decision.guess, rule.temperature
    muted, least, among = decision is not None and decision.rejected, best.model.card.least_probability, ""
    if least is not None:
        among = f"Prediction set at {certainty.LEVEL:.1%}: {certainty.in_words(probabilities[0] >= least)}"
    options = {"decision": decision, "temperature": temperature, "truth": meant, "among": among}
    large = html.large_card(*title, guess, **options)
    small = {True: [], False: []}
    for each in others:
        small[each.kept].append((each.label, about(each), *models.guess(each, image[None])))
    own = '<div class="mx mx-own">Trained here</div>' + html.cards(small[True], muted=muted, truth=meant)
    note = "The other networks cannot reject a drawing." if rule and others else ""
    return (
        f"{large}{html.digits_to_choose(meant)}{html.cards(small[False], muted=muted, truth=meant)}"
        f'{own if small[True] else ""}<p class="mx mx-about">{note}</p>'
    )


def input_steps(steps: ink.Steps, shrunk: np.ndarray) -> str:
    """The steps from the canvas to the 28×28 numbers, as pictures."""
    left, top, right, bottom = steps.box
    rows, columns = steps.scaled.shape
    shown = [
        (steps.ink, "The drawing", f"1. The ink: {CANVAS} × {CANVAS}"),
        (steps.cropped, "The drawing, cropped", f"2. Cropped to the ink: {right - left} × {bottom - top}"),
        (steps.scaled, "The drawing, scaled", f"3. Scaled into 20 × 20, same aspect ratio: {columns} × {rows}"),
        (steps.centred, "The centred input", "4. Its centre of mass in the middle of 28 × 28"),
        (shrunk, "The drawing, shrunk whole", "Without centring: the whole canvas shrunk to 28 × 28"),
    ]
    return f"<h2>What the networks see</h2>{html.pictures(shown)}"


def replay(classifiers: Sequence[models.Classifier], moments: np.ndarray, *, plain: bool, now: int) -> str:
    """Moments of a drawing as columns: what the networks saw, and what each guessed; a surer guess is more opaque.

    moments: ink float32 (n, h, w); the last one is the whole drawing. plain: whether the networks see it shrunk and
    not centred. now: the column that is marked. Where there is too little ink, no network guesses.
    """
    steps = [ink.centre(moment) for moment in moments]
    seen = [column for column, step in enumerate(steps) if step]
    images = np.stack([ink.shrink(moments[column]) if plain else steps[column].image for column in seen])

    def spread(cells: Iterable[str]) -> list[str]:
        known = dict(zip(seen, cells, strict=True))
        return [known.get(column, "·") for column in range(len(moments))]

    inputs = (
        html.picture(image, alt=f"Input at moment {column + 1}") for column, image in zip(seen, images, strict=True)
    )
    lines = {"Input": spread(inputs)}
    for each in classifiers:
        lines[each.label] = spread(map(html.answer, models.judge(each, images)))
    return (
        '<div class="mx mx-scroll" role="region" tabindex="0" aria-label="Guesses while the drawing grew">'
        f"{html.table(lines, marked=now)}</div>"
    )
