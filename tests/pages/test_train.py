"""The Train page without a browser and without a worker: the form, the start, and what is watched, by a fake queue."""

import re
import shlex

import numpy as np
import pytest

from mnist_app import Busy, NotFound, data, jobs, store
from mnist_app.cli import training
from mnist_app.evaluation.results import GENERATED, Batches, History
from mnist_app.jobs import orders
from mnist_app.recipes import RECIPES
from mnist_app.ui import visitor
from tests import drawings
from tests.pages import stage, train_stage
from tests.pages.stage import chart, forge, keys, markup, press, shown, text_of
from tests.pages.train_stage import MLP, history, save, snapshots, sure_of

pytestmark = pytest.mark.usefixtures("fresh_caches")


@pytest.fixture
def queue(models_folder, small_mnist, monkeypatch):
    """An empty queue, no models, and a machine that has MNIST."""
    return train_stage.fake_queue(monkeypatch)


def visit(**query):
    return stage.visit("pages/train.py", **query)


def metrics(page):
    return {metric.label: metric.value for metric in page.metric}


def popovers(page):
    """Keys as the browser sees them: a popover with another key is a new one, which is closed."""
    return {popover.key for popover in page.get("popover") if "_runs_" in popover.key}


def wrong(page):
    """What the page says beside fields whose values are impossible."""
    return re.findall(r'role="alert">([^<]+)<', markup(page))


def links(page):
    return [element.proto.label for element in page.get("page_link")]


def test_a_changed_field_changes_size_and_time_and_is_named(queue):
    page = visit()
    assert metrics(page) == {"Parameters": "55,050", "Expected time on this machine": "about 40 s"}
    shown(page.text_input(key="mlp-64-64.hidden").set_value("100,50").run())
    shown(page.text_input(key="mlp-64-64.epochs").set_value("3").run())
    assert metrics(page) == {"Parameters": "84,060", "Expected time on this machine": "about 10 s"}
    assert "784 × 100 + 100" in list(page.table[0].value["Arithmetic"])
    assert "Changed: `hidden 100,50, epochs 3`" in text_of(page)
    shown(page.switch_page("pages/game.py").run())
    shown(page.switch_page("pages/train.py").run())
    assert metrics(page)["Parameters"] == "84,060", "another page does not forget it"
    press(page, "reset")
    assert metrics(page)["Parameters"] == "55,050"
    assert "Changed" not in text_of(page)


def test_an_impossible_value_is_named_at_once_and_the_start_waits(queue):
    page = visit(**{"mlp-64-64.epochs": "9999"})
    assert wrong(page) == ["A whole number from 1 to 500."]
    assert page.button(key="start_0").disabled
    for field, text, error in (
        ("mlp-64-64.hidden", "64,abc", "1 to 6 whole numbers from 1 to 4,096, as in 500,300."),
        ("mlp-64-64.learning_rate", "0", "A number above 0 and up to 10."),
        ("training_seed", "-1", "A whole number from 0 to 2,147,483,647."),
        ("expected_0", "955", "A number from 0 to 100."),
    ):
        page = visit()
        shown(page.text_input(key=field).set_value(text).run())
        assert wrong(page) == [error]
        forge(page, page.button(key="start_0").id)
        assert page.button(key="start_0").disabled
        assert not queue.known
    for text, error in (
        ("4096,4096,4096", "the network is too large"),
        ("4000,4000", "too large for the queue: expected at most 10,000,000 parameters, found 19,184,010"),
    ):
        shown(page.text_input(key="mlp-64-64.hidden").set_value(text).run())
        assert error in page.error[0].value
        assert page.button(key="start_0").disabled
        assert not metrics(page)


def test_a_decimal_comma_is_a_decimal_point(queue):
    page = visit(**{"mlp-64-64.learning_rate": "0,05"})
    shown(page.text_input(key="expected_0").set_value("95,5").run())
    press(page, "start_0")
    (job,) = queue.known.values()
    assert job.recipe.learning_rate == 0.05
    assert page.session_state["guesses"] == {job.id: 95.5}


def test_fields_without_an_effect_are_left_out(queue):
    page = visit()
    assert "mlp-64-64.momentum" in [field.key for field in page.text_input]
    shown(page.selectbox(key="mlp-64-64.optimizer").set_value("adam").run())
    fields = [field.key for field in page.text_input]
    assert "mlp-64-64.epsilon" in fields
    assert "mlp-64-64.momentum" not in fields


