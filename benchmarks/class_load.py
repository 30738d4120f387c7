"""What a class costs the app: students who draw, or who slide the noise, all at once. Prints JSON.

    python -m benchmarks.class_load [--sessions 30] [--page draw] [--pace 1] [--seconds 30] [--training]
        [--kept-runs 0] [--open-at-once] [--rest 3] [--seed 0] [--app app.py] [--url http://127.0.0.1:8501]

Each student is a client that speaks Streamlit's protocol, so that a hundred of them need no browser; they share the
machine with the app. A student makes a stroke, or moves the slider, `--pace` times a second, whether or not the last
answer has come. While a stroke grows its student asks as the browser does it, one part at a time ("live"; "live_busy"
are those that were not answered). An answer belongs to a stroke if it shows the digit that the networks must have
seen, and the same drawing must always get the same guesses. "overtaken" are strokes whose answer came together with
that of a later one.

The app runs with folders of its own for models and queue, in which `--training` trains a CNN meanwhile and
`--kept-runs` puts that many small networks of students. `--app` measures another script, such as an older version of
the app, and `--url` one that runs already. A visitor before the class has opened the networks.
"""

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.running_app import ROOT, running_app
from benchmarks.student import Student, Tally
from mnist_app import data, ink, jobs, noise, store
from mnist_app.evaluation.ood_images import OUTLINES, curve_through
from mnist_app.recipes import RECIPES
from mnist_app.ui import html

POOL = 60  # drawings, and digits under noise
CANVAS, BRUSH = 280, 20


async def draw(student: Student, rng: np.random.Generator, pool: list, pace: float, until: float) -> None:
    """Digit after digit, stroke by stroke; the first one of a digit takes the place of the digit before."""
    await asyncio.sleep(rng.uniform(0, 1) / pace)
    while True:
        objects, pictures = pool[rng.integers(len(pool))]
        for count, picture in enumerate(pictures, start=1):
            down, took = time.perf_counter(), rng.uniform(0.3, 0.7) / pace
            *before, stroke = objects[:count]
            while (share := (time.perf_counter() - down) / took) < 1:
                path = stroke["path"][: max(2, int(share * len(stroke["path"])))]
                student.grow([*before, stroke | {"path": path}])
                await asyncio.sleep(0.016)
            await student.change(
                "draw-canvas", picture, json_value=json.dumps({"drawing": {"objects": objects[:count]}})
            )
            await asyncio.sleep(rng.uniform(0.3, 0.7) / pace)
            if time.perf_counter() > until:
                return
        if not await student.answered():
            return


async def slide(student: Student, rng: np.random.Generator, pool: dict, pace: float, until: float) -> None:
    """The slider to and fro."""
    while time.perf_counter() < until:
        await asyncio.sleep(rng.uniform(0.5, 1.5) / pace)
        level = list(pool)[rng.integers(len(pool))]
        await student.change("level", pool[level], double_array_value=[level])


