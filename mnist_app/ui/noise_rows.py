"""The Noise page's pictures as HTML: a row per denoiser, the film strip, the game's question, marks on the figures.

As in `html`, colours follow the theme, every picture has a text alternative, and what is wrong is said in words and by
a sign besides the colour. Which level is shown now is told by two CSS rules in what `rows` returns, so that a step of
the slider changes neither the strip nor a figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mnist_app.evaluation import Guess
from mnist_app.ui.html import escape, picture, share

ROW = "7.9rem"
"""The height of a denoiser's row, in the rows and in the strip, so that on a wide screen they stand side by side."""

CURVES = ("accuracy_curve", "psnr_curve")
"""The keys of the figures in which `rows` marks its level, and `level_line` draws it."""

_STYLE = """<style>
.nx {line-height:1.3; font-variant-numeric:tabular-nums}
.nx section {height:ROW; box-sizing:border-box; border-top:1px solid color-mix(in srgb, currentColor 22%, transparent);
  padding-top:.3rem; overflow:hidden}
.nx img {display:block; image-rendering:pixelated; border-radius:0; background:#000; width:100%; aspect-ratio:1;
  max-width:none; outline:1px solid #808080; outline-offset:-1px}
.nx-row {display:grid; grid-template-columns:7.3rem minmax(0, 1fr); gap:1rem}
.nx-name {font-weight:600; white-space:nowrap; overflow:hidden; text-overflow:ellipsis}
.nx-digit {font-size:2.7rem; font-weight:700; line-height:1.15; display:inline-block; min-width:1.1ch}
.nx-mark {font-weight:600; white-space:nowrap}
.nx-wrong {color:color-mix(in srgb, #e53935 62%, currentColor)}
.nx-bar {height:.6rem; margin:.2rem 0 .35rem; background:color-mix(in srgb, currentColor 14%, transparent)}
.nx-bar i {display:block; height:100%; background:#1b7fd4}
.nx-bar .nx-miss {background:repeating-linear-gradient(135deg, #d55e00 0 4px, transparent 4px 7px)}
.nx-small {font-size:.85rem}
.nx-film {display:grid; grid-template-columns:repeat(11, minmax(0, 1fr)); gap:.25rem}
.nx-film figure {margin:0}
.nx-film figcaption {text-align:center; font-size:1.05rem; line-height:1.3; white-space:nowrap}
.nx-film small {display:block; font-size:.7rem; line-height:1; opacity:.8}
.nx-says {font-size:.9rem; line-height:1.25; margin-bottom:.15rem}
.nx-question {width:min(18rem, 80vw)}
.st-key-answers kbd {display:none}
</style>""".replace("ROW", ROW)

_STRIP_STYLE = """<style>
.st-key-strip {gap:.25rem}
.st-key-strip_levels {position:relative; z-index:1; flex-wrap:nowrap; gap:.25rem; padding-top:2.75rem}
.st-key-strip_levels > div {min-width:0; flex:1 1 0}
.st-key-strip_levels button {position:relative; padding:.2rem 0; min-width:0; min-height:2.2rem; width:100%}
.st-key-strip_levels button p {font-size:.85rem}
.st-key-strip_levels button::after {content:""; position:absolute; left:-2px; right:-2px; top:0; height:HEIGHT;
  border-radius:.3rem}
.st-key-strip_levels button:is(:hover, :focus-visible)::after {outline:2px dashed #1b7fd4}
</style>"""


@dataclass(frozen=True)
class Reading:
    """What a denoiser made of an image at a level, and what the classifier then read.

    image: float32 (28, 28, 1) in [0, 1]. psnr: dB against the clean image, infinite where they are identical.
    """

    title: str
    image: np.ndarray
    level: float
    guess: Guess
    label: int
    psnr: float

    @property
    def right(self) -> bool:
        return self.guess.digit == self.label


def rows(readings: Sequence[Reading], *, level: float) -> str:
    """A row per denoiser, large; it also marks `level` in the strip and in the figures.

    It has no style of its own beside that: `strip`, which is on the page as well, brings it. Sent with each step, it
    would have the browser compute the styles of the whole page again.
    """
    return f"{_now(level)}<div class='nx'>{''.join(map(_row, readings))}</div>"


def strip(readings: Sequence[Sequence[Reading]], failures: Sequence[float | None]) -> str:
    """For each denoiser its pictures from level 0 to 1, each with the guess, and from which level on it fails.

    failures: as `evaluation.failure_level` gives them.
    """
    height = f"calc(2.2rem + .25rem + {len(readings)} * {ROW})"
    films = "".join(_film(film, failure) for film, failure in zip(readings, failures, strict=True))
    return f"{_STYLE}{_STRIP_STYLE.replace('HEIGHT', height)}<div class='nx'>{films}</div>"


