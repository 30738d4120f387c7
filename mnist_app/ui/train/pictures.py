"""Pictures of a training: variants of its images, a digit that the network reads meanwhile, and its first layer."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from mnist_app import augmentation, jobs
from mnist_app.evaluation import Guess
from mnist_app.recipes import Recipe
from mnist_app.store import Snapshots
from mnist_app.ui import dataset, html, models, page, visitor, weights

_VARIANTS = 12
_MOST_GUESSES = 16

_PEN = (
    "It is bent as well. Some variants get a style of handwriting that is rare in MNIST. Shares of the images of these "
    f"digits: {'; '.join(f'{style.name}, {style.share:.0%}' for style in augmentation.STYLES)}. "
    f"{augmentation.OTHER_FORMS:.0%} of all images are replaced by another form of the digit, such as an open 4 or a 3 "
    "with a flat roof."
)


@st.fragment
def show_augmented(recipe: Recipe) -> None:
    """A row for each digit: an original image, then its variants from one epoch after another."""
    digits = dataset.test_digits()
    if recipe.augmentation == "none" or digits is None:
        return
    with st.expander("What it is trained on: in each epoch another variant of every image"):
        rng = np.random.default_rng()
        indices = [rng.choice(np.flatnonzero(digits.labels == digit)) for digit in np.unique(digits.labels)]
        originals, labels = digits.images[indices, :, :, 0], digits.labels[indices]
        images = np.round(originals * 255).astype(np.uint8)
        columns = [originals]
        columns += [augmentation.augment(images, labels, kind=recipe.augmentation, rng=rng) for _ in range(_VARIANTS)]
        sheet = html.picture(
            np.hstack([np.vstack(column) for column in columns]),
            alt="Digits, a row each: first the original, then twelve variants",
        )
        st.html(f'<div class="vx vx-sheet">{sheet}</div>')
        st.button("Other images", key="vary_again")
        st.markdown(
            "The left column shows the original images. Each variant is turned, sheared, stretched and moved a little, "
            f"and drawn with a thinner or thicker pen. {_PEN if recipe.augmentation == 'pen' else ''} "
            f"These are test images{dataset.of(digits.data)}, changed for this picture only: the network trains on "
            "variants of training images."
        )


def show_guesses(job: jobs.Job, *, until: int | None = None) -> None:
    """The visitor's drawing or a training image, the ten bars as the network gives them, and its guesses so far.

    `until` is the batch at which the page looks back at the training; None shows it as it is now.
    """
    image, viewer = st.session_state.get("drawn"), visitor.current().id
    about, link = "This is your drawing.", "Draw another"
    if image is None:
        if not (found := jobs.watched_image(job.id)):
            about = "Draw a digit. The network reads it while it learns"
            st.page_link("pages/draw.py", label=about, icon=":material/edit:")
            return
        (image, label), viewer, link = found, jobs.WATCHED, "Draw your own"
        about = f"This training image is a {label}. The guess for it changes often."
    elif job.active:
        page.attempt(jobs.show_drawing, job.id, viewer=viewer, image=image)
    seen = jobs.guesses(job.id, viewer=viewer)
    if until is not None:
        seen = [each for each in seen if each[0] <= until]
    if not seen and not job.active:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.html(html.pictures([(image, about, "")], side="6rem"), width=100)
        if seen:
            batch, probabilities = seen[-1]
            st.html(html.large_card("The network's guess", f"after batch {batch:,}", Guess(tuple(probabilities))))
        else:
            st.caption("The network's guess appears here when the training runs, and changes every 100th batch.")
    if seen:
        st.html(course(seen))
    st.caption(about)
    st.page_link("pages/draw.py", label=link, icon=":material/edit:")


def course(seen: Sequence[tuple[int, Sequence[float]]]) -> str:
    """The guesses since the start in one row, each (batch, ten probabilities); a surer guess is more opaque."""
    places = np.linspace(0, len(seen) - 1, min(len(seen), _MOST_GUESSES)).round().astype(int)
    shown = [(seen[place][0], Guess(tuple(seen[place][1]))) for place in places]
    cells = "".join(
        f'<span title="Batch {batch:,}: {guess.digit}, {html.escape(html.share(guess.probability))}" '
        f"{html.confidence(guess)}>{guess.digit}</span>"
        for batch, guess in shown
    )
    words = f"Guesses from batch {seen[0][0]:,} to batch {seen[-1][0]:,}"
    digits = ", ".join(str(guess.digit) for _, guess in shown)
    return (
        f'<div class="mx-sure">{words}; a bolder digit is a surer guess:</div>'
        f'<div class="mx-course" role="img" aria-label="{words}: {digits}">{cells}</div>'
    )


def snapshots(job: jobs.Job) -> Snapshots | None:
    """Of the training, or of the run that it became; None before its first epoch."""
    model = models.find(job.model) if job.model else None
    return model.snapshots if model else jobs.snapshots(job.id)


def choose_epoch(job: jobs.Job, taken: Snapshots) -> int | None:
    """A slider back through the epochs; None at its end, where it follows the training."""
    last = job.recipe.epochs if job.active else taken.epochs[-1]
    if not last:
        return None
    label = "Look back: after epoch"
    about = "Curves, guess, first layer and confusion matrix as they were. Epoch 0 is before training."
    epoch = st.slider(label, 0, last, last, key=f"epoch_of_{job.id}_{last}", help=about)
    return epoch if epoch < min(last, taken.epochs[-1]) else None


def show_snapshot(taken: Snapshots, *, epoch: int | None) -> None:
    """The first layer and the confusion matrix after that epoch, or as they are now."""
    epoch = taken.epochs[-1] if epoch is None else epoch
    st.html(grid(taken, epoch=epoch))
    place = _place(taken, epoch)
    if taken.confusions is not None and taken.epochs[place]:
        counts = taken.confusions[place]
        wrong = f"{counts.sum() - counts.trace():,} of {counts.sum():,} validation images read wrongly"
        st.html(html.matrix(f"{wrong} after epoch {taken.epochs[place]}", counts))


def grid(layer: Snapshots, *, epoch: int) -> str:
    """The layer after that epoch, or after the last one before it that was kept; one scale for all epochs.

    Blue is below 0, white 0, red above.
    """
    place = _place(layer, epoch)
    kernels = layer.kernels[place]
    # Few weights exceed the scale: single large ones would make the others pale.
    scale = float(np.quantile(np.abs(layer.kernels), 0.995)) or 1.0
    units, rows, columns = kernels.shape
    title = f"{units} weight images" if rows == 28 else f"{units} filters of {rows} × {columns}"
    when = f"after epoch {layer.epochs[place]}" if layer.epochs[place] else "before training"
    alt = f"{title} of the first layer, {when}"
    return (
        f'<figure class="vx vx-clear"><figcaption><b>{title}, {when}.</b> Blue: {-scale:.2g} and below, white: 0, '
        f"red: {scale:.2g} and above.</figcaption>"
        f"{weights.sheet(kernels, scale=scale, alt=alt)}</figure>"
    )


def _place(taken: Snapshots, epoch: int) -> int:
    """Of the last snapshot that is not after that epoch."""
    return max((at for at, each in enumerate(taken.epochs) if each <= epoch), default=0)
