"""A class on the Train page: what is whose, what only its owner or the teacher may do, and the teacher's word."""

import re

import pytest
import streamlit as st
from streamlit.runtime.context import StreamlitCookies
from streamlit.testing.v1 import AppTest

from mnist_app import jobs, store
from mnist_app.ui import server, visitor
from tests.pages import stage, train_stage
from tests.pages.stage import forge, keys, markup, press, shown, text_of
from tests.pages.train_stage import MLP, history, save

pytestmark = pytest.mark.usefixtures("fresh_caches")
WORD = "Schwämme im Regen"


@pytest.fixture(autouse=True)
def word(monkeypatch):
    monkeypatch.setenv(server.TEACHER_VARIABLE, WORD)
    monkeypatch.setattr(visitor, "_wrong", [])


@pytest.fixture
def queue(models_folder, small_mnist, monkeypatch):
    return train_stage.fake_queue(monkeypatch)


def visit(**query):
    return stage.visit("pages/train.py", **query)


def start(page, *, name):
    """Order a training under that name, and return it."""
    shown(page.text_input(key="visitor_name").set_value(name).run())
    press(page, "start_0")
    return jobs.list_jobs()[-1] if not page.error else None


def keep(job):
    """Let a training be finished, with a run that is its owner's."""
    return store.load(save(job.recipe, job.seed, owner=job.owner, owner_name=job.owner_name))


def sign_in(page, word):
    page.text_input(key="teacher_word").set_value(word)
    return press(page, "sign_in")


def deeds(page):
    """The buttons that change something of a training or a run."""
    deed = re.compile("stop|keep|resume|discard|rename_confirmed.*|delete_confirmed.*")
    return {key for key in keys(page) if deed.fullmatch(key)}


def test_a_training_has_its_owners_name_and_only_its_owner_has_buttons(queue):
    anna = visit()
    job = start(anna, name=" Anna <b> ")
    assert job.owner_name == "Anna <b>"
    assert "visitor_name" not in [field.key for field in anna.text_input], "it is asked once"
    assert "(yours)" in text_of(anna)
    ben = visit(job=job.id)
    assert "(Anna <b>)" in text_of(ben)
    for status in ("waiting", "running", "stopped", "failed"):
        queue.change(job.id, status=status, history=history(1), error="No.")
        assert deeds(shown(anna.run()))
        assert not deeds(shown(ben.run()))
        assert "Only Anna <b> or the teacher can change it." in text_of(ben)
    assert "change" in keys(ben), "everybody may train something like it"
    run = keep(queue.change(job.id, status="finished", model=job.id))
    assert deeds(shown(anna.run())) == {
        f"{deed}_confirmed_{place}_{run.name}" for deed in ("rename", "delete") for place in ("runs", "outcome")
    }
    assert not deeds(shown(ben.run()))
    assert ben.selectbox(key="run").options == [f"{run.run.label} · Anna <b>"]


def test_a_message_that_presses_anothers_button_does_nothing(queue):
    anna = visit()
    job = start(anna, name="Anna")
    ben = visit(job=job.id)
    for key, status in (("stop", "waiting"), ("stop", "running"), ("discard", "stopped"), ("resume", "stopped")):
        queue.change(job.id, status=status, history=history(1))
        forge(ben, shown(anna.run()).button(key=key).id)
        assert (queue.find(job.id).status, queue.find(job.id).stopping) == (status, False)
    run = keep(queue.change(job.id, status="finished", model=job.id))
    forge(ben, shown(anna.run()).button(key=f"delete_confirmed_runs_{run.name}").id)
    assert store.load(run.name)


def test_what_is_anothers_is_refused_below_the_buttons(queue, models_folder):
    save(MLP)
    queue.add(status="stopped", owner="a" * 32, owner_name="Anna", history=history(1))

    def script():
        import streamlit as st

        from mnist_app import NotPossible, jobs, store
        from mnist_app.ui import visitor

        (job,), (model,) = jobs.list_jobs(), store.list_models().models
        for deed, *about in (
            (jobs.stop, job), (jobs.keep, job), (jobs.resume, job), (jobs.discard, job),
            (store.rename, model, "mine"), (store.delete, model),
        ):  # fmt: skip
            try:
                visitor.change(deed, *about)
            except NotPossible as error:
                st.text(str(error))
        try:
            visitor.clear()
        except NotPossible as error:
            st.text(str(error))

    said = [text.value for text in AppTest.from_function(script, default_timeout=20).run().text]
    assert said == [
        *["This is not yours. Only Anna or the teacher can change it."] * 4,
        *["This is not yours. Only the teacher can change it."] * 2,
        "Only the teacher can delete all runs.",
    ]


def test_a_name_is_suggested_and_must_be_short_and_printable(queue):
    page = visit()
    assert re.fullmatch(r"[A-Z][a-z]+ [a-z]+", page.text_input(key="visitor_name").value)
    for name in (" ", "a\nb", "\u202eabc"):
        shown(page.text_input(key="visitor_name").set_value(name).run())
        press(page, "start_0")
        assert "1 to 24 printable characters" in page.error[0].value, name
    assert not queue.known
    assert "document.cookie" not in markup(page)


