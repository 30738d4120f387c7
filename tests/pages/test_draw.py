"""The Draw page without a browser: what it says to every drawing, and to models that are missing or damaged."""

import re
from html import unescape

import msgspec
import pytest
from streamlit.testing.v1 import AppTest

from mnist_app import ink, store
from mnist_app.evaluation.results import Batches, Epoch, History, Proportion
from mnist_app.recipes import RECIPES
from mnist_app.ui.html import REJECTED
from tests import drawings, tiny
from tests.drawings import ONE, SEVEN, SPECK
from tests.pages.stage import APP, markup, press, shown
from tests.rejection import rejection_of, save_features

INVITATION = "Draw a digit, 0 to 9, in the black square"

pytestmark = pytest.mark.usefixtures("fresh_caches")


@pytest.fixture
def shipped(monkeypatch):
    """The classifiers that come with the project, and no others."""
    monkeypatch.delenv(store.FOLDER_VARIABLE, raising=False)
    return [model for model in store.list_models().models if model.card.recipe.task == "classify"]


def visit(lines=(), *, width=20, **query):
    page = AppTest.from_file(str(APP), default_timeout=20)
    for name, value in query.items():
        page.query_params[name] = value
    if lines:
        page.session_state["draw-canvas0"] = drawings.canvas_value(lines, width=width)
    return shown(page.run())


def guesses(page):
    """What a screen reader says of each guess, the large card's first."""
    return re.findall(r'<section [^>]*aria-label="([^"]* guesses [^"]*)"', markup(page))


def picture(page, alt):
    return drawings.decoded(re.search(f'<img alt="{re.escape(alt)}" src="([^"]*)"', markup(page))[1])


def replay(page):
    """The rows of the replay's table."""
    return re.findall(r"<tr>(.*?)</tr>", markup(page))


def invited(page):
    return INVITATION in [heading.value for heading in page.subheader] and not guesses(page)


def store_large():
    """A model whose weights do not ship."""
    history = History((Epoch(0.4, 0.90, 0.3, 0.92, 2.0),), (Batches(100, 0.8, 0.70),))
    with store.saving(RECIPES["mlp-1500x3"], seed=0) as draft:
        draft.finish(history=history, parameters=5_694_010, seconds=840, data="MNIST", test=Proportion(0.984, 10_000))


def test_an_empty_canvas_and_a_speck_get_an_invitation_and_the_networks_names(shipped):
    assert invited(visit(SPECK))
    page = visit()
    assert invited(page)
    offered = " ".join(element.value for element in page.markdown)
    for model in shipped:
        assert model.card.recipe.title in (markup(page) if model.served else offered)


@pytest.mark.parametrize(("lines", "digit"), [(ONE, 1), (SEVEN, 7)])
def test_every_served_network_guesses_and_the_most_accurate_is_large(shipped, lines, digit):
    served = sorted((model for model in shipped if model.served), key=lambda model: -model.card.test.value)
    page = visit(lines)
    labels = guesses(page)
    assert sorted(label.split(" guesses ")[0] for label in labels) == sorted(m.card.recipe.title for m in served)
    assert labels[0].startswith(f"{served[0].card.recipe.title} guesses {digit}. ")
    large = re.search(r'<section class="[^"]*mx-large".*?</section>', markup(page))[0]
    assert f"{served[0].card.parameters:,} parameters" in large
    assert f"{100 * served[0].card.test.value:.2f}" in large
    last = [re.findall(r"<td[^>]*>(\d)</td>", row)[-1] for row in replay(page)[1:]]
    assert last == [label.split(" guesses ")[1][0] for label in labels], "the replay ends with what the cards say"


def test_the_steps_from_ink_to_input_are_shown(shipped):
    page = visit(SEVEN)
    canvas = drawings.decoded(drawings.canvas_value(SEVEN)["drawing"]["data"])
    steps = ink.centre(canvas / 255)
    assert picture(page, "The drawing").shape == (280, 280)
    assert picture(page, "The drawing, cropped").shape == steps.cropped.shape
    assert max(picture(page, "The drawing, scaled").shape) == 20
    assert (picture(page, "The centred input") == (steps.centred * 255).round()).all()
    assert picture(page, "The drawing, shrunk whole").shape == (28, 28)


def test_the_switch_changes_what_the_networks_see(shipped):
    page = visit(drawings.moved(SEVEN, scale=0.3, to=(190, 8)), width=8)
    centred = guesses(page)
    assert " guesses 7. " in centred[0]
    shown(page.toggle(key="plain").set_value(True).run())
    assert guesses(page)[0] != centred[0]
    assert (picture(page, "Input at moment 24") == picture(page, "The drawing, shrunk whole")).all()


def test_the_replay_marks_the_moment_of_the_slider(shipped):
    page = visit(ONE)
    assert re.findall(r"Input</th><td[^>]*>(.*?)</td>", replay(page)[0]) == ["·"], "at first there is too little ink"
    for moment in (1, 12):
        shown(page.slider(key="moment").set_value(moment).run())
        assert f'alt="The drawing at moment {moment}"' in markup(page)
        marks = [
            [cell.startswith(' class="mx-now"') for cell in re.findall(r"<td([^>]*)>", row)] for row in replay(page)
        ]
        assert all(row == [column == moment - 1 for column in range(24)] for row in marks)


