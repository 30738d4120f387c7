"""The command that measures accuracy against the noise level."""

import click
from msgspec import structs

from mnist_app import data, evaluation, noise, serving, store
from mnist_app.cli.answers import LEVEL, SEED, Answer, WithLists, command, table, test_images
from mnist_app.cli.models import find_classifiers
from mnist_app.cli.terminal import load_digits, progress_bar, quiet_start
from mnist_app.serving import denoisers


@command(cls=WithLists)
@click.option("--denoiser", required=True, metavar="KEY", help="none, median-3, median-5, a recipe, or `all`.")
@click.option("--classifier", required=True, metavar="KEY", help="A recipe's key, a model's folder, or `all`.")
@click.option("--levels", type=LEVEL, multiple=True, metavar="LEVEL...", help="Noise levels (default: 0 0.1 … 1).")
@click.option("--seed", type=SEED, default=0, help="Decides the noise.")
@click.option("--spread", is_flag=True, help="Store the curve for good, to show the spread over seeds.")
def noise_curve(*, denoiser: str, classifier: str, levels: tuple[float, ...], seed: int, spread: bool) -> Answer:
    """Accuracy of noisy test images against the noise level, after a denoiser.

    The curves are stored for the page Noise. Those over other levels or with another seed than the page's are only
    printed, and so are those of a classifier that was trained on other data than these test images come from.
    """
    levels = tuple(sorted(set(levels))) or noise.LEVELS
    storable = levels == noise.LEVELS and seed == 0
    if storable:
        store.check_writable("noise curve")
    models = find_classifiers(classifier)
    mnist = load_digits(to_measure=models if storable else ())
    trained = store.list_models().models
    with quiet_start():
        if denoiser == "all":
            cleaners = (*denoisers.CLASSICAL, *denoisers.trained(trained))
        else:
            cleaners = (denoisers.get(denoiser, trained),)
        networks = {model.name: serving.open_model(model) for model in models}
    images = data.as_images(mnist.test_images)
    curves, to_store = [], []
    for cleaner in cleaners:
        with progress_bar(f"noise curve of {cleaner.key}") as show:
            by_classifier = evaluation.noise_curves(
                images,
                mnist.test_labels,
                levels=levels,
                corrupt=lambda images, level: noise.corrupt(images, level=level, seed=seed),
                denoise=cleaner.run,
                classifiers={name: network.run for name, network in networks.items()},
                psnr=noise.psnr,
                metadata={"denoiser": cleaner.key, "kind": "salt-and-pepper", "seed": seed},
                on_progress=show,
            )
        for model in models:
            files = {"classifier": model.card.files[store.SERVING_FILE]}
            files |= {"denoiser": cleaner.checksum} if cleaner.checksum else {}
            curve = by_classifier[model.name]
            curve = structs.replace(curve, files=files, data=mnist.name)
            curves.append(curve)
            if storable and model.card.data == mnist.name:
                to_store.append(curve)
    for curve in to_store:
        (store.seed_curves if spread else store.noise_curves).save(curve)
    rows = [
        (curve.denoiser, curve.classifier, *(f"{share.value:.2%}" for share in curve.accuracies)) for curve in curves
    ]
    text = table(("denoiser", "classifier", *(f"{level:g}" for level in levels)), rows)
    if mnist.name != data.NAME:
        n = test_images(len(images), mnist.name)
        text += f"\n\n{n}. Only the curves of classifiers trained on these are stored."
    return Answer(store.plain(curves), text)
