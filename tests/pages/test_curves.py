"""The Curves page: what is selected is drawn, a link restores it, and nothing selected or stored is said plainly."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mnist_app import store, ui
from mnist_app.evaluation.results import Batches, Epoch, History, Proportion
from mnist_app.recipes import RECIPES
from tests.rejection import rejection_of, save_features

APP = Path(__file__).resolve().parents[2] / "app.py"
HISTORY = History(
    (Epoch(0.4, 0.90, 0.3, 0.92, 2.0), Epoch(0.2, 0.95, 0.2, 0.96, 2.0)),
    (Batches(100, 0.8, 0.70), Batches(200, 0.4, 0.90)),
)


@pytest.fixture
def models(tmp_path, monkeypatch):
    """An empty models folder; nothing ships."""
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(tmp_path / "models"))
    monkeypatch.setattr(store.folders, "SHIPPED", tmp_path / "shipped")
    return tmp_path / "models"


def save(key: str, seed: int = 0, **changes) -> None:
    with store.saving(RECIPES[key].changed(**changes), seed=seed) as draft:
        draft.finish(history=HISTORY, parameters=55_050, seconds=4.0, data="MNIST", test=Proportion(0.96, 10_000))


def visit(**query: str | list[str]) -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=20).run()
    for name, value in query.items():
        page.query_params[name] = value
    page.switch_page("pages/curves.py").run()
    assert not page.exception
    return page


def drawn(page: AppTest, place: int = 0) -> dict:
    return json.loads(page.get("plotly_chart")[place].proto.spec)


def legend(page: AppTest) -> list[str]:
    return [trace["name"] for trace in drawn(page)["data"] if trace["showlegend"]]


def test_the_first_look_overlays_the_declared_runs(models):
    for key in ("cnn", "linear", "lenet5"):
        save(key)
    page = visit()
    assert page.multiselect(key="runs").options == ["Linear", "CNN", "LeNet-5"]
    assert legend(page) == ["Linear", "CNN"]
    assert "test images" in drawn(page)["layout"]["title"]["subtitle"]["text"]
    assert list(page.dataframe[0].value["Run"]) == ["Linear", "CNN"]
    assert "What to notice" in [header.value for header in page.subheader]


def test_runs_whose_weights_do_not_ship_are_drawn_all_the_same(models):
    save("mlp-1500x3")
    page = visit()
    assert legend(page) == ["MLP 3×1500"]
    assert len(drawn(page, 1)["data"]) == 2


def test_selecting_runs_draws_them_in_the_same_colour_as_before(models):
    for key in ("linear", "lenet5"):
        save(key)
    page = visit()
    before = drawn(page)["data"][0]["line"]["color"]
    page.multiselect(key="runs").set_value(["LeNet-5", "Linear"]).run()
    assert legend(page) == ["LeNet-5", "Linear"]
    assert drawn(page)["data"][2]["line"]["color"] == before


def test_a_link_restores_the_state(models):
    for key in ("linear", "cnn", "lenet5"):
        save(key)
    page = visit(runs=["LeNet-5", "Linear"], view="Error", reported="true", batches_of="Linear")
    assert legend(page) == ["LeNet-5", "Linear"]
    assert drawn(page)["layout"]["yaxis"]["type"] == "log"
    assert any(trace["mode"] == "markers+text" for trace in drawn(page)["data"])
    assert drawn(page, 1)["layout"]["title"]["text"].startswith("Linear")


def test_a_link_with_impossible_values_falls_back(models):
    save("linear")
    page = visit(runs="no such run", view="nonsense")
    assert legend(page) == ["Linear"]


@pytest.mark.parametrize(("view", "title"), [("Loss", "Loss per epoch"), ("Close-up", "Accuracy per epoch, from 95%")])
def test_the_view_changes_the_figure(models, view, title):
    save("linear")
    page = visit()
    page.segmented_control(key="view").set_value(view).run()
    assert drawn(page)["layout"]["title"]["text"] == title


def test_changed_recipes_and_seeds_are_runs_of_their_own(models):
    save("mlp-500-300")
    save("mlp-500-300", 2, l2=1e-6)
    assert visit().multiselect(key="runs").options == ["MLP 500-300", "MLP 500-300, l2 1e-06, seed 2"]


def test_no_selection_says_so(models):
    save("linear")
    page = visit()
    page.multiselect(key="runs").set_value([]).run()
    assert "No run is selected" in page.info[0].value
    assert not page.get("plotly_chart")


def test_no_models_at_all_says_how_to_get_one(models):
    page = visit()
    assert "no trained network" in page.info[0].value
    assert "mnist_app train" in page.code[0].value
    assert not page.multiselect


def test_a_damaged_model_is_named_and_the_rest_goes_on(models):
    save("linear")
    save("cnn")
    (next(models.glob("cnn-*")) / store.HISTORY_FILE).write_text("{}")
    page = visit()
    assert "cnn" in page.warning[0].value
    assert legend(page) == ["Linear"]


def test_figures_are_saved_in_the_chosen_format(models):
    save("linear")
    page = visit()
    formats = []
    for image_format in ("png", "svg"):
        page.segmented_control(key="image_format").set_value(image_format).run()
        charts = page.get("plotly_chart")
        formats.append([json.loads(chart.proto.config)["toImageButtonOptions"]["format"] for chart in charts])
    assert formats == [["png", "png"], ["svg", "svg"]]


def test_without_a_rejection_there_is_no_reliability_diagram(models):
    save("linear")
    page = visit()
    assert len(page.get("plotly_chart")) == 2
    assert "judged" not in [box.key for box in page.selectbox]


def test_a_judged_network_has_its_diagram_and_what_it_refuses(save_tiny):
    model = save_features(save_tiny)
    save_tiny(seed=1)
    found = rejection_of(model)
    store.save_rejection(found)
    page = visit()
    assert page.selectbox(key="judged").options == [ui.run_of(model).label]
    assert any("what does it reject" in heading.value for heading in page.subheader)
    diagram = drawn(page, 2)
    assert f"{found.calibration.after.error:.2%}" in diagram["layout"]["title"]["subtitle"]["text"].replace("<br>", " ")
    table = page.dataframe[1].value
    assert list(table["Images"]) == ["test images", "letters", "drawn digits"]
    assert list(table["n"]) == [60, 20, 60]
    assert list(table["Rejected"]) == [100 * each.share.value for each in found.rates]
    assert all("–" in interval for interval in table["95% interval"])
    assert f"mnist_app calibrate {model.name} --seed 0 --count 60" in page.code[0].value
    assert any("half of them for the other half" in element.value for element in page.markdown)
    page.segmented_control(key="image_format").set_value("svg").run()
    assert json.loads(page.get("plotly_chart")[2].proto.config)["toImageButtonOptions"]["format"] == "svg"


def test_a_link_chooses_the_judged_network(save_tiny):
    saved = [save_features(save_tiny, seed=seed) for seed in (0, 1)]
    for model in saved:
        store.save_rejection(rejection_of(model))
    second = ui.run_of(saved[1]).label
    assert visit(judged=second).selectbox(key="judged").value == second
