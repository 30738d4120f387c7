"""A small class draws: nothing goes wrong, and every stroke gets its own answer. It says nothing of times."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.load
def test_every_stroke_of_a_class_gets_its_own_answer():
    options = {"sessions": 6, "pace": 2, "seconds": 3, "kept-runs": 3, "rest": 0}
    command = [f"--{name}={value}" for name, value in options.items()]
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.class_load", "--open-at-once", *command],
        capture_output=True,
        cwd=Path(__file__).parents[1],
    )
    assert run.returncode == 0, run.stderr.decode()
    seen = json.loads(run.stdout)
    assert (seen["lost"], seen["wrong"], seen["errors"]) == (0, 0, 0), seen["first_faults"]
    assert seen["answers"] >= 6
