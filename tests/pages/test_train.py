"""The Train page without a browser and without a worker: the form, the start, and what is watched, by a fake queue."""

import re

import numpy as np
import pytest

from mnist_app import Busy, NotFound, augmentation, data, jobs, store
from mnist_app.evaluation.results import GENERATED
from mnist_app.recipes import RECIPES
from tests import drawings
from tests.pages import stage, train_stage
from tests.pages.stage import chart, keys, markup, press, shown, text_of
from tests.pages.train_stage import MLP, FakeQueue, first_layer, history, save, sure_of

pytestmark = pytest.mark.usefixtures("fresh_caches")


@pytest.fixture
def queue(models_folder, small_mnist, monkeypatch):
    """An empty queue, no models, and a machine that has MNIST."""
    fake = FakeQueue()
    for name in train_stage.FUNCTIONS:
        monkeypatch.setattr(jobs, name, getattr(fake, name))
    return fake


def visit(**query):
    return stage.visit("pages/train.py", **query)


def metrics(page):
    return {metric.label: metric.value for metric in page.metric}


def links(page):
    return [element.proto.label for element in page.get("page_link")]


def scripts(page):
    return [code.value for code in page.code if "import keras" in code.value]


# The form


def test_a_recipe_has_its_network_its_size_and_its_time(queue):
    page = visit()
    assert page.selectbox(key="recipe").value == "mlp-64-64"
    assert metrics(page) == {"Parameters": "55,050", "Expected time on this machine": "about 40 s"}
    assert "784 × 64 + 64" in list(page.table[0].value["Arithmetic"])
    assert scripts(page)
    for key in ("cnn", "cvae"):
        shown(page.selectbox(key="recipe").set_value(key).run())
        assert not page.error
        assert "Changed" not in text_of(page)
        assert page.number_input(key=f"{key}.epochs").value == RECIPES[key].epochs
    press(page, "start")
    assert list(queue.known) == [store.name_of(RECIPES["cvae"], 0)]


def test_a_changed_field_changes_size_and_time_and_is_named(queue):
    page = visit()
    shown(page.text_input(key="mlp-64-64.hidden").set_value("100,50").run())
    shown(page.number_input(key="mlp-64-64.epochs").set_value(3).run())
    assert metrics(page) == {"Parameters": "84,060", "Expected time on this machine": "about 10 s"}
    assert "784 × 100 + 100" in list(page.table[0].value["Arithmetic"])
    assert "Changed: `hidden 100,50, epochs 3`" in text_of(page)
    press(page, "reset")
    assert metrics(page)["Parameters"] == "55,050"
    assert page.text_input(key="mlp-64-64.hidden").value == "64,64"
    assert "Changed" not in text_of(page)
    assert "reset" not in keys(page)


def test_an_impossible_value_is_named_at_once_and_the_start_waits(queue):
    page = visit()
    for field, text, error in (
        ("hidden", "64,abc", "expected 1 to 6 whole numbers from 1 to 4,096, as in 500,300, found '64,abc'"),
        ("hidden", "4096,4096,4096", "the network is too large"),
        ("learning_rate", "fast", "expected a number above 0 and up to 10, found 'fast'"),
    ):
        shown(page.text_input(key=f"mlp-64-64.{field}").set_value(text).run())
        assert error in page.error[0].value
        assert page.button(key="start").disabled
        assert not metrics(page)
        shown(page.text_input(key=f"mlp-64-64.{field}").set_value("64" if field == "hidden" else "0.2").run())
        assert not page.button(key="start").disabled


def test_fields_without_an_effect_are_left_out(queue):
    def fields(page):
        widgets = (*page.text_input, *page.number_input, *page.selectbox, *page.toggle)
        return {each.key.partition(".")[2] for each in widgets}

    page = visit()
    assert {"momentum", "l2", "dropout", "augmentation"} <= fields(page)
    assert not {"nesterov", "epsilon", "dropout_after"} & fields(page)
    shown(page.text_input(key="mlp-64-64.momentum").set_value("0.9").run())
    assert "nesterov" in fields(page)
    shown(page.selectbox(key="mlp-64-64.optimizer").set_value("adam").run())
    assert "epsilon" in fields(page)
    assert not {"momentum", "nesterov"} & fields(page)
    press(page, "start")
    (job,) = queue.known.values()
    assert (job.recipe.optimizer, job.recipe.momentum) == ("adam", 0.0)
    assert not {"augmentation", "noise_levels"} & fields(visit(recipe="Autoencoder, two numbers"))


