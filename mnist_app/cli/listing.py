"""What there is: the recipes with their figures, and the models that a command names."""

from mnist_app import InvalidInput, NotFound, recipes, store
from mnist_app.cli.answers import Answer, columns, markdown
from mnist_app.evaluation.results import MNIST
from mnist_app.recipes import layers


def list_recipes(*, as_markdown: bool = False) -> Answer:
    """Every recipe with its parameters, its sources' figures and, where it was trained, the measured ones.

    Those of the sources come first, then ours.
    """
    trained = trained_by_key()
    rows, plain = [], []
    for recipe in sorted(recipes.RECIPES.values(), key=lambda recipe: recipe.ours):
        model = trained.get(recipe.key)
        parameters = layers.count_parameters(recipe)
        rows.append((recipe.key, f"{parameters:,}", str(recipe.epochs), *_measured(recipe, model)))
        plain.append(
            {
                **recipe.to_json(),
                "task": recipe.task,
                "ours": recipe.ours,
                "parameters": parameters,
                "fingerprint": recipe.fingerprint,
                "test_accuracy": model.card.test.value if model and model.card.test else None,
                "validation_loss": model.history.epochs[-1].val_loss if model else None,
                "seconds": model.card.seconds if model else None,
            }
        )
    heads = ("recipe", "parameters", "epochs", "seconds", "on the test images (95%)", "reported", "difference")
    return Answer(plain, markdown(heads, rows) if as_markdown else columns(heads, rows))


def trained_by_key() -> dict[str, store.StoredModel]:
    """For each recipe the model that was trained exactly as it says, with the lowest seed."""
    found: dict[str, store.StoredModel] = {}
    for model in sorted(store.list_models().models, key=lambda model: model.card.seed):
        if model.card.as_declared:
            found.setdefault(model.card.recipe.key, model)
    return found


def find_model(key: str) -> store.StoredModel:
    """By recipe key (as the recipe says, lowest seed), or by the folder's name."""
    if key in recipes.RECIPES:
        by_key = trained_by_key()
        if key not in by_key:
            raise NotFound(f"{key} has not been trained yet", remedy=f"Train it: `python -m mnist_app train {key}`.")
        return by_key[key]
    names = {model.name for model in store.list_models().models}
    if key not in names:
        recipes.get(key)
    return store.load(key)


def find_classifier(key: str) -> store.StoredModel:
    """The same, refusing what gives no probabilities of the ten digits."""
    model = find_model(key)
    if model.card.recipe.task != "classify":
        raise InvalidInput(
            f"{key} cannot guess digits",
            expected="a classifier",
            found={
                "denoise": "a denoiser, which --denoiser takes",
                "reconstruct": "an autoencoder",
                "generate": "a generator",
            }[model.card.recipe.task],
            remedy="Name a classifier here: `python -m mnist_app recipes` lists them.",
        )
    return model


def models_to_ask(key: str | None) -> list[store.StoredModel]:
    """One classifier by key, all that are served by "all", the most accurate one of those trained on MNIST by None.

    Where none was trained on MNIST, None is the most accurate of the others.
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


def called(model: store.StoredModel) -> str:
    """A short name of the model for a table: the recipe's key where that means this very model."""
    card = model.card
    return card.recipe.key if card.as_declared and card.seed == 0 else model.name


def _measured(recipe: recipes.Recipe, model: store.StoredModel | None) -> tuple[str, str, str, str]:
    """Seconds, what was measured on the test images, what the sources reported, and the difference to the first."""
    classifies = recipe.task == "classify"
    figures = [
        f"{figure.source} {f'{figure.accuracy:.2%}' if classifies else f'loss {figure.loss:.4f}'}"
        for figure in recipe.reported
    ]
    reported = ", ".join(["ours", *figures] if recipe.ours else figures)
    if not model:
        return "–", "–", reported, "–"
    seconds, difference = f"{model.card.seconds:.0f}", "–"
    if not classifies:
        loss = model.history.epochs[-1].val_loss
        if recipe.reported:
            difference = f"{loss - recipe.reported[0].loss:+.4f}"
        return seconds, f"loss {loss:.4f}", reported, difference
    low, high = model.card.test.interval
    if recipe.reported:
        difference = f"{100 * (model.card.test.value - recipe.reported[0].accuracy):+.2f} pp"
    return seconds, f"{model.card.test.value:.2%} ({low:.2%}–{high:.2%})", reported, difference
