"""The trained models that a command line names."""

from mnist_app import InvalidInput, NotFound, recipes, store
from mnist_app.evaluation.results import MNIST


def trained_by_key() -> dict[str, store.StoredModel]:
    """For each recipe the model that was trained exactly as it says, with the lowest seed."""
    by_key: dict[str, store.StoredModel] = {}
    for model in sorted(store.list_models().models, key=lambda model: model.card.seed):
        if model.card.as_declared:
            by_key.setdefault(model.card.recipe.key, model)
    return by_key


def find_model(key: str) -> store.StoredModel:
    """By recipe key (as the recipe says, lowest seed), or by the folder's name."""
    if key in recipes.RECIPES:
        by_key = trained_by_key()
        if key not in by_key:
            raise NotFound(f"{key} has not been trained yet", remedy=f"Train it: `python -m mnist_app train {key}`.")
        return by_key[key]
    if key not in {model.name for model in store.list_models().models}:
        recipes.get(key)  # its error names the nearest key
    return store.load(key)


def find_classifier(key: str) -> store.StoredModel:
    """A model that gives probabilities of the ten digits, by the same names."""
    model = find_model(key)
    task = model.card.recipe.task
    if task != "classify":
        kinds = {"denoise": "a denoiser, which --denoiser takes", "reconstruct": "an autoencoder"}
        raise InvalidInput(
            f"{key} cannot guess digits",
            expected="a classifier",
            found=kinds.get(task, "a generator"),
            remedy="Name a classifier here: `python -m mnist_app recipes` lists them.",
        )
    return model


def find_classifiers(key: str | None) -> list[store.StoredModel]:
    """One classifier by its name, all that are served by "all", the most accurate one by None.

    Those trained on MNIST come before those trained on generated digits.
    """
    if key not in (None, "all"):
        return [find_classifier(key)]
    served = [model for model in store.list_models().models if model.served and model.card.recipe.task == "classify"]
    if not served:
        raise NotFound(
            "No trained model is here", remedy="Train one: `python -m mnist_app train mlp-64-64` takes seconds."
        )
    ranked = sorted(served, key=lambda model: (model.card.data != MNIST, -model.card.test.value))
    return ranked if key == "all" else ranked[:1]


def short_name(model: store.StoredModel) -> str:
    """The recipe's key where that means this very model, otherwise the folder's name."""
    card = model.card
    return card.recipe.key if card.as_declared and card.seed == 0 else model.name
