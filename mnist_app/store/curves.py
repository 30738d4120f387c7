"""Noise curves on disk, one JSON file each, beside the models that they were computed with."""

import contextlib
import json
from pathlib import Path

from mnist_app.evaluation.results import NoiseCurve
from mnist_app.store import files, values

FOLDER = "noise-curves"
SEEDS = "noise-curves/seeds"


def write(curve: NoiseCurve, home: Path, into: str) -> Path:
    """Write the curve whole, by a rename, and return its path. Raises OSError."""
    folder = home / into
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{curve.denoiser}--{curve.classifier}.json"
    with files.replacing(target) as partial:
        partial.write_text(json.dumps(curve.to_json(), allow_nan=False) + "\n", "utf-8")
    return target


def read_all(homes: list[Path], inside: str) -> list[NoiseCurve]:
    """Every readable curve, those of the first home first; a damaged file is left out: it can be computed again."""
    found: list[NoiseCurve] = []
    for home in homes:
        for path in sorted((home / inside).glob("*.json")):
            with contextlib.suppress(*values.UNREADABLE):
                found.append(NoiseCurve.from_json(json.loads(path.read_text("utf-8"))))
    return found


def stamps(homes: list[Path]) -> list[tuple[str, tuple[int, int]]]:
    """A cheap summary that changes whenever a curve is added or changed."""
    return files.stamps(path for home in homes for path in sorted((home / FOLDER).rglob("*.json")))
