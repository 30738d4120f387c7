"""The Weight decay page: what is drawn, what it says, and the missing replicates ordered and followed; a fake queue."""

from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from mnist_app import Busy, NotFound, jobs, store
from mnist_app.evaluation import differences
from mnist_app.evaluation.results import GENERATED, MNIST, Epoch, History, Progress
from mnist_app.evaluation.sweep import FACTOR_SETS, Order
from mnist_app.jobs import Job
from mnist_app.store import Replicate
from mnist_app.ui import dataset, weight_decay
from tests.pages import stage
from tests.pages.stage import chart, keys, press, shown, text_of

A = FACTOR_SETS["A"]


class FakeQueue:
    """The queue as the page uses it: at most one job, which a test moves on."""

    def __init__(self):
        self.job, self.error, self.place = None, None, None

    def list_jobs(self):
        return (self.job,) if self.job else ()

    def find(self, id):
        if self.job is None or self.job.id != id:
            raise NotFound("There is no such job")
        return self.job

    def submit_sweep(self, order, *, owner, data):
        assert owner.isalnum()
        if self.error:
            raise self.error
        self.job = job(order, data=data)
        return self.job

    def stop(self, id):
        if self.error:
            raise self.error
        self.change(stopping=True)

    def wait_of(self, job):
        return self.place if job.status == "waiting" else None

    def expected_seconds(self, recipe):
        return 6.0 * recipe.epochs

    def change(self, **fields):
        self.job = replace(self.job, **fields)


def job(order, **fields) -> Job:
    times = {"ordered": 0.0, "queued": 0.0, "expected": 60.0}
    running = {"kind": "sweep", "recipe": order.recipes()[0], "seed": 0, "owner": "somebody1", "status": "running"}
    return Job(id="sweep-1", sweep=order, **times | running | fields)


@pytest.fixture(autouse=True)
def queue(monkeypatch):
    fake = FakeQueue()
    for name in ("list_jobs", "find", "submit_sweep", "stop", "wait_of", "expected_seconds"):
        monkeypatch.setattr(jobs, name, getattr(fake, name))
    monkeypatch.setattr(jobs, "worker_alive", lambda: True)
    monkeypatch.setattr(weight_decay, "STACKED", 0.5)
    return fake


@pytest.fixture(autouse=True)
def digits(monkeypatch):
    """MNIST is here, although nothing is read of it; a test may put other digits into its place."""
    digits = SimpleNamespace(data=MNIST)
    monkeypatch.setattr(dataset, "test_digits", lambda: digits)
    monkeypatch.setattr(dataset, "name", lambda: digits.data)
    return digits


def save(factor, *accuracies, validation="test", epochs=40, data=MNIST) -> None:
    """A replicate a final accuracy; its best epoch is 0.001 better, its first one 0.9."""
    (recipe,) = Order((factor,), epochs=epochs, validation=validation).recipes()
    for seed, final in enumerate(accuracies):
        course = [0.9, *[final] * (epochs - 3), final + 0.001, final][-epochs:]
        rows = tuple(Epoch(0.1, 0.99, 0.2, round(value, 6), 1.0) for value in course)
        store.replicates.save(Replicate(recipe, seed, History(rows, (), validation), 40.0, data))


@pytest.fixture
def whole(models_folder):
    """Set A whole on the test images: factors in rising order, 98.1% to 98.5%."""
    for place, factor in enumerate(A):
        save(factor, *(0.981 + 0.001 * place + 0.0005 * seed for seed in range(3)))


def visit(**query):
    return stage.visit("pages/weight_decay.py", **query)


def trace(page, start):
    (found,) = [trace for trace in chart(page)["data"] if trace["name"].startswith(start)]
    return found


def progress(page):
    return page.get("progress")[0].proto.text


