"""Slide the noise until denoising fails: what is still read, from one digit and from all test images?"""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from mnist_app import evaluation, figures, noise, ui
from mnist_app.ui import noise_rows

SOURCES = ("Test image", "My drawing")
MEDIANS = {"median-3": "3×3", "median-5": "5×5"}
TRAINED = {"autoencoder": "autoencoder", "unet": "U-Net denoiser"}
TEST_IMAGES = 10_000
DRAWN = TEST_IMAGES  # the number of the drawing's noise field: the test images have those before


@dataclass(frozen=True)
class Chosen:
    """The digit under the noise: float32 (28, 28, 1), what it shows, and the number of its noise field."""

    image: np.ndarray
    label: int
    number: int


def pick_image(labels: np.ndarray) -> None:
    """Another test image, of the class that is selected."""
    wanted = st.session_state["of_class"]
    numbers = np.flatnonzero((labels == wanted) | (wanted is None))
    st.session_state["image"] = int(np.random.default_rng().choice(numbers))


def pick_seed() -> None:
    st.session_state["seed"] = int(np.random.default_rng().integers(10_000))


def pick_level(level: float) -> None:
    st.session_state["level"] = level


def choose_digit() -> Chosen | None:
    """The controls that say which digit; None where nothing is drawn."""
    sources = SOURCES if digits else SOURCES[1:]
    source = st.segmented_control("Digit", sources, default=sources[0], required=True, key="digit", bind="query-params")
    if source == "My drawing":
        drawn = st.session_state.get("drawn")
        if drawn is None:
            return None
        (best,) = ui.guess(ui.judges().ready[:1], drawn[None])[0]
        # A new drawing has a new guess, hence another widget, which starts from that guess.
        label = st.selectbox("It is a", range(10), index=best.digit, key=f"meant_{best.digit}", width=90)
        return Chosen(drawn, label, DRAWN)
    last = len(digits.labels) - 1
    number = st.number_input("Test image", 0, last, 0, key="image", bind="query-params", width=130)
    changed = {"on_change": pick_image, "args": (digits.labels,)}
    st.selectbox("Class", [None, *range(10)], key="of_class", width=90, format_func=noise_rows.class_name, **changed)
    st.button("Random image", key="random_image", on_click=pick_image, args=(digits.labels,))
    return Chosen(digits.images[number], int(digits.labels[number]), number)


def read(chosen: Chosen, levels, *, shown, kind: str, seed: int) -> list[list[noise_rows.Reading]]:
    """For each denoiser what it makes of the digit at each level, and what the classifier then reads."""
    clean = np.repeat(chosen.image[None], len(levels), axis=0)
    noisy = noise.corrupt(clean, level=levels, kind=kind, seed=seed, indices=[chosen.number] * len(levels))
    films = []
    for denoiser in shown:
        images = denoiser.run(noisy)
        told = zip(images, levels, ui.guess((judge,), images)[0], noise.psnr(images, clean), strict=True)
        films.append([noise_rows.Reading(denoiser.title, i, lv, g, chosen.label, float(p)) for i, lv, g, p in told])
    return films


