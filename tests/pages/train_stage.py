"""A queue that a test moves on by hand, in place of the one that trains."""

import itertools

import numpy as np
from msgspec.structs import replace

from mnist_app import NotFound, NotPossible, jobs, store
from mnist_app.evaluation.results import MNIST, Batches, Epoch, History, Progress, Proportion
from mnist_app.recipes import RECIPES, layers

STEPS = 469
MLP = RECIPES["mlp-64-64"]


def history(epochs, *, steps=STEPS):
    """A course of that many whole epochs; validation accuracy 0.91, 0.92 …"""
    marks = [batch for n in range(epochs) for batch in (*range(n * steps + 100, (n + 1) * steps, 100), (n + 1) * steps)]
    return History(
        tuple(Epoch(0.3, 0.90, 0.25, 0.91 + n / 100, 2.0) for n in range(epochs)),
        tuple(Batches(batch, 1 / batch, 0.5) for batch in marks),
    )


def snapshots(epochs):
    """A snapshot before the training and after each epoch; with each, nine more of 100 images are read wrongly."""
    kernels = np.random.default_rng(0).normal(size=(epochs + 1, 36, 28, 28)).astype(np.float32)
    confusions = np.zeros((epochs + 1, 10, 10), int)
    for epoch in range(1, epochs + 1):
        confusions[epoch, 3, 5], confusions[epoch, 0, 0] = 9 * epoch, 100 - 9 * epoch
    return store.Snapshots(tuple(range(epochs + 1)), kernels, confusions)


def fake_queue(monkeypatch):
    """An empty queue in place of the one of `jobs`."""
    fake = FakeQueue()
    for name in set(vars(FakeQueue)) & set(vars(jobs)):
        if not name.startswith("_"):
            monkeypatch.setattr(jobs, name, getattr(fake, name))
    return fake


class FakeQueue:
    """The functions of `jobs` as the pages call them; what they were asked for is kept."""

    def __init__(self):
        self.known, self.shown, self.seen, self.error = {}, [], {}, None
        self.alive, self.texts, self.layer, self.image = True, {}, None, None

    def add(self, recipe=MLP, *, seed=0, owner="somebody1", status="waiting", data=MNIST, **fields):
        about = {"id": store.name_of(recipe, seed, data=data), "recipe": recipe, "seed": seed, "data": data}
        about |= {"kind": "train", "owner": owner, "status": status}
        if "history" in fields:
            about["progress"] = Progress(1, recipe.epochs, 100, STEPS, 3.0, 40.0)
        times = {"queued": float(len(self.known)), "expected": 20.0}
        job = jobs.Job(**about | times | fields)
        self.known[job.id] = job
        return job

    def change(self, id, **fields):
        self.known[id] = replace(self.known[id], **fields)
        return self.known[id]

    def run(self, id, *, epoch=1, step=100, completed=0):
        """Let it be running, in the middle of an epoch."""
        at = Progress(epoch, self.known[id].recipe.epochs, step, STEPS, 3.0, 40.0)
        return self.change(id, status="running", progress=at, history=history(completed))

    def finish(self, id, *, accuracy=0.9712):
        """Let it end well, with a stored model."""
        job = self.known[id]
        ended = history(job.recipe.epochs)
        save(job.recipe, job.seed, accuracy=accuracy, course=ended, data=job.data)
        return self.change(id, status="finished", history=ended, model=id)

    def submit(self, recipe, *, seed, data=MNIST, **whose):
        if self.error:
            raise self.error
        name = store.name_of(recipe, seed, data=data)
        if name in {model.name for model in store.list_models().models}:
            raise NotPossible("This is trained already", name=name)
        return self.known.get(name) or self.add(recipe, seed=seed, data=data, **whose)

    def submit_sweep(self, order, *, data, **whose):
        if self.error:
            raise self.error
        about = {"id": "sweep-1", "kind": "sweep", "sweep": order}
        return self.add(order.recipes()[0], data=data, **about, **whose)

    def list_jobs(self):
        rank = ["running", "keeping", "waiting", "stopped", "failed", "finished"]
        return tuple(sorted(self.known.values(), key=lambda job: rank.index(job.status)))

    def find(self, id):
        if id not in self.known:
            raise NotFound(f"There is no training {id}")
        return self.known[id]

    def stop(self, id):
        job = self.find(id)
        if job.status == "waiting":
            return self.known.pop(id)
        return self.change(id, stopping=True)

    def resume(self, id):
        return self.change(self.find(id).id, status="waiting", error="")

    def keep(self, id):
        return self.change(self.find(id).id, status="keeping")

    def discard(self, id):
        del self.known[self.find(id).id]

    def wait_of(self, job):
        line = [each.id for each in self.list_jobs() if each.status == "waiting"]
        return jobs.Wait(line.index(job.id) + 1, 130.0 if self.alive else None) if job.id in line else None

    def log(self, id):
        return self.texts.get(id, "")

    def show_drawing(self, id, *, viewer, image):
        assert image.shape == (28, 28, 1)
        self.shown.append((id, viewer, image))

    def guesses(self, id, *, viewer):
        return self.seen.get((id, viewer), self.seen.get(id, ()))

    def watched_image(self, id):
        return self.image

    def snapshots(self, id):
        return self.layer

    def workers(self):
        return int(self.alive)

    def expected_seconds(self, recipe):
        return 4.0 * recipe.epochs


def sure_of(digit, *, batches):
    """Guesses of that digit, surer from batch to batch."""
    found = []
    for batch, share in zip(batches, itertools.count(1), strict=False):
        probability = share / (share + 1)
        found.append((batch, tuple(probability if n == digit else (1 - probability) / 9 for n in range(10))))
    return tuple(found)


def save(recipe=MLP, seed=0, *, accuracy=0.9712, course=None, stopped=None, data=MNIST, owner="", owner_name=""):
    """A stored model whose weights are of no use."""
    with store.saving(recipe, seed=seed, stopped=stopped) as draft:
        draft.owner, draft.owner_name = owner, owner_name
        for name in (store.KERAS_FILE, store.SERVING_FILE):
            (draft.folder / name).write_bytes(b"not read here")
        draft.finish(
            history=course or history(recipe.epochs),
            parameters=layers.count_parameters(recipe),
            seconds=20.0,
            data=data,
            test=Proportion(accuracy, 10_000),
        )
    return store.name_of(recipe, seed, stopped, data=data)
