"""Pictures and guesses as HTML, the fastest way into the browser. `style.css` has their style.

Every picture has a text alternative. Text that comes from files is escaped here.
"""

import base64
import io
import re
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
from PIL import Image

from mnist_app.evaluation import Guess
from mnist_app.evaluation.rejection import Decision

# Code between backticks, which shows what it holds, or a mark that could mean something in Markdown.
_CODE_OR_MARK = re.compile(r"(?<!`)`[^`\r\n]+`(?!`)|(?m:^)[-+#]|[\\`*_~$&<>\[\]]|[:/](?=\S)")

REJECTED = "This does not look like one of MNIST's digits"


def as_markdown(text: str) -> str:
    """Markdown that shows the text as it is, for names and messages in `st.markdown` and in labels.

    Only a web address becomes a link.
    """
    return _CODE_OR_MARK.sub(lambda found: found[0] if len(found[0]) > 1 else "\\" + found[0], text)


def data_uri(image: Image.Image, format: str = "PNG", **options) -> str:
    content = io.BytesIO()
    image.save(content, format, **options)
    return f"data:image/{format.lower()};base64,{base64.b64encode(content.getvalue()).decode()}"


def picture(image: np.ndarray, *, alt: str) -> str:
    """An <img> of an image in [0, 1], shape (h, w) or (h, w, 1)."""
    grey = np.round(np.clip(np.asarray(image, np.float32).reshape(image.shape[:2]), 0, 1) * 255).astype(np.uint8)
    return f'<img alt="{escape(alt)}" src="{data_uri(Image.fromarray(grey), compress_level=1)}">'


def pictures(captioned: Sequence[tuple[np.ndarray | str, str, str]], *, side: str = "9rem") -> str:
    """A row of pictures of one height, each (image, text alternative, caption); it wraps on a narrow screen.

    An image is an array, or an <img> that has its text alternative already.
    """
    figures = ""
    for image, alt, caption in captioned:
        shown = image if isinstance(image, str) else picture(image, alt=alt)
        figures += f"<figure>{shown}<figcaption>{escape(caption)}</figcaption></figure>"
    return f'<div class="mx mx-row" style="--side:{side}">{figures}</div>'


def large_card(
    title: str,
    about: str,
    guess: Guess,
    *,
    decision: Decision | None = None,
    temperature: float = 1.0,
    truth: int | None = None,
    among: str = "",
) -> str:
    """A guess, large, with its ten bars.

    decision: of a network that can reject a drawing, with its score; a rejected guess is muted. The guess has
    probabilities at that temperature. truth: the digit that it is, where that is known.
    among: the digits of the prediction set, in words; those of a rejected drawing are left out.
    """
    rejected = decision is not None and decision.rejected
    words, sure = _in_words(title, guess), f"{share(guess.probability)} for {guess.digit}"
    digit, muted, height, message, score = guess.digit, "", 5.5, "", ""
    if decision:
        value = f"Score {decision.score:.1f}, rejected above {decision.threshold:.1f}".replace("-", "−")
        words, sure = f"{words}. {value}", f"{sure}. It looks like a digit."
        # The threshold stands in the middle of the bar, and a tenth of it is one more or less.
        filled = min(100.0, max(2.0, 50 + 10 * (decision.score - decision.threshold)))
        score = (
            f'<div class="mx-score" aria-hidden="true"><i class="{"mx-over" if rejected else ""}" '
            f'style="width:{filled:.0f}%"></i><b></b></div><div class="mx-about">{value}: how far it is from the '
            'training images.</div><div class="mx-about">The logits are divided by a temperature of '
            f"{temperature:.2f}, so that 90% means right 9 times in 10.</div>"
        )
    if rejected:
        words = f"{title} guesses no digit: {REJECTED}. {value}"
        sure = f"If it were one: {guess.digit}, {share(guess.probability)}"
        digit, muted, height, message = "?", "mx-muted", 3.35, f'<div class="mx-rejection">{REJECTED}</div>'
    mark = _mark(None if rejected else guess.digit, truth)
    words, also = (f"{words}. {among}" if among and not rejected else words, "&nbsp;" if rejected else escape(among))
    also = f'<div class="mx-sure">{also}</div>' if among else ""  # a line in both cases: nothing below it moves
    return (
        f'<section class="mx mx-card mx-large" aria-label="{escape(words)}">'
        f'<div><div class="{muted}"><div class="mx-digit" aria-live="polite">{digit}</div></div>{mark}</div>'
        f'<div>{_name(title, about)}{message}<div class="{muted}"><div class="mx-sure">{escape(sure)}</div>'
        f"{also}{_bars(guess, height=height)}</div>{score}</div></section>"
    )


def cards(networks: Sequence[tuple[str, str, Guess | None]], *, muted: bool = False, truth: int | None = None) -> str:
    """Small cards side by side, each (title, about, guess); `truth` is the digit that it is, where that is known."""
    shown = "".join(card(*each, truth) for each in networks)
    return f'<div class="mx mx-grid{" mx-muted" if muted else ""}">{shown}</div>'