def test_after_a_reload_a_training_is_still_yours_and_no_record_holds_the_secret(queue, monkeypatch):
    page = visit()
    job = start(page, name="Žofie; 50 %")
    (cookie,) = re.findall(r"document\.cookie = '([^']+)'", markup(page))
    (name, value), *rest = (part.split("=") for part in cookie.split("; "))
    assert ["SameSite", "Lax"] in rest
    assert page.session_state["visitor"].secret in value
    assert page.session_state["visitor"].secret not in store.encode(job).decode()
    monkeypatch.setattr(type(st.context), "cookies", StreamlitCookies({name: value}))
    again = visit(job=job.id)
    assert "(yours)" in text_of(again)
    assert "stop" in keys(again)
    again.text_input(key="training_seed").set_value("5")
    press(again, "start_0")
    assert {each.owner_name for each in queue.known.values()} == {"Žofie; 50 %"}
    assert len({each.owner for each in queue.known.values()}) == 1


@pytest.mark.parametrize("value", ["", "abc", "a" * 32, f"{'a' * 32}.%0Ab", f"{'a' * 32}.{'b' * 25}", "é"])
def test_a_cookie_that_is_none_of_ours_makes_a_new_visitor(queue, monkeypatch, value):
    monkeypatch.setattr(type(st.context), "cookies", StreamlitCookies({visitor._COOKIE: value}))
    page = visit()
    job = start(page, name="Anna")
    assert page.session_state["visitor"].secret != "a" * 32
    assert "(yours)" in text_of(page)
    assert job.owner_name == "Anna"


def test_the_teacher_gives_the_word_and_may_do_everything_until_the_visit_ends(queue):
    job = queue.add(owner="a" * 32, owner_name="Anna", status="running")
    page = visit(job=job.id)
    assert not deeds(page)
    assert "not the teacher's word" in sign_in(page, "Schwamme im Regen").error[0].value
    assert not deeds(page)
    sign_in(page, f"{WORD} ")
    assert deeds(page) == {"stop"}
    assert "another visitor's training. Others may be watching it" in text_of(page)
    press(page, "stop")
    assert queue.find(job.id).stopping
    assert not deeds(visit(job=job.id)), "another visit is not the teacher's"


def test_after_five_wrong_words_from_one_address_even_the_right_one_must_wait(queue, monkeypatch):
    addresses = iter("aaaaaab")
    monkeypatch.setattr(visitor, "_address", lambda: next(addresses))
    page = visit()
    for _ in range(5):
        assert "not the teacher's word" in sign_in(page, "a guess").error[0].value
    assert "Wait 5 minutes" in sign_in(page, WORD).error[0].value
    assert "you are the teacher" in text_of(sign_in(page, WORD)), "from another address it is not needed"


def test_old_wrong_words_are_forgotten_and_there_is_a_limit_for_all_addresses(queue, monkeypatch):
    now = visitor.time.monotonic()
    page = visit()
    monkeypatch.setattr(visitor, "_wrong", [(now - 10, f"address {number}") for number in range(200)])
    assert "Too many wrong words" in sign_in(page, WORD).error[0].value
    monkeypatch.setattr(visitor, "_wrong", [(now - 301, visitor._address()) for _ in range(50)])
    assert "you are the teacher" in text_of(sign_in(page, WORD))


def test_the_teacher_deletes_all_that_the_class_made_with_one_confirmed_click(queue):
    ours = save(MLP)
    for seed in (1, 2):
        keep(queue.add(seed=seed, owner="a" * 32, owner_name="Anna", status="finished"))
    queue.add(seed=3, status="stopped")
    queue.add(seed=4)
    page = sign_in(visit(), WORD)
    assert "clear_confirmed" not in keys(page)
    shown(page.checkbox(key="clear").check().run())
    press(page, "clear_confirmed")
    assert [model.name for model in store.list_models().models] == [ours], "nobody of the class ordered this one"
    assert [job.seed for job in queue.known.values()] == [4]
    assert "clear_confirmed" not in keys(page)


def test_who_sits_at_the_only_machine_is_the_teacher_unless_it_is_switched_off(queue, monkeypatch):
    job = queue.add(owner="a" * 32, owner_name="Anna", status="stopped", history=history(1))
    monkeypatch.delenv(server.TEACHER_VARIABLE)
    page = visit(job=job.id)
    assert deeds(page) == {"keep", "resume", "discard"}
    assert "teacher_word" not in [field.key for field in page.text_input]
    monkeypatch.setattr(server, "listens_beyond_this_machine", lambda: True)
    assert not deeds(visit(job=job.id)), "where the check at the start was passed by"
    monkeypatch.setenv(server.TEACHER_VARIABLE, server.NO_TEACHER)
    page = visit(job=job.id)
    assert not deeds(page)
    assert not page.get("popover")
    assert "Only Anna can change it." in text_of(page)
