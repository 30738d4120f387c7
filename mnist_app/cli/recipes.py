"""The command that lists the experiments."""

import click
import msgspec

from mnist_app import recipes, store
from mnist_app.cli.answers import Answer, command, table
from mnist_app.cli.models import trained_by_key
from mnist_app.recipes import layers


@command()
@click.option("--markdown", is_flag=True, help="Print the table of the README.")
def list_recipes(*, markdown: bool) -> Answer:
    """List the experiments with their reported and measured figures."""
    trained = trained_by_key()
    rows, plain = [], []
    for recipe in sorted(recipes.RECIPES.values(), key=lambda recipe: recipe.ours):  # those of the sources first
        model = trained.get(recipe.key)
        parameters = layers.count_parameters(recipe)
        rows.append((recipe.key, f"{parameters:,}", str(recipe.epochs), *_figures(recipe, model)))
        plain.append(
            {
                **msgspec.to_builtins(recipe),
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
    if markdown:
        lines = [heads, ["---"] * len(heads), *rows]
        return Answer(plain, "\n".join(f"| {' | '.join(line)} |" for line in lines))
    return Answer(plain, table(heads, rows))


def _figures(recipe: recipes.Recipe, model: store.StoredModel | None) -> tuple[str, str, str, str]:
    """Seconds, what was measured on the test images, what the sources reported, and the difference to the first."""
    classifies = recipe.task == "classify"
    figures = ["ours"] if recipe.ours else []
    for figure in recipe.reported:
        figures.append(f"{figure.source} " + (f"{figure.accuracy:.2%}" if classifies else f"loss {figure.loss:.4f}"))
    reported, difference = ", ".join(figures), "–"
    if not model:
        return "–", "–", reported, difference
    if classifies:
        low, high = model.card.test.interval
        measured = f"{model.card.test.value:.2%} ({low:.2%}–{high:.2%})"
        if recipe.reported:
            difference = f"{100 * (model.card.test.value - recipe.reported[0].accuracy):+.2f} pp"
    else:
        loss = model.history.epochs[-1].val_loss
        measured = f"loss {loss:.4f}"
        if recipe.reported:
            difference = f"{loss - recipe.reported[0].loss:+.4f}"
    return f"{model.card.seconds:.0f}", measured, reported, difference
