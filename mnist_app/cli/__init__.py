"""The command line: what the pages do, without a browser.

A command's module is imported when the command is used, so that each starts as fast as it can.
"""

import pkgutil
import sys
from collections.abc import Sequence

import click

from mnist_app import ExplorerError

_COMMANDS = {
    "recipes": "recipes.list_recipes",
    "train": "training.train",
    "evaluate": "predictions.evaluate",
    "predict": "predictions.predict",
    "noise-curve": "measurements.noise_curve",
    "calibrate": "measurements.calibrate",
    "sweep": "training.sweep",
    "report": "report.report",
    "worker": "queue.worker",
    "queue": "queue.list_queue",
    "stop": "queue.stop",
    "download": "training.download",
}
"""Module and function of each command."""


class _Commands(click.Group):
    def list_commands(self, ctx):
        return list(_COMMANDS)

    def get_command(self, ctx, cmd_name):
        place = _COMMANDS.get(cmd_name)
        return place and pkgutil.resolve_name(f"mnist_app.cli.{place}")


@click.group(cls=_Commands, context_settings={"show_default": True})
def commands() -> None:
    """MNIST Explorer without a browser."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 1 after an error, 2 after wrong usage, 130 after Ctrl+C."""
    try:
        return commands.main(arguments, prog_name="python -m mnist_app", standalone_mode=False) or 0
    except ExplorerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        print("error: stopped; nothing was saved.", file=sys.stderr)
        return 130