def test_a_whole_set_is_drawn_with_its_table_and_nothing_is_offered(whole):
    page = visit()
    assert len(trace(page, "One replicate")["x"]) == 15
    assert len(trace(page, "Mean")["x"]) == 5
    assert "n = 3 for each" in chart(page)["layout"]["title"]["subtitle"]["text"]
    assert "order" not in keys(page)
    table = page.dataframe[0].value
    assert list(table["L2 factor"]) == ["1e-6", "1e-5", "1e-4", "5e-4", "1e-3"]
    assert list(table["Seed 2"]) == pytest.approx([98.2, 98.3, 98.4, 98.5, 98.6])
    assert "data" not in [control.key for control in page.segmented_control], "there is MNIST only"


def test_a_link_restores_the_state(models_folder):
    save(1e-6, 0.97, 0.972, validation="held-out", epochs=3)
    page = visit(
        factors="C", replicates="2", epochs="3", validation="Held-out images", statistic="Maximum", reported="true"
    )
    assert trace(page, "One replicate")["y"] == [0.971, 0.973]
    assert "held-out" in chart(page)["layout"]["title"]["subtitle"]["text"]
    assert trace(page, "B:")
    assert "8 of 10 replicates are missing" in text_of(page)


def test_a_link_with_impossible_values_falls_back(whole):
    page = visit(factors="Z", replicates="99", epochs="many", statistic="Median", replicate="no such dot")
    assert len(trace(page, "One replicate")["x"]) == 15
    assert page.selectbox(key="replicate").value is None


def test_own_factors_are_read_from_text(models_folder):
    save(0.0, 0.98)
    page = visit(factors="Own", own="0 1e-4, 0.01")
    assert trace(page, "One replicate")["y"] == [0.98]
    assert "8 of 9 replicates are missing" in text_of(page)
    for text in ("many", "", "1e-4 1e-4"):
        shown(page.text_input(key="own").set_value(text).run())
        assert len(page.error) == 1
        assert not page.get("plotly_chart")


def test_it_says_how_many_means_lie_inside_the_band(whole):
    # Means 98.15% to 98.55%, band 98.35% ± 0.25 pp: all inside; then two far ones.
    assert "5 of 5 means lie inside the grey band" in text_of(visit())
    save(1e-6, 0.93, 0.93, 0.93)
    assert "0 of 5 means" in text_of(visit())


def test_it_says_what_held_out_images_choose_and_how_that_does_on_the_test_images(whole):
    save(1e-4, 0.979, 0.981, validation="held-out")
    page = visit()
    assert "cannot choose a factor yet:** 4 of 5 factors" in text_of(page)
    assert not chart(page)["layout"].get("shapes")
    for factor in set(A) - {1e-4}:
        save(factor, 0.975, 0.976, validation="held-out")
    page = visit()
    text = text_of(page)
    assert "Held-out images choose 1e-4**: mean final accuracy 98.00% ± 0.14 pp (n = 2)" in text
    assert "98.35% ± 0.05 pp (n = 3)" in text
    assert "is 0.45 pp lower, more than the" in text
    (line,) = chart(page)["layout"]["shapes"]
    assert line["x0"] == 1e-4


def test_a_replicate_chosen_from_the_list_opens_its_curves(whole):
    page = visit(statistic="Maximum")
    assert trace(page, "One replicate")["y"][0] == pytest.approx(0.982)
    page.selectbox(key="replicate").set_value("5e-4, seed 2").run()
    curves = chart(page, 1)
    assert {len(line["x"]) for line in curves["data"]} == {40}
    assert "5e-4, seed 2" in curves["data"][0]["name"]
    assert trace(page, "Opened")["x"] == [5e-4]
    page.segmented_control(key="view").set_value("Loss").run()
    assert chart(page, 1)["layout"]["title"]["text"] == "Loss per epoch"
    shown(page.segmented_control(key="factors").set_value("C").run())
    assert len(page.get("plotly_chart")) == 1, "this set does not hold that replicate"


