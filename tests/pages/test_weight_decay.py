"""The weight-decay page: what is drawn, what it says, and the missing replicates ordered and followed; a fake queue."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec.structs import replace
from streamlit.testing.v1 import AppTest

from mnist_app import Busy, NotFound, NotPossible, store, ui
from mnist_app.evaluation import sweep
from mnist_app.evaluation.progress import Progress
from mnist_app.evaluation.results import GENERATED, MNIST, Epoch, History
from mnist_app.evaluation.sweep import FACTOR_SETS, Order
from mnist_app.jobs import Job
from mnist_app.store import Replicate
from mnist_app.ui import digits as ui_digits
from mnist_app.ui import weight_decay

APP = Path(__file__).resolve().parents[2] / "app.py"
A = FACTOR_SETS["A"]


class FakeQueue:
    """The queue as the page uses it: at most one job, which a test moves on."""

    def __init__(self):
        self.job, self.refusal, self.place = None, None, None

    def list_jobs(self):
        return (self.job,) if self.job else ()

    def find(self, id):
        if self.job is None or self.job.id != id:
            raise NotFound("There is no such job")
        return self.job

    def submit_sweep(self, order, *, owner, data):
        assert owner.isalnum()
        if self.refusal:
            raise self.refusal
        self.job = job(order, data=data)
        return self.job

    def stop(self, id):
        if self.refusal:
            raise self.refusal
        self.job = replace(self.find(id), stopping=True)

    def wait_of(self, job):
        return self.place if job.status == "waiting" else None

    def expected_seconds(self, recipe):
        return 6.0 * recipe.epochs


def job(order, **fields) -> Job:
    times = {"ordered": 0.0, "queued": 0.0, "expected": 60.0}
    running = {"kind": "sweep", "recipe": order.recipes()[0], "seed": 0, "owner": "somebody1", "status": "running"}
    return Job(id="sweep-1", sweep=order, **times | running | fields)


@pytest.fixture
def queue(monkeypatch):
    fake = FakeQueue()
    for name in ("list_jobs", "find", "submit_sweep", "stop", "wait_of", "expected_seconds"):
        monkeypatch.setattr(weight_decay.jobs, name, getattr(fake, name))
    for name in ("ensure_worker", "show_missing_worker"):
        monkeypatch.setattr(weight_decay.queue, name, lambda: None)
    monkeypatch.setattr(weight_decay, "STACKED", 0.5)
    return fake


@pytest.fixture(autouse=True)
def digits(monkeypatch):
    """MNIST is here, although nothing is read of it; a test may put other digits into its place."""
    here = SimpleNamespace(data=MNIST)
    monkeypatch.setattr(ui, "test_digits", lambda: here)
    monkeypatch.setattr(ui_digits, "name", lambda: here.data)
    return here


def save(factor, *accuracies, validation="test", start=0, epochs=40, data=MNIST) -> None:
    """A replicate a final accuracy; its best epoch is 0.001 better, its first one 0.9."""
    (recipe,) = Order((factor,), epochs=epochs, validation=validation).recipes()
    for seed, final in enumerate(accuracies, start):
        course = [0.9, *[final] * (epochs - 3), final + 0.001, final][-epochs:]
        rows = tuple(Epoch(0.1, 0.99, 0.2, round(value, 6), 1.0) for value in course)
        store.save_replicate(Replicate(recipe, seed, History(rows, (), validation), 40.0, data))


@pytest.fixture
def whole(models_folder):
    """Set A whole on the test images: factors in rising order, 98.1% to 98.5%."""
    for place, factor in enumerate(A):
        save(factor, *(0.981 + 0.001 * place + 0.0005 * seed for seed in range(3)))


def visit(**query: str) -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=20).run()
    for name, value in query.items():
        page.query_params[name] = value
    page.switch_page("pages/weight_decay.py").run()
    assert not page.exception
    return page


def drawn(page: AppTest, place: int = 0) -> dict:
    return json.loads(page.get("plotly_chart")[place].proto.spec)


def trace(page: AppTest, start: str) -> dict:
    (found,) = [trace for trace in drawn(page)["data"] if trace["name"].startswith(start)]
    return found


def said(page: AppTest) -> str:
    return " ".join(element.value for element in page.main.markdown)


def progress(page: AppTest):
    return page.get("progress")[0].proto


def test_a_whole_set_is_drawn_and_nothing_is_offered(queue, whole):
    page = visit()
    assert len(trace(page, "One replicate")["x"]) == 15
    assert len(trace(page, "Mean")["x"]) == 5
    assert "n = 3 for each" in drawn(page)["layout"]["title"]["subtitle"]["text"]
    assert not [button for button in page.button if button.key == "order"]
    assert not page.info
    assert not page.error


def test_a_link_restores_the_state(queue, models_folder):
    save(1e-6, 0.97, 0.972, validation="held-out", epochs=3)
    page = visit(
        factors="C", replicates="2", epochs="3", validation="Held-out images", statistic="Maximum", reported="true"
    )
    assert trace(page, "One replicate")["y"] == [0.971, 0.973]
    assert "held-out" in drawn(page)["layout"]["title"]["subtitle"]["text"]
    assert trace(page, "B:")
    assert "8 of 10 replicates are missing" in said(page)


def test_a_link_with_impossible_values_falls_back(queue, whole):
    page = visit(factors="Z", replicates="99", epochs="many", statistic="Median", replicate="no such dot")
    assert len(trace(page, "One replicate")["x"]) == 15
    assert page.selectbox(key="replicate").value is None


def test_own_factors_are_read_from_text(queue, models_folder):
    save(0.0, 0.98)
    page = visit(factors="Own", own="0 1e-4, 0.01")
    assert trace(page, "One replicate")["y"] == [0.98]
    assert "8 of 9 replicates are missing" in said(page)


@pytest.mark.parametrize("text", ["many", "", "3", "1e-4 1e-4"])
def test_own_factors_that_are_none_are_named(queue, whole, text):
    page = visit(factors="Own", own="1e-4")
    page.text_input(key="own").set_value(text).run()
    assert not page.exception
    assert len(page.error) == 1
    assert not page.get("plotly_chart")


@pytest.mark.parametrize(("statistic", "value"), [("Final", 0.981), ("Maximum", 0.982)])
def test_the_statistic_decides_what_is_drawn(queue, whole, statistic, value):
    page = visit()
    page.segmented_control(key="statistic").set_value(statistic).run()
    assert trace(page, "One replicate")["y"][0] == pytest.approx(value)


def test_it_says_how_many_means_lie_inside_the_band(queue, whole):
    # Means 98.15% to 98.55%, band 98.35% ± 0.25 pp: all inside; then two far ones.
    assert "5 of 5 means lie inside the grey band" in said(visit())
    save(1e-6, 0.93, 0.93, 0.93)
    assert "0 of 5 means" in said(visit())


def test_it_says_what_held_out_images_choose_and_what_the_test_images_then_say(queue, whole):
    for factor in A:
        save(factor, *([0.979, 0.981] if factor == 1e-4 else [0.975, 0.976]), validation="held-out")
    page = visit()
    told = said(page)
    assert "Held-out images choose 1e-4**: mean final accuracy 98.00% ± 0.14 pp (n = 2)" in told
    assert "98.35% ± 0.05 pp (n = 3)" in told
    assert "is 0.45 pp lower: more than the" in told
    (line,) = drawn(page)["layout"]["shapes"]
    assert line["x0"] == 1e-4


def test_no_factor_is_chosen_without_held_out_replicates_of_each(queue, whole):
    save(1e-4, 0.98, validation="held-out")
    page = visit()
    assert "choose** no factor yet: 4 of 5 factors" in said(page)
    assert not drawn(page)["layout"].get("shapes")


def test_a_replicate_chosen_from_the_list_opens_its_curves(queue, whole):
    page = visit()
    assert len(page.get("plotly_chart")) == 1
    page.selectbox(key="replicate").set_value("1e-4, seed 2").run()
    assert len(page.get("plotly_chart")) == 2
    curves = drawn(page, 1)
    assert {len(line["x"]) for line in curves["data"]} == {40}
    assert "1e-4, seed 2" in curves["data"][0]["name"]
    assert trace(page, "Opened")["x"] == [1e-4]
    page.segmented_control(key="view").set_value("Loss").run()
    assert drawn(page, 1)["layout"]["title"]["text"] == "Loss per epoch"


def test_a_click_on_a_dot_chooses_it_from_the_list(monkeypatch):
    state = {"chart": {"selection": {"points": [{"customdata": "name-2"}]}}, "replicate": "1e-5, seed 0"}
    monkeypatch.setattr(weight_decay.st, "session_state", state)
    weight_decay._open({"name-1": "1e-4, seed 1", "name-2": "1e-4, seed 2"})
    assert state["replicate"] == "1e-4, seed 2"
    state["chart"]["selection"]["points"] = [{"x": 1e-4}]  # a mean, which is no replicate
    weight_decay._open({"name-1": "1e-4, seed 1"})
    assert state["replicate"] == "1e-4, seed 2"


def test_another_set_closes_curves_that_it_does_not_hold(queue, whole):
    page = visit(replicate="5e-4, seed 1")
    assert len(page.get("plotly_chart")) == 2
    page.segmented_control(key="factors").set_value("C").run()
    assert not page.exception
    assert len(page.get("plotly_chart")) == 1


def test_without_any_replicate_there_is_an_empty_chart_and_the_button(queue, models_folder):
    page = visit()
    assert len(page.info) == 1
    assert "python -m mnist_app sweep --resume" in page.code[0].value
    assert [trace["name"] for trace in drawn(page)["data"]] == ["Hinton: 98.47%, claimed"]
    assert "15 of 15 replicates are missing: about 30 min" in said(page)
    assert page.button(key="order")
    assert not page.selectbox


def test_missing_replicates_are_ordered_in_one_click_and_the_chart_fills_in(queue, models_folder):
    save(1e-6, 0.98)
    page = visit()
    page.button(key="order").click().run()
    assert queue.job.sweep == Order(A)
    assert "1 of 15 replicates are here. The training begins" in progress(page).text
    queue.job = replace(queue.job, progress=Progress(3, 40, 469, 469, 5.0, 300.0))
    page.run()
    assert "Those missing: 8%, about 5 min left" in progress(page).text
    assert progress(page).value == 7
    save(1e-5, 0.981)
    queue.job = replace(queue.job, done=("one",))
    page.run()
    assert trace(page, "One replicate")["y"] == [0.98, 0.981]
    assert "2 of 15" in progress(page).text


def test_a_waiting_order_shows_its_place(queue, whole):
    queue.job = job(Order(A), status="waiting")
    queue.place = type("Wait", (), {"place": 2, "seconds": 240.0})()
    assert "place 2: it begins in about 4 min" in progress(visit()).text
    queue.place.seconds = None
    assert progress(visit()).text.endswith("place 2")


def test_a_running_sweep_can_be_stopped_and_goes_on(queue, models_folder):
    save(1e-6, 0.98)
    queue.job = job(Order(A))
    page = visit()
    page.button(key="stop").click().run()
    assert "Stopping" in progress(page).text
    assert page.button(key="stop").disabled
    queue.job = replace(queue.job, status="stopped", stopping=False)
    page.run()
    assert not page.get("progress")
    page.button(key="order").click().run()
    assert page.get("progress")
    assert not page.button(key="stop").disabled


def test_a_failed_sweep_shows_its_error(queue, models_folder):
    queue.job = job(Order(A), status="failed", error="The disk is full.")
    page = visit()
    assert page.error[0].value == "The disk is full."
    assert page.button(key="order")


def test_another_sweep_in_the_queue_is_not_this_one(queue, whole):
    queue.job = job(Order((0.5,)))
    assert not visit().get("progress")


def test_a_refused_order_says_why(queue, models_folder):
    queue.refusal = Busy("Three trainings of yours are waiting")
    page = visit()
    page.button(key="order").click().run()
    assert page.error[0].value == "Three trainings of yours are waiting."


def test_a_refused_stop_says_why(queue, whole):
    queue.job, queue.refusal = job(Order(A)), NotPossible("It has just ended")
    page = visit()
    page.button(key="stop").click().run()
    assert page.error[0].value == "It has just ended."


def test_the_table_and_the_csv_hold_every_value(queue, whole):
    page = visit()
    table = page.dataframe[0].value
    assert list(table["L2 factor"]) == ["1e-6", "1e-5", "1e-4", "5e-4", "1e-3"]
    assert list(table["Seed 2"]) == pytest.approx([98.2, 98.3, 98.4, 98.5, 98.6])


def test_without_mnist_replicates_are_shown_and_mnist_is_offered(queue, whole, monkeypatch):
    monkeypatch.setattr(ui, "test_digits", lambda: None)
    page = visit()
    assert len(trace(page, "One replicate")["x"]) == 15
    assert not page.info
    page.number_input(key="replicates").set_value(4).run()
    assert "5 of 20 replicates are missing" in said(page)
    assert "need" in page.info[0].value
    assert [button.key for button in page.button] == ["download_mnist"]


def test_what_single_changes_bring_is_a_table_where_it_was_trained(whole):
    assert not [each for each in visit().subheader if "momentum" in each.value]
    recipe = sweep.CHANGES[3][1]
    rows = tuple(Epoch(0.1, 0.99, 0.2, 0.9855, 1.0) for _ in range(recipe.epochs))
    for seed in (0, 1):
        store.save_replicate(Replicate(recipe, seed, History(rows, (), "test"), 40.0, MNIST))
    page = visit()
    assert "What momentum, schedule and L2 bring" in [each.value for each in page.subheader]
    (table,) = [each.value for each in page.dataframe if "Training" in each.value]
    assert table["Mean"].tolist()[3] == pytest.approx(98.55)
    assert any(trace["name"].startswith("Ours") for trace in drawn(page)["data"])


def test_with_mnist_alone_there_is_no_choice_of_digits(queue, whole):
    assert "data" not in [control.key for control in visit().segmented_control]


def test_replicates_of_generated_digits_are_chosen_and_drawn_apart(queue, whole, digits):
    digits.data = GENERATED
    page = visit()
    assert len(trace(page, "One replicate")["x"]) == 15, "those of MNIST come first"
    assert not page.button(key="download_mnist").disabled
    assert "order" not in [button.key for button in page.button]
    save(1e-4, 0.91, data=GENERATED)
    page = page.segmented_control(key="data").set_value(GENERATED).run()
    assert not page.exception
    assert list(trace(page, "One replicate")["y"]) == [0.91]
    assert "14 of 15 replicates are missing" in said(page)
    page = page.button(key="order").click().run()
    assert (queue.job.data, queue.job.sweep.factors) == (GENERATED, A)


def test_a_sweep_on_mnist_is_not_followed_where_generated_digits_are_chosen(queue, whole, digits):
    digits.data = GENERATED
    queue.job = job(Order(A))
    page = visit(data=GENERATED)
    assert [button.key for button in page.button if button.key in ("stop", "order")] == ["order"]
