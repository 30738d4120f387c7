"""From images to what is stored, for jobs and the command line: models, a sweep's replicates, noise curves."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace

from mnist_app import data, evaluation, noise, serving, store
from mnist_app.evaluation import certainty
from mnist_app.evaluation.results import NoiseCurve, Progress
from mnist_app.recipes import Recipe, layers
from mnist_app.serving.denoisers import Denoiser


def finish(draft: store.Draft, trained, *, mnist: data.Mnist, weights: bool = True) -> store.Card:
    """Export a `training.Trained` into its draft, judge what will be served on the test images, and finish the draft.

    `mnist` is what it was trained on. Without `weights`, only card and history stay. Raises OSError.
    """
    from mnist_app import training  # brings TensorFlow along, which the worker itself does without

    paths = {"keras": draft.folder / store.KERAS_FILE, "serving": draft.folder / store.SERVING_FILE}
    if draft.recipe.architecture == "autoencoder":
        paths |= {"encoder": draft.folder / store.ENCODER_FILE, "decoder": draft.folder / store.DECODER_FILE}
    training.export(draft.recipe, trained.model, paths)
    if draft.recipe.task == "generate":
        split = data.split(mnist, validation=draft.recipe.validation)
        mixture = training.mixture(draft.recipe, trained.model, split=split, seed=draft.seed)
        paths["mixture"] = draft.folder / store.MIXTURE_FILE
        store.write_arrays(paths["mixture"], **vars(mixture))
    name = store.name_of(draft.recipe, draft.seed, draft.stopped, data=mnist.name)
    network = serving.Network(paths["serving"], name=name)
    test = least_probability = None
    if draft.recipe.task == "classify":
        probabilities, labels = network.run(data.as_images(mnist.test_images)), mnist.test_labels
        test, (half, _) = evaluation.accuracy(probabilities, labels), certainty.halves(len(labels))
        least_probability = certainty.least_probability(probabilities[half], labels[half])
    if not weights:
        for path in paths.values():
            path.unlink()
    return draft.finish(
        history=trained.history,
        parameters=layers.count_parameters(draft.recipe),
        seconds=trained.seconds,
        data=mnist.name,
        test=test,
        least_probability=least_probability,
    )


def train_sweep(
    missing: list[tuple[Recipe, int]],
    *,
    mnist: data.Mnist,
    backup: Path,
    on_progress: Callable[[Progress, tuple[str, ...]], None],
) -> None:
    """Train replicates of a sweep side by side in groups, and store each, in place of an older one, with its group.

    A group that was interrupted goes on from `backup`, a folder for this sweep alone; it is removed at the end.
    `on_progress` takes the progress over the epochs of all groups, and the names of the replicates stored so far.

    Raises CannotWrite or training.Diverged.
    """
    first, _ = missing[0]
    store.check_writable("replicates")

    from mnist_app.training import parallel  # brings TensorFlow along, which the command line does without at its start

    split, stored, seconds = data.split(mnist, validation=first.validation), [], 0.0
    ordered = sorted(missing, key=lambda network: network[0].options["l2"])  # so that a mean is soon worth reading
    size = parallel.LARGEST_GROUP
    groups = [ordered[start : start + size] for start in range(0, len(ordered), size)]
    for number, networks in enumerate(groups):

        def report(progress: Progress, _, number: int = number, before: float = seconds) -> None:
            epoch, epochs = number * first.epochs + progress.epoch, len(groups) * first.epochs
            seconds = before + progress.seconds
            on_progress(replace(progress, epoch=epoch, epochs=epochs, seconds=seconds), tuple(stored))

        histories = parallel.train_parallel(networks, split=split, on_progress=report, backup=backup)
        for (recipe, seed), history in zip(networks, histories, strict=True):
            taken = sum(epoch.seconds for epoch in history.epochs)
            seconds += taken
            replicate = store.Replicate(recipe, seed, history, taken, mnist.name)
            store.replicates.save(replicate)
            stored.append(replicate.name)
    shutil.rmtree(backup, ignore_errors=True)


def measure_noise_curves(
    classifiers: Sequence[store.StoredModel],
    denoiser: Denoiser,
    *,
    mnist: data.Mnist,
    levels: tuple[float, ...] = noise.LEVELS,
    seed: int = 0,
    on_progress: Callable[[float], None],
) -> list[NoiseCurve]:
    """How much of the test images each classifier reads after a denoiser, level by level of salt-and-pepper noise.

    `on_progress` takes the share that is done, in (0, 1].
    """
    by_classifier = evaluation.noise_curves(
        data.as_images(mnist.test_images),
        mnist.test_labels,
        levels=levels,
        seed=seed,
        denoise=denoiser.run,
        classifiers={model.name: serving.open_model(model).run for model in classifiers},
        metadata={"denoiser": denoiser.key, "data": mnist.name},
        on_progress=on_progress,
    )
    used = {"denoiser": denoiser.checksum} if denoiser.checksum else {}
    checksums = {model.name: model.card.files[store.SERVING_FILE] for model in classifiers}
    return [replace(curve, files={"classifier": checksums[name]} | used) for name, curve in by_classifier.items()]