def test_a_link_restores_recipe_fields_and_seed(queue):
    page = visit(**{"recipe": "CNN", "cnn.epochs": "3", "cnn.filters": "8,16", "training_seed": "7"})
    assert "Changed: `filters 8,16, epochs 3, seed 7`" in text_of(page)
    press(page, "start")
    (job,) = queue.known.values()
    assert (job.recipe, job.seed) == (RECIPES["cnn"].changed(filters=(8, 16), epochs=3), 7)


def test_changes_survive_another_page_and_another_recipe(queue):
    page = visit()
    shown(page.number_input(key="mlp-64-64.epochs").set_value(3).run())
    shown(page.switch_page("pages/curves.py").run())
    shown(page.switch_page("pages/train.py").run())
    assert page.number_input(key="mlp-64-64.epochs").value == 3
    shown(page.selectbox(key="recipe").set_value("cnn").run())
    assert "Changed" not in text_of(page)
    shown(page.selectbox(key="recipe").set_value("mlp-64-64").run())
    assert page.number_input(key="mlp-64-64.epochs").value == 3


def test_the_script_is_that_of_the_chosen_run(queue):
    page = press(visit(**{"mlp-64-64.epochs": "3", "training_seed": "5"}), "start")
    shown(page.number_input(key="mlp-64-64.epochs").set_value(8).run())
    of_watched, of_form = scripts(page)
    assert re.search(r"^EPOCHS = 3$", of_watched, re.M)
    assert re.search(r"^SEED = 5$", of_watched, re.M)
    assert re.search(r"^EPOCHS = 8$", of_form, re.M)


def test_a_recipe_without_a_script_says_why_and_is_trained_all_the_same(queue):
    page = press(visit(recipe="CNN, our best"), "start")
    assert len(queue.known) == 1
    assert "augmentation=pen is this project's own code" in text_of(page)
    assert not scripts(page)


# What it is trained on


SECTION = "What it is trained on: in each epoch another variant of every image"


def sheet(page):
    """The grey levels of the sheet, uint8 (rows × 28, columns × 28)."""
    (source,) = re.findall(r'<div class="vx vx-sheet"><img alt="[^"]+" src="([^"]+)"', markup(page))
    return drawings.decoded(source)


def test_what_a_network_with_augmentation_is_trained_on_is_shown(queue, small_mnist):
    page = visit(recipe="CNN, our best")
    assert SECTION in [expander.label for expander in page.expander]
    digits = np.unique(small_mnist["y_test"])
    grid = sheet(page)
    assert grid.shape == (28 * len(digits), 28 * 13), "each original and twelve variants"
    for row, digit in enumerate(digits):
        tiles = np.split(grid[28 * row : 28 * row + 28], 13, axis=1)
        ours = small_mnist["x_test"][small_mnist["y_test"] == digit]
        assert (tiles[0] == ours).all(axis=(1, 2)).any(), "a row for each digit, in order"
        assert len({tile.tobytes() for tile in tiles}) == 13
    for style in augmentation.STYLES:
        assert f"{style.name}, {style.share:.0%}" in text_of(page)
    assert "These are test images, changed for this picture only" in text_of(page)
    assert not np.array_equal(sheet(press(page, "vary_again")), grid)
    np.testing.assert_array_equal(sheet(visit(recipe="CNN, our best")), grid)


def test_without_mnist_the_download_is_offered_in_place_of_the_start(queue, monkeypatch):
    monkeypatch.delenv(data.PATH_VARIABLE)
    page = visit(recipe="CNN, our best")
    assert "download_mnist" in keys(page)
    assert not {"start", "vary_again"} & keys(page)


# The start


def test_what_would_take_too_long_is_said_at_once(queue):
    queue.factor = 1000
    page = visit()
    assert "This would take about 2 h 50 min. The queue takes trainings of up to 2 h" in page.error[0].value
    assert page.button(key="start").disabled
    shown(page.number_input(key="mlp-64-64.epochs").set_value(7).run())
    assert not page.error
    assert not page.button(key="start").disabled


def test_start_orders_the_training_and_watches_it(queue):
    page = visit()
    shown(page.number_input(key="expected").set_value(96.0).run())
    press(page, "start")
    assert page.number_input(key="expected").value is None, "the guess was for this training"
    (job,) = queue.known.values()
    assert (job.recipe, job.seed) == (MLP, 0)
    assert re.fullmatch("[a-z0-9]{8,32}", job.owner)
    assert page.query_params["job"] == job.id
    assert "place 1 in the queue" in text_of(page)
    assert "expected to start in about 2 min" in text_of(page)