def test_a_link_restores_recipe_fields_and_seed_and_each_training_has_its_script(queue):
    page = visit(**{"recipe": "CNN", "cnn.epochs": "3", "cnn.filters": "8,16", "training_seed": "7"})
    assert "Changed: `filters 8,16, epochs 3, seed 7`" in text_of(page)
    press(page, "start_0")
    (job,) = queue.known.values()
    assert (job.recipe, job.seed) == (RECIPES["cnn"].changed(filters=(8, 16), epochs=3), 7)
    shown(page.text_input(key="cnn.epochs").set_value("8").run())
    of_watched, of_form = (code.value for code in page.code if "import keras" in code.value)
    assert re.search(r"^EPOCHS = 3$", of_watched, re.M)
    assert re.search(r"^EPOCHS = 8$", of_form, re.M)


@pytest.mark.parametrize(
    ("key", "changes", "seed"),
    [
        ("mlp-64-64", {}, 0),
        ("cnn", {"hidden": "none", "dropout": "0", "learning_rate": "1e-4", "validation": "held-out"}, 7),
        ("mlp-500-300-momentum", {"optimizer": "adam", "l2": "0,001", "jit_compile": "true"}, 3),
        ("autoencoder", {"noise_level": "0"}, 1),
    ],
)
def test_the_shown_command_trains_the_same_recipe_from_the_form_and_of_a_run(queue, key, changes, seed):
    ordered = RECIPES[key].changed(**changes)
    save(ordered, seed)
    query = {f"{key}.{name}": value for name, value in changes.items()}
    page = visit(recipe=ordered.title, training_seed=str(seed), **query)
    form, run = (code.value for code in page.code if "--seed" in code.value)
    assert form == run
    _, _, _, _, name, *arguments = shlex.split(form)
    given = training.train.make_context(name, [name, *arguments]).params
    recipe = RECIPES[given["key"]].changed(**dict(change.split("=") for change in given["changes"]))
    assert (recipe.fingerprint, given["seed"]) == (ordered.fingerprint, seed)


def test_a_recipe_with_augmentation_shows_variants_and_says_why_it_has_no_script(queue, small_mnist):
    page = visit(recipe="CNN, our best")
    assert "augmentation=pen is this project's own code" in text_of(page)
    (source,) = re.findall(r'<div class="vx vx-sheet"><img alt="[^"]+" src="([^"]+)"', markup(page))
    sheet, digits = drawings.decoded(source), np.unique(small_mnist["y_test"])
    assert sheet.shape == (28 * len(digits), 28 * 13), "each original and twelve variants"
    for row, digit in enumerate(digits):
        tiles = np.split(sheet[28 * row : 28 * row + 28], 13, axis=1)
        ours = small_mnist["x_test"][small_mnist["y_test"] == digit]
        assert (tiles[0] == ours).all(axis=(1, 2)).any(), "a row for each digit, in order"
        assert len({tile.tobytes() for tile in tiles}) == 13


def test_without_mnist_the_download_is_offered_in_place_of_the_start(queue, monkeypatch):
    monkeypatch.delenv(data.PATH_VARIABLE)
    page = visit(recipe="CNN, our best")
    assert "download_mnist" in keys(page)
    assert not {"start_0", "vary_again"} & keys(page)


def test_start_orders_the_training_which_is_watched_until_it_is_closed(queue):
    page = press(visit(), "start_0")
    (job,) = queue.known.values()
    assert (job.recipe, job.seed) == (MLP, 0)
    assert page.query_params["job"] == job.id
    shown(page.switch_page("pages/game.py").run())
    shown(page.switch_page("pages/train.py").run())
    assert "place 1 in the queue, expected to start in about 2 min" in text_of(page)
    press(page, "close")
    shown(page.switch_page("pages/game.py").run())
    shown(page.switch_page("pages/train.py").run())
    assert "place 1 in the queue" not in text_of(page)


def test_what_the_queue_rejects_is_shown_with_its_reason(queue):
    queue.error = Busy("That is too much", expected="3 trainings", found="4", remedy="Wait.")
    page = press(visit(), "start_0")
    assert page.error[0].value == "That is too much: expected 3 trainings, found 4. Wait."
    assert "job" not in page.query_params


