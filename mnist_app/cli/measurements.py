"""The commands that measure trained models and store what the pages show: noise curves, and what is rejected."""

import click
import msgspec
import numpy as np

from mnist_app import augmentation, data, noise, serving, store
from mnist_app.cli.answers import SEED, Answer, Command, interval, level, table
from mnist_app.cli.models import find_classifier, find_classifiers
from mnist_app.cli.terminal import load_digits, progress_line
from mnist_app.evaluation import ood_images, rejection
from mnist_app.jobs import trainings
from mnist_app.serving import denoisers


@click.command(cls=Command)
@click.option("--denoiser", required=True, metavar="KEY", help="none, median-3, median-5, a recipe, or `all`.")
@click.option("--classifier", required=True, metavar="KEY", help="A recipe's key, a model's folder, or `all`.")
@click.option("--levels", type=level, multiple=True, metavar="LEVEL...", help="Noise levels (default: 0 0.1 … 1).")
@click.option("--seed", type=SEED, default=0, help="Decides the noise.")
@click.option("--spread", is_flag=True, help="Store it for good, for the spread over seeds.")
def noise_curve(*, denoiser: str, classifier: str, levels: tuple[float, ...], seed: int, spread: bool) -> Answer:
    """Accuracy of noisy test images against the noise level, after a denoiser.

    The curves are stored for the page Noise. Those over other levels or with another seed than the page's are only
    printed, and so are those of a classifier that was trained on other data than these test images come from.
    """
    levels = tuple(sorted(set(levels))) or noise.LEVELS
    storable = levels == noise.LEVELS and seed == 0
    if storable:
        store.check_writable("noise curve")
    models = {model.name: model for model in find_classifiers(classifier)}
    mnist = load_digits(to_measure=[*models.values()] if storable else [])
    trained = store.list_models().models
    if denoiser == "all":
        cleaners = (*denoisers.CLASSICAL, *denoisers.trained(trained))
    else:
        cleaners = (denoisers.get(denoiser, trained),)
    curves = []
    for cleaner in cleaners:
        with progress_line(f"noise curve of {cleaner.key}") as show:
            curves += trainings.measure_noise_curves(
                [*models.values()], cleaner, mnist=mnist, levels=levels, seed=seed, on_progress=show
            )
    for curve in curves:
        if storable and models[curve.classifier].card.data == mnist.name:
            (store.seed_curves if spread else store.noise_curves).save(curve)
    rows = [[each.denoiser, each.classifier, *(f"{share.value:.2%}" for share in each.accuracies)] for each in curves]
    text = table(("denoiser", "classifier", *(f"{level:g}" for level in levels)), rows)
    if mnist.name != data.NAME:
        text += f"\n\nMeasured on {mnist.name}, not MNIST. Only the curves of classifiers trained on these are stored."
    return msgspec.to_builtins(curves), text


@click.command(cls=Command)
@click.argument("key")
@click.option("--seed", type=SEED, default=0, help="Decides the drawings that are no digits.")
@click.option("--count", type=click.IntRange(1, 10_000), default=500, help="Drawings of each kind.")
def calibrate(*, key: str, seed: int, count: int) -> Answer:
    """Fit the rejection score and the temperature of the model KEY, measure both, and store them for the pages."""
    model = find_classifier(key)
    network = serving.open_model(model)
    if not network.feature_count:
        network.features(np.zeros((1, 28, 28, 1), np.float32))  # raises what is to be done
    store.check_writable("rejection rule")
    digits = load_digits(to_measure=[model])
    kinds = (*ood_images.KINDS, ood_images.CONTROL)
    with progress_line(f"rejection rule of {model.name}") as show:
        rule = rejection.fit(
            network.features,
            training=_training_images(digits, kind=model.card.recipe.augmentation, seed=seed),
            test=(data.as_images(digits.test_images), digits.test_labels),
            drawings={kind: ood_images.draw(kind, count=count, seed=seed)[0] for kind in kinds},
            metadata={
                "model": model.name,
                "checksum": model.card.files[store.SERVING_FILE],
                "data": digits.name,
                "finished": store.now(),
            },
            seed=seed,
            on_progress=show,
        )
    path = store.rejections.save(rule)
    return store.without_arrays(rule), f"{_text(rule)}\n\nStored as {path}"


def _training_images(digits: data.Mnist, *, kind: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A sample of the training images, as the network saw them: what it was taught to read is not to be rejected."""
    rng = np.random.default_rng(seed)
    sample = np.sort(rng.permutation(len(digits.train_images))[: rejection.SAMPLE])
    images, labels = digits.train_images[sample], digits.train_labels[sample]
    parts = np.array_split(np.arange(len(sample)), max(1, len(sample) // 1000))  # all at once would take a gigabyte
    varied = [augmentation.augment(images[part], labels[part], kind=kind, rng=rng) for part in parts]
    return np.concatenate(varied)[..., np.newaxis], labels


def _text(rule: rejection.Rejection) -> str:
    scaling = rule.calibration
    before, after = scaling.before, scaling.after
    rows = []
    for each in rule.rates:
        low, high = each.share.interval
        sure = f"{each.sure_before / each.n:.1%}", f"{each.sure_now / each.n:.1%}"
        rows.append((each.kind, each.n, f"{each.share.value:.1%}", f"{low:.1%} to {high:.1%}", *sure))
    heads = ("images", "n", "rejected", "95% interval", "99% sure before", "and now")
    halves = " and ".join(f"{temperature:.3f}" for temperature in scaling.halves)
    return (
        f"{rule.model}, seed {rule.seed}\n"
        f"temperature {scaling.temperature:.3f} ({halves} on the halves of the test images)\n"
        f"expected calibration error before: {before.error:.2%} ({interval(before, rule.data)})\n"
        f"expected calibration error after: {after.error:.2%} ({interval(after, rule.data)})\n"
        f"rejected above a score of {rule.threshold:.2f}\n\n{table(heads, rows)}"
    )