def test_what_the_queue_rejects_is_shown_with_its_reason(queue):
    queue.error = Busy("That is too much", expected="3 trainings", found="4", remedy="Wait.")
    page = press(visit(), "start")
    assert page.error[0].value == "That is too much: expected 3 trainings, found 4. Wait."
    assert "job" not in page.query_params


def test_what_was_trained_already_is_shown_beside_the_guess_and_another_seed_is_offered(queue, monkeypatch):
    shipped = save(MLP, accuracy=0.9712), save(MLP, 1)
    monkeypatch.setattr(store.StoredModel, "shipped", property(lambda model: model.name in shipped))
    page = visit()
    assert "97.12" not in text_of(page) + str(metrics(page)), "guess before you look"
    shown(page.number_input(key="expected").set_value(95.0).run())
    press(page, "start")
    assert "This was trained already. It comes with the app." in text_of(page)
    assert not [key for key in keys(page) if "rename" in key or "delete" in key]
    assert metrics(page)["Test accuracy"] == "97.12%"
    assert metrics(page)["Your guess"] == "95.0%"
    assert "2.12 percentage points too low" in text_of(page)
    assert {"Draw: let it guess", "Curves", "Noise"} <= set(links(page))
    assert not queue.known
    press(page, "next_seed")
    assert list(queue.known) == [store.name_of(MLP, 2)]
    assert "place 1 in the queue" in text_of(page)


def test_on_generated_digits_the_job_the_curves_and_the_figure_say_so(queue, generated_digits, monkeypatch):
    monkeypatch.setenv(data.PATH_VARIABLE, "generated")
    save(MLP, accuracy=0.9712)
    page = press(visit(), "start")
    assert "trained already" not in text_of(page), "that one was trained on MNIST"
    name = store.name_of(MLP, 0, data=GENERATED)
    assert list(queue.known) == [name]
    assert "MLP 64-64, trained on generated digits" in text_of(page)
    queue.run(name, epoch=2, completed=1)
    page.run()
    assert "Generated digits, not MNIST." in chart(page, 0)["layout"]["title"]["subtitle"]["text"].replace("<br>", " ")
    queue.finish(name, accuracy=0.9)
    page.run()
    assert "test images of the generated digits" in " ".join(caption.value for caption in page.caption)


# What is watched


def test_a_link_to_a_job_opens_it_for_anybody(queue):
    job = queue.add(MLP.changed(epochs=4), seed=3)
    queue.run(job.id, epoch=2, step=200, completed=1)
    page = visit(job=job.id)
    assert "MLP 64-64, epochs 4, seed 3" in text_of(page)
    assert "Epoch 2 of 4, batch 200 of 469: about 40 s left" in text_of(page)
    assert [element.proto.value for element in page.get("progress")] == [35]


def test_a_link_to_a_job_that_is_gone_says_so_and_shows_the_form(queue):
    page = visit(job="mlp-64-64-00000000-0")
    assert "There is no training mlp-64-64-00000000-0" in page.warning[0].value
    assert "start" in keys(page)
    assert "job" not in page.query_params


def test_the_curves_grow_on_one_axis_that_reaches_to_the_planned_end(queue):
    job = queue.add()
    page = visit(job=job.id)
    counts = []
    for epochs in (0, 1, 2):
        queue.run(job.id, epoch=epochs + 1, completed=epochs)
        figure = chart(shown(page.run()), 0)
        training, validation = figure["data"][:2]
        assert figure["layout"]["xaxis"]["range"][1] == pytest.approx(4690, rel=0.02)
        counts.append((len(training["x"]), len(validation["x"])))
        assert validation["x"][-1:] == training["x"][-1:] == ([469 * epochs] if epochs else [])
    assert counts == [(0, 0), (5, 1), (10, 2)]


def test_the_drawing_is_shown_to_the_network_and_its_guesses_are_drawn(queue):
    job = queue.add()
    queue.run(job.id)
    queue.seen[job.id] = sure_of(4, batches=range(100, 4001, 100))
    drawn = np.full((28, 28, 1), 0.5, np.float32)
    page = visit(drawn=drawn, job=job.id)
    ((id, viewer, image),) = queue.shown
    assert (id, viewer) == (job.id, page.session_state["owner"])
    assert (image == drawn).all()
    assert "guess guesses 4. Probabilities: 4: 97.6%" in markup(page)
    assert "after batch 4,000" in markup(page)
    assert "Guesses from batch 100 to batch 4,000" in markup(page)
    shown(page.run())
    assert len(queue.shown) == 1, "the same drawing is handed over once"


