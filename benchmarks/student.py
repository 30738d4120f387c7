"""A visitor who speaks Streamlit's protocol without a browser, and notes when each answer came, and wrong ones."""

import asyncio
import contextlib
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

PACE, REST = 0.033, 0.5
"""Seconds between two parts of a growing stroke, and more the first time that the server is busy, as in `canvas.js`."""
LOST = 30.0
"""Seconds after which an answer does not come any more."""

_ENDED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


@dataclass
class Tally:
    """What happened to all students. Times are in seconds; `cards` is what each picture was answered with first."""

    first_pages: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    live: list[float] = field(default_factory=list)
    busy: int = 0
    overtaken: int = 0
    lost: int = 0
    wrong: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    cards: dict[str, str] = field(default_factory=dict)


class Student:
    """One visitor: the widgets that the page has shown, by key, their values, and what was sent and is not answered."""

    def __init__(self, address: str, tally: Tally, *, path: str = "", query: str = ""):
        self._stream = address.replace("http", "ws", 1).rstrip("/") + "/_stcore/stream"
        self._tally, self._path, self._query = tally, path, query
        self._widgets: dict[str, tuple[str, str]] = {}
        self._values: dict[str, WidgetState] = {}
        self._pending: list[tuple[float, str]] = []
        self._html: list[str] = []
        self._runs, self._rested, self._busy = 0, 0.0, 0
        self._growth: asyncio.Task | None = None
        self._networks: list[str] = []
        self._news = asyncio.Condition()

    async def __aenter__(self) -> "Student":
        self._began = time.perf_counter()
        options = {"max_size": None, "compression": None, "open_timeout": LOST}
        self._socket = await websockets.connect(self._stream, subprotocols=["streamlit"], **options)
        host, _, port = urlsplit(self._stream).netloc.partition(":")
        self._line = await asyncio.open_connection(host, port)
        self._reader = asyncio.create_task(self._read())
        await self._rerun()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._tally.lost += len(self._pending)
        self._reader.cancel()
        self._line[1].close()
        await self._socket.close()

    async def opened(self) -> bool:
        """Whether the whole page has come."""
        return await self._wait(lambda: self._runs > 0)

    async def answered(self) -> bool:
        """Whether all that was sent is answered."""
        return await self._wait(lambda: not self._pending)

    def grow(self, objects: list[dict]) -> None:
        """Ask what the networks guess while a stroke grows, if the last such answer has come and it is time."""
        if time.perf_counter() >= self._rested and (self._growth is None or self._growth.done()):
            self._growth = asyncio.create_task(self._ask({"objects": objects, "networks": self._networks}))

    async def _ask(self, growing: dict) -> None:
        reader, writer = self._line
        sent, body = time.perf_counter(), json.dumps(growing).encode()
        writer.write(b"POST /guess HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = re.search(rb"content-length: (\d+)", head)
        answer = await reader.readexactly(int(length[1]) if length else 0)
        self._rested = sent + PACE
        self._busy = self._busy + 1 if b" 204 " in head else 0
        if self._busy:
            self._tally.busy, self._rested = self._tally.busy + 1, self._rested + REST * 2 ** (self._busy - 1)
        elif b" 200 " in head:
            self._tally.live.append(time.perf_counter() - sent)
        else:
            self._tally.errors.append(f"{head!r} {answer!r}")

    async def change(self, key: str, picture: str, **value: object) -> None:
        """Give the widget of that key a value; the answer to it shows `picture`."""
        id, fragment = self._widgets[key]
        self._values[id] = _state(id, **value)
        self._pending.append((time.perf_counter(), picture))
        await self._rerun(fragment)

    async def _rerun(self, fragment: str = "") -> None:
        message = BackMsg()
        rerun = message.rerun_script
        rerun.query_string, rerun.page_name, rerun.fragment_id = self._query, self._path, fragment
        rerun.widget_states.widgets.extend(self._values.values())
        await self._socket.send(message.SerializeToString())

    async def _wait(self, condition: Callable[[], bool]) -> bool:
        async with self._news:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait_for(condition), LOST)
        return condition()

    async def _read(self) -> None:
        try:
            async for content in self._socket:
                message = ForwardMsg.FromString(content)
                kind = message.WhichOneof("type")
                if kind == "new_session":
                    self._html = []
                elif kind == "delta":
                    self._note(message.delta)
                elif kind == "script_finished" and message.script_finished in _ENDED:
                    await self._end_run()
        except Exception as error:
            self._tally.errors.append(repr(error))

    def _note(self, delta) -> None:
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "bidi_component":  # as the Draw page's cards are
            live = json.loads(element.bidi_component.json or "{}").get("live") or {"answer": {}}
            self._html += live["answer"].values()
            self._networks = live.get("networks", [])
        if kind == "html":
            self._html.append(element.html.body)
        elif kind == "exception":
            self._tally.errors.append(f"{element.exception.type}: {element.exception.message}")
        elif id := getattr(getattr(element, kind or "", None), "id", ""):
            self._widgets[id.split("-", 2)[-1]] = id, delta.fragment_id

    async def _end_run(self) -> None:
        now, shown = time.perf_counter(), "".join(self._html)
        if not self._runs:
            self._tally.first_pages.append(now - self._began)
        self._runs += 1
        place = next((at for at, (_, picture) in enumerate(self._pending) if picture in shown), None)
        if place is not None:
            strokes, self._pending = self._pending[: place + 1], self._pending[place + 1 :]
            self._tally.answers += [now - sent for sent, _ in strokes]
            self._tally.overtaken += len(strokes) - 1
            before = self._tally.cards.setdefault(strokes[-1][1], shown)
            if before != shown:
                self._tally.wrong.append(_difference(before, shown))
        elif self._pending:
            self._tally.wrong.append(f"an answer without the digit: {shown[-300:]}")
        async with self._news:
            self._news.notify_all()


def _state(id: str, **value: object) -> WidgetState:
    """A widget's value by the name of its field; a slider's are a list."""
    ((kind, content),) = value.items()
    state = WidgetState(id=id)
    if kind == "double_array_value":
        state.double_array_value.data.extend(content)
    else:
        setattr(state, kind, content)
    return state


def _difference(one: str, other: str) -> str:
    """Where two texts begin to differ."""
    at = next((at for at, pair in enumerate(zip(one, other, strict=False)) if len(set(pair)) > 1), 0)
    around = slice(max(0, at - 100), at + 100)
    return f"{one[around]} and then {other[around]}"
