"""The Draw page without a browser: what it says to every drawing, and to models that are missing or damaged."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mnist_app import ink, store
from mnist_app.evaluation.results import Batches, Epoch, History, Proportion
from mnist_app.recipes import RECIPES
from mnist_app.ui.html import REFUSAL
from tests import drawings, tiny
from tests.drawings import ONE, SEVEN, SPECK
from tests.rejection import rejection_of, save_features

APP = Path(__file__).resolve().parents[2] / "app.py"
INVITATION = "Draw a digit, 0 to 9, in the black square"
MOMENTS = 24


pytestmark = pytest.mark.usefixtures("fresh_caches")


@pytest.fixture
def shipped(monkeypatch):
    """The models that come with the project, and no others."""
    monkeypatch.delenv(store.FOLDER_VARIABLE, raising=False)
    return [model for model in store.list_models().models if model.card.recipe.task == "classify"]


def visit(lines=(), *, width=20, **query):
    page = AppTest.from_file(str(APP), default_timeout=20)
    for name, value in query.items():
        page.query_params[name] = value
    if lines:
        page.session_state["draw-canvas0"] = drawings.canvas_value(lines, width=width)
    page.run()
    assert not page.exception
    return page


def markup(page):
    return "\n".join(element.proto.body for element in page.get("html"))


def labels(page):
    """What a screen reader says of each guess, the large card's first."""
    return re.findall(r'<section [^>]*aria-label="([^"]* guesses [^"]*)"', markup(page))


def alternatives(page):
    return re.findall(r'<img alt="([^"]*)"', markup(page))


def picture(page, alt):
    return drawings.decoded(re.search(f'<img alt="{re.escape(alt)}" src="([^"]*)"', markup(page))[1])


def invited(page):
    return INVITATION in [heading.value for heading in page.subheader]


def store_history(recipe=RECIPES["mlp-1500x3"]):
    """A model whose weights do not ship."""
    history = History((Epoch(0.4, 0.90, 0.3, 0.92, 2.0),), (Batches(100, 0.8, 0.70),))
    with store.saving(recipe, seed=0) as draft:
        draft.finish(history=history, parameters=5_694_010, seconds=840, data="MNIST", test=Proportion(0.984, 10_000))


def store_tiny(**changes):
    with store.saving(replace(tiny.RECIPE, **changes), seed=0) as draft:
        (draft.folder / store.SERVING_FILE).write_bytes(tiny.LITERT_FILE.read_bytes())
        draft.finish(
            history=History((Epoch(0.5, 0.8, 0.4, 0.5, 1.5),), (Batches(100, 0.7, 0.75),)),
            parameters=tiny.PARAMETERS,
            seconds=1.5,
            data="MNIST",
            test=Proportion(0.5, 10_000),
        )
    return store.own_folder() / draft.folder.name.removeprefix(".partial-").rsplit("-", 1)[0]


def test_an_empty_canvas_invites_to_draw_and_guesses_nothing(shipped):
    page = visit()
    assert invited(page)
    assert labels(page) == []
    assert alternatives(page) == []
    offered = " ".join(element.value for element in page.markdown)
    for model in shipped:
        place = markup(page) if model.served else offered
        assert model.card.recipe.title in place, "the networks are named before anything is drawn"


def test_a_speck_is_no_drawing(shipped):
    page = visit(SPECK)
    assert invited(page)
    assert labels(page) == []


@pytest.mark.parametrize(("lines", "digit"), [(ONE, 1), (SEVEN, 7)])
def test_every_served_network_guesses_and_the_most_accurate_is_large(shipped, lines, digit):
    served = sorted((model for model in shipped if model.served), key=lambda model: -model.card.test.value)
    page = visit(lines)
    assert not invited(page)
    said = labels(page)
    assert sorted(label.split(" guesses ")[0] for label in said) == sorted(m.card.recipe.title for m in served)
    assert said[0].startswith(f"{served[0].card.recipe.title} guesses {digit}. ")
    large = re.search(r'<section class="[^"]*mx-large".*?</section>', markup(page))[0]
    assert f"{served[0].card.parameters:,} parameters" in large
    assert f"{100 * served[0].card.test.value:.2f}" in large
    assert all(re.search(rf"Probabilities: {label.split(' guesses ')[1][0]}: ", label) for label in said)


def test_the_steps_from_ink_to_input_are_shown(shipped):
    page = visit(SEVEN)
    steps = ink.centre(decoded_canvas(SEVEN) / 255)
    assert picture(page, "The drawing").shape == (280, 280)
    assert picture(page, "The drawing, cropped").shape == steps.cropped.shape
    assert max(picture(page, "The drawing, scaled").shape) == 20
    assert (picture(page, "The centred input") == (steps.centred * 255).round()).all()
    assert picture(page, "The drawing, shrunk whole").shape == (28, 28)
    left, top, right, bottom = steps.box
    assert f"{right - left} × {bottom - top}" in markup(page)