def test_without_a_drawing_a_test_image_is_read_and_drawing_is_offered(queue, small_mnist):
    queue.run(queue.add(RECIPES["autoencoder"]).id)
    visit(job=store.name_of(RECIPES["autoencoder"], 0))
    assert not queue.shown, "a denoiser does not guess"
    job = queue.add()
    queue.run(job.id)
    page = visit(job=job.id)
    assert (np.round(queue.shown[0][2][..., 0] * 255) == small_mnist["x_test"][0]).all()
    assert f"This is a test image, a {small_mnist['y_test'][0]}. Draw your own" in links(page)


def test_the_first_layer_follows_the_training_and_can_be_looked_back_at(queue):
    job = queue.add()
    queue.run(job.id, completed=3)
    queue.layer = first_layer(3)
    page = visit(job=job.id)
    assert "36 weight images of the first layer, after epoch 3" in markup(page)
    shown(page.slider(key=f"epoch_of_{job.id}_10").set_value(0).run())
    assert "36 weight images of the first layer, before training" in markup(page)
    queue.change(job.id, status="stopped")
    shown(page.run())
    assert "36 weight images of the first layer, after epoch 3" in markup(page)
    assert [slider.max for slider in page.slider] == [3]


def test_one_leaves_the_queue_at_once(queue):
    page = press(visit(), "start")
    press(page, "stop")
    assert not queue.known
    assert "job" not in page.query_params
    assert "The queue is empty." in text_of(page)


def test_stopped_and_kept(queue):
    page = press(visit(), "start")
    (id,) = queue.known
    queue.run(id, epoch=4, completed=3)
    shown(page.run())
    press(page, "stop")
    assert "Stopping …" in text_of(page)
    assert page.button(key="stop").disabled
    queue.change(id, status="stopped", stopping=False)
    shown(page.run())
    assert "Stopped after 3 of 10 epochs." in page.warning[0].value
    press(page, "keep")
    assert "Storing what was trained …" in text_of(page)
    name = save(MLP, accuracy=0.95, course=history(3), stopped=3)
    queue.change(id, status="finished", model=name)
    shown(page.run())
    assert metrics(page)["Test accuracy"] == "95.00%"
    assert "Stopped after 3 of 10 epochs and kept." in text_of(page)
    assert "MLP 64-64, stopped after 3 of 10 epochs" in page.selectbox(key="run").options


def test_a_stopped_training_is_continued_or_discarded(queue, monkeypatch):
    job = queue.add(status="stopped", history=history(0))
    page = visit(job=job.id)
    assert "keep" not in keys(page), "it has not completed an epoch"

    def reject(id):
        raise Busy("The queue is full")

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "resume", reject)
        assert press(page, "resume").error[0].value == "The queue is full."
    press(page, "resume")
    assert queue.find(job.id).status == "waiting"
    queue.change(job.id, status="stopped")
    shown(page.run())
    press(page, "discard")
    assert not queue.known
    assert "job" not in page.query_params


def test_a_loss_that_is_no_number_keeps_curve_log_and_settings(queue):
    recipe = MLP.changed(learning_rate=10.0, epochs=4)
    sentence = "Training mlp-64-64 failed: the loss is no longer a number (epoch 2): expected a finite loss, found nan."
    job = queue.add(recipe, seed=6, status="failed", error=sentence, history=history(1))
    queue.texts[job.id] = "Epoch 2\nloss: nan"
    page = visit(job=job.id)
    assert page.error[0].value == sentence
    assert "loss: nan" in text_of(page)
    assert len(chart(page, 0)["data"][0]["x"]) == 5, "the curve so far"
    press(page, "change")
    assert "job" not in page.query_params
    assert "Changed: `learning_rate 10.0, epochs 4, seed 6`" in text_of(page)
    shown(page.text_input(key="mlp-64-64.learning_rate").set_value("1").run())
    press(page, "start")
    assert store.name_of(recipe.changed(learning_rate=1.0), 6) in queue.known


