"""Pictures, guesses and replays as HTML: the fastest way into the browser, and it follows the light or dark theme.

Colours are taken from the text's own (`currentColor`), so that both themes have contrast. Every picture has a text
alternative. Text that comes from files is escaped.
"""

import base64
import io
from collections.abc import Sequence
from html import escape

import numpy as np
from PIL import Image

from mnist_app.evaluation import Guess
from mnist_app.evaluation.rejection import Decision

__all__ = ["escape", "judged_card", "large_card", "picture", "pictures", "replay_table", "small_cards", "waiting_cards"]

REFUSAL = "This does not look like one of MNIST's digits"
"""What a card says in place of a guess."""

_STYLE = """<style>
.mx {font-size:1rem; line-height:1.35}
.mx-card {border:1px solid color-mix(in srgb, currentColor 22%, transparent); border-radius:.6rem; padding:.6rem .8rem}
.mx-grid {display:grid; grid-template-columns:repeat(auto-fill,minmax(7.6rem,1fr)); gap:.6rem}
.mx-large {display:grid; grid-template-columns:auto 1fr; gap:.2rem 1.4rem; align-items:center; margin-bottom:.6rem}
.mx-name {font-weight:600; overflow-wrap:anywhere}
.mx-about {font-size:.8rem; opacity:.75}
.mx-digit {font-size:2.2rem; font-weight:700; line-height:1}
.mx-large .mx-digit {font-size:6.5rem; min-width:1ch; text-align:center}
.mx-sure {font-size:.95rem; opacity:.85}
.mx-bars {display:grid; grid-template-columns:repeat(10,1fr); gap:2px; align-items:end; margin-top:.35rem}
.mx-bars span {display:block; text-align:center; font-size:.7rem; line-height:1.3; font-variant-numeric:tabular-nums}
.mx-bars i {display:block; background:color-mix(in srgb, currentColor 45%, transparent); border-radius:2px 2px 0 0;
  min-height:1px}
.mx-bars .mx-top i {background:#1b7fd4}
.mx-bars .mx-top {font-weight:700}
.mx-muted .mx-digit, .mx-muted .mx-sure, .mx-muted .mx-bars, .mx-muted .mx-name {opacity:.35}
.mx-muted .mx-top i {background:color-mix(in srgb, currentColor 45%, transparent)}
.mx-refusal {font-weight:700; font-size:1.15rem; margin:.3rem 0}
.mx-score {position:relative; height:.6rem; margin:.35rem 0 .2rem; border-radius:.3rem; overflow:hidden;
  background:color-mix(in srgb, currentColor 14%, transparent)}
.mx-score i {display:block; height:100%; background:#1b7fd4}
.mx-score .mx-over {background:#d55e00}
.mx-score b {position:absolute; top:0; bottom:0; left:50%; border-left:2px solid currentColor}
.mx-row {display:flex; flex-wrap:wrap; gap:1rem; align-items:flex-start}
.mx-row figure {margin:0; min-width:var(--side); width:min-content}
.mx-row img {display:block; height:var(--side); max-width:none; image-rendering:pixelated; border-radius:0;
  background:#000; border:1px solid #808080}
.mx-row figcaption {font-size:.85rem; margin-top:.3rem}
.mx-scroll {overflow-x:auto}
.mx-replay {border-collapse:collapse; font-variant-numeric:tabular-nums}
.mx-replay th {text-align:left; font-weight:400; font-size:.85rem; padding-right:.6rem; white-space:nowrap;
  position:sticky; left:0}
.mx-replay td {text-align:center; min-width:1.5rem; padding:.1rem 0; border:none}
.mx-replay td.mx-now {outline:2px solid #1b7fd4; outline-offset:-1px}
.mx-replay img {width:1.4rem; image-rendering:pixelated; display:block; margin:auto; background:#000}
</style>"""


def picture(image: np.ndarray, *, alt: str) -> str:
    """An <img> of an image in [0, 1], shape (h, w) or (h, w, 1), every pixel kept sharp."""
    grey = np.round(np.clip(np.asarray(image, np.float32).reshape(image.shape[:2]), 0, 1) * 255).astype(np.uint8)
    content = io.BytesIO()
    Image.fromarray(grey).save(content, "PNG", compress_level=1)
    data = base64.b64encode(content.getvalue()).decode()
    return f'<img alt="{escape(alt)}" src="data:image/png;base64,{data}">'


def pictures(captioned: Sequence[tuple[np.ndarray, str, str]], *, side: str = "9rem") -> str:
    """A row of pictures of one height, each (image, text alternative, caption); it wraps on a narrow screen."""
    figures = "".join(
        f"<figure>{picture(image, alt=alt)}<figcaption>{escape(caption)}</figcaption></figure>"
        for image, alt, caption in captioned
    )
    return f'{_STYLE}<div class="mx mx-row" style="--side:{side}">{figures}</div>'


def large_card(title: str, about: str, guess: Guess) -> str:
    """The best network's guess, large, with its ten bars."""
    return (
        f'{_STYLE}<section class="mx mx-card mx-large" aria-label="{_spoken(title, guess)}">'
        f'<div class="mx-digit" aria-live="polite">{guess.digit}</div><div>'
        f'<div class="mx-name">{escape(title)}</div><div class="mx-about">{escape(about)}</div>'
        f'<div class="mx-sure">{escape(share(guess.probability))} for {guess.digit}</div>{_bars(guess, height=5.5)}'
        "</div></section>"
    )


