"""The commands that import TensorFlow: train a recipe, download MNIST."""

from collections.abc import Sequence

from mnist_app import InvalidInput, Unavailable, data, recipes, store
from mnist_app.cli.answers import Answer, on_generated
from mnist_app.cli.terminal import load_digits, progress_bar, quiet_start
from mnist_app.jobs import storing
from mnist_app.recipes import layers


def train(*, key: str, seed: int, epochs: str | None, changes: Sequence[str], no_weights: bool) -> Answer:
    """Train a recipe, changed as asked, judge it on the test images, and store it."""
    fields = dict(_assignment(change) for change in changes)
    if epochs is not None:
        fields["epochs"] = epochs
    recipe = recipes.get(key).changed(**fields)
    seed = recipes.check_seed(seed)
    layers.plan(recipe)
    mnist = load_digits()
    with quiet_start():
        from mnist_app import training
    with store.saving(recipe, seed=seed) as draft, progress_bar(recipe.key) as watch:
        split = data.split_for(recipe.validation, mnist)
        trained = training.train(recipe, split=split, seed=seed, watch=watch)
        with quiet_start():
            card = storing.finish(draft, trained, mnist=mnist, weights=not no_weights)
    name = store.name_of(recipe, seed, data=mnist.name)
    figures = f"validation loss {trained.history.epochs[-1].val_loss:.4f}"
    if card.test:
        low, high = card.test.interval
        told = f"95% interval {low:.2%} to {high:.2%}, n = {card.test.n:,}{on_generated(card.data)}"
        figures = f"test accuracy {card.test.value:.2%} ({told})"
    text = f"{recipe.title}: {figures}, {card.seconds:.0f} s. Stored as {store.own_folder() / name}"
    return Answer({"name": name, **card.to_json()}, text)


def download() -> Answer:
    """Fetch MNIST into Keras's cache, by Keras."""
    with quiet_start():
        from mnist_app import training
    try:
        path = training.download_mnist()
    except Exception as error:  # Keras raises a bare Exception when the address cannot be reached
        raise Unavailable(
            "MNIST could not be downloaded",
            expected=data.DOWNLOAD_ADDRESS,
            found=" ".join(str(error).split()) or type(error).__name__,
            remedy=f"Check the network, or set {data.PATH_VARIABLE} to a copy of mnist.npz.",
        ) from error
    return Answer({"path": str(path)}, f"MNIST is at {path}")


def _assignment(change: str) -> tuple[str, str]:
    name, equals, value = change.partition("=")
    if not equals:
        raise InvalidInput(
            "--set cannot be used", expected="field=value", found=change, remedy="For example --set hidden=100,50."
        )
    return name.strip(), value.strip()