def decoded_canvas(lines):
    return drawings.decoded(drawings.canvas_value(lines)["drawing"]["data"])


def test_the_switch_changes_what_the_networks_are_fed(shipped):
    corner = drawings.moved(SEVEN, scale=0.3, to=(190, 8))
    page = visit(corner, width=8)
    centred = labels(page)
    assert " guesses 7. " in centred[0]
    assert (picture(page, "Input at moment 24")[14:, :14] > 0).any()
    page.toggle(key="plain").set_value(True).run()
    assert not page.exception
    assert len(labels(page)) == len(centred)
    assert labels(page)[0] != centred[0]
    assert (picture(page, "Input at moment 24") == picture(page, "The drawing, shrunk whole")).all()
    page.toggle(key="plain").set_value(False).run()
    assert labels(page) == centred


@pytest.mark.parametrize("plain", ["false", "true"])
def test_the_replay_answers_at_every_moment(shipped, plain):
    page = visit(ONE, plain=plain)
    for moment in range(1, MOMENTS + 1):
        page.slider(key="moment").set_value(moment).run()
        assert not page.exception
        assert f"The drawing at moment {moment}" in alternatives(page)
        columns = [
            [cell.startswith(' class="mx-now"') for cell in re.findall(r"<td([^>]*)>", row)]
            for row in re.findall(r"<tr>(.*?)</tr>", markup(page))
        ]
        assert columns
        assert all(row == [column == moment - 1 for column in range(MOMENTS)] for row in columns)


def test_the_first_moment_of_a_replay_has_no_guess_while_there_is_too_little_ink(shipped):
    page = visit(ONE)
    first = re.findall(r"<tr><th[^>]*>Input</th><td[^>]*>(.*?)</td>", markup(page))
    assert first == ["·"]


def test_the_last_moment_of_a_replay_guesses_what_the_cards_say(shipped):
    page = visit(drawings.moved(SEVEN, scale=0.3, to=(190, 8)), width=8)
    last = [re.findall(r"<td[^>]*>(\d)</td>", row)[-1] for row in re.findall(r"<tr>(.*?)</tr>", markup(page))[1:]]
    assert last == [label.split(" guesses ")[1][0] for label in labels(page)]


def test_undo_and_clear_lead_back_to_the_invitation(shipped):
    page = visit((*ONE, *SEVEN))
    both = labels(page)
    page.button(key="draw-undo").click().run()
    assert not page.exception
    assert labels(page) != both
    assert " guesses 1. " in labels(page)[0]
    page.button(key="draw-clear").click().run()
    assert not page.exception
    assert invited(page)
    assert labels(page) == []


def test_a_drawing_is_kept_while_the_curves_are_shown(shipped):
    page = visit(SEVEN)
    page.switch_page("pages/curves.py").run()
    assert not page.exception
    assert labels(page) == []
    page.switch_page("pages/draw.py").run()
    assert not page.exception
    assert " guesses 7. " in labels(page)[0]


def test_a_link_sets_brush_and_switch(shipped):
    page = visit(brush="30", plain="true")
    assert page.slider(key="brush").value == 30
    assert page.toggle(key="plain").value is True


@pytest.mark.parametrize(
    "query", [{"brush": "300"}, {"brush": "wide"}, {"brush": ""}, {"brush": "-1"}, {"plain": "so"}]
)
def test_a_link_that_makes_no_sense_leaves_the_defaults(shipped, query):
    page = visit(**query)
    assert (page.slider(key="brush").value, page.toggle(key="plain").value) == (20, False)


def test_without_any_model_the_page_says_how_to_train_one(models_folder):
    page = visit()
    assert [message.value for message in page.info if "python -m mnist_app train" in message.value]
    assert not page.slider, "there is nothing to draw for"
    models_folder.mkdir()
    assert [message.value for message in visit().info if "python -m mnist_app train" in message.value]


def test_a_model_that_is_trained_meanwhile_guesses_at_the_next_visit(models_folder):
    assert visit().info
    store_tiny()
    page = visit(ONE)
    assert not page.info
    assert [re.split("[ ,]", label)[0] for label in labels(page)] == ["Tiny"]


@pytest.mark.parametrize("file", [store.CARD_FILE, store.SERVING_FILE, store.HISTORY_FILE])
@pytest.mark.parametrize("damage", ["truncated", "missing", "garbage"])
def test_a_damaged_model_is_named_and_the_others_guess(models_folder, file, damage):
    bad = store_tiny(epochs=2)
    store_tiny()
    path = bad / file
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:50] if damage == "truncated" else b"\xff\x00garbage")
    page = visit(ONE)
    warnings = [message.value for message in page.warning]
    assert len(warnings) == 1
    assert bad.name in warnings[0]
    assert "Delete the folder" in warnings[0]
    assert len(labels(page)) == 1


