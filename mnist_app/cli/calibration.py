"""The command that measures what a model rejects, and calibrates its probabilities."""

from datetime import UTC, datetime

import click
import numpy as np

from mnist_app import augmentation, data, serving, store
from mnist_app.cli.answers import SEED, Answer, command, table, test_images
from mnist_app.cli.models import find_classifier
from mnist_app.cli.terminal import load_digits, progress_bar, quiet_start
from mnist_app.evaluation import ood_images, rejection


@command()
@click.argument("key")
@click.option("--seed", type=SEED, default=0, help="Decides the drawings that are no digits.")
@click.option("--count", type=click.IntRange(1, 10_000), default=500, help="Drawings of each kind.")
def calibrate(*, key: str, seed: int, count: int) -> Answer:
    """Fit the rejection score and the temperature of the model KEY, measure both, and store them for the pages."""
    model = find_classifier(key)
    with quiet_start():
        network = serving.open_model(model)
    if not network.feature_count:
        network.features(np.zeros((1, 28, 28, 1), np.float32))  # raises what is to be done
    store.check_writable("rejection rule")
    digits = load_digits(to_measure=[model])
    images, labels = _training_images(digits, kind=model.card.recipe.augmentation, seed=seed)
    with progress_bar(f"drawings for {model.name}") as show:
        kinds = (*ood_images.KINDS, ood_images.CONTROL)
        drawings = {}
        for place, kind in enumerate(kinds):
            drawings[kind] = ood_images.draw(kind, count=count, seed=seed)[0]
            show((place + 1) / len(kinds))
    with progress_bar(f"rejection rule of {model.name}") as show:
        found = rejection.fit(
            network.features,
            training=(images, labels),
            test=(data.as_images(digits.test_images), digits.test_labels),
            drawings=drawings,
            metadata={
                "model": model.name,
                "checksum": model.card.files[store.SERVING_FILE],
                "data": digits.name,
                "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            },
            seed=seed,
            on_progress=show,
        )
    path = store.rejections.save(found)
    return Answer(store.without_arrays(found), f"{_text(found)}\n\nStored as {path}")


def _training_images(digits: data.Mnist, *, kind: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A sample of the training images, as the network saw them: what it was taught to read is not to be rejected."""
    rng = np.random.default_rng(seed)
    sample = np.sort(rng.permutation(len(digits.train_images))[: rejection.SAMPLE])
    parts = np.array_split(sample, max(1, len(sample) // 1000))  # all at once they would take a gigabyte
    images = np.concatenate(
        [
            augmentation.augment(digits.train_images[part], digits.train_labels[part], kind=kind, rng=rng)
            for part in parts
        ]
    )
    return images[..., np.newaxis], digits.train_labels[sample]


def _text(found: rejection.Rejection) -> str:
    scaling = found.calibration
    errors = [
        f"{name}: {each.error:.2%} (95% interval {each.interval[0]:.2%} to {each.interval[1]:.2%})"
        for name, each in (("before", scaling.before), ("after", scaling.after))
    ]
    rows = []
    for each in found.rates:
        low, high = each.share.interval
        shares = f"{each.share.value:.1%}", f"{low:.1%} to {high:.1%}"
        sure = f"{each.sure_before / each.n:.1%}", f"{each.sure_now / each.n:.1%}"
        rows.append((each.kind, str(each.n), *shares, *sure))
    heads = ("images", "n", "rejected", "95% interval", "99% sure before", "and now")
    return (
        f"{found.model}, seed {found.seed}\n"
        f"temperature {scaling.temperature:.3f} ({scaling.halves[0]:.3f} and {scaling.halves[1]:.3f} on the halves of "
        f"the test images, {test_images(scaling.before.n, found.data)})\n"
        f"expected calibration error {errors[0]}, {errors[1]}\n"
        f"rejected above a score of {found.threshold:.2f}\n\n{table(heads, rows)}"
    )