def test_missing_replicates_are_ordered_in_one_click_and_the_chart_fills_in(queue, models_folder):
    page = visit()
    assert "python -m mnist_app sweep --resume" in page.code[0].value
    assert [trace["name"] for trace in chart(page)["data"]] == ["Hinton: 98.47%, claimed"]
    assert "15 of 15 replicates are missing: about 30 min" in text_of(page)
    save(1e-6, 0.98)
    page = press(visit(), "order")
    assert queue.job.sweep == Order(A)
    assert "1 of 15 replicates are here. Starting" in progress(page)
    queue.change(progress=Progress(3, 40, 469, 469, 5.0, 300.0))
    assert "Epoch 3 of 40, batch 469 of 469: about 5 min left" in progress(page.run())
    save(1e-5, 0.981)
    queue.change(done=("one",))
    assert trace(page.run(), "One replicate")["y"] == [0.98, 0.981]
    assert "2 of 15" in progress(page)


def test_only_the_sweep_of_this_page_is_followed_with_its_place(queue, whole):
    queue.job = job(Order((0.5,)))
    assert not visit().get("progress")
    queue.job = job(Order(A), status="waiting")
    queue.place = SimpleNamespace(place=2, seconds=240.0)
    assert progress(visit()).endswith("Waiting: place 2 in the queue, expected to start in about 4 min")


def test_a_running_sweep_can_be_stopped_and_continued(queue, models_folder):
    save(1e-6, 0.98)
    queue.job = job(Order(A))
    page = press(visit(), "stop")
    assert "Stopping" in progress(page)
    assert page.button(key="stop").disabled
    queue.change(status="failed", stopping=False, error="The disk is full.")
    assert page.run().error[0].value == "The disk is full."
    assert not page.get("progress")
    press(page, "order")
    assert not page.button(key="stop").disabled


def test_what_the_queue_rejects_is_shown_with_its_reason(queue, models_folder):
    queue.error = Busy("Three trainings of yours are waiting")
    assert press(visit(), "order").error[0].value == "Three trainings of yours are waiting."
    queue.job = job(Order(A))
    assert press(visit(), "stop").error[0].value == "Three trainings of yours are waiting."


def test_without_mnist_replicates_are_shown_and_mnist_is_offered(whole, monkeypatch):
    monkeypatch.setattr(dataset, "test_digits", lambda: None)
    page = visit(replicates="4")
    assert len(trace(page, "One replicate")["x"]) == 15
    assert "5 of 20 replicates are missing" in text_of(page)
    assert "need" in page.info[0].value
    assert keys(page) == {"download_mnist"}


def test_what_single_changes_bring_is_a_table_where_it_was_trained(whole):
    assert not [each for each in visit().subheader if "momentum" in each.value]
    recipe = differences.CHANGES[3][1]
    rows = tuple(Epoch(0.1, 0.99, 0.2, 0.9855, 1.0) for _ in range(recipe.epochs))
    for seed in (0, 1):
        store.replicates.save(Replicate(recipe, seed, History(rows, (), "test"), 40.0, MNIST))
    page = visit()
    (table,) = [each.value for each in page.dataframe if "Training" in each.value]
    assert table["Mean"].tolist()[3] == pytest.approx(98.55)
    assert any(trace["name"].startswith("Ours") for trace in chart(page)["data"])


def test_replicates_of_generated_digits_are_chosen_and_drawn_apart(queue, whole, digits):
    digits.data = GENERATED
    queue.job = job(Order(A))  # on MNIST
    page = visit()
    assert len(trace(page, "One replicate")["x"]) == 15, "those of MNIST come first"
    save(1e-4, 0.91, data=GENERATED)
    shown(page.segmented_control(key="data").set_value(GENERATED).run())
    assert list(trace(page, "One replicate")["y"]) == [0.91]
    assert "14 of 15 replicates are missing" in text_of(page)
    press(page, "order")
    assert (queue.job.data, queue.job.sweep.factors) == (GENERATED, A)
