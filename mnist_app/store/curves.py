"""Noise curves on disk, one JSON file each, beside the models that they were computed with."""

import contextlib
import json
import secrets
from pathlib import Path

from mnist_app.results import NoiseCurve

_FOLDER = "noise-curves"
_NO_CURVE = (OSError, ValueError, KeyError, TypeError, AttributeError)


def write(curve: NoiseCurve, home: Path) -> Path:
    """Write the curve whole, by a rename, and return its path. Raises OSError."""
    folder = home / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{curve.denoiser}--{curve.classifier}.json"
    partial = target.with_name(f".partial-{secrets.token_hex(4)}")
    try:
        partial.write_text(json.dumps(curve.to_json(), allow_nan=False) + "\n", "utf-8")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def read_all(homes: list[Path]) -> tuple[NoiseCurve, ...]:
    """Every readable curve, from the first home that has it; a damaged file is left out: it can be computed again."""
    found: dict[str, NoiseCurve] = {}
    for home in homes:
        for path in sorted((home / _FOLDER).glob("*.json")):
            with contextlib.suppress(*_NO_CURVE):
                found.setdefault(path.name, NoiseCurve.from_json(json.loads(path.read_text("utf-8"))))
    return tuple(found.values())


def stamps(homes: list[Path]) -> list[tuple[str, int]]:
    """A cheap summary that changes whenever a curve is added or changed."""
    seen = []
    for home in homes:
        for path in sorted((home / _FOLDER).glob("*.json")):
            with contextlib.suppress(OSError):
                seen.append((str(path), path.stat().st_mtime_ns))
    return seen