@st.fragment
def explore() -> None:
    """One digit under noise."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = choose_digit()
        kinds = {"options": list(noise.NOISES), "format_func": lambda key: noise.NOISES[key].title}
        kind = st.selectbox("Noise", **kinds, key="kind", bind="query-params", width=155)
        seed = st.number_input("Noise seed", 0, 9999, 0, key="seed", bind="query-params", width=100)
        st.button("New noise", key="new_seed", on_click=pick_seed)
        median = st.pills(
            "Median", list(MEDIANS), selection_mode="multi", default=["median-3"], format_func=MEDIANS.get,
            key="median", bind="query-params",
        )  # fmt: skip
    if chosen is None:
        st.info("Nothing is drawn yet: draw a digit first, then come back.")
        st.page_link("pages/draw.py", label="Draw a digit", icon="✏️")
        return
    shown = [denoiser for denoiser in denoisers if denoiser.key not in MEDIANS or denoiser.key in median]
    how = {"shown": shown, "kind": kind, "seed": seed}
    left, right = st.columns([4, 7], gap="medium")
    with left:
        slide(chosen, how)
    with right, st.container(key="strip"):
        with st.container(horizontal=True, key="strip_levels"):
            for level in noise.LEVELS:
                key = noise_rows.level_key(level)
                st.button(f"{level:g}", key=key, on_click=pick_level, args=(level,), width="stretch")
        films = read(chosen, noise.LEVELS, **how)
        failures = [evaluation.failure_level(noise.LEVELS, [each.right for each in film]) for film in films]
        st.html(noise_rows.strip(films, failures))
    told = f" The test images are {digits.data}, not MNIST." if digits and ui.of(digits.data) else ""
    st.caption(f"{noise.NOISES[kind].title} noise. {noise.NOISES[kind].description}{told}")


@st.fragment
def slide(chosen: Chosen, how: dict) -> None:
    """All that a step of the slider changes."""
    level = st.slider("Level of noise", 0.0, 1.0, 0.4, 0.01, key="level", bind="query-params")
    st.html(noise_rows.rows([film[0] for film in read(chosen, (level,), **how)], level=level))


def show_all_images() -> None:
    """The curves of all test images."""
    found = ui.noise_curves(judge.model.name)
    lines = [figures.NoiseLine(d.title, found[d.key], styles[d.key]) for d in denoisers if d.key in found]
    missing = [denoiser for denoiser in denoisers if denoiser.key not in found]
    if missing and digits and digits.data == judge.model.card.data:
        st.info(f"Not computed yet with {judge.label}: {', '.join(each.title for each in missing)}. It takes minutes:")
        model = judge.model
        key = model.card.recipe.key if model.card.as_declared and not model.card.seed else model.name
        commands = [f"python -m mnist_app noise-curve --denoiser {each.key} --classifier {key}" for each in missing]
        st.code("\n".join(commands), language="bash")
    if not lines:
        return
    if digits and lines[0].curve.data != digits.data:
        st.caption(f"These curves were measured with {lines[0].curve.data}, on which this classifier was trained.")
    drawn = (
        figures.noise_accuracy(lines, classifier=judge.label, other_seeds=ui.seed_curves(judge)),
        figures.noise_psnr(lines),
    )
    for column, key, figure in zip(st.columns(2), noise_rows.CURVES, drawn, strict=True):
        with column:
            st.html(noise_rows.level_line(key, figure.layout))
            ui.figure(figure, key=key, name=f"mnist-noise-{key}")
    show_digits({line.title: line for line in lines})


@st.fragment
def show_digits(lines: dict[str, figures.NoiseLine]) -> None:
    """The heat map of one denoiser."""
    title = st.segmented_control("Digit by digit", list(lines), default=next(iter(lines)), required=True, key="map_of")
    ui.figure(figures.failure_map(lines[title], classifier=judge.label), key="map", name="mnist-noise-digits")


judge = ui.heading_with_classifier("Slide the noise until denoising fails")
denoisers = ui.denoisers()
styles = {denoiser.key: number for number, denoiser in enumerate(denoisers)}
digits = ui.test_digits()
if digits is None:
    ui.offer_mnist()
explore()
for key in TRAINED.keys() - styles.keys():
    st.info(f"The {TRAINED[key]} is not here yet. Train it: `python -m mnist_app train {key}`")

st.subheader("All test images")
st.markdown("Salt-and-pepper noise only: the other kinds are shown above, for one digit at a time.")
show_all_images()
st.page_link("pages/game.py", label="At what level can you no longer read it? Read against the networks", icon="🎲")
ui.notes(
    """
- **Where denoising does harm.** Set the level to 0, then to 0.05, 0.1 and 0.15, and compare each denoiser's curve with
  that of no denoising. Below which level is it better to leave the image alone? What a denoiser learned from noisy
  images only, it does to clean ones as well.
- **Where it stops working.** From which level on does no denoiser give a picture that the classifier reads? Look at
  the pictures there: a network's still look like digits, but like other ones. A clean picture is no proof of a right
  one.
- **Three levels, not one.** The level from which *you* no longer read the noisy picture, the one from which the
  classifier fails without denoising, and the one from which denoising fails differ. Read each of them off. Source C
  says 0.4 to 0.5 for people, and 0.7 for where its denoising stops working.
- **Two networks near 99%.** Choose one classifier after another: on clean images they hardly differ, on noisy ones they
  differ widely, and after a denoiser they hardly differ again. So source C's points for noisy images, which come from
  its own classifier, need not lie on the curve here.
- **Ask for the simple method first.** A median filter has no weights and is not trained. Up to which level is it as
  good as a network, and which strokes does it lose: thin or thick ones?
- **Closer is not more readable.** The PSNR counts every pixel alike: find a picture that is closer to the clean one
  than another and yet misread.
- **Sure and wrong.** At level 1 nothing of the digit is left. What does the classifier guess there, and how sure is it?
  Which digit does it therefore seem never to lose?
"""
)
