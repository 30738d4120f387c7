"""The Game page without a browser: the answers are shown at the end, and the class board has those who agree."""

import re

import pytest

from mnist_app import jobs
from mnist_app.evaluation.game import LEVELS
from mnist_app.evaluation.results import GENERATED, MNIST
from mnist_app.ui import board, visitor
from tests.pages import stage as pages
from tests.pages.stage import TITLES, chart, forge, keys, legend, markup, press, text_of


@pytest.fixture(autouse=True)
def board_file(tmp_path, monkeypatch):
    monkeypatch.setenv(jobs.FOLDER_VARIABLE, str(tmp_path))
    return tmp_path / "board.json"


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
    cards = re.findall(r"<figcaption>A (\d) at level (0.\d)\nYou: (\d)(, wrong)?\nNo denoising: \d", markup(page))
    assert [float(level) for _, level, _, _ in cards] == sorted(3 * LEVELS)
    assert all((truth != yours) == bool(wrong) == (float(level) > 0.55) for truth, level, yours, wrong in cards)


def test_the_networks_read_the_same_images_through_each_denoiser(stage):
    page = press(visit(classifier="Rows"), "game_start")
    labels = [stage.digits.labels[each.image] for each in page.session_state["game"].rounds]
    answer_all(page, stage, lambda label, level: 7)
    assert f"You read {labels.count(7)} of 24" in text_of(page)
    assert f"Rows, Autoencoder: {labels.count(0)} of 24" in text_of(page)


def test_a_game_ends_when_mnist_comes_in_place_of_its_images(stage):
    stage.digits.data = GENERATED
    page = press(press(visit(), "game_start"), "answer_3")
    stage.digits.data = MNIST
    assert "game_start" in keys(page.run())


def test_a_game_goes_on_after_another_page_and_can_be_given_up(stage):
    page = press(press(visit(), "game_start"), "answer_3")
    page.selectbox(key="classifier").set_value("Seven").run()
    page.switch_page("pages/noise.py").run()
    page.switch_page("pages/game.py").run()
    assert page.get("progress")[0].proto.text == "2 of 24"
    press(page, "game_stop")
    assert "You read" in text_of(page)
    assert len(re.findall("<figcaption>", markup(page))) == 2
    assert "You: no answer" in markup(page)
    assert "game_add" not in keys(page), "the board has whole games"
    assert "game_start" in keys(press(page, "game_clear"))


def add_game(stage, choose):
    page = press(visit(), "game_start")
    answer_all(page, stage, choose)
    return page


def test_the_class_board_has_each_game_once_and_only_of_those_who_agree(stage, board_file):
    page = add_game(stage, lambda label, level: label)
    assert "Nobody has added a result yet" in text_of(page)
    late = page.button(key="game_add").id
    press(page, "game_add")
    assert "on the class board below" in text_of(page)
    forge(page, late)
    press(add_game(stage, lambda label, level: (label + (level > 0.5)) % 10), "game_add")
    page = visit(classifier="Rows")
    assert legend(page) == ["No denoising", "Median 3×3", "Autoencoder", "The class"]
    figure = chart(page)
    assert "games: 2; 6 images at each level" in figure["layout"]["title"]["subtitle"]["text"].replace("<br>", " ")
    assert figure["data"][-1]["y"] == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5]
    assert "error_y" in figure["data"][-1]
    assert not re.search(r"name|owner", board_file.read_text())


def test_the_class_board_is_bounded_and_only_the_teacher_clears_it(stage, board_file, monkeypatch):
    monkeypatch.setattr(board, "MOST", 2)
    for _ in range(3):
        page = press(add_game(stage, lambda label, level: 7), "game_add")
    assert len(board.results()) == 2
    clear = page.button(key="board_clear").id
    monkeypatch.setattr(visitor, "is_teacher", lambda: False)
    forge(page, clear)
    assert "board_clear" not in keys(page)
    assert len(board.results()) == 2


@pytest.mark.parametrize("content", ["", "{", "[1]", '[{"seed": 1}]'])
def test_a_damaged_class_board_is_an_empty_one(stage, board_file, content):
    board_file.write_text(content)
    assert "Nobody has added a result yet" in text_of(visit())


def test_without_mnist_the_page_says_how_to_get_it(stage):
    stage.digits = None
    page = visit()
    assert "images of MNIST" in text_of(page)
    assert "game_start" not in keys(page)
