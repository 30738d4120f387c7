"""The Game page without a browser: the answers are shown at the end."""

from mnist_app.evaluation.game import LEVELS
from tests.pages import stage as pages
from tests.pages.stage import TITLES, chart, keys, legend, press, text_of


def visit(**query):
    return pages.visit("pages/game.py", **query)


def answer_all(page, stage, choose):
    """Answers each round by `choose(label, level)`."""
    for turn in range(3 * len(LEVELS)):
        played = page.session_state["game"]
        assert page.get("progress")[0].proto.text == f"{turn + 1} of 24"
        assert "You read" not in text_of(page)
        label = int(stage.digits.labels[played.now.image])
        press(page, f"answer_{choose(label, played.now.level)}")


def test_the_score_is_shown_at_the_end(stage):
    page = press(visit(), "game_start")
    answer_all(page, stage, lambda label, level: label if level < 0.55 else (label + 1) % 10)
    assert "You read 12 of 24, 50.0%" in text_of(page)
    assert "From level 0.6 up you read fewer than half" in text_of(page)
    assert legend(page, -1) == [*TITLES.values(), "You"]
    assert "error_y" in chart(page, -1)["data"][-1]


def test_the_networks_read_the_same_images_through_each_denoiser(stage):
    page = press(visit(classifier="Rows"), "game_start")
    labels = [stage.digits.labels[each.image] for each in page.session_state["game"].rounds]
    answer_all(page, stage, lambda label, level: 7)
    assert f"You read {labels.count(7)} of 24" in text_of(page)
    assert f"Rows, Autoencoder: {labels.count(0)} of 24" in text_of(page)


def test_a_game_goes_on_after_another_page_and_can_be_given_up(stage):
    page = press(press(visit(), "game_start"), "answer_3")
    page.selectbox(key="classifier").set_value("Seven").run()
    page.switch_page("pages/noise.py").run()
    page.switch_page("pages/game.py").run()
    assert page.get("progress")[0].proto.text == "2 of 24"
    press(page, "game_stop")
    assert "game_start" in keys(page)


def test_without_mnist_the_page_says_how_to_get_it(stage):
    stage.digits = None
    page = visit()
    assert "images of MNIST" in text_of(page)
    assert "game_start" not in keys(page)