def test_the_page_opens_on_a_free_seed_and_each_start_takes_the_next(queue):
    save(MLP, accuracy=0.9712), save(MLP, 1)
    page = press(visit(), "start_0")
    assert [job.seed for job in queue.known.values()] == [2]
    late = page.button(key="start_1").id
    press(page, "start_1")
    forge(page, late)
    assert [job.seed for job in queue.known.values()] == [2, 3], "a double click starts one training"
    shown(page.text_input(key="mlp-64-64.epochs").set_value("3").run())
    press(page, "start_2")
    assert [job.seed for job in queue.known.values()] == [2, 3, 0], "other settings, another count"


def test_two_who_start_at_the_same_moment_get_two_trainings(queue, monkeypatch):
    page = visit()
    queue.add(owner="anotherperson")
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "list_jobs", tuple)  # a moment ago it was not there
        press(page, "start_0")
    assert [job.seed for job in queue.known.values()] == [0, 1]


def test_what_was_trained_already_is_shown_beside_the_guess_and_another_seed_is_offered(queue, monkeypatch):
    shipped = save(MLP, accuracy=0.9712), save(MLP, 1)
    monkeypatch.setattr(store.StoredModel, "shipped", property(lambda model: model.name in shipped))
    page = visit(training_seed="0")
    assert "with seed 0 was trained already and comes with the app." in text_of(page)
    assert page.button(key="start_0").disabled
    assert "Test accuracy" not in metrics(page), "guess before you look"
    shown(page.text_input(key="expected_0").set_value("95").run())
    press(page, "see_taken")
    assert metrics(page)["Test accuracy"] == "97.12%"
    assert metrics(page)["Your guess"] == "95.0%"
    assert "2.12 percentage points too low, outside the interval" in text_of(page)
    assert not queue.known
    press(page, "free_seed")
    assert "trained already" not in text_of(page)
    press(page, "start_0")
    assert [job.seed for job in queue.known.values()] == [2]
    shown(page.text_input(key="training_seed").set_value("2").run())
    press(press(page, "close"), "see_taken")
    assert page.query_params["job"] == next(iter(queue.known))


def test_on_generated_digits_the_job_the_curves_and_the_figure_say_so(queue, generated_digits, monkeypatch):
    monkeypatch.setenv(data.PATH_VARIABLE, "generated")
    save(MLP, accuracy=0.9712)
    page = press(visit(), "start_0")
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


def test_a_link_to_a_job_that_is_gone_says_so_and_shows_the_form(queue):
    page = visit(job="mlp-64-64-00000000-0")
    assert "There is no training mlp-64-64-00000000-0" in page.warning[0].value
    assert "start_0" in keys(page)
    assert "job" not in page.query_params


def test_a_link_to_anothers_training_shows_its_curves_which_grow_on_one_axis(queue):
    job = queue.add(MLP.changed(epochs=4), seed=3, owner="anotherperson")
    page = visit(job=job.id)
    assert "MLP 64-64, epochs 4, seed 3" in text_of(page)
    for epochs in (0, 2):
        queue.run(job.id, epoch=epochs + 1, completed=epochs)
        figure = chart(shown(page.run()), 0)
        assert f"Epoch {epochs + 1} of 4, batch 100 of 469: about 40 s left" in text_of(page)
        assert figure["layout"]["xaxis"]["range"][1] == pytest.approx(4 * 469, rel=0.02)
        assert [len(line["x"]) for line in figure["data"][:2]] == [5 * epochs, epochs]
    assert "Others may be watching it" in text_of(page)
    press(page, "stop")
    assert queue.find(job.id).stopping


def test_the_drawing_is_shown_to_the_network_and_its_guesses_are_drawn(queue):
    job = queue.add()
    queue.run(job.id)
    queue.seen[job.id] = sure_of(4, batches=range(100, 4001, 100))
    drawn = np.full((28, 28, 1), 0.5, np.float32)
    page = visit(drawn=drawn, job=job.id)
    id, viewer, image = queue.shown[0]
    assert (id, viewer) == (job.id, page.session_state["visitor"].id)
    assert (image == drawn).all()
    assert "guess guesses 4. Probabilities: 4: 97.6%" in markup(page)
    assert "after batch 4,000" in markup(page)
    assert "Guesses from batch 100 to batch 4,000" in markup(page)


def test_without_a_drawing_the_trainers_image_is_shown_and_drawing_is_offered(queue):
    job = queue.add()
    queue.run(job.id)
    page = visit(job=job.id)
    assert "Draw a digit. The network reads it while it learns" in links(page)
    image = np.full((28, 28, 1), 0.5, np.float32)
    queue.image, queue.seen[job.id, jobs.WATCHED] = (image, 4), sure_of(9, batches=range(100, 501, 100))
    shown(page.run())
    assert "This training image is a 4. The guess for it changes often." in text_of(page)
    assert "Draw your own" in links(page)
    assert "guess guesses 9" in markup(page)
    assert not queue.shown


