"""The Weight decay page: what is drawn, what it says, and the missing replicates ordered and followed; a fake queue."""

from types import SimpleNamespace

import pytest

from mnist_app import Busy, store
from mnist_app.evaluation import differences
from mnist_app.evaluation.results import GENERATED, MNIST, Epoch, History, Progress
from mnist_app.evaluation.sweep import FACTOR_SETS, Order
from mnist_app.store import Replicate
from mnist_app.ui import dataset
from tests.pages import stage, train_stage
from tests.pages.stage import chart, keys, press, shown, text_of

A = FACTOR_SETS["A"]
SWEEP = "sweep-1"


@pytest.fixture(autouse=True)
def queue(monkeypatch):
    return train_stage.fake_queue(monkeypatch)


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


def test_a_whole_set_is_drawn_with_its_table_and_nothing_is_offered(whole):
    page = visit(factors="Z", replicates="99", epochs="many", replicate="no such dot")  # falls back
    assert len(trace(page, "One replicate")["x"]) == 15
    assert len(trace(page, "Mean")["x"]) == 5
    assert "order" not in keys(page)
    table = page.dataframe[0].value
    assert list(table["L2 factor"]) == ["1e-6", "1e-5", "1e-4", "5e-4", "1e-3"]
    assert list(table["Seed 2"]) == pytest.approx([98.2, 98.3, 98.4, 98.5, 98.6])
    # Means 98.15% to 98.55%, band 98.35% ± 0.25 pp.
    assert "5 of 5 means lie inside the grey band" in text_of(page)


def test_a_link_restores_the_state(models_folder):
    save(1e-6, 0.97, 0.972, validation="held-out", epochs=3)
    page = visit(
        factors="C", replicates="2", epochs="3", validation="Held-out images", statistic="Maximum", reported="true"
    )
    assert trace(page, "One replicate")["y"] == [0.971, 0.973]
    assert "held-out" in chart(page)["layout"]["title"]["subtitle"]["text"]
    assert trace(page, "B:")
    assert "8 of 10 replicates are missing" in text_of(page)


def test_own_factors_are_read_from_text(models_folder):
    save(0.0, 0.98)
    page = visit(factors="Own", own="0 1e-4, 0.01")
    assert trace(page, "One replicate")["y"] == [0.98]
    assert "8 of 9 replicates are missing" in text_of(page)
    shown(page.text_input(key="own").set_value("many").run())
    assert "found 'many'" in page.error[0].value
    assert trace(page, "One replicate")["y"] == [0.98], "the rest of the page stays as it was"
    assert "8 of 9 replicates are missing" in text_of(page)
    assert "![x](" not in visit(factors="Own", own="![x](http://h/a.png)").error[0].value


def test_it_says_what_held_out_images_choose_and_how_that_does_on_the_test_images(whole):
    save(1e-4, 0.979, 0.981, validation="held-out")
    page = visit()
    assert "cannot choose a factor yet:** 4 of 5 factors" in text_of(page)
    for factor in set(A) - {1e-4}:
        save(factor, 0.975, 0.976, validation="held-out")
    text = text_of(page.run())
    assert "Held-out images choose 1e-4**: mean final accuracy 98.00% ± 0.14 pp (n = 2)" in text
    assert "98.35% ± 0.05 pp (n = 3)" in text
    assert "is 0.45 pp lower, more than the" in text
    (line,) = chart(page)["layout"]["shapes"]
    assert line["x0"] == 1e-4


def test_a_replicate_chosen_from_the_list_opens_its_curves(whole):
    page = visit(replicate="5e-4, seed 2")
    curves = chart(page, 1)
    assert {len(line["x"]) for line in curves["data"]} == {40}
    assert "5e-4, seed 2" in curves["data"][0]["name"]
    assert trace(page, "Opened")["x"] == [5e-4]
    shown(page.segmented_control(key="validation").set_value("held-out").run())
    assert len(page.get("plotly_chart")) == 2, "the same factor and seed, judged on other images"
    shown(page.segmented_control(key="factors").set_value("C").run())
    assert len(page.get("plotly_chart")) == 1, "this set does not hold that replicate"


def test_missing_replicates_are_ordered_in_one_click_and_the_chart_fills_in(queue, models_folder):
    page = visit()
    assert "15 of 15 replicates are missing: about 24 min" in text_of(page)
    press(page, "order")
    assert queue.known[SWEEP].sweep == Order(A)
    assert "0 of 15 replicates are here. Waiting: place 1 in the queue" in text_of(page)
    queue.change(SWEEP, status="running", progress=Progress(3, 40, 469, 469, 5.0, 300.0))
    assert "Epoch 3 of 40, batch 469 of 469: about 5 min left" in text_of(page.run())
    save(1e-5, 0.981)
    queue.change(SWEEP, done=("one",))
    assert trace(page.run(), "One replicate")["y"] == [0.981]
    assert "1 of 15" in text_of(page)
    press(page, "stop")
    assert "Stopping" in text_of(page)
    queue.change(SWEEP, status="failed", stopping=False, error="The disk is full.")
    assert page.run().error[0].value == "The disk is full."
    queue.error = Busy("Three trainings of yours are waiting")
    assert press(page, "order").error[-1].value == "Three trainings of yours are waiting."


def test_without_mnist_replicates_are_shown_and_mnist_is_offered(whole, monkeypatch):
    monkeypatch.setattr(dataset, "test_digits", lambda: None)
    page = visit(replicates="4")
    assert len(trace(page, "One replicate")["x"]) == 15
    assert "5 of 20 replicates are missing" in text_of(page)
    assert keys(page) == {"download_mnist"}


def test_what_single_changes_bring_is_a_table_where_it_was_trained(whole):
    page = visit()
    assert not [each for each in page.header if "momentum" in each.value]
    recipe = differences.CHANGES[3][1]
    rows = tuple(Epoch(0.1, 0.99, 0.2, 0.9855, 1.0) for _ in range(recipe.epochs))
    store.replicates.save(Replicate(recipe, 0, History(rows, (), "test"), 40.0, MNIST))
    (table,) = [each.value for each in page.run().dataframe if "Training" in each.value]
    assert table["Mean"].tolist()[3] == pytest.approx(98.55)
    assert any(trace["name"].startswith("Ours") for trace in chart(page)["data"])


def test_replicates_of_generated_digits_are_chosen_and_drawn_apart(queue, whole, digits):
    digits.data = GENERATED
    queue.submit_sweep(Order(A), owner="somebody1", data=MNIST)
    page = visit()
    assert len(trace(page, "One replicate")["x"]) == 15, "those of MNIST come first"
    save(1e-4, 0.91, data=GENERATED)
    shown(page.segmented_control(key="data").set_value(GENERATED).run())
    assert list(trace(page, "One replicate")["y"]) == [0.91]
    assert "14 of 15 replicates are missing" in text_of(page)
    press(page, "order")
    assert queue.known[SWEEP].data == GENERATED
