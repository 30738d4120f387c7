"""Trained runs beside one another: what each is called, the columns of a table, and CSV text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mnist_app.evaluation.results import MNIST, History, Proportion
from mnist_app.recipes import RECIPES, Recipe

READABLE = ("linear", "mlp-64-64", "mlp-500-300", "cnn")
"""Recipes whose curves lie far enough apart to be told from one another at first sight."""


@dataclass(frozen=True)
class Run:
    """One training: its recipe and seed, what it cost, its curves, and its share of correct test images.

    `stopped` is the number of completed epochs where it was stopped early; `name` is what its user calls it.
    """

    recipe: Recipe
    seed: int
    parameters: int
    seconds: float
    test: Proportion
    history: History
    stopped: int | None = None
    name: str = ""
    data: str = MNIST

    @property
    def changes(self) -> dict[str, object]:
        """The fields that differ from the declared recipe of that key; all, if no such recipe is declared."""
        declared = RECIPES[self.recipe.key].fields if self.recipe.key in RECIPES else {}
        return {name: value for name, value in self.recipe.fields.items() if declared.get(name) != value}

    @property
    def as_declared(self) -> bool:
        """Whether this is the declared experiment on MNIST to its end, which the sources' figures are of."""
        whole = self.stopped is None and self.data == MNIST and self.recipe.key in RECIPES
        # With these two the experiment stays the same, only its arithmetic is faster.
        return whole and self.changes.keys() <= {"dtype_policy", "jit_compile"}

    @property
    def reported(self) -> tuple[tuple[str, float], ...]:
        """Source and accuracy of each figure, the one to be reproduced first; none for a changed or stopped recipe."""
        if not self.as_declared:
            return ()
        return tuple((figure.source, figure.accuracy) for figure in self.recipe.reported)

    @property
    def label(self) -> str:
        """A name to read, different for every run: what it is, beside its user's name for it, if any."""
        known = self.recipe.key in RECIPES
        changes = [
            f"{name} {'-'.join(map(str, value)) or 'none' if isinstance(value, tuple) else value}"
            for name, value in self.changes.items()
        ]
        parts = [self.recipe.title, *(changes if known else [self.recipe.fingerprint])]
        if self.seed or not known:
            parts.append(f"seed {self.seed}")
        if self.stopped is not None:
            parts.append(f"stopped after {self.stopped} of {self.recipe.epochs} epochs")
        if self.data != MNIST:
            parts.append(f"trained on {self.data}")
        described = ", ".join(parts)
        return f"{self.name} ({described})" if self.name else described


def arrange(runs: Iterable[Run]) -> dict[str, Run]:
    """Classifiers with at least one epoch, by label: declared experiments in their order, then changed ones."""
    keys = list(RECIPES)

    def place(run: Run) -> tuple[bool, int, str]:
        known = keys.index(run.recipe.key) if run.recipe.key in RECIPES else len(keys)
        return not run.as_declared or run.seed != 0, known, run.label

    usable = [run for run in runs if run.recipe.task == "classify" and run.history.epochs]
    return {run.label: run for run in sorted(usable, key=place)}


def styles(runs: Mapping[str, Run]) -> dict[str, int]:
    """A number for each run that picks its colour; a declared experiment's is the same whichever others there are."""
    keys, declared = list(RECIPES), _declared(runs)
    others = [label for label in runs if label not in declared.values()]
    places = {label: keys.index(key) for key, label in declared.items()}
    return places | {label: len(keys) + place for place, label in enumerate(others)}


def readable(runs: Mapping[str, Run]) -> list[str]:
    """Labels for a first look: the declared experiments of READABLE, or else the first four."""
    declared = _declared(runs)
    return [declared[key] for key in READABLE if key in declared] or list(runs)[:4]


def columns(runs: Iterable[Run]) -> dict[str, list]:
    """What a table shows, by heading: accuracies in percent, differences in percentage points, None where unknown."""
    rows = [_row(run) for run in runs]

    def percent(name: str) -> list[float | None]:
        return [None if row[name] is None else round(100 * row[name], 4) for row in rows]

    return {
        "Run": [row["label"] for row in rows],
        "Parameters": [row["parameters"] for row in rows],
        "Epochs": [row["epochs"] for row in rows],
        "Seconds": [row["seconds"] for row in rows],
        "Final validation": percent("validation"),
        "Best validation": percent("best_validation"),
        "Gap": percent("gap"),
        "Test": percent("test"),
        "95% interval": [f"{100 * row['test_low']:.2f} – {100 * row['test_high']:.2f}" for row in rows],
        "Source": [row["source"] for row in rows],
        "Reported": percent("reported"),
        "Test − reported": percent("difference"),
        "Validated on": ["test images" if row["validated_on"] == "test" else "held-out images" for row in rows],
        "Digits": [row["data"] for row in rows],
    }


def table_csv(runs: Iterable[Run]) -> str:
    """One line a run; accuracies are fractions, the interval's ends have columns of their own."""
    return _csv(_row(run) for run in runs)


def epochs_csv(runs: Iterable[Run]) -> str:
    """Every epoch of every run, one line each."""
    return _csv(
        {
            "run": run.label,
            "key": run.recipe.key,
            "seed": run.seed,
            "epoch": number,
            "training_loss": epoch.loss,
            "training_accuracy": epoch.accuracy,
            "validation_loss": epoch.val_loss,
            "validation_accuracy": epoch.val_accuracy,
            "seconds": epoch.seconds,
            "validated_on": run.history.validation,
            "data": run.data,
        }
        for run in runs
        for number, epoch in enumerate(run.history.epochs, 1)
    )


def batches_csv(run: Run) -> str:
    """Every recorded batch of one run, one line each."""
    return _csv(
        {"run": run.label, "batch": mark.batch, "training_loss": mark.loss, "training_accuracy": mark.accuracy}
        | {"data": run.data}
        for mark in run.history.batches
    )


def _declared(runs: Mapping[str, Run]) -> dict[str, str]:
    """Label of the declared experiment's run with seed 0, by key; the first, where its arithmetic differs too."""
    labels: dict[str, str] = {}
    for label, run in runs.items():
        if run.as_declared and run.seed == 0:
            labels.setdefault(run.recipe.key, label)
    return labels


def _row(run: Run) -> dict[str, object]:
    """A line of the CSV. Gap: final training minus final validation accuracy."""
    epochs = run.history.epochs
    last, best = epochs[-1], max(epochs, key=lambda epoch: epoch.val_accuracy)
    source, reported = run.reported[0] if run.reported else (None, None)
    low, high = run.test.interval
    return {
        "label": run.label,
        "key": run.recipe.key,
        "seed": run.seed,
        "parameters": run.parameters,
        "epochs": len(epochs),
        "seconds": run.seconds,
        "training": last.accuracy,
        "validation": last.val_accuracy,
        "best_validation": best.val_accuracy,
        "best_epoch": epochs.index(best) + 1,
        "gap": last.accuracy - last.val_accuracy,
        "source": source,
        "reported": reported,
        "difference": None if reported is None else run.test.value - reported,
        "validated_on": run.history.validation,
        "data": run.data,
        "test": run.test.value,
        "test_low": low,
        "test_high": high,
        "test_images": run.test.n,
    }


def _csv(rows: Iterable[dict[str, object]]) -> str:
    import pandas

    guarded = ({name: _as_cell(value) for name, value in row.items()} for row in rows)
    return pandas.DataFrame(guarded).to_csv(index=False, lineterminator="\n")


def _as_cell(value: object) -> object:
    """With an apostrophe before a name that a spreadsheet would take for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else value