def test_curves_layer_and_confusions_follow_the_training_and_can_be_looked_back_at(queue):
    job = queue.add()
    queue.run(job.id, completed=3)
    queue.layer = snapshots(3)
    page = visit(job=job.id)
    assert "36 weight images of the first layer, after epoch 3" in markup(page)
    assert "27 of 100 validation images read wrongly after epoch 3" in markup(page)
    now = len(chart(page)["data"][0]["x"])
    shown(page.slider(key=f"epoch_of_{job.id}_10").set_value(2).run())
    assert "18 of 100 validation images read wrongly after epoch 2" in markup(page)
    assert len(chart(page)["data"][1]["x"]) == 2
    assert len(chart(page)["data"][0]["x"]) < now
    shown(page.slider(key=f"epoch_of_{job.id}_10").set_value(0).run())
    assert "36 weight images of the first layer, before training" in markup(page)
    assert "validation images" not in markup(page)
    queue.change(job.id, status="stopped")
    shown(page.run())
    assert "36 weight images of the first layer, after epoch 3" in markup(page)
    assert [slider.max for slider in page.slider] == [3]


def test_stopped_and_kept(queue):
    page = press(visit(), "start_0")
    (id,) = queue.known
    queue.run(id, epoch=4, completed=3)
    shown(page.run())
    press(page, "stop")
    assert "Stopping …" in text_of(page)
    assert page.button(key="stop").disabled
    queue.change(id, status="stopped", stopping=False)
    shown(page.run())
    assert "Stopped after 3 of 10 epochs." in page.warning[0].value
    assert "It is kept until " in text_of(page)
    press(page, "keep")
    assert "Storing what was trained …" in text_of(page)
    name = save(MLP, course=history(3), stopped=3)
    queue.change(id, status="finished", model=name)
    shown(page.run())
    assert "Stopped after 3 of 10 epochs and kept." in text_of(page)
    assert "MLP 64-64, stopped after 3 of 10 epochs" in page.selectbox(key="run").options


def test_a_damaged_record_is_named_in_the_list_and_the_teacher_removes_it(queue, models_folder, monkeypatch):
    path = models_folder / ".jobs" / "mlp" / "job.json"
    path.parent.mkdir(parents=True)
    path.write_text("damaged")
    monkeypatch.setattr(jobs, "discard", orders.discard)
    page = visit()
    assert str(path) in text_of(page)
    with monkeypatch.context() as patch:
        patch.setattr(visitor, "is_teacher", lambda: False)
        assert "remove_mlp" not in keys(visit())
    assert str(path) not in text_of(press(page, "remove_mlp"))
    assert not path.parent.exists()


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


@pytest.mark.parametrize(
    ("losses", "grows"),
    [
        ([], False),
        ([2.31, 2.27, 2.23, 2.19], False),
        ([3.77, 2.3, 2.3, 2.31], True),
        ([1.02, 0.404, 0.342, 0.308, 0.278], False),
        ([0.8, 0.3, 0.2, 0.2, 0.9, 1.5, 2.2], True),
        ([0.8, 0.003, 0.002, 0.001, 0.004, 0.005, 0.006], False),
    ],
)
def test_a_loss_that_grows_is_named_while_it_trains_and_after(queue, losses, grows):
    marks = tuple(Batches(100 * place, loss, 0.5) for place, loss in enumerate(losses, 1))
    job = queue.add(MLP.changed(learning_rate=2), status="running", history=History((), marks))
    page = visit(job=job.id)
    assert ("The loss grows: is the learning rate, 2, too high?" in text_of(page)) == grows
    queue.change(job.id, status="stopped")
    assert ("The loss grew" in text_of(shown(page.run()))) == grows


def test_a_loss_that_is_no_number_keeps_curve_log_and_settings(queue):
    recipe = MLP.changed(learning_rate=10.0, epochs=4)
    job = queue.add(recipe, seed=6, status="failed", error="The loss is no longer a number.", history=history(1))
    queue.texts[job.id] = "Epoch 2\nloss: nan"
    page = visit(job=job.id)
    assert page.error[0].value == "The loss is no longer a number."
    assert "loss: nan" in text_of(page)
    assert len(chart(page, 0)["data"][0]["x"]) == 5, "the curve so far"
    press(page, "change")
    assert "job" not in page.query_params
    assert "Changed: `learning_rate 10.0, epochs 4, seed 6`" in text_of(page)