def level_key(level: float) -> str:
    """The key of the button of one of the strip's levels."""
    return f"strip_{round(100 * level)}"


def question(image: np.ndarray) -> str:
    """The game's picture; its text alternative gives nothing away."""
    alt = "A handwritten digit under noise: which one is it?"
    return f"{_STYLE}<div class='nx nx-question'>{picture(image, alt=alt)}</div>"


def level_line(key: str, layout) -> str:
    """A line at the current level over the figure of that key.

    layout: the plotly figure's, with fixed margins and an x axis from 0 to 1.
    """
    margin = layout.margin
    height = layout.height - margin.t - margin.b
    left = f"calc({margin.l}px + (100% - {margin.l + margin.r}px) * var(--noise-level, 0) - 1px)"
    return (
        f"<style>.st-key-{key} {{position:relative}} .st-key-{key}::after {{content:''; position:absolute; "
        f"pointer-events:none; left:{left}; "
        f"top:{margin.t}px; height:{height}px; border-left:2px dashed currentColor; opacity:.75}}</style>"
    )


def class_name(digit: int | None) -> str:
    return "any" if digit is None else str(digit)


def decibels(psnr: float) -> str:
    return f"PSNR {psnr:.1f} dB" if np.isfinite(psnr) else "PSNR ∞: the clean image"


def _now(level: float) -> str:
    # Not on :root, from where the variable would be inherited by, and so computed for, every element of the page.
    lines = ",".join(f".st-key-{key}::after" for key in CURVES)
    pressed = f".st-key-{level_key(level)} button::after"
    return f"<style>{lines} {{--noise-level:{level:.2f}}} {pressed} {{outline:3px solid #1b7fd4}}</style>"


def _row(reading: Reading) -> str:
    guess = reading.guess
    probability = share(guess.probability)
    mark = "✓ right" if reading.right else f"✗ wrong: it is {reading.label}"
    spoken = f"{reading.title}: guess {guess.digit}, {probability}, {mark[2:]}. {decibels(reading.psnr)}"
    return (
        f'<section class="nx-row" aria-label="{escape(spoken)}">'
        f"{picture(reading.image, alt=f'{reading.title} at level {reading.level:.2f}')}"
        f'<div><div class="nx-name">{escape(reading.title)}</div><span class="nx-digit">{guess.digit}</span> '
        f'<span class="nx-mark{"" if reading.right else " nx-wrong"}">{mark}</span>'
        f'<div class="nx-bar" aria-hidden="true"><i{"" if reading.right else " class=nx-miss"} '
        f'style="width:{100 * guess.probability:.1f}%"></i></div>'
        f'<div class="nx-small">{probability} for {guess.digit}. {decibels(reading.psnr)}</div></div></section>'
    )


def _film(film: Sequence[Reading], failure: float | None) -> str:
    figures = "".join(map(_frame, film))
    title = escape(film[0].title)
    says = escape(_failing(film, failure))
    return (
        f'<section aria-label="{title}: {says}"><div class="nx-says"><b>{title}</b>: {says}</div>'
        f'<div class="nx-film">{figures}</div></section>'
    )


def _frame(reading: Reading) -> str:
    guess = reading.guess
    wrong, sign = ("", "") if reading.right else (' class="nx-wrong"', "<b>✗</b>")
    spoken = f"{reading.title} at level {reading.level:g}: guess {guess.digit}, {'wrong' if sign else 'right'}"
    return (
        f"<figure>{picture(reading.image, alt=spoken)}"
        f"<figcaption{wrong}>{guess.digit}{sign}<small>{_short(guess.probability)}</small></figcaption></figure>"
    )


def _short(probability: float) -> str:
    """Whole percent in the width of a film's picture; as `share`, it never says 100% for what is not."""
    return "&gt;99%" if probability > 0.99 else f"{100 * probability:.0f}%"


def _failing(film: Sequence[Reading], failure: float | None) -> str:
    """In words from which level on the guess is wrong, and where else it is."""
    before = [f"{each.level:g}" for each in film if not each.right and (failure is None or each.level < failure)]
    also = f"; also wrong at {', '.join(before)}" if before else ""
    if failure is None:
        return f"right at level {film[-1].level:g}, by chance{also}"
    return f"wrong from level {failure:g} up{also}" if failure else "wrong at every level"