def digits_to_choose(chosen: int | None) -> str:
    """The question which digit was meant, and ten buttons."""
    buttons = "".join(
        f'<button type="button" data-meant="{digit}" aria-pressed="{str(digit == chosen).lower()}">{digit}</button>'
        for digit in range(10)
    )
    question = "Which digit did you mean?"
    return f'<div class="mx mx-meant" role="group" aria-label="{question}">{question}<div>{buttons}</div></div>'


def share(probability: float) -> str:
    """A probability as a percentage that never says 100% or 0% for what is not."""
    if probability >= 0.9995:
        return ">\u00a099.9%"
    if probability < 0.0005:
        return "<\u00a00.1%"
    return f"{probability:.1%}"


def confidence(guess: Guess) -> str:
    """A style attribute that makes a surer guess more opaque."""
    weight = 700 if guess.probability > 0.9 else 400
    return f'style="opacity:{0.3 + 0.7 * guess.probability:.2f};font-weight:{weight}"'


def answer(judged: Guess | Decision) -> str:
    """A digit that is more opaque where the network is surer of it; "?" where it is rejected."""
    if isinstance(judged, Decision):
        if judged.rejected:
            return f'<span title="{REJECTED}">?</span>'
        judged = judged.guess
    return f'<span title="{escape(share(judged.probability))}" {confidence(judged)}>{judged.digit}</span>'


def table(lines: Mapping[str, Sequence[str]], *, marked: int | None = None) -> str:
    """Cells of HTML, a line for each title, which is text; one column may be marked."""
    mark, rows = ' class="mx-now" aria-current="step"', ""
    for title, cells in lines.items():
        columns = (f"<td{mark if column == marked else ''}>{cell}</td>" for column, cell in enumerate(cells))
        rows += f'<tr><th scope="row">{escape(title)}</th>{"".join(columns)}</tr>'
    return f'<table class="mx-replay">{rows}</table>'


def matrix(caption: str, counts: np.ndarray, *, opens=None, chosen: str = "", form: str = "d") -> str:
    """How often each digit (row) was taken for which (column), int (10, 10); the more often, the more colour.

    With `opens`, int (10, 10), the numbers are buttons: `data-press` is that number, row and column in one text.
    """
    most = max(1, np.abs(counts * (1 - np.eye(len(counts), dtype=int))).max())
    heads = "".join(f'<th scope="col">{digit}</th>' for digit in range(len(counts)))
    rows, reached = "", 0  # by the Tab key: the first button; from there the arrow keys lead to the others
    for truth, row in enumerate(counts.tolist()):
        rows += f'<tr><th scope="row">{truth}</th>'
        for guess, count in enumerate(row):
            shown = f"{count:{form}}".replace("-", "−") if count else ""
            if count and opens is not None:
                pressed = f"{opens[truth, guess]}{truth}{guess}"
                shown = (
                    f'<button type="button" data-press="{pressed}" aria-pressed="{str(pressed == chosen).lower()}" '
                    f'aria-label="{truth} read as {guess}: {shown}" tabindex="{reached}">{shown}</button>'
                )
                reached = -1
            look = "mx-right" if guess == truth else "mx-less" if count < 0 else ""
            rows += f'<td class="{look}" style="--heat:{50 * abs(count) / most:.0f}%">{shown}</td>'
        rows += "</tr>"
    title = f"<caption>{escape(caption)}</caption>"
    return f'<table class="mx-matrix">{title}<tr><td>digit ↓<br>read as →</td>{heads}</tr>{rows}</table>'


def _mark(digit: int | None, truth: int | None) -> str:
    """Whether a guess is right, as a sign and a word, in a line that is there without a truth too."""
    right = digit == truth
    text = "" if truth is None else "✓ right" if right else "✗ wrong"
    return f'<div class="mx-mark{"" if right or not text else " mx-wrong"}">{text}</div>'


def card(title: str, about: str, guess: Guess | None, truth: int | None = None) -> str:
    """A small card; without a guess it only names the network."""
    if guess is None:
        return f'<section class="mx-card">{_name(title, about)}</section>'
    return (
        f'<section class="mx-card" aria-label="{escape(_in_words(title, guess))}">'
        f'<div class="mx-name">{escape(title)}</div>'
        f'<div class="mx-said"><div class="mx-digit">{guess.digit}</div><div>'
        f'<div class="mx-sure">{escape(share(guess.probability))}</div>{_mark(guess.digit, truth)}</div></div>'
        f'{_bars(guess, height=2.4)}<div class="mx-about">{escape(about)}</div></section>'
    )


def _name(title: str, about: str) -> str:
    return f'<div class="mx-name">{escape(title)}</div><div class="mx-about">{escape(about)}</div>'


def _bars(guess: Guess, *, height: float) -> str:
    columns = "".join(
        f'<span{" class=mx-top" if digit == guess.digit else ""} title="{digit}: {escape(share(probability))}">'
        f'<i style="height:{height * probability:.2f}rem"></i>{digit}</span>'
        for digit, probability in enumerate(guess.probabilities)
    )
    return f'<div class="mx-bars" aria-hidden="true" style="min-height:{height + 1:.1f}rem">{columns}</div>'


def _in_words(title: str, guess: Guess) -> str:
    ranked = sorted(range(10), key=lambda digit: -guess.probabilities[digit])
    listed = ", ".join(f"{digit}: {share(guess.probabilities[digit])}" for digit in ranked)
    return f"{title} guesses {guess.digit}. Probabilities: {listed}"