def drawings(seed: int) -> list[tuple[list, list[str]]]:
    """Digits as the canvas's strokes, and the picture of the networks' input after each stroke."""
    rng, pool = np.random.default_rng(seed), []
    for number in range(POOL):
        lines = []
        for stroke in OUTLINES["digits"][str(number % 10)].split("|"):
            points = np.array([point.split(",") for point in stroke.strip(" ~").split()], float)
            lines.append(curve_through(points, pieces=12 if "~" in stroke else 24))
        lines += [lines[0][: len(lines[0]) // 2]] * int(rng.integers(1, 4))  # a part once more, as people do
        place, size = rng.uniform(30, 70, 2), rng.uniform(110, 180, 2)
        objects = [_path(place + size * (line + rng.normal(0, 0.004, line.shape))) for line in lines]
        pictures = []
        for count in range(1, len(objects) + 1):
            strokes = ink.strokes_of_canvas({"objects": objects[:count]})
            pictures.append(_source(ink.centre(ink.draw_strokes(strokes, size=CANVAS)).centred))
        pool.append((objects, pictures))
    return pool


def digits_under_noise(seed: int) -> list[tuple[str, dict[float, str]]]:
    """Links to a digit, and its noisy picture at each level."""
    images, levels = data.as_images(data.load(name=data.NAME).test_images[:POOL]), np.arange(5, 100) / 100
    pool = []
    for index, image in enumerate(images):
        alike = {"seed": seed + index, "indices": [index] * len(levels)}
        noisy = noise.corrupt(np.repeat(image[None], len(levels), 0), level=levels, **alike)
        # One level a picture: two near levels may have the same.
        by_picture = dict(zip(map(_source, noisy), levels.tolist(), strict=True))
        pool.append((f"image={index}&seed={seed + index}", {level: picture for picture, level in by_picture.items()}))
    return pool


def _path(points: np.ndarray) -> dict:
    """A stroke as Fabric sends it: curves from the middle of one piece to that of the next."""
    points = points.round(1)
    middles = (points[:-1] + points[1:]) / 2
    curves = [["Q", *bend, *middle] for bend, middle in zip(points[1:].tolist(), middles[1:].tolist(), strict=False)]
    path = [["M", *points[0].tolist()], *curves, ["L", *points[-1].tolist()]]
    return {"type": "Path", "stroke": "#ffffff", "strokeWidth": BRUSH, "path": path, "fill": None}


def _source(image: np.ndarray) -> str:
    return html.picture(image, alt="").split('src="')[1].rstrip('">')


async def measure(address: str, options: argparse.Namespace, pid: int | None) -> dict[str, object]:
    tally, cold = Tally(), Tally()
    path = "" if options.page == "draw" else options.page
    pool = drawings(options.seed) if options.page == "draw" else digits_under_noise(options.seed)
    async with Student(address, cold, path=path) as first:
        await first.opened()
    memory, most = {"start": _megabytes(pid)}, 0.0

    async def attend(number: int, stack: contextlib.AsyncExitStack) -> tuple:
        mine = np.random.default_rng([options.seed, number])
        await asyncio.sleep(mine.uniform(0, 0.2) if options.open_at_once else 0.15 * number)
        query, acts = ("", pool) if options.page == "draw" else pool[number % len(pool)]
        student = await stack.enter_async_context(Student(address, tally, path=path, query=query))
        tally.lost += not await student.opened()
        return student, mine, acts, options.pace

    async with contextlib.AsyncExitStack() as stack:
        students = await asyncio.gather(*(attend(number, stack) for number in range(options.sessions)))
        began, worked = time.perf_counter(), _seconds(pid)
        work = draw if options.page == "draw" else slide
        tasks = [asyncio.create_task(work(*each, began + options.seconds)) for each in students if options.seconds]
        while any(not task.done() for task in tasks):
            await asyncio.wait(tasks, timeout=1)
            most = max(most, _megabytes(pid) or 0)
        for task in tasks:
            if error := task.exception():
                tally.errors.append(repr(error))
        await asyncio.gather(*(student.answered() for student, *_ in students))
        took, worked = time.perf_counter() - began, _seconds(pid) - worked
        memory |= {"most": most, "end": _megabytes(pid)}
    await asyncio.sleep(options.rest)
    memory["after"] = _megabytes(pid)
    count = len(tally.answers)
    return {
        **{name: value for name, value in vars(options).items() if value},
        "cold_page_ms": _summary(cold.first_pages),
        "first_page_ms": _summary(tally.first_pages),
        "answer_ms": _summary(tally.answers),
        "live_ms": _summary(tally.live),
        "live": len(tally.live),
        "live_busy": tally.busy,
        "answers": count,
        "answers_a_second": round(count / took, 1),
        "server_ms_an_answer": round(1000 * worked / (count + len(tally.live)), 1) if count else None,
        "overtaken": tally.overtaken,
        "lost": tally.lost,
        "wrong": len(tally.wrong),
        "errors": len(tally.errors),
        "first_faults": [*tally.errors[:2], *tally.wrong[:2]],
        "server_mb": memory,
    }


def _summary(seconds: list[float]) -> dict[str, int]:
    if not seconds:
        return {}
    p50, p95, most = (1000 * np.quantile(seconds, [0.5, 0.95, 1])).round().astype(int).tolist()
    return {"p50": p50, "p95": p95, "max": most}


def _megabytes(pid: int | None) -> float | None:
    """Resident memory of a process; None where the system does not say."""
    with contextlib.suppress(OSError):
        return round(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)
    return None


def _seconds(pid: int | None) -> float:
    """Of the processor that the process has used."""
    with contextlib.suppress(OSError):
        used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, used)) / os.sysconf("SC_CLK_TCK")
    return 0.0


def keep_runs(count: int) -> None:
    """Small networks, as students train and keep them."""
    shipped = next(model for model in store.list_models().models if model.card.recipe.key == "mlp-64-64")
    card = shipped.card
    for seed in range(1, count + 1):
        with store.saving(card.recipe, seed=seed) as draft:
            draft.owner = draft.owner_name = "a student"
            for name in card.files:
                (draft.folder / name).write_bytes(shipped.path(name).read_bytes())
            (draft.folder / store.HISTORY_FILE).unlink(missing_ok=True)
            facts = {"parameters": card.parameters, "seconds": card.seconds, "data": card.data, "test": card.test}
            draft.finish(history=shipped.history, **facts)


@contextlib.contextmanager
def training():
    """A CNN is trained meanwhile, by a worker of the queue."""
    recipe = msgspec.structs.replace(RECIPES["cnn"], key="load-cnn", epochs=100)
    job = jobs.submit(recipe, seed=0, owner="class-load")
    worker = subprocess.Popen([sys.executable, "-m", "mnist_app", "worker", "--quiet"], cwd=ROOT)
    try:
        while not jobs.find(job.id).progress:
            time.sleep(0.5)
        yield
    finally:
        worker.terminate()
        worker.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=30)
    parser.add_argument("--page", choices=("draw", "noise"), default="draw")
    parser.add_argument("--pace", type=float, default=1.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--training", action="store_true")
    parser.add_argument("--kept-runs", type=int, default=0)
    parser.add_argument("--open-at-once", action="store_true")
    parser.add_argument("--rest", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--app", type=Path)
    parser.add_argument("--url", default="")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        address, pid = options.url, None
        if not address:
            os.environ |= {store.FOLDER_VARIABLE: f"{folder}/models", jobs.FOLDER_VARIABLE: f"{folder}/jobs"}
            keep_runs(options.kept_runs)
            address, pid = stack.enter_context(running_app(options.app or ROOT / "app.py"))
            if options.training:
                stack.enter_context(training())
        print(json.dumps(asyncio.run(measure(address, options, pid)), indent=1, default=str))


if __name__ == "__main__":
    main()