def test_undo_and_clear_lead_back_to_the_invitation(shipped):
    page = press(visit((*ONE, *SEVEN)), "draw-undo")
    assert " guesses 1. " in guesses(page)[0]
    assert invited(press(page, "draw-clear"))


def test_a_drawing_is_kept_while_another_page_is_shown(shipped):
    page = visit(SEVEN)
    assert not guesses(shown(page.switch_page("pages/curves.py").run()))
    assert " guesses 7. " in guesses(shown(page.switch_page("pages/draw.py").run()))[0]


@pytest.mark.parametrize(
    ("query", "values"),
    [({"brush": "30", "plain": "true"}, (30, True)), ({"brush": "300"}, (20, False)), ({"plain": "so"}, (20, False))],
)
def test_a_link_sets_brush_and_switch_where_it_makes_sense(shipped, query, values):
    page = visit(**query)
    assert (page.slider(key="brush").value, page.toggle(key="plain").value) == values


def test_a_model_that_is_trained_meanwhile_guesses_at_the_next_visit(models_folder, save_tiny):
    page = visit()
    assert page.code[0].value.startswith("python -m mnist_app train")
    assert not page.slider
    save_tiny()
    assert [re.split("[ ,]", label)[0] for label in guesses(visit(ONE))] == ["Tiny"]


@pytest.mark.parametrize("damage", [store.CARD_FILE, store.SERVING_FILE, "weights that do not load"])
def test_a_damaged_model_is_named_and_the_others_guess(save_tiny, damage):
    bad = save_tiny(seed=1, serving=b"not a model" if "weights" in damage else tiny.LITERT_FILE)
    save_tiny()
    if "weights" not in damage:
        (bad.folder / damage).write_bytes(b"\xff\x00garbage")
    page = visit(ONE)
    (warning,) = [message.value for message in page.warning]
    assert bad.name in warning
    assert len(guesses(page)) == 1


def test_a_model_without_weights_is_offered_for_training(models_folder, save_tiny):
    store_large()
    page = visit()
    assert "python -m mnist_app train mlp-1500x3" in [code.value for code in page.code]
    save_tiny()
    page = visit(ONE)
    assert len(guesses(page)) == 1
    assert [code.value for code in page.code] == ["python -m mnist_app train mlp-1500x3"]
    assert "98.40" in " ".join(element.value for element in page.markdown)


def rejecting_page(save_tiny, *, threshold, temperature=1.0):
    """The page where the better one of two networks can reject a drawing."""
    save_tiny(seed=1, accuracy=0.4)
    model = save_features(save_tiny, accuracy=0.9)
    store.rejections.save(rejection_of(model, threshold=threshold, temperature=temperature))
    return visit(SEVEN)


def cards(page):
    """The card of the network that has a score, and those of the others."""
    first, *others = re.findall(r"<section .*?</section>", markup(page))
    return first, others


def test_what_looks_like_a_digit_is_guessed_with_its_score(save_tiny):
    page = rejecting_page(save_tiny, threshold=1e6)
    card, (other,) = cards(page)
    assert re.match(r"Tiny.* guesses \d\. .* Score −?\d+\.\d, rejected above 1000000\.0", guesses(page)[0])
    assert "It looks like a digit" in card
    assert "Score" not in other
    assert 'mx-grid mx-muted"' not in markup(page)


def test_what_looks_like_no_digit_is_rejected_and_every_guess_is_muted(save_tiny):
    page = rejecting_page(save_tiny, threshold=-1e6)
    card, _ = cards(page)
    assert f" guesses no digit: {REJECTED}. Score " in unescape(guesses(page)[0])
    assert REJECTED in card
    assert re.search(r'<div class="mx-digit"[^>]*>\?</div>', card)
    assert not re.search(r"\d for \d", card)
    assert 'mx-grid mx-muted"' in markup(page)
    assert "The other networks cannot reject a drawing." in [caption.value for caption in page.caption]


def test_the_temperature_changes_card_and_replay_alike(save_tiny):
    before, digit = re.search(r"([\d.]+)% for (\d)", markup(rejecting_page(save_tiny, threshold=1e6))).groups()
    store.rejections.save(rejection_of(store.load(store.name_of(tiny.RECIPE, 0)), threshold=1e6, temperature=5.0))
    page = visit(SEVEN)
    assert "temperature of 5.00" in cards(page)[0]
    after = re.search(rf"([\d.]+)% for {digit}", markup(page))[1]
    assert float(after) < float(before)
    assert f'title="{after}%"' in re.findall(r"<td[^>]*>", replay(page)[1])[-1]


def test_a_title_from_a_card_is_text_and_not_markup(models_folder):
    evil = '<img src=x onerror="alert(1)">&'
    with store.saving(msgspec.structs.replace(tiny.RECIPE, title=evil), seed=0) as draft:
        (draft.folder / store.SERVING_FILE).write_bytes(tiny.LITERT_FILE.read_bytes())
        figures = {"parameters": tiny.PARAMETERS, "seconds": 1.5, "test": Proportion(0.5, 10_000)}
        draft.finish(history=History((Epoch(0.5, 0.8, 0.4, 0.5, 1.5),), ()), data="MNIST", **figures)
    for page in (visit(), visit(ONE)):
        assert evil not in markup(page)
        assert "&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;" in markup(page)
