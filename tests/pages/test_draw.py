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
from tests.pages.stage import APP, markup, shown
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
        page.session_state["draw-canvas"] = drawings.canvas_value(lines, width=width)
    return shown(page.run())


def guesses(page):
    """What a screen reader says of each guess, the large card's first."""
    return re.findall(r'<section [^>]*aria-label="([^"]* guesses [^"]*)"', markup(page))


def asked(page):
    """The networks that guess, in the order of their cards."""
    return [label.split(" guesses")[0] for label in guesses(page)]


def picture(page, alt):
    return drawings.decoded(re.search(f'<img alt="{re.escape(alt)}" src="([^"]*)"', markup(page))[1])


def replay(page):
    """The cells of each row of the replay."""
    return [re.findall(r"<td.*?</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", markup(page))]


def invited(page):
    return INVITATION in markup(page) and not guesses(page)


def cards(page):
    """The large card, and the others."""
    first, *others = re.findall(r"<section .*?</section>", markup(page))
    return first, others


def test_an_empty_canvas_and_a_speck_get_an_invitation_and_the_networks_names(shipped):
    assert invited(visit(SPECK))
    page = visit(brush="300", plain="so")
    assert invited(page)
    assert (page.slider(key="brush").value, page.toggle(key="plain").value) == (20, False), "as without the link"
    offered = " ".join(element.value for element in page.markdown)
    for model in shipped:
        assert model.card.recipe.title in (markup(page) if model.served else offered)


def test_every_served_network_guesses_and_the_steps_to_its_input_are_shown(shipped):
    served = sorted((model for model in shipped if model.served), key=lambda model: -model.card.test.value)
    page = visit(SEVEN)
    labels = guesses(page)
    assert sorted(label.split(" guesses ")[0] for label in labels) == sorted(m.card.recipe.title for m in served)
    assert labels[0].startswith(f"{served[0].card.recipe.title} guesses 7. ")
    large, _ = cards(page)
    assert f"{served[0].card.parameters:,} parameters" in large
    assert "Prediction set at 99.9%: 7<" in large
    assert f"{100 * served[0].card.test.value:.2f}" in large
    steps = ink.centre(drawings.drawn(SEVEN))
    assert picture(page, "The drawing").shape == (280, 280)
    assert picture(page, "The drawing, cropped").shape == steps.cropped.shape
    assert max(picture(page, "The drawing, scaled").shape) == 20
    assert (picture(page, "The centred input") == (steps.centred * 255).round()).all()
    assert picture(page, "The drawing, shrunk whole").shape == (28, 28)
    shown(page.switch_page("pages/curves.py").run())
    assert guesses(shown(page.switch_page("pages/draw.py").run())) == labels, "the drawing has stayed"


def test_the_replay_is_computed_when_it_is_opened_and_ends_with_what_the_cards_say(shipped):
    page = visit(ONE)
    assert not replay(page)
    shown(page.toggle(key="replay").set_value(True).run())
    first, *others = replay(page)
    assert "·" in first[0], "at first there is too little ink"
    assert [re.search(r">(\d)<", row[-1])[1] for row in others] == [
        label.split(" guesses ")[1][0] for label in guesses(page)
    ]
    shown(page.slider(key="moment").set_value(12).run())
    assert 'alt="The drawing at moment 12"' in markup(page)
    for row in replay(page):
        assert [column for column, cell in enumerate(row, 1) if 'class="mx-now"' in cell] == [12]


def test_the_switch_changes_what_the_networks_see(shipped):
    small, way = drawings.moved(SEVEN, scale=0.3, to=(190, 8)), {"width": 8, "replay": "true"}
    centred, plain = visit(small, **way), visit(small, plain="true", **way)
    assert " guesses 7. " in guesses(centred)[0]
    assert guesses(plain)[0] != guesses(centred)[0]
    for page, input in ((centred, "The centred input"), (plain, "The drawing, shrunk whole")):
        assert (picture(page, "Input at moment 24") == picture(page, input)).all()


def test_a_model_that_is_trained_meanwhile_guesses_at_the_next_visit(models_folder, save_tiny):
    with store.saving(RECIPES["mlp-1500x3"], seed=0) as draft:  # its weights do not ship
        history = History((Epoch(0.4, 0.90, 0.3, 0.92, 2.0),), (Batches(100, 0.8, 0.70),))
        draft.finish(history=history, parameters=5_694_010, seconds=840, data="MNIST", test=Proportion(0.984, 10_000))
    page = visit()
    assert [code.value.split()[-1] for code in page.code] == ["mlp-64-64", "mlp-1500x3"]
    assert not page.slider
    save_tiny()
    page = visit(ONE)
    assert [re.split("[ ,]", label)[0] for label in guesses(page)] == ["Tiny"]
    assert [code.value for code in page.code] == ["python -m mnist_app train mlp-1500x3"]
    assert "98.40" in " ".join(element.value for element in page.markdown)


