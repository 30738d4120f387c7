"""The command that makes a model's rejection rule: its score for what is no digit, and its calibration."""

from datetime import UTC, datetime

import numpy as np

from mnist_app import InvalidInput, augmentation, data, recipes, serving, store
from mnist_app.cli.answers import Answer, columns, on_generated
from mnist_app.cli.listing import find_classifier
from mnist_app.cli.terminal import how_to_use, load_digits, quiet_start, share_done
from mnist_app.evaluation import ood_images, rejection
from mnist_app.store.rejections import to_json


def calibrate(*, key: str, seed: int, count: int) -> Answer:
    """Fit the score and the temperature, measure both, and store them for the pages."""
    if count < 1:
        raise InvalidInput("There must be drawings", expected="a whole number from 1", found=str(count))
    seed = recipes.check_seed(seed)
    model = find_classifier(key)
    with quiet_start():
        network = serving.open_model(model)
    if not network.feature_count:
        network.features(np.zeros((1, 28, 28, 1), np.float32))  # raises what is to be done
    store.prepare_results("rejection")
    digits = load_digits()
    if digits.name != model.card.data:
        raise InvalidInput(
            f"{model.name} cannot be judged by these digits",
            expected=model.card.data,
            found=digits.name,
            remedy=how_to_use(model.card.data),
        )
    rng = np.random.default_rng(seed)
    sample = np.sort(rng.permutation(len(digits.train_images))[: rejection.SAMPLE])
    labels = digits.train_labels[sample]
    # as the network saw them: what it was taught to read is not to be rejected
    kind = model.card.recipe.augmentation
    parts = np.array_split(sample, max(1, len(sample) // 1000))  # all at once they would take a gigabyte
    images = np.concatenate(
        [augmentation.vary(digits.train_images[part], digits.train_labels[part], kind=kind, rng=rng) for part in parts]
    )
    with share_done(f"drawings for {model.name}") as watch:
        kinds = (*ood_images.KINDS, ood_images.CONTROL)
        drawings = {}
        for place, kind in enumerate(kinds):
            drawings[kind] = ood_images.draw(kind, count=count, seed=seed)[0]
            watch((place + 1) / len(kinds))
    with share_done(f"rejection rule of {model.name}") as watch:
        found = rejection.fit(
            network.features,
            training=(images[..., np.newaxis], labels),
            test=(data.as_images(digits.test_images), digits.test_labels),
            drawings=drawings,
            metadata={
                "model": model.name,
                "checksum": model.card.files[store.SERVING_FILE],
                "data": digits.name,
                "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            },
            seed=seed,
            on_progress=watch,
        )
    path = store.save_rejection(found)
    return Answer(to_json(found), f"{_text(found)}\n\nStored as {path}")


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
        rows.append(
            (each.kind, str(each.n), *shares, f"{each.sure_before / each.n:.1%}", f"{each.sure_now / each.n:.1%}")
        )
    table = columns(("images", "n", "rejected", "95% interval", "99% sure before", "and now"), rows)
    return (
        f"{found.model}, seed {found.seed}\n"
        f"temperature {scaling.temperature:.3f} ({scaling.halves[0]:.3f} and {scaling.halves[1]:.3f} on the halves of "
        f"{scaling.before.n:,} test images{on_generated(found.data)})\n"
        f"expected calibration error {errors[0]}, {errors[1]}\n"
        f"rejected above a score of {found.threshold:.2f}\n\n{table}"
    )
