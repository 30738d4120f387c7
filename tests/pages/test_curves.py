"""The Curves page: what is selected is drawn, and a link restores it."""

import json

import pytest

from mnist_app import store
from mnist_app.evaluation.results import Batches, Epoch, History, Proportion
from mnist_app.recipes import RECIPES
from tests.pages import stage
from tests.pages.stage import chart, text_of
from tests.rejection import rejection_of, save_features

HISTORY = History(
    (Epoch(0.4, 0.90, 0.3, 0.92, 2.0), Epoch(0.2, 0.95, 0.2, 0.96, 2.0)),
    (Batches(100, 0.8, 0.70), Batches(200, 0.4, 0.90)),
)

pytestmark = pytest.mark.usefixtures("models_folder")


def save(key: str, seed: int = 0, **changes) -> None:
    """A model whose weights do not ship."""
    with store.saving(RECIPES[key].changed(**changes), seed=seed) as draft:
        draft.finish(history=HISTORY, parameters=55_050, seconds=4.0, data="MNIST", test=Proportion(0.96, 10_000))


def visit(**query):
    return stage.visit("pages/curves.py", **query)


def legend(page):
    return [trace["name"] for trace in chart(page)["data"] if trace["showlegend"]]


def test_the_first_look_overlays_the_declared_runs_and_a_selection_keeps_their_colours():
    for key in ("cnn", "linear", "lenet5"):
        save(key)
    page = visit(runs="no such run", view="nonsense")
    assert page.multiselect(key="runs").options == ["Linear", "CNN", "LeNet-5"]
    assert legend(page) == ["Linear", "CNN"]
    assert "test images" in chart(page)["layout"]["title"]["subtitle"]["text"]
    assert list(page.dataframe[0].value["Run"]) == ["Linear", "CNN"]
    assert len(chart(page, 1)["data"]) == 4
    linear = chart(page)["data"][0]["line"]["color"]
    page.multiselect(key="runs").set_value(["LeNet-5", "Linear"]).run()
    assert legend(page) == ["LeNet-5", "Linear"]
    assert chart(page)["data"][2]["line"]["color"] == linear
    page.multiselect(key="runs").set_value([]).run()
    assert "Choose one or more runs" in page.info[0].value
    assert not page.get("plotly_chart")


def test_a_link_restores_the_state_and_the_file_format_changes_every_figure():
    for key in ("linear", "cnn", "lenet5"):
        save(key)
    page = visit(runs=["LeNet-5", "Linear"], view="Error", reported="true", batches_of="Linear")
    assert legend(page) == ["LeNet-5", "Linear"]
    assert chart(page)["layout"]["yaxis"]["type"] == "log"
    assert any(trace["mode"] == "markers+text" for trace in chart(page)["data"])
    assert chart(page, 1)["layout"]["title"]["text"].startswith("Linear")
    page.segmented_control(key="view").set_value("Loss")
    page.segmented_control(key="image_format").set_value("svg").run()
    assert chart(page)["layout"]["title"]["text"] == "Loss per epoch"
    configs = [json.loads(each.proto.config) for each in page.get("plotly_chart")]
    assert [config["toImageButtonOptions"]["format"] for config in configs] == ["svg", "svg"]


def test_a_changed_recipe_is_a_run_of_its_own_and_a_damaged_model_is_named(models_folder):
    save("mlp-500-300")
    save("mlp-500-300", 2, l2=1e-6)
    save("cnn")
    (next(models_folder.glob("cnn-*")) / store.HISTORY_FILE).write_text("{}")
    page = visit()
    assert "cnn" in page.warning[0].value
    assert page.multiselect(key="runs").options == ["MLP 500-300", "MLP 500-300, l2 1e-06, seed 2"]


def test_a_network_with_a_rejection_rule_has_its_diagram_and_its_rates(save_tiny):
    saved = [save_features(save_tiny, seed=seed) for seed in (0, 1)]
    save_tiny(seed=2)
    assert "judged" not in [box.key for box in visit().selectbox]
    rules = [rejection_of(model) for model in saved]
    for rule in rules:
        store.rejections.save(rule)
    label = saved[1].run.label
    page = visit(judged=label)
    assert page.selectbox(key="judged").value == label
    assert len(page.selectbox(key="judged").options) == 2
    title = chart(page, 2)["layout"]["title"]["subtitle"]["text"].replace("<br>", " ")
    assert f"{rules[1].calibration.after.error:.2%}" in title
    table = page.dataframe[1].value
    assert list(table["Images"]) == ["test images", "letters", "drawn digits"]
    assert list(table["Rejected"]) == [100 * rate.share.value for rate in rules[1].rates]
    assert f"mnist_app calibrate {saved[1].name} --seed 0 --count 60" in text_of(page)