def test_a_model_whose_weights_do_not_load_is_named_and_the_others_guess(models_folder):
    with store.saving(replace(tiny.RECIPE, epochs=2), seed=0) as draft:
        (draft.folder / store.SERVING_FILE).write_bytes(b"TFL3 no model at all")
        draft.finish(history=History((), ()), parameters=1, seconds=1, data="MNIST", test=Proportion(0.9, 10_000))
    store_tiny()
    page = visit(ONE)
    assert [store.name_of(replace(tiny.RECIPE, epochs=2), 0) in message.value for message in page.warning] == [True]
    assert len(labels(page)) == 1


def test_only_a_damaged_model_still_leaves_a_way_out(models_folder):
    (store_tiny() / store.CARD_FILE).write_text("{}")
    page = visit()
    assert len(page.warning) == 1
    assert page.info


def test_a_model_without_weights_is_offered_for_training(models_folder):
    store_tiny()
    store_history()
    page = visit(ONE)
    assert [re.split("[ ,]", label)[0] for label in labels(page)] == ["Tiny"]
    assert [code.value for code in page.code] == ["python -m mnist_app train mlp-1500x3"]
    said = " ".join(element.value for element in page.markdown)
    assert RECIPES["mlp-1500x3"].title in said
    assert "98.40" in said


def test_models_without_weights_alone_are_offered_too(models_folder):
    store_history()
    page = visit()
    assert page.info
    assert [code.value for code in page.code] == ["python -m mnist_app train mlp-1500x3"]


def test_a_title_from_a_card_is_text_and_not_markup(models_folder):
    evil = '<img src=x onerror="alert(1)">&'
    store_tiny(title=evil)
    store_history(replace(RECIPES["mlp-1500x3"], title=evil))
    for page in (visit(), visit(ONE)):
        assert evil not in markup(page)
        assert "&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;" in markup(page)
        assert all(not element.allow_html for element in page.markdown if "img" in element.value)
    assert len(labels(page)) == 1


def judged_page(save_tiny, *, threshold, temperature=1.0, lines=SEVEN):
    """The page where the better one of two networks has a rejection."""
    save_tiny(seed=1, accuracy=0.4)
    model = save_features(save_tiny, accuracy=0.9)
    store.save_rejection(rejection_of(model, threshold=threshold, temperature=temperature))
    return visit(lines)


def scored(page):
    """The card of the network that has a score, and of the others."""
    cards = re.findall(r"<section .*?</section>", markup(page))
    return cards[0], cards[1:]


def test_what_looks_like_a_digit_is_guessed_with_its_score(save_tiny):
    page = judged_page(save_tiny, threshold=1e6)
    card, others = scored(page)
    assert re.match(r"Tiny.* guesses \d\. .* Score −?\d+\.\d, rejected above 1000000\.0", labels(page)[0])
    assert "It looks like a digit" in card
    assert REFUSAL not in markup(page)
    assert len(others) == 1
    assert "Score" not in others[0]
    assert 'mx-grid mx-muted"' not in markup(page)


def test_what_looks_like_no_digit_is_rejected_plainly_and_every_guess_is_muted(save_tiny):
    page = judged_page(save_tiny, threshold=-1e6)
    card, others = scored(page)
    assert f" guesses no digit: {REFUSAL}. Score " in unescape(labels(page)[0])
    assert REFUSAL in card
    assert re.search(r'<div class="mx-digit"[^>]*>\?</div>', card)
    assert "If it were one" in card
    assert not re.search(r"\d for \d", card)
    assert len(others) == 1
    assert 'mx-grid mx-muted"' in markup(page)
    assert any("not asked for such a score" in caption.value for caption in page.caption)


def test_probabilities_are_tempered_and_the_card_says_so(save_tiny):
    sure = judged_page(save_tiny, threshold=1e6)
    digit, before = re.search(r"([\d.]+)% for (\d)", markup(sure)).group(2, 1)
    store.save_rejection(rejection_of(store.load(store.name_of(tiny.RECIPE, 0)), threshold=1e6, temperature=5.0))
    unsure = visit(SEVEN)
    assert "temperature 5.00" in scored(unsure)[0]
    after = re.search(rf"([\d.]+)% for {digit}", markup(unsure))[1]
    assert float(after) < float(before)
    row = re.findall(r"<tr>(.*?)</tr>", markup(unsure))[1]
    assert f'title="{after}%"' in re.findall(r"<td[^>]*>", row)[-1], "the replay's last moment says what the card says"


def test_the_rejection_of_other_weights_changes_nothing(save_tiny):
    page = judged_page(save_tiny, threshold=-1e6)
    assert REFUSAL in markup(page)
    save_tiny(accuracy=0.9, serving=tiny.FEATURES_FILE.read_bytes() + b"\0")
    page = visit(SEVEN)
    assert REFUSAL not in markup(page)
    assert "Score" not in markup(page)
    assert len(labels(page)) == 2
