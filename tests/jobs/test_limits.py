"""What a class may order together: sizes, orders from one address, runs that are kept, and room on the disk."""

from types import SimpleNamespace

import pytest

from mnist_app import Busy, CannotWrite, InvalidInput, jobs, store
from mnist_app.evaluation.results import Epoch, History, Proportion
from mnist_app.jobs import limits
from mnist_app.recipes import RECIPES
from tests.jobs_stage import OWNER, RECIPE, begin, end, order, train

pytestmark = pytest.mark.usefixtures("queue")


def order_from(address, *, seed):
    return jobs.submit(RECIPE, seed=seed, owner=f"person{seed:04d}", owner_name="Blue fox", address=address)


def keep_run(seed, *, owner=OWNER, size=1000):
    with store.saving(RECIPE, seed=seed) as draft:
        draft.owner, draft.owner_name = owner, owner and "Blue fox"
        (draft.folder / store.KERAS_FILE).write_bytes(bytes(size))
        history = History((Epoch(0.5, 0.8, 0.4, 0.9, 1.0),), ())
        draft.finish(history=history, parameters=1, seconds=1.0, data="MNIST", test=Proportion(0.5, 10))
    return store.load(store.name_of(RECIPE, seed))


def test_every_recipe_is_small_enough():
    for recipe in RECIPES.values():
        jobs.check_size(recipe)


def test_a_network_of_4000_and_4000_units_is_too_large_for_what_many_share():
    with pytest.raises(
        InvalidInput, match=r"at most 10,000,000 parameters, found 19,184,010.*python -m mnist_app train"
    ):
        order(recipe=RECIPE.changed(hidden=(4000, 4000)))
    assert jobs.list_jobs() == ()


def test_new_visits_from_one_address_do_not_fill_the_queue():
    for seed in range(20):
        order_from("one", seed=seed)
    with pytest.raises(Busy, match=r"One address may have 20 trainings.*found 20"):
        order_from("one", seed=20)
    assert order_from("another", seed=21).address == "another"
    stopped = end(begin(jobs.find(store.name_of(RECIPE, 0))), "stopped")
    order_from("one", seed=20)
    with pytest.raises(Busy, match="One address"):
        jobs.resume(stopped.id)


def test_the_store_has_an_end_in_runs_and_what_is_not_finished_counts(monkeypatch):
    monkeypatch.setattr(limits, "MOST_RUNS", 4)
    mine = keep_run(1)
    keep_run(2, owner="")
    assert (mine.card.owner, mine.card.owner_name) == (OWNER, "Blue fox")
    stopped = end(train(begin(order(3)), epochs=1), "stopped")
    order(4)
    order(5)
    with pytest.raises(Busy, match=r"at most 4 runs and 2\.00 GB.*found 5 runs.*Delete.*ask the teacher"):
        order(6)
    with pytest.raises(Busy, match="5 runs"):
        keep_run(7) and jobs.resume(stopped.id)
    store.delete(mine)
    assert jobs.resume(stopped.id).status == "waiting", "it does not count twice"


def test_the_store_has_an_end_in_bytes(monkeypatch):
    monkeypatch.setattr(limits, "MOST_BYTES", 2_000_000)
    keep_run(1)
    order(2)
    keep_run(3, size=1_000_000)
    with pytest.raises(Busy, match=r"found 4 runs and 0\.00 GB"):
        order(4)


def test_no_training_is_ordered_that_would_fill_the_disk(monkeypatch):
    monkeypatch.setattr(limits.shutil, "disk_usage", lambda path: SimpleNamespace(free=1_001_000_000))
    with pytest.raises(CannotWrite, match=r"expected 1\.21 GB free for .*models, found 1\.00 GB"):
        order(recipe=RECIPES["mlp-1500x3"])
    monkeypatch.setattr(limits.shutil, "disk_usage", lambda path: SimpleNamespace(free=1_003_000_000))
    assert order().status == "waiting"
