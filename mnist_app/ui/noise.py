"""The Noise page's pictures as HTML: a row per denoiser, the film strip, the level's line.

What is wrong is said in words and by a sign besides the colour. CSS variables say which level is shown now, so that a
step of the slider changes neither the strip nor a figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from mnist_app import evaluation, jobs, noise
from mnist_app.evaluation import Guess
from mnist_app.figures import NoiseLine
from mnist_app.serving.denoisers import Denoiser
from mnist_app.ui import dataset, models, queue
from mnist_app.ui.digit import Chosen
from mnist_app.ui.html import as_markdown, escape, picture, share

CURVES = ("accuracy_curve", "psnr_curve")  # the keys of the figures that show the level


@dataclass(frozen=True)
class Reading:
    """What a denoiser made of an image (28, 28, 1) of that label at a level, and what the classifier then read.

    `psnr` is in dB against the clean image, infinite where they are identical.
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


def read(
    chosen: Chosen,
    levels: Sequence[float],
    *,
    classifier: models.Classifier,
    denoisers: Sequence[Denoiser],
    kind: str,
    seed: int,
) -> list[list[Reading]]:
    """A film for each denoiser: a reading at each level."""
    clean = np.repeat(chosen.image[None], len(levels), axis=0)
    noisy = noise.corrupt(clean, level=levels, kind=kind, seed=seed, indices=[chosen.index] * len(levels))
    films = []
    for denoiser in denoisers:
        images = denoiser.run(noisy)
        guesses, psnr = models.guess(classifier, images), noise.psnr(images, clean).tolist()
        columns = zip(images, levels, guesses, [chosen.label] * len(levels), psnr, strict=True)
        films.append([Reading(denoiser.title, *column) for column in columns])
    return films


def rows(films: Sequence[Sequence[Reading]], *, level: float) -> str:
    """A row per denoiser, large, at the first level of each film; it also marks `level` in the strip and figures."""
    return f"{_mark(level)}<div class='nx'>{''.join(_row(film[0]) for film in films)}</div>"


def strip(films: Sequence[Sequence[Reading]]) -> str:
    """For each denoiser its pictures from level 0 to 1, each with the guess, and from which level on it fails."""
    style = f"<style>.st-key-strip_levels {{--films:{len(films)}}}</style>"
    return f"{style}<div class='nx'>{''.join(map(_film, films))}</div>"


def level_key(level: float) -> str:
    """The key of the button of one of the strip's levels."""
    return f"strip_{round(100 * level)}"


def plot_area(key: str, layout) -> str:
    """The place of the level's line over the figure of that key; its plotly layout has an x axis from 0 to 1."""
    margin = layout.margin
    height = layout.height - margin.t - margin.b
    left_right = f"--left:{margin.l}px; --right:{margin.r}px"
    return f"<style>.st-key-{key} {{{left_right}; --top:{margin.t}px; --height:{height}px}}</style>"


def curves(
    classifier: models.Classifier, denoisers: Sequence[Denoiser], digits: dataset.Digits | None
) -> dict[str, NoiseLine]:
    """The stored curves by the denoiser's title; it also offers to compute those that are missing."""
    model, card = classifier.model, classifier.model.card
    stored = {curve.denoiser: curve for curve in models.served().curves if curve.classifier == model.name}
    lines, missing = {}, []
    for style, denoiser in enumerate(denoisers):
        if denoiser.key in stored:
            lines[denoiser.title] = NoiseLine(denoiser.title, stored[denoiser.key], style)
        else:
            missing.append(denoiser)
    if missing and digits and digits.data == card.data:
        _show_missing(classifier, missing)
    if lines and digits and card.data != digits.data:
        st.caption(f"These curves were measured on {card.data}, because this classifier was trained on them.")
    return lines


def _show_missing(classifier: models.Classifier, missing: Sequence[Denoiser]) -> None:
    """Which curves are missing, and the button that orders them, or their progress."""
    model, keys = classifier.model, [denoiser.key for denoiser in missing]
    job = next((job for job in jobs.list_jobs() if job.classifier == model.name), None)
    titles = as_markdown(", ".join(denoiser.title for denoiser in missing))
    about = f"These curves of {as_markdown(classifier.label)} are not computed yet: {titles}."
    queue.offer(job, "Noise curves. ", about, "Compute these curves", jobs.submit_curves, model, denoisers=keys)


def _mark(level: float) -> str:
    # Not on :root, from where the variable would be inherited by, and so computed for, every element of the page.
    lines = ",".join(f".st-key-{key}::after" for key in CURVES)
    # Framed picture by picture: one frame around the column would strike through what is said above each film.
    framed = f".st-key-{level_key(level)} button, .nx-film figure:nth-child({1 + round(10 * level)})"
    frame = f"{framed} {{outline:3px solid #1b7fd4}}" if level in noise.LEVELS else ""
    return f"<style>{lines} {{--noise-level:{level:.2f}}} {frame}</style>"


def _row(reading: Reading) -> str:
    guess, title = reading.guess, escape(reading.title)
    probability = escape(share(guess.probability))
    mark = "✓ right" if reading.right else f"✗ wrong: it is {reading.label}"
    psnr = f"PSNR {reading.psnr:.1f} dB" if np.isfinite(reading.psnr) else "PSNR ∞: the clean image"
    wrong, miss = ("", "") if reading.right else (" nx-wrong", " class=nx-miss")
    width = f"{100 * guess.probability:.1f}%"
    return (
        f'<section class="nx-row" aria-label="{title}: guess {guess.digit}, {probability}, {mark[2:]}. {psnr}">'
        f"{picture(reading.image, alt=f'{reading.title} at level {reading.level:.2f}')}"
        f'<div><div class="nx-name">{title}</div><span class="nx-digit">{guess.digit}</span> '
        f'<span class="nx-mark{wrong}">{mark}</span>'
        f'<div class="nx-bar" aria-hidden="true"><i{miss} style="width:{width}"></i></div>'
        f'<div class="nx-small">{probability} for {guess.digit}. {psnr}</div></div></section>'
    )


def _film(film: Sequence[Reading]) -> str:
    title, words, frames = escape(film[0].title), _failure_in_words(film), ""
    for reading in film:
        digit, probability = reading.guess.digit, reading.guess.probability
        wrong, sign, said = ("", "", "right") if reading.right else (' class="nx-wrong"', "<b>✗</b>", "wrong")
        alt = f"{reading.title} at level {reading.level:g}: guess {digit}, {said}"
        # Whole percent in the width of a film's picture; as `share`, it never says 100% for what is not.
        percent = "&gt;99%" if probability > 0.99 else f"{probability:.0%}"
        caption = f"<figcaption{wrong}>{digit}{sign}<small>{percent}</small></figcaption>"
        frames += f"<figure>{picture(reading.image, alt=alt)}{caption}</figure>"
    return (
        f'<section aria-label="{title}: {words}"><div class="nx-says"><b>{title}</b>: {words}</div>'
        f'<div class="nx-film">{frames}</div></section>'
    )


def _failure_in_words(film: Sequence[Reading]) -> str:
    """From which level on the guess is wrong, and where else it is."""
    failure = evaluation.failure_level([each.level for each in film], [each.right for each in film])
    before = [f"{each.level:g}" for each in film if not each.right and (failure is None or each.level < failure)]
    also = f"; also wrong at {', '.join(before)}" if before else ""
    if failure is None:
        return f"right at level {film[-1].level:g}, by chance{also}"
    return f"wrong from level {failure:g} up{also}" if failure else "wrong at every level"
