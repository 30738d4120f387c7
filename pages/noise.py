"""Slide the noise until denoising fails: what is still read, from one digit and from all test images?"""

import streamlit as st

from mnist_app import figures, noise, store
from mnist_app.ui import asked, dataset, digit, html, models, page
from mnist_app.ui import noise as noise_ui

MEDIANS = {"median-3": "3×3", "median-5": "5×5"}
TRAINED = {"autoencoder": "autoencoder", "unet": "U-Net denoiser"}


def pick_level(level: float) -> None:
    st.session_state["level"] = level


@st.fragment
def explore() -> None:
    left, right = st.columns([4, 7], gap="medium")
    with right, st.container(horizontal=True, vertical_alignment="bottom"):
        row = st.container(horizontal=True, width="content")
        popover = st.popover("More", icon=":material/tune:")
        more = popover.container(horizontal=True, vertical_alignment="bottom", width=280)
    with row:
        chosen = digit.choose(digits, reader=served.classifiers[0], more=more)
    with more:
        titles = {key: kind.title for key, kind in noise.NOISES.items()}
        kind = st.selectbox("Noise", titles, format_func=titles.get, key="kind", bind="query-params", width=260)
        seed = st.number_input("Noise seed", 0, 9999, 0, key="seed", bind="query-params", width=130)
        st.button("New noise", key="new_seed", on_click=page.pick, args=("seed", 9999))
        median = st.pills(
            "Median", list(MEDIANS), selection_mode="multi", default=["median-3"], format_func=MEDIANS.get,
            key="median", bind="query-params",
        )  # fmt: skip
    if chosen is None:
        page.offer_drawing()
        return
    shown = [each for each in denoisers if each.key not in MEDIANS or each.key in median]
    options = {"classifier": classifier, "denoisers": shown, "kind": kind, "seed": seed}
    with left:
        show_level(chosen, options)
    with right, st.container(key="strip"):
        with st.container(horizontal=True, key="strip_levels"):
            for level in noise.LEVELS:
                key = noise_ui.level_key(level)
                st.button(f"{level:g}", key=key, on_click=pick_level, args=(level,), width="stretch")
        st.html(noise_ui.strip(noise_ui.read(chosen, noise.LEVELS, **options)))
    source = f" The test images are {digits.data}, not MNIST." if digits and dataset.of(digits.data) else ""
    st.caption(f"{noise.NOISES[kind].title} noise. {noise.NOISES[kind].description}{source}")


@st.fragment
def show_level(chosen: digit.Chosen, options: dict) -> None:
    """All that a step of the slider changes."""
    level = st.slider("Level of noise", 0.0, 1.0, 0.4, 0.01, key="level", bind="query-params")
    st.caption(f"{noise.NOISES[options['kind']].title}, seed {options['seed']}", width="content")
    st.html(noise_ui.rows(noise_ui.read(chosen, (level,), **options), level=level))


@st.fragment
def show_digits(lines: dict[str, figures.NoiseLine]) -> None:
    by_title = {html.as_markdown(title): line for title, line in lines.items()}  # options are Markdown
    line = by_title[page.choice("Digit by digit", by_title, key="map_of")]
    figure = page.drawn(("map", version, line.title), lambda: figures.failure_map(line, classifier=classifier.label))
    page.figure(figure, key="map", name="mnist-noise-digits")


classifier = page.heading_with_classifier("Slide the noise until denoising fails")
served = models.served()
denoisers = asked.denoisers()
digits = dataset.test_digits()
if digits is None:
    dataset.offer_mnist()
explore()
for key in TRAINED.keys() - {denoiser.key for denoiser in denoisers}:
    st.info(f"The {TRAINED[key]} is not trained yet. Train it: `python -m mnist_app train {key}`")

page.section("All test images")
st.markdown("These figures use salt-and-pepper noise. The other kinds are above, for one digit at a time.")
if lines := noise_ui.curves(classifier, denoisers, digits):
    curves, version = list(lines.values()), (store.state(), classifier.model.name, *lines)

    def draw_accuracy():
        other_seeds = models.seed_curves(classifier.model.name)
        return figures.noise_accuracy(curves, classifier=classifier.label, other_seeds=other_seeds)

    both = (
        page.drawn(("accuracy", version), draw_accuracy),
        page.drawn(("psnr", version), lambda: figures.noise_psnr(curves)),
    )
    for column, key, figure in zip(st.columns(2), noise_ui.CURVES, both, strict=True):
        with column:
            st.html(noise_ui.plot_area(key, figure.layout))
            page.figure(figure, key=key, name=f"mnist-noise-{key}")
    show_digits(lines)
st.page_link(
    "pages/game.py",
    label="At which level can you no longer read it? Play against the networks",
    icon=":material/casino:",
)
page.notes(__file__)