def judged_card(title: str, about: str, decision: Decision, *, temperature: float) -> str:
    """The same for a network that may reject, with its score; a guess that it rejects is muted.

    decision: its guess has probabilities at that temperature.
    """
    guess, rejected = decision.guess, decision.rejected
    says = f"Score {decision.score:.1f}, rejected above {decision.threshold:.1f}".replace("-", "−")
    if rejected:
        heard = escape(f"{title} guesses no digit: {REFUSAL}. {says}")
        told = f'<div class="mx-refusal">{REFUSAL}</div>'
        digit = f"If it were one: {guess.digit}, {share(guess.probability)}"
    else:
        heard = f"{_spoken(title, guess)}. {says}"
        told, digit = "", f"{share(guess.probability)} for {guess.digit}. It looks like a digit."
    # the threshold stands in the middle of the bar, and a tenth of it is one more or less
    filled = min(100.0, max(2.0, 50 + 10 * (decision.score - decision.threshold)))
    return (
        f'{_STYLE}<section class="mx mx-card mx-large{" mx-rejected" if rejected else ""}" aria-label="{heard}">'
        f'<div class="{"mx-muted" if rejected else ""}"><div class="mx-digit" aria-live="polite">'
        f"{'?' if rejected else guess.digit}</div></div><div>"
        f'<div class="mx-name">{escape(title)}</div><div class="mx-about">{escape(about)}</div>{told}'
        f'<div class="{"mx-muted" if rejected else ""}"><div class="mx-sure">{escape(digit)}</div>'
        f"{_bars(guess, height=3.5 if rejected else 5.5)}</div>"
        f'<div class="mx-score" aria-hidden="true"><i{" class=mx-over" if rejected else ""} '
        f'style="width:{filled:.0f}%"></i><b></b></div>'
        f'<div class="mx-about">{says}: how far it lies from the digits the network was trained on. Probabilities at '
        f"temperature {temperature:.2f}.</div></div></section>"
    )


def small_cards(judged: Sequence[tuple[str, str, Guess]], *, muted: bool = False) -> str:
    """The other networks side by side, each (title, about, guess); muted where another has rejected."""
    cards = "".join(
        f'<section class="mx-card" aria-label="{_spoken(title, guess)}"><div class="mx-name">{escape(title)}</div>'
        f'<div><span class="mx-digit">{guess.digit}</span> '
        f'<span class="mx-sure">{escape(share(guess.probability))}</span></div>'
        f'{_bars(guess, height=2.4)}<div class="mx-about">{escape(about)}</div></section>'
        for title, about, guess in judged
    )
    return f'{_STYLE}<div class="mx mx-grid{" mx-muted" if muted else ""}">{cards}</div>'


def waiting_cards(known: Sequence[tuple[str, str]]) -> str:
    """The networks before there is anything to judge, each (title, about)."""
    cards = "".join(
        f'<section class="mx-card"><div class="mx-name">{escape(title)}</div>'
        f'<div class="mx-about">{escape(about)}</div></section>'
        for title, about in known
    )
    return f'{_STYLE}<div class="mx mx-grid">{cards}</div>'


def replay_table(
    thumbnails: Sequence[np.ndarray | None], rows: Sequence[tuple[str, Sequence[Guess | None]]], *, now: int
) -> str:
    """Moments of a drawing as columns: what the networks saw, and what each guessed; a surer guess is more opaque.

    Args:
        thumbnails: the input (28, 28, 1) at each moment, None while there was too little ink.
        rows: for each network its title and its guess at each moment.
        now: the column that is marked.
    """

    def mark(column: int) -> str:
        return ' class="mx-now" aria-current="step"' if column == now else ""

    heads = "".join(
        f"<td{mark(column)}>{picture(image, alt=f'Input at moment {column + 1}') if image is not None else '·'}</td>"
        for column, image in enumerate(thumbnails)
    )
    lines = []
    for title, given in rows:
        cells = "".join(_moment(guess, mark(column)) for column, guess in enumerate(given))
        lines.append(f'<tr><th scope="row">{escape(title)}</th>{cells}</tr>')
    return (
        f'{_STYLE}<div class="mx mx-scroll" role="region" tabindex="0" aria-label="Guesses while the drawing grew">'
        f'<table class="mx-replay"><tr><th scope="row">Input</th>{heads}</tr>{"".join(lines)}</table></div>'
    )


def share(probability: float) -> str:
    """A probability as a percentage that never says 100% or 0% for what is not."""
    if probability >= 0.9995:
        return "> 99.9%"
    if probability < 0.0005:
        return "< 0.1%"
    return f"{probability:.1%}"


def _moment(guess: Guess | None, marked: str) -> str:
    if guess is None:
        return f"<td{marked}>·</td>"
    style = f"opacity:{0.3 + 0.7 * guess.probability:.2f};font-weight:{700 if guess.probability > 0.9 else 400}"
    return f'<td{marked} title="{escape(share(guess.probability))}" style="{style}">{guess.digit}</td>'


def _bars(guess: Guess, *, height: float) -> str:
    columns = "".join(
        f'<span{" class=mx-top" if digit == guess.digit else ""} title="{digit}: {escape(share(probability))}">'
        f'<i style="height:{height * probability:.2f}rem"></i>{digit}</span>'
        for digit, probability in enumerate(guess.probabilities)
    )
    return f'<div class="mx-bars" aria-hidden="true" style="min-height:{height + 1:.1f}rem">{columns}</div>'


def _spoken(title: str, guess: Guess) -> str:
    ranked = sorted(range(10), key=lambda digit: -guess.probabilities[digit])
    listed = ", ".join(f"{digit}: {share(guess.probabilities[digit])}" for digit in ranked)
    return escape(f"{title} guesses {guess.digit}. Probabilities: {listed}")
