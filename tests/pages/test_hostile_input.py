"""What no lesson asks for: impossible links, names that are code elsewhere, and clicks in any order, also late ones.

`EXAMPLES=100 pytest tests/pages/test_hostile_input.py` tries a hundred more of each.
"""

import os
import re
from dataclasses import replace
from itertools import cycle

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as some
from markdown_it import MarkdownIt
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Widget

from mnist_app import InvalidInput, recipes, store
from mnist_app.ui import dataset
from mnist_app.ui.html import as_markdown
from tests import drawings, tiny, tiny_latent
from tests.pages import train_stage
from tests.pages.stage import APP, digit_image, markup, press, shown, text_of

EXAMPLES = int(os.environ.get("EXAMPLES", "0"))
few = settings(
    max_examples=max(EXAMPLES, 1),
    phases=[Phase.explicit, Phase.generate, Phase.shrink] if EXAMPLES else [Phase.explicit],
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

VIEWS = [
    ("draw", {"replay": "true"}),
    ("noise", {}),
    ("noise", {"digit": "My drawing"}),
    ("game", {}),
    ("train", {"recipe": "CNN"}),
    ("curves", {"runs": "Tiny"}),
    ("weight_decay", {"factors": "Own"}),
    ("latent", {}),
    ("latent", {"section": "Morph"}),
    ("latent", {"section": "Two numbers"}),
    ("latent", {"section": "Sliders"}),
    ("inside", {"part": "What if?"}),
]
"""Together they show every widget that the address holds."""

INFINITE = ["1e999", "-inf", "Infinity", "9" * 400]
NASTY = [*INFINITE, "", "nan", "-1", "1.5", "1e308", "0x10", "١٢", "1_000", "true", "None", "[]", "../../x", "a\0b"]
NASTY += ["x" * 5000, "<b>", "![x](http://h/a.png)", "\u202eabc", " 3 ", "9" * 5000]
some_text = some.sampled_from(NASTY) | some.text(max_size=60) | some.floats().map(repr) | some.integers().map(str)
some_value = some_text | some.lists(some_text, min_size=1, max_size=3)


@pytest.fixture
def everything(models_folder, small_mnist, save_tiny, monkeypatch, fresh_caches):
    """Something for every page to show: a classifier, all that the Latent page asks for, a training of another visitor.

    Returns the classifier.
    """
    train_stage.fake_queue(monkeypatch).add(owner_name="![x](http://h/a.png)", status="stopped")
    digits = dataset.test_digits()
    digits = replace(digits, images=np.concatenate([digits.images] * 2), labels=np.arange(40) % 10)
    monkeypatch.setattr(dataset, "test_digits", lambda: digits)
    halves = {store.ENCODER_FILE: tiny_latent.ENCODER_FILE, store.DECODER_FILE: tiny_latent.DECODER_FILE}
    for key in ("autoencoder", "autoencoder-2d"):
        tiny.save(recipes.get(key), tiny.DENOISER_FILE, files=halves)
    tiny_latent.save("cvae")
    return save_tiny()


def open_link(name, query, **state):
    page = AppTest.from_file(str(APP), default_timeout=20).switch_page(f"pages/{name}.py")
    for key, value in state.items():
        page.session_state[key] = value
    for key, value in query.items():
        page.query_params[key] = value
    return shown(page.run())


@pytest.mark.parametrize(("name", "view"), VIEWS, ids=str)
def test_no_link_ends_in_an_error(name, view, everything):
    known = {
        element.key: element.type
        for element in open_link(name, view, drawn=digit_image(3)).main
        if isinstance(element, Widget) and element.key not in view
    } | {"job": "text"}
    worst = ["1e999" if kind == "number_input" else "" for kind in known.values()]

    @few
    @example(worst)
    @example([value for _, value in zip(known, cycle(NASTY), strict=False)])
    @given(some.lists(some_value, min_size=len(known), max_size=len(known)))
    def visit(values):
        page = open_link(name, view | dict(zip(known, values, strict=True)), drawn=digit_image(3))
        assert all(choice.value is not None for choice in page.segmented_control)

    visit()


def test_what_a_link_cannot_mean_is_named_and_the_rest_of_it_counts(everything):
    page = open_link("noise", {"image": "1e999", "digit": "", "seed": "7", "level": "9"})
    assert [page.number_input(key=key).value for key in ("image", "seed")] == [0, 7]
    assert page.segmented_control(key="digit").value == "Test image"
    said = [caption.value.split("**")[1] for caption in page.caption if "is impossible" in caption.value]
    assert said == ["image", "digit"]
    assert dict(page.query_params) == {"seed": "7"}
    assert "is impossible" not in text_of(page.run()), "it is said once"
    page = open_link("noise", {"![x](http://h/a.png)": "inf"})
    assert not any("![x]" in caption.value for caption in page.caption)


PLACES = [
    ("draw", {}),
    ("noise", {"classifier": "name"}),
    ("game", {}),
    ("train", {"job": "name"}),
    ("curves", {"runs": "name"}),
    ("weight_decay", {"factors": "Own", "own": "name"}),
    ("latent", {"classifier": "name"}),
    ("inside", {"classifier": "name"}),
]
"""Every page; what a link says there may be a run's name."""

MARKDOWN = "![x](http://h/a.png) [a](javascript:b) <img src=x>"
DIRECTIVES = ":red[x] $x^2$ :material/home: **b** ~~s~~ <b>B</b>"
HTML = {"html", "bidi_component", "plotly_chart"}
PLAIN = {"selectbox", "multiselect", "text_input", "arrow_data_frame", "page_link", "dataframe"}
"""Streamlit shows the options and values of these as they are; their labels are not names."""


@pytest.mark.parametrize("name", [MARKDOWN, DIRECTIVES])
def test_a_name_is_text_on_every_page(name, everything, save_denoiser):
    for model in (everything, save_denoiser()):
        store.rename(model, name)
    for place, query in PLACES:
        page = open_link(place, {key: f"{name} (Tiny)" if value == "name" else value for key, value in query.items()})
        for element in page._tree:
            kind = getattr(element, "type", "")
            if kind in PLAIN or not hasattr(element, "proto"):
                continue
            if kind in HTML:
                read = getattr(element.proto, "spec", "") or str(element.proto)  # a figure's alt is text
                assert "<img src=x" not in read
                assert "<b>B" not in read
            else:
                seen = re.sub(r"\\\\.", "", str(element.proto))  # without escaped marks
                assert not any(part in seen for part in name.split()), (place, kind)


@settings(few, max_examples=max(EXAMPLES, 100), phases=list(Phase))
@example("`` ` ![x](h) ` ``")
@example("```![x](h)`")
@example("`a\n\n![x](h)`")
@given(some.text("![]()`<>*_:/.@$&~\\ \n-+#ax;", max_size=30))
def test_text_stays_text_in_markdown(text):
    blocks = MarkdownIt().enable("strikethrough").parse(f"Run {as_markdown(text)}")
    found = [token for block in blocks for token in block.children or []]
    assert {token.type for token in found} <= {"text", "text_special", "code_inline", "softbreak", "hardbreak"}
    if "`" not in text and text == " ".join(text.split()):
        assert "".join(token.content for token in found).strip() == f"Run {text}".strip()


def test_a_name_that_turns_the_text_round_is_refused(everything):
    with pytest.raises(InvalidInput):
        store.rename(everything, "abc\u202efed")


def touched(page, widget, number):
    """What the browser sends when a visitor changes a widget, also one that is no longer shown."""
    state = WidgetState(id=widget.proto.id)
    match widget.type:
        case "button":
            state.trigger_value = True
        case "selectbox":
            state.string_value = widget.options[number % len(widget.options)]
        case "multiselect" | "pills" | "segmented_control" | "button_group":
            state.string_array_value.data.append(widget.options[number % len(widget.options)])
        case "number_input":
            state.double_value = widget.min + number % int(widget.max - widget.min + 1)
        case "slider":
            state.double_array_value.data.append(widget.min if number % 2 else widget.max)
        case "toggle":
            state.bool_value = not widget.value
        case "text_input":
            state.string_value = NASTY[number % len(NASTY)]
    states = page._tree.get_widget_states()
    others = [other for other in states.widgets if other.id != state.id]
    return WidgetStates(widgets=[*others, state])


@pytest.mark.parametrize("name", ["draw", "noise", "game", "train", "curves", "weight_decay", "latent", "inside"])
def test_no_order_of_clicks_ends_in_an_error(name, everything):
    @few
    @example([(at, 3 * at) for at in range(6)])
    @given(some.lists(some.tuples(some.integers(0, 999), some.integers(0, 999)), min_size=4, max_size=10))
    def visit(steps):
        page, gone = open_link(name, {}, drawn=digit_image(3)), {}
        for place, number in steps:
            here = {each.proto.id: each for each in page.main if isinstance(each, Widget)}
            gone |= {id: each for id, each in here.items() if each.type == "button"}
            touchable = list((gone | here).values())
            shown(page._run(touched(page, touchable[place % len(touchable)], number)))

    visit()


def test_the_canvas_sends_a_picture_too_and_nobody_reads_it(everything):
    value = drawings.canvas_value(drawings.ONE)
    value["drawing"]["data"] = "data:image/png;base64,no picture at all"
    page = open_link("draw", {}, **{"draw-canvas": value})
    assert "What the networks see" in markup(page)


def test_a_click_may_come_after_what_it_belonged_to_is_gone(everything):
    page = open_link("noise", {}, drawn=digit_image(3))
    late = page.button(key="random_image")
    page.segmented_control(key="digit").set_value("My drawing").run()
    shown(page._run(touched(page, late, 0)))
    page.segmented_control(key="digit").set_value("Test image").run()
    assert 0 <= shown(page).number_input(key="image").value < 40


def test_a_digit_after_giving_up_is_no_answer(stage):
    page = press(open_link("game", {}), "game_start")
    late = page.button(key="answer_3"), page.button(key="game_stop")
    press(page, "game_stop")
    for button in late:
        shown(page._run(touched(page, button, 0)))
        assert page.session_state["game"].answers == (None,)