def test_networks_are_asked_in_the_links_order_and_at_first_the_newest_kept_run(models_folder, monkeypatch):
    """Beside the first run of each declared experiment. What another visitor keeps is not even opened."""
    seconds = (f"2026-01-01T00:00:{second:02}Z" for second in range(60))
    monkeypatch.setattr("mnist_app.store.models.now", lambda: next(seconds))
    recipe = RECIPES["mlp-64-64"]
    saved = [tiny.save(recipe, tiny.LITERT_FILE, seed=seed, accuracy=0.9 - 0.1 * seed) for seed in range(3)]
    first, older, own = (model.run.label for model in saved)
    another = tiny.save(recipe, b"no network", seed=3, accuracy=0.7, owner="another").run.label
    assert asked(visit(ONE)) == [first, own]
    picker = visit().multiselect(key="networks")
    assert (picker.options, picker.value) == ([first, another, own, older], [first, own])
    for order in ([older, first], [own, older], [own]):
        assert asked(visit(ONE, networks=order)) == order
    page = visit(ONE, networks=[first, another])
    assert asked(page) == [first]
    assert sum("does not load" in message.value for message in page.warning) == 1
    assert "No network is chosen" in markup(visit(ONE, networks=another))


def test_a_damaged_model_is_named_and_the_others_guess(save_tiny):
    bad = [save_tiny(seed=1), save_tiny(seed=2, serving=b"not a model")]
    (bad[0].folder / store.CARD_FILE).write_bytes(b"\xff\x00garbage")
    whole = save_tiny()
    page = visit(ONE, networks=[bad[1].run.label, whole.run.label])
    for model in bad:
        assert sum(model.name in message.value for message in page.warning) == 1
    assert len(guesses(page)) == 1


def rejecting_page(save_tiny, **rule):
    """The page, with its replay, where the better one of two networks can reject a drawing."""
    both = save_tiny(seed=1, accuracy=0.4), save_features(save_tiny, accuracy=0.9)
    store.rejections.save(rejection_of(both[1], **rule))
    return visit(SEVEN, replay="true", networks=[model.run.label for model in reversed(both)])


def test_what_looks_like_a_digit_is_guessed_with_its_score_and_temperature(save_tiny):
    page = rejecting_page(save_tiny, threshold=1e6, temperature=1.0)
    card, (other,) = cards(page)
    assert re.match(r"Tiny.* guesses \d\. .* Score −?\d+\.\d, rejected above 1000000\.0", guesses(page)[0])
    assert "It looks like a digit" in card
    assert "Score" not in other
    assert 'mx-grid mx-muted"' not in markup(page)
    before, digit = re.search(r"([\d.]+)% for (\d)", card).groups()
    page = rejecting_page(save_tiny, threshold=1e6, temperature=5.0)
    card, _ = cards(page)
    assert "temperature of 5.00" in card
    after = re.search(rf"([\d.]+)% for {digit}", card)[1]
    assert float(after) < float(before)
    assert f'title="{after}%"' in replay(page)[1][-1]


def test_what_looks_like_no_digit_is_rejected_and_every_guess_is_muted(save_tiny):
    page = rejecting_page(save_tiny, threshold=-1e6)
    card, _ = cards(page)
    assert f" guesses no digit: {REJECTED}. Score " in unescape(guesses(page)[0])
    assert REJECTED in card
    assert re.search(r'<div class="mx-digit"[^>]*>\?</div>', card)
    assert not re.search(r"\d for \d", card)
    assert 'mx-grid mx-muted"' in markup(page)
    assert "The other networks cannot reject a drawing." in markup(page)
    assert ">?<" in replay(page)[1][-1], "the replay says the same"


def test_a_title_from_a_card_is_text_and_not_markup(models_folder):
    evil = '<img src=x onerror="alert(1)">&'
    recipe = msgspec.structs.replace(tiny.RECIPE, title=evil)
    both = [tiny.save(recipe, tiny.LITERT_FILE, seed=seed, accuracy=0.5).run.label for seed in (0, 1)]
    for page, times in ((visit(networks=both), 2), (visit(ONE, replay="true", networks=both), 6)):
        assert evil not in markup(page)
        assert markup(page).count("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;") == times
