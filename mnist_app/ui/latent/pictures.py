"""Rows of generated pictures as HTML, each with what the classifier reads in it; as in `html`, themes are followed."""

from collections.abc import Sequence

import numpy as np

from mnist_app.evaluation import Guess
from mnist_app.evaluation.results import Proportion
from mnist_app.ui.html import escape, picture, share

SURE = 0.9
"""The probability from which on a guess counts as sure."""

_STYLE = """<style>
.lx {line-height:1.3; font-variant-numeric:tabular-nums; padding:.4rem 0 .5rem;
  border-top:1px solid color-mix(in srgb, currentColor 22%, transparent)}
.lx-about, .lx-found {font-size:.9rem; opacity:.85}
.lx-film {display:grid; gap:.35rem; margin-top:.3rem;
  grid-template-columns:repeat(auto-fill, minmax(max(3.2rem, 100%/(var(--frames) + 1)), 1fr))}
.lx figure {margin:0}
.lx img {display:block; width:100%; aspect-ratio:1; max-width:none; image-rendering:pixelated; border-radius:0;
  background:#000; outline:1px solid #808080; outline-offset:-1px}
.lx figcaption {text-align:center; line-height:1.25}
.lx small {display:block; font-size:.7rem; opacity:.8}
</style>"""


def film(images: np.ndarray, guesses: Sequence[Guess], *, title: str, about: str, found: str = "") -> str:
    """A row of pictures, float32 (n, 28, 28, 1), with a guess under each; it wraps on a narrow screen.

    title, about, found: what the row shows, how it was made, and what was measured, as plain text.
    """
    numbered = enumerate(zip(images, guesses, strict=True), start=1)
    frames = "".join(_frame(image, f"{title}, picture {number}", guess) for number, (image, guess) in numbered)
    measured = f'<div class="lx-found">{escape(found)}</div>' if found else ""
    return (
        f'{_STYLE}<section class="lx" aria-label="{escape(title)}"><b>{escape(title)}</b> '
        f'<span class="lx-about">{escape(about)}</span>{measured}'
        f'<div class="lx-film" style="--frames:{len(images)}">{frames}</div></section>'
    )


def sure_of(guesses: Sequence[Guess]) -> Proportion:
    """The share of the pictures that the classifier gives a digit at least the probability `SURE`."""
    return Proportion(sum(guess.probability >= SURE for guess in guesses) / len(guesses), len(guesses))


def in_words(sure: Proportion, judge: str) -> str:
    """That share with its n and its interval."""
    low, high = sure.interval
    return (
        f"{judge} is at least {SURE:.0%} sure of {round(sure.value * sure.n)} of {sure.n}: {sure.value:.0%} "
        f"(95% interval {low:.0%} to {high:.0%})."
    )


def _frame(image: np.ndarray, name: str, guess: Guess) -> str:
    probability = share(guess.probability)
    return (
        f"<figure>{picture(image, alt=f'{name}: guess {guess.digit}, {probability}')}"
        f"<figcaption>{guess.digit}<small>{escape(probability)}</small></figcaption></figure>"
    )
