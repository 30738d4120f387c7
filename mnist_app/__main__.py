"""The command line: the same verbs without a browser. `python -m mnist_app --help` lists them.

Each verb is a function of `commands` that returns plain JSON values and the text for a person; here are only the
arguments, the choice between the two, and the exit code: 0, or 1 after one line that says what is wrong.
"""

import argparse
import json
import sys
from collections.abc import Sequence

from mnist_app import ExplorerError, cli


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = vars(_parser().parse_args(arguments))
    run, as_json = options.pop("run"), options.pop("json")
    try:
        answer = run(**options)
    except ExplorerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("error: stopped; nothing was saved.", file=sys.stderr)
        return 130
    print(json.dumps(answer.plain, indent=1) if as_json else answer.text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mnist_app", description="MNIST Explorer without a browser.")
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")

    def verb(name: str, run, explanation: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=explanation, description=explanation)
        added.add_argument("--json", action="store_true", help="print JSON instead of text")
        added.set_defaults(run=run)
        return added

    listing = verb("recipes", cli.list_recipes, "list the experiments with their reported and measured figures")
    listing.add_argument("--markdown", dest="as_markdown", action="store_true", help="print the table of the README")

    train = verb("train", cli.train, "train a recipe and store the model")
    train.add_argument("key", metavar="KEY", help="a recipe's key")
    train.add_argument("--seed", type=int, default=0, help="first weights, order of images, dropout (default 0)")
    train.add_argument("--epochs", help="passes over the training images (default: the recipe's)")
    train.add_argument(
        "--set", dest="changes", action="append", default=[], metavar="FIELD=VALUE", help="change a field of the recipe"
    )
    train.add_argument(
        "--no-weights", action="store_true", help="store card and history only, as for models too large to ship"
    )

    evaluate = verb("evaluate", cli.evaluate, "classify the 10,000 test images with a trained model")
    evaluate.add_argument("key", metavar="KEY", help="a recipe's key, or the name of a model's folder")

    predict = verb("predict", cli.predict, "guess the digits in image files")
    predict.add_argument("files", nargs="+", metavar="FILE", help="an image of one digit, of any size and polarity")
    predict.add_argument(
        "--model", metavar="KEY", help="a recipe's key, a model's folder, or `all` (default: the most accurate model)"
    )

    predict.add_argument("--level", default="0", help="add salt-and-pepper noise of this level first (default 0)")
    predict.add_argument("--denoiser", default="none", metavar="KEY", help="clean the noisy image with this denoiser")
    predict.add_argument("--seed", type=int, default=0, help="of the noise (default 0)")

    curve = verb("noise-curve", cli.noise_curve, "accuracy of noisy test images against the noise level")
    curve.add_argument("--denoiser", required=True, metavar="KEY", help="none, median-3, median-5, a recipe, or `all`")
    curve.add_argument("--classifier", required=True, metavar="KEY", help="a recipe's key, a model's folder, or `all`")
    curve.add_argument("--levels", nargs="+", default=[], help="noise levels (default: 0 0.1 … 1)")
    curve.add_argument("--seed", type=int, default=0, help="of the noise (default 0)")
    curve.add_argument(
        "--spread",
        action="store_true",
        help="store it to show the spread over seeds, for good",
    )

    calibrate = verb("calibrate", cli.calibrate, "measure what a model rejects and how sure it may be")
    calibrate.add_argument("key", metavar="KEY", help="a recipe's key, or the name of a model's folder")
    calibrate.add_argument("--seed", type=int, default=0, help="of the drawings that are no digits (default 0)")
    calibrate.add_argument("--count", type=int, default=500, help="drawings of each kind (default 500)")

    sweep = verb("sweep", cli.run_sweep, "train mlp-500-300 with several L2 factors and seeds, and keep the curves")
    sweep.add_argument("--factors", nargs="+", default=[], metavar="L2", help="default: every factor of the sources")
    sweep.add_argument("--replicates", type=int, default=3, help="trainings a factor, with seeds 0, 1, … (default 3)")
    sweep.add_argument("--epochs", type=int, default=40, help="passes over the training images (default 40)")
    sweep.add_argument(
        "--validation", default="test", help="judge each epoch on the test images, or on held-out ones (default test)"
    )
    sweep.add_argument("--resume", action="store_true", help="train only what is missing, from where it was ended")

    worker = verb("worker", cli.work, "train what is in the queue, one training at a time, until ended")
    worker.add_argument("--quiet", action="store_true", help="say nothing, and end quietly where a worker runs already")
    verb("queue", cli.list_queue, "list the trainings that run, wait or have ended")
    stop = verb("stop", cli.stop, "stop a training that runs, or take one that waits out of the queue")
    stop.add_argument("id", metavar="ID", help="as `queue` lists it")

    verb("download", cli.download, "download MNIST to Keras's cache, 11 MB")
    return parser


if __name__ == "__main__":
    sys.exit(main())
