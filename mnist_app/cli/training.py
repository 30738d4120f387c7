"""The commands that import TensorFlow: train a recipe, download MNIST."""

import click

from mnist_app import InvalidInput, data, recipes, store
from mnist_app.cli.answers import SEED, Answer, command, test_images
from mnist_app.cli.terminal import load_digits, progress_bar, quiet_start
from mnist_app.evaluation.progress import Progress
from mnist_app.evaluation.results import History
from mnist_app.jobs import storing
from mnist_app.recipes import layers


@command()
@click.argument("key")
@click.option("--seed", type=SEED, default=0, help="Decides first weights, order of images and dropout.")
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
    with quiet_start():
        from mnist_app import training
    with store.saving(recipe, seed=seed) as draft, progress_bar(recipe.key) as show:

        def report(progress: Progress, live) -> None:
            show(progress.fraction, _figures(progress, live.history), line=progress.epoch_ended)

        split = data.split(mnist, validation=recipe.validation)
        trained = training.train(recipe, split=split, seed=seed, on_progress=report)
        with quiet_start():
            card = storing.finish(draft, trained, mnist=mnist, weights=not no_weights)
    name = store.name_of(recipe, seed, data=mnist.name)
    figures = f"validation loss {trained.history.epochs[-1].val_loss:.4f}"
    if card.test:
        low, high = card.test.interval
        interval = f"95% interval {low:.2%} to {high:.2%}, {test_images(card.test.n, card.data)}"
        figures = f"test accuracy {card.test.value:.2%} ({interval})"
    text = f"{recipe.title}: {figures}, {card.seconds:.0f} s. Stored as {store.own_folder() / name}"
    return Answer({"name": name, **store.plain(card)}, text)


@command()
def download() -> Answer:
    """Download MNIST to Keras's cache, 11 MB."""
    with progress_bar("MNIST") as show:
        path = data.download(on_progress=show)
    return Answer({"path": str(path)}, f"MNIST is at {path}")


def _assignment(change: str) -> tuple[str, str]:
    name, equals, value = change.partition("=")
    if not equals:
        raise InvalidInput(
            "--set cannot be used", expected="field=value", found=change, remedy="For example --set hidden=100,50."
        )
    return name.strip(), value.strip()


def _figures(progress: Progress, history: History) -> str:
    last = history.epochs[-1] if progress.epoch_ended else history.batches[-1]
    figures = f"epoch {progress.epoch}/{progress.epochs}  loss {last.loss:.4f}"
    if last.accuracy is not None:
        figures += f"  accuracy {last.accuracy:.2%}"
    if progress.epoch_ended:
        figures += f"  validation loss {last.val_loss:.4f}"
        if last.val_accuracy is not None:
            figures += f"  accuracy {last.val_accuracy:.2%}"
    return figures
