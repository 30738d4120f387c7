"""Noise curves on disk, one JSON file each, beside the models that they were computed with."""

import contextlib
import json
import secrets
from pathlib import Path

from mnist_app.results import NoiseCurve

FOLDER = "noise-curves"
SEEDS = "noise-curves/seeds"
_NO_CURVE = (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)


def prepare(home: Path) -> None:
    """Make the folder and try whether it can be written. Raises OSError."""
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    trial = folder / f".partial-{secrets.token_hex(4)}"
    trial.touch()
    trial.unlink()


def write(curve: NoiseCurve, home: Path, into: str) -> Path:
    """Write the curve whole, by a rename, and return its path. Raises OSError."""
    folder = home / into
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{curve.denoiser}--{curve.classifier}.json"
    partial = target.with_name(f".partial-{secrets.token_hex(4)}")
    try:
        partial.write_text(json.dumps(curve.to_json(), allow_nan=False) + "\n", "utf-8")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def read_all(homes: list[Path], inside: str) -> list[NoiseCurve]:
    """Every readable curve, those of the first home first; a damaged file is left out: it can be computed again."""
    found: list[NoiseCurve] = []
    for home in homes:
        for path in sorted((home / inside).glob("*.json")):
            with contextlib.suppress(*_NO_CURVE):
                found.append(NoiseCurve.from_json(json.loads(path.read_text("utf-8"))))
    return found


def stamps(homes: list[Path]) -> list[tuple[str, int]]:
    """A cheap summary that changes whenever a curve is added or changed."""
    seen = []
    for home in homes:
        for path in sorted((home / FOLDER).rglob("*.json")):
            with contextlib.suppress(OSError):
                seen.append((str(path), path.stat().st_mtime_ns))
    return seen