def test_a_training_that_fails_at_once_keeps_its_seed_in_the_settings(queue):
    job = queue.add(MLP.changed(epochs=4), seed=6, status="failed", error="No.")
    page = visit(job=job.id)
    page.session_state["seed_used"] = True  # as where the form was not shown since Start
    press(page, "change")
    assert "seed 6`" in text_of(page)


def test_finished_shows_the_accuracy_beside_the_guess_and_links_to_the_run(queue):
    page = visit(training_seed="4")
    shown(page.text_input(key="expected_0").set_value("97.2").run())
    press(page, "start_0")
    assert page.text_input(key="expected_1").value == "", "the guess was for this training"
    (id,) = queue.known
    queue.finish(id, accuracy=0.9712)
    shown(page.run())
    assert metrics(page)["Test accuracy"] == "97.12%"
    assert metrics(page)["Your guess"] == "97.2%"
    assert "within the interval" in text_of(page)
    assert "95% interval 96.77% to 97.43%, 10,000 test images" in text_of(page)
    assert {"Draw: let it guess", "Curves", "Noise"} <= set(links(page))


def test_a_sweep_is_watched_too(queue):
    big = RECIPES["mlp-500-300"]
    job = queue.add(big, id="sweep-0123abcd", kind="sweep", sweep=object(), status="stopped", done=("a", "b"))
    page = visit(job=job.id)
    assert "Weight-decay sweep" in text_of(page)
    assert "Stopped after 2 networks." in text_of(page)
    assert "Its chart" in links(page)
    assert not {"keep", "change"} & keys(page)


def test_the_list_says_whose_and_in_which_place_and_opens_each(queue):
    page = press(visit(), "start_0")
    first = queue.add(RECIPES["cnn"], owner="anotherperson")
    queue.run(first.id, epoch=2, completed=1)
    queue.add(RECIPES["linear"], status="failed", error="No.")
    queue.add(MLP, seed=3, status="finished", history=history(2))
    shown(page.run())
    assert "**CNN**: running, 1 of 10 epochs, validation accuracy 91.00%" in text_of(page)
    assert "**MLP 64-64** (yours): waiting, place 1" in text_of(page)
    assert "**Linear**: failed" in text_of(page)
    assert "**MLP 64-64, seed 3**: finished, 2 of 10 epochs, validation accuracy 92.00%" in text_of(page)
    press(page, f"watch_{first.id}")
    assert page.query_params["job"] == first.id
    assert "Epoch 2 of 10" in text_of(page)


def test_without_a_worker_on_redis_the_command_is_named_and_one_leaves_the_queue_at_once(queue, monkeypatch):
    monkeypatch.setenv(jobs.REDIS_VARIABLE, "redis://localhost")
    queue.alive = False
    page = press(visit(), "start_0")
    assert "python -m mnist_app worker" in text_of(page)
    press(page, "stop")
    assert not queue.known
    assert "The queue is empty." in text_of(page)


def test_a_run_is_renamed_and_deleted_and_a_second_press_meets_no_other_run(queue):
    name, other = save(MLP), save(MLP, 1)
    page = visit()
    closed = popovers(page)
    shown(page.text_input(key=f"name_runs_{name}").set_value("a\nb").run())
    assert "printable characters" in press(page, f"rename_confirmed_runs_{name}").error[0].value
    assert popovers(page) == closed, "they stay as they are"
    shown(page.text_input(key=f"name_runs_{name}").set_value("Anna").run())
    press(page, f"rename_confirmed_runs_{name}")
    assert page.selectbox(key="run").options == ["Anna (MLP 64-64)", "MLP 64-64, seed 1"]
    assert not popovers(page) & closed, "they are closed"
    assert "This deletes **Anna (MLP 64-64)** with its weights" in text_of(page)
    delete = page.button(key=f"delete_confirmed_runs_{name}").id
    press(page, f"delete_confirmed_runs_{name}")
    with pytest.raises(NotFound):
        store.load(name)
    assert page.selectbox(key="run").value == "MLP 64-64, seed 1"
    forge(page, delete)
    press(page, f"delete_confirmed_runs_{other}")
    assert "You have not trained a network here yet" in text_of(page)
