"""The command that writes the report of the assignment."""

from pathlib import Path

import click

from mnist_app import report as reports
from mnist_app import store
from mnist_app.cli.answers import Answer, Command
from mnist_app.cli.models import find_classifier
from mnist_app.evaluation import comparison
from mnist_app.store import files, folders


@click.command(cls=Command)
@click.option("--run", "keys", multiple=True, metavar="KEY...", help="Recipes' keys or models' folders.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="An HTML file.")
def report(*, keys: tuple[str, ...], output: Path) -> Answer:
    """Write a report of the assignment as one HTML file that needs no network.

    It shows the classifiers that --run names, by default those that the Curves page shows first.
    """
    if keys:
        chosen = [find_classifier(key) for key in dict.fromkeys(keys)]
    else:
        by_label = {model.run.label: model for model in store.list_models().models}
        chosen = [
            by_label[label]
            for label in comparison.readable(comparison.arrange(model.run for model in by_label.values()))
        ]
    text = reports.make(chosen)
    with folders.raising_cannot_write("report"):
        files.write(output, text.encode())
    plain = {"path": str(output), "runs": [model.name for model in chosen], "bytes": len(text.encode())}
    return plain, f"The report of {len(chosen)} networks is at {output}"
