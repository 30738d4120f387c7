"""The Game page without a browser: nothing is told until the end, then everything is."""

from mnist_app.evaluation.game import LEVELS
from tests.pages.noise_stage import TITLES, chart, legend, said, visit


def answer_all(page, stage, wanted):
    for turn in range(3 * len(LEVELS)):
        played = page.session_state["game"]
        assert played.turn == turn
        right = int(stage.digits.labels[played.now.image])
        page.button(key=f"answer_{wanted(right, played.now.level)}").click().run()
        assert not page.exception
        yield turn


def test_the_game_tells_nothing_until_its_end_and_then_the_score(stage):
    page = visit("pages/game.py")
    page.button(key="game_start").click().run()
    assert page.get("progress")[0].proto.text == "1 of 24"
    charts = len(page.get("plotly_chart"))
    for turn in answer_all(page, stage, lambda right, level: right if level < 0.55 else (right + 1) % 10):
        if turn < 23:
            assert page.get("progress")[0].proto.text == f"{turn + 2} of 24"
            assert "You read" not in said(page)
            assert len(page.get("plotly_chart")) == charts
    assert "You read 12 of 24, 50.0%" in said(page)
    assert "From level 0.6 up you read fewer than half" in said(page)
    assert legend(page, -1) == [*list(TITLES.values()), "You"]
    mine = chart(page, -1)["data"][-1]
    assert mine["name"] == "You"
    assert "error_y" in mine


def test_the_game_shows_the_networks_on_the_same_images(stage):
    page = visit("pages/game.py", classifier="Seven")
    page.button(key="game_start").click().run()
    rounds = page.session_state["game"].rounds
    sevens = sum(stage.digits.labels[each.image] == 7 for each in rounds)
    for _ in answer_all(page, stage, lambda right, level: 7):
        pass
    assert said(page).count(f"{sevens} of 24") == 5


def test_the_networks_read_what_the_denoisers_made(stage):
    page = visit("pages/game.py", classifier="Rows")
    page.button(key="game_start").click().run()
    zeros = sum(stage.digits.labels[each.image] == 0 for each in page.session_state["game"].rounds)
    for _ in answer_all(page, stage, lambda right, level: right):
        pass
    assert f"Rows, Autoencoder: {zeros} of 24" in said(page)


def test_a_game_can_be_given_up_and_begun_again(stage):
    page = visit("pages/game.py")
    page.button(key="game_start").click().run()
    first = page.session_state["game"]
    page.button(key="answer_3").click().run()
    page.button(key="game_stop").click().run()
    assert "game" not in page.session_state
    page.button(key="game_start").click().run()
    assert page.session_state["game"].turn == 0
    assert page.session_state["game"] != first


def test_a_game_goes_on_after_another_classifier_and_another_page(stage):
    page = visit("pages/game.py")
    page.button(key="game_start").click().run()
    page.button(key="answer_3").click().run()
    page.selectbox(key="classifier").set_value("Seven").run()
    page.switch_page("pages/noise.py").run()
    page.switch_page("pages/game.py").run()
    assert page.get("progress")[0].proto.text == "2 of 24"


def test_without_mnist_the_page_says_how_to_get_it(stage):
    stage.digits = None
    page = visit("pages/game.py")
    assert "images of MNIST" in said(page)
    assert not [button for button in page.button if button.key == "game_start"]


def test_without_classifiers_the_page_says_how_to_train_one(stage):
    stage.judges = []
    assert "mnist_app train" in said(visit("pages/game.py"))
