"""Who a visitor is, and what each may do with the trainings and runs of others.

There are no accounts. At the first order, the browser gets a cookie with a secret and the name that the visitor chose;
what is ordered carries that name and a digest of the secret, so that nobody who reads it can act as its owner. The
teacher proves to be one by a word. Whatever only the owner or the teacher may do passes through `change`.
"""

import hashlib
import hmac
import os
import re
import secrets
import threading
import time
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote, unquote

import streamlit as st

from mnist_app import Busy, InvalidInput, NotPossible, jobs, store
from mnist_app.ui import models, server

_LONGEST_NAME = 24
_COOKIE, _A_YEAR = "mnist-explorer-visitor", 365 * 24 * 3600
_VALUE = re.compile(r"([0-9a-f]{32})\.([\w.~%-]{1,300})")
_COLOURS = "Red Blue Green Yellow White Black Orange Pink Purple Brown Grey Golden"
_ANIMALS = (
    "fox owl cat dog bear wolf lion tiger mouse rabbit horse sheep goat duck swan crab seal whale shark frog snail bee "
    "ant spider snake turtle zebra camel monkey panda koala otter badger hedgehog squirrel deer falcon penguin parrot"
)
_PAUSE = 300.0  # seconds that a wrong word counts
_MOST_WRONG_FROM_ONE, _MOST_WRONG = 5, 200  # from one address, and in all: a class that guesses stays below
_SALT = secrets.token_bytes(16)  # so that no record tells which address it was

_wrong: list[tuple[float, str]] = []
_trying = threading.Lock()


class Visitor(NamedTuple):
    """A browser: its secret, and the name that its visitor chose, "" before the first order."""

    secret: str
    name: str

    @property
    def id(self) -> str:
        """Who this is, for records: nobody can find the secret by it."""
        return hashlib.sha256(self.secret.encode()).hexdigest()[:32]


def current() -> Visitor:
    """Who this is, by the browser's cookie; somebody new where it has none."""
    if "visitor" not in st.session_state:
        found = _VALUE.fullmatch(st.context.cookies.to_dict().get(_COOKIE, ""))
        name = unquote(found[2]) if found else ""
        known = found and _is_name(name)
        st.session_state["visitor"] = Visitor(found[1], name) if known else Visitor(secrets.token_hex(16), "")
    return st.session_state["visitor"]


def remember() -> None:
    """Have the browser keep who this is for a year, once something was ordered."""
    secret, name = current()
    if name:
        value = f"{_COOKIE}={secret}.{quote(name, safe='')}; path=/; max-age={_A_YEAR}; SameSite=Lax"
        st.html(f"<script>document.cookie = '{value}'</script>", unsafe_allow_javascript=True)


def ask_name() -> None:
    """A field for the visitor's name, with a suggestion, until something was ordered."""
    if not current().name:
        suggestion = f"{secrets.choice(_COLOURS.split())} {secrets.choice(_ANIMALS.split())}"
        st.session_state.setdefault("visitor_name", suggestion)
        about = "Others see it beside your trainings. This browser keeps it: only you and the teacher can change them."
        st.text_input("Your name here", max_chars=_LONGEST_NAME, key="visitor_name", help=about, width=150)


def order(submit: Callable[..., jobs.Job], what: object, **details: object) -> jobs.Job:
    """Call `jobs.submit` or another order for this visitor. Raises what that raises, or InvalidInput."""
    visitor = current()
    name = visitor.name or st.session_state.get("visitor_name", "").strip()
    if not _is_name(name):
        expected, found = f"1 to {_LONGEST_NAME} printable characters", ascii(name)[:80]
        raise InvalidInput("A visitor cannot be called that", expected=expected, found=found)
    job = submit(what, owner=visitor.id, owner_name=name, address=_address(), **details)
    st.session_state["visitor"] = visitor._replace(name=name)
    return job


def is_teacher() -> bool:
    """Whether this visitor gave the teacher's word, or sits at the only machine that can reach the app."""
    if _word():
        return st.session_state.get("signed_in", False)
    return not server.listens_beyond_this_machine()


def can_sign_in() -> bool:
    """Whether there is a teacher's word to give."""
    return _word() not in ("", server.NO_TEACHER)


def sign_in(word: str) -> None:
    """Be the teacher until the end of this visit. Raises InvalidInput for a wrong word, and Busy after many."""
    here = _address()
    with _trying:
        _wrong[:] = [(at, address) for at, address in _wrong if time.monotonic() - at < _PAUSE]
        from_here = sum(address == here for _, address in _wrong)
        if from_here >= _MOST_WRONG_FROM_ONE or len(_wrong) >= _MOST_WRONG:
            raise Busy("Too many wrong words were tried", remedy="Wait 5 minutes, then try again.")
        if not can_sign_in() or not hmac.compare_digest(os.fsencode(word.strip()), os.fsencode(_word())):
            _wrong.append((time.monotonic(), here))
            remedy = f"The app was started with {server.TEACHER_VARIABLE}=…"
            raise InvalidInput("This is not the teacher's word", remedy=remedy)
    st.session_state["signed_in"] = True


def is_own(record: jobs.Job | store.Card) -> bool:
    return record.owner == current().id


def may_change(record: jobs.Job | store.Card) -> bool:
    """Whether this visitor may stop, keep, rename or delete it."""
    return is_own(record) or is_teacher()


def who_may_change(record: jobs.Job | store.Card) -> str:
    """Who may, in a sentence."""
    people = [record.owner_name, "the teacher" if _word() != server.NO_TEACHER else ""]
    return f"Only {' or '.join(filter(None, people)) or 'the command line'} can change it."


def change(deed: Callable[..., object], subject: jobs.Job | store.StoredModel, *details: object) -> None:
    """Call a function of `jobs` or `store` that changes a training or a run, if this visitor may have it changed.

    Raises NotPossible where not, and what `deed` raises.
    """
    record = subject.card if isinstance(subject, store.StoredModel) else jobs.find(subject.id)
    if not may_change(record):
        raise NotPossible("This is not yours", remedy=who_may_change(record))
    deed(record.id if isinstance(record, jobs.Job) else subject, *details)


def clear() -> None:
    """Delete every run that visitors ordered, and discard every training that has ended. Raises NotPossible."""
    if not is_teacher():
        raise NotPossible("Only the teacher can delete all runs")
    for job in jobs.list_jobs():
        if not job.active:
            jobs.discard(job.id)
    for model in models.served().models:
        if model.card.owner and not model.shipped:
            store.delete(model)


def _word() -> str:
    return os.environ.get(server.TEACHER_VARIABLE, "").strip()


def _is_name(text: str) -> bool:
    return 0 < len(text.strip()) <= _LONGEST_NAME and text.isprintable()


def _address() -> str:
    """Tells whether two visitors come from the same address, until the server ends."""
    address = str(st.context.ip_address or "this machine")
    return hmac.digest(_SALT, address.encode(), "sha256").hex()[:16]
