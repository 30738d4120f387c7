"""What the server asks of the machine and of who starts it. tests/end_to_end/test_server.py meets it on the network."""

import asyncio
import resource
import socket
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from streamlit import config

from mnist_app.ui import draw, gate, server
from tests.drawings import SEVEN, raw


@pytest.fixture
def options(monkeypatch):
    """Options of Streamlit that a test sets."""
    options, get_option = {}, config.get_option
    monkeypatch.setattr(config, "get_option", lambda name: options.get(name, get_option(name)))
    return options


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1", "127.0.1.1", "::1"])
def test_for_this_machine_alone_nobody_need_be_the_teacher(options, monkeypatch, address):
    monkeypatch.delenv(server.TEACHER_VARIABLE, raising=False)
    options["server.address"] = address
    assert not server.listens_beyond_this_machine()
    server.require_teacher()


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.20", "pc12.school.example", None])
def test_for_other_machines_the_server_starts_only_with_a_teacher_or_a_clear_no(options, monkeypatch, address):
    options["server.address"] = address
    assert server.listens_beyond_this_machine()
    for word in ("rose", "off"):
        monkeypatch.setenv(server.TEACHER_VARIABLE, word)
        server.require_teacher()
    monkeypatch.setenv(server.TEACHER_VARIABLE, " ")
    with pytest.raises(SystemExit, match=r"MNIST_APP_TEACHER, found none\. Set it .* MNIST_APP_TEACHER=off"):
        server.require_teacher()


def test_an_administrator_may_allow_more_names(options):
    def status(host):
        """Of the answer to a request under that name; 200 where the gate lets it in."""
        sent = []

        async def app(scope, receive, send):
            await send({"type": "http.response.start", "status": 200})

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "path": "/", "headers": [(b"host", host)]}
        asyncio.run(gate.Gate(app)(scope, None, send))
        return sent[0]["status"]

    assert [status(host) for host in (b"mnist.school.example", b"[", b"192.168.1.20:8501")] == [403, 403, 200]
    options["server.allowedHosts"] = ["mnist.school.example"]
    assert [status(host) for host in (b"mnist.school.example", b"evil.example", b"localhost")] == [200, 403, 200]


def test_a_limit_of_open_files_that_is_too_low_is_said(monkeypatch, caplog):
    monkeypatch.setattr(resource, "getrlimit", lambda which: (256, 256))
    assert server.raise_file_limit() == 256
    (line,) = caplog.messages
    assert "about 32 visitors" in line
    assert "1024" in line


def test_no_message_waits_for_the_browsers_acknowledgement():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server.send_at_once()
        with socket.create_connection(listening.getsockname()):
            accepted, _ = listening.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_growing_stroke_gets_no_answer_while_another_visitor_gets_one():
    asked, answers = msgspec.json.encode({"objects": raw(SEVEN), "networks": []}), []

    @draw.in_turn
    def finish():
        with ThreadPoolExecutor() as pool:
            answers.append(pool.submit(draw._guess_growing, asked).result().status_code)

    finish()
    assert [*answers, draw._guess_growing(asked).status_code] == [204, 200]
