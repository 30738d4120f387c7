"""The trained models that a command line names."""

from mnist_app import InvalidInput, NotFound, recipes, store
from mnist_app.evaluation.results import MNIST


def trained_by_key() -> dict[str, store.StoredModel]:
    """For each recipe the model that was trained exactly as it says, with the lowest seed."""
    models = sorted(store.list_models().models, key=lambda model: -model.card.seed)
    return {model.card.recipe.key: model for model in models if model.card.as_declared}


def find_classifier(key: str) -> store.StoredModel:
    """By recipe key (as the recipe says, lowest seed), or by the folder's name."""
    by_name = {model.name: model for model in store.list_models().models}
    model = by_name.get(key) or trained_by_key().get(key)
    if model is None:
        recipes.get(key)  # its error names the nearest key
        raise NotFound(f"{key} has not been trained yet", remedy=f"Train it: `python -m mnist_app train {key}`.")
    if model.card.recipe.task != "classify":
        raise InvalidInput(
            f"{key} cannot guess digits",
            expected="a classifier",
            found=f"a network of the task {model.card.recipe.task}",
            remedy="Name a classifier here: `python -m mnist_app recipes` lists them.",
        )
    return model


def find_classifiers(key: str | None) -> list[store.StoredModel]:
    """One classifier by its name, all that are served by "all" (MNIST's first), the most accurate one by None."""
    if key not in (None, "all"):
        return [find_classifier(key)]
    served = [model for model in store.list_models().models if model.served and model.card.recipe.task == "classify"]
    if not served:
        remedy = "Train one: `python -m mnist_app train mlp-64-64` takes seconds."
        raise NotFound("No trained model is here", remedy=remedy)
    ranked = sorted(served, key=lambda model: (model.card.data != MNIST, -model.card.test.value))
    return ranked if key == "all" else ranked[:1]
