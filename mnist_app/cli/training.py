"""The commands that train: one recipe, or the sweep of weight decay; and the download of what they train on."""

import shutil

import click
import msgspec

from mnist_app import InvalidInput, data, recipes, store
from mnist_app.cli.answers import SEED, Answer, Command, interval, table
from mnist_app.cli.terminal import load_digits, progress_line
from mnist_app.evaluation import sweep as sweeps
from mnist_app.evaluation.results import GENERATED, MNIST, History, Progress
from mnist_app.jobs import trainings
from mnist_app.recipes import layers

BACKUP = ".partial-sweep"  # the folder, beside the models, from which an interrupted sweep goes on


@click.command(cls=Command)
@click.argument("key")
@click.option("--seed", type=SEED, default=0, help="Of first weights, order and dropout.")
@click.option("--epochs", help="Passes over the training images (default: the recipe's).")
@click.option("--set", "changes", multiple=True, metavar="FIELD=VALUE", help="Change a field of the recipe.")
@click.option("--no-weights", is_flag=True, help="Store card and history only.")
def train(*, key: str, seed: int, epochs: str | None, changes: tuple[str, ...], no_weights: bool) -> Answer:
    """Train the recipe KEY and store the model."""
    fields = dict(_assignment(change) for change in changes)
    if epochs is not None:
        fields["epochs"] = epochs
    recipe = recipes.get(key).changed(**fields)
    layers.plan(recipe)
    mnist = load_digits()

    from mnist_app import training

    with store.saving(recipe, seed=seed) as draft, progress_line(recipe.key) as show:

        def report(progress: Progress, live) -> None:
            show(progress.fraction, _figures(progress, live.history), line=progress.epoch_ended)

        split = data.split(mnist, validation=recipe.validation)
        trained = training.train(recipe, split=split, seed=seed, on_progress=report)
        card = trainings.finish(draft, trained, mnist=mnist, weights=not no_weights)
    name = store.name_of(recipe, seed, data=mnist.name)
    figures = f"validation loss {trained.history.epochs[-1].val_loss:.4f}"
    if card.test:
        figures = f"test accuracy {card.test.value:.2%} ({interval(card.test, card.data)})"
    text = f"{recipe.title}: {figures}, {card.seconds:.0f} s. Stored as {store.own_folder() / name}"
    return {"name": name, **msgspec.to_builtins(card)}, text


@click.command(cls=Command)
@click.option("--factors", multiple=True, metavar="L2...", help="L2 factors (default: all of the sources).")
@click.option("--replicates", type=click.IntRange(1, sweeps.MOST_SEEDS), default=3, help="Seeds of each factor.")
@click.option("--epochs", type=click.IntRange(1, sweeps.MOST_EPOCHS), default=40, help="Passes over the images.")
@click.option(
    "--validation",
    type=click.Choice(recipes.TRAINING["validation"].choices),
    default="test",
    help="What judges each epoch.",
)
@click.option("--resume", is_flag=True, help="Train only what is missing.")
def sweep(*, factors: tuple[str, ...], replicates: int, epochs: int, validation: str, resume: bool) -> Answer:
    """Train mlp-500-300 with several L2 factors and seeds, and keep the curves."""
    every = sorted(set().union(*sweeps.FACTOR_SETS.values()))
    chosen = sweeps.parse_factors(" ".join(factors)) if factors else every
    order = sweeps.Order(tuple(chosen), tuple(range(replicates)), epochs, validation)

    def missing(name: str) -> list[tuple[recipes.Recipe, int]]:
        return sweeps.missing(order, store.replicates.list(data=name) if resume else ())

    name = GENERATED if data.asked_for_generated() else MNIST
    if missing(name):  # a sweep that is complete needs no images
        mnist = load_digits()
        name = mnist.name
        _train_missing(missing(name), mnist, resume=resume)
    points = sweeps.points(order, store.replicates.list(data=name))
    figures = ("n", "mean", "sd", "values", "seeds")
    plain = [{"l2": each.factor, **{key: getattr(each, key) for key in figures}, "data": name} for each in points]
    columns = {name: map(_cell, values) for name, values in sweeps.columns(points).items()}
    text = table(list(columns), zip(*columns.values(), strict=True))
    if name != MNIST:
        text += f"\n\nTrained and tested on {name}, not MNIST."
    return plain, text


@click.command(cls=Command)
def download() -> Answer:
    """Download MNIST to Keras's cache, 11 MB."""
    with progress_line("MNIST") as show:
        path = data.download(on_progress=show)
    return {"path": str(path)}, f"MNIST is at {path}"


def _assignment(change: str) -> tuple[str, str]:
    name, equals, value = change.partition("=")
    if not equals:
        remedy = "For example --set hidden=100,50."
        raise InvalidInput("--set cannot be used", expected="field=value", found=change, remedy=remedy)
    return name.strip(), value.strip()


def _figures(progress: Progress, history: History) -> str:
    last = history.epochs[-1] if progress.epoch_ended else history.batches[-1]
    figures = [f"epoch {progress.epoch}/{progress.epochs}"]
    for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
        value = getattr(last, name, None)
        if value is not None:
            shown = f"{value:.2%}" if "accuracy" in name else f"{value:.4f}"
            figures.append(f"{name.replace('val_', 'validation ')} {shown}")
    return "  ".join(figures)


def _train_missing(missing: list[tuple[recipes.Recipe, int]], mnist: data.Mnist, *, resume: bool) -> None:
    backup = store.own_folder() / f"{BACKUP}{store.suffix_of(mnist.name)}"
    if not resume:
        shutil.rmtree(backup, ignore_errors=True)
    if missing:
        with progress_line("sweep") as show:

            def report(progress: Progress, stored: tuple[str, ...]) -> None:
                show(progress.fraction, line=progress.epoch_ended)

            trainings.train_sweep(missing, mnist=mnist, backup=backup, on_progress=report)


def _cell(value: object) -> object:
    return f"{value:.3f}%" if isinstance(value, float) else "–" if value is None else value
