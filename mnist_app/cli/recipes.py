"""The command that lists the experiments."""

import click
import msgspec

from mnist_app import recipes, store
from mnist_app.cli.answers import Answer, Command, table
from mnist_app.cli.models import trained_by_key
from mnist_app.recipes import layers

_HEADS = ("recipe", "parameters", "epochs", "seconds", "on the test images (95%)", "reported", "difference")


@click.command(cls=Command)
@click.option("--markdown", is_flag=True, help="Print the table of the README.")
def list_recipes(*, markdown: bool) -> Answer:
    """List the experiments with their reported and measured figures."""
    trained = trained_by_key()
    rows, plain = [], []
    for recipe in sorted(recipes.RECIPES.values(), key=lambda recipe: recipe.ours):  # those of the sources first
        model = trained.get(recipe.key)
        about = {name: getattr(recipe, name) for name in ("task", "ours", "fingerprint")}
        about["parameters"] = layers.count_parameters(recipe)
        about["test_accuracy"] = model.card.test.value if model and model.card.test else None
        about["validation_loss"] = model.history.epochs[-1].val_loss if model else None
        about["seconds"] = model.card.seconds if model else None
        plain.append(msgspec.to_builtins(recipe) | about)
        figures = _figures(recipe, model)
        rows.append((recipe.key, f"{about['parameters']:,}", str(recipe.epochs), *figures))
    if markdown:
        lines = [_HEADS, ["---"] * len(_HEADS), *rows]
        return plain, "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return plain, table(_HEADS, rows)


def _figures(recipe: recipes.Recipe, model: store.StoredModel | None) -> tuple[str, str, str, str]:
    """Seconds, what was measured on the test images, what the sources reported, and the difference to the first."""
    figures = ["ours"] if recipe.ours else []
    for figure in recipe.reported:
        value = f"loss {figure.loss:.4f}" if figure.accuracy is None else f"{figure.accuracy:.2%}"
        figures.append(f"{figure.source} {value}")
    reported, difference = ", ".join(figures), "–"
    if not model:
        return "–", "–", reported, difference
    if recipe.task == "classify":
        accuracy = model.card.test.value
        low, high = model.card.test.interval
        measured = f"{accuracy:.2%} ({low:.2%}–{high:.2%})"
        if recipe.reported:
            difference = f"{100 * (accuracy - recipe.reported[0].accuracy):+.2f} pp"
    else:
        loss = model.history.epochs[-1].val_loss
        measured = f"loss {loss:.4f}"
        if recipe.reported:
            difference = f"{loss - recipe.reported[0].loss:+.4f}"
    return f"{model.card.seconds:.0f}", measured, reported, difference
