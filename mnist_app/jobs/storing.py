"""A trained network becomes a stored model: exported in both forms, judged as it will be served, with its card."""

from mnist_app import data, evaluation, serving, store
from mnist_app.recipes import layers


def finish(draft: store.Draft, trained, *, mnist: data.Mnist, weights: bool = True) -> store.Card:
    """Export a trained network into its draft, judge what will be served on the test images, and finish the draft.

    Args:
        draft: as `store.saving` gives it.
        trained: a `training.Trained`.
        mnist: what it was trained on; its test images judge a classifier.
        weights: whether they stay in the draft; otherwise only card and history do.

    Raises OSError, which `store.saving` turns into CannotWrite.
    """
    from mnist_app import training  # brings TensorFlow along, which the worker itself does without

    paths = {"keras": draft.folder / store.KERAS_FILE, "serving": draft.folder / store.SERVING_FILE}
    if draft.recipe.architecture == "autoencoder":
        paths |= {"encoder": draft.folder / store.ENCODER_FILE, "decoder": draft.folder / store.DECODER_FILE}
    training.export(draft.recipe, trained.model, paths)
    name = store.name_of(draft.recipe, draft.seed, draft.stopped, data=mnist.name)
    network = serving.Network(paths["serving"], name=name)
    test = None
    if draft.recipe.task == "classify":
        test = evaluation.accuracy(network.run(data.as_images(mnist.test_images)), mnist.test_labels)
    if not weights:
        for path in paths.values():
            path.unlink()
    return draft.finish(
        history=trained.history,
        parameters=layers.count_parameters(draft.recipe),
        seconds=trained.seconds,
        data=mnist.name,
        test=test,
    )