def test_finished_shows_the_accuracy_beside_the_guess_and_links_to_the_run(queue):
    page = visit(training_seed="4")
    shown(page.number_input(key="expected").set_value(97.2).run())
    press(page, "start")
    (id,) = queue.known
    assert "Test accuracy" not in metrics(page)
    queue.finish(id, accuracy=0.9712)
    shown(page.run())
    assert metrics(page)["Test accuracy"] == "97.12%"
    assert metrics(page)["Your guess"] == "97.2%"
    assert "Within the interval" in text_of(page)
    assert "95% interval 96.77% to 97.43%, 10,000 test images" in text_of(page)
    assert {"Draw: let it guess", "Curves", "Noise"} <= set(links(page))
    assert "MLP 64-64, seed 4" in page.selectbox(key="run").options


def test_anothers_training_takes_a_second_click_to_stop(queue):
    job = queue.add(owner="anotherperson")
    queue.run(job.id)
    page = visit(job=job.id)
    assert "was not started in this visit" in text_of(page)
    press(page, "stop")
    assert queue.find(job.id).stopping


def test_a_sweep_is_watched_too(queue):
    job = queue.add(
        RECIPES["mlp-500-300"], id="sweep-0123abcd", kind="sweep", sweep=object(), status="running", done=("a", "b")
    )
    page = visit(job=job.id)
    assert "Weight-decay sweep" in text_of(page)
    assert "2 networks finished" in text_of(page)
    assert "Its chart" in links(page)
    assert not queue.shown
    queue.change(job.id, status="stopped")
    shown(page.run())
    assert "Stopped after 2 networks." in text_of(page)
    assert "keep" not in keys(page)


# The lists


def test_the_list_says_whose_and_in_which_place_and_opens_each(queue):
    page = press(visit(), "start")
    press(page, "close")
    first = queue.add(RECIPES["cnn"], owner="anotherperson")
    queue.run(first.id, epoch=2)
    queue.add(MLP, seed=1)
    queue.add(RECIPES["linear"], status="failed", error="No.")
    queue.add(MLP, seed=2, status="finished", history=history(10))
    queue.add(MLP, seed=3, status="finished", history=history(2))
    shown(page.run())
    text = text_of(page)
    assert "**CNN**: running, epoch 2 of 10" in text
    assert "**MLP 64-64** (yours): waiting, place 1" in text
    assert "**MLP 64-64, seed 1**: waiting, place 2" in text
    assert "**Linear**: failed" in text
    assert "**MLP 64-64, seed 2**: finished, validation accuracy 100.00%" in text
    assert "**MLP 64-64, seed 3**: kept after 2 of 10 epochs, validation accuracy 92.00%" in text
    press(page, f"watch_{first.id}")
    assert page.query_params["job"] == first.id
    assert "Epoch 2 of 10" in text_of(page)


def test_a_watched_training_is_shown_again_after_another_page_until_it_is_closed(queue):
    page = press(visit(), "start")
    for _ in range(2):
        shown(page.switch_page("pages/game.py").run())
        shown(page.switch_page("pages/train.py").run())
        if "close" in keys(page):
            assert "place 1 in the queue" in text_of(page)
            press(page, "close")
    assert "place 1 in the queue" not in text_of(page)


def test_without_a_worker_on_redis_the_command_is_named(queue, monkeypatch):
    monkeypatch.setenv(jobs.REDIS_VARIABLE, "redis://localhost")
    queue.alive = False
    page = press(visit(), "start")
    assert "waits for a worker" in text_of(page)
    assert "python -m mnist_app worker" in text_of(page)


def test_a_run_is_renamed_and_an_impossible_name_gets_its_reason(queue):
    name = save(MLP)
    page = visit()
    shown(page.text_input(key=f"name_runs_{name}").set_value("a\nb").run())
    assert "printable characters" in press(page, "rename_confirmed_runs").error[0].value
    shown(page.text_input(key=f"name_runs_{name}").set_value("Anna's").run())
    press(page, "rename_confirmed_runs")
    assert store.load(name).card.label == "Anna's"
    assert page.selectbox(key="run").options == ["Anna's (MLP 64-64)"]


def test_a_run_is_deleted_in_a_second_step_that_names_it(queue):
    name = save(MLP)
    page = visit()
    assert "This deletes **MLP 64-64** with its weights and its curves. It cannot be undone." in text_of(page)
    press(page, "delete_confirmed_runs")
    with pytest.raises(NotFound):
        store.load(name)
    assert "You have not trained a network here yet" in text_of(page)
