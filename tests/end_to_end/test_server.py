"""The started app as strangers on the network meet it: over HTTP and Streamlit's websocket, without a browser."""

import os
import resource
import socket
import subprocess
from pathlib import Path

import pytest
import requests
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import connect

from tests.drawings import SEVEN, SPECK, raw
from tests.end_to_end.conftest import House, children, until


class Server:
    """`streamlit run app.py` in a terminal that allows few open files; a lost visit may come back within a second."""

    def __init__(self, house, log):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        options = (f"--server.port={self.port}", "--server.disconnectedSessionTTL=1")
        files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, most))
        with log.open("wb") as file:
            said = {"stdout": file, "stderr": subprocess.STDOUT}
            self.process = house.start("run", "app.py", *options, module="streamlit", **said)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
        self.session = requests.Session()
        until(self.is_healthy)

    def is_healthy(self):
        try:
            return self.ask("GET", "/_stcore/health").ok
        except requests.ConnectionError:
            return False

    def ask(self, method, path, *, host="localhost", headers=(), **body):
        headers = {"Host": f"{host}:{self.port}", **dict(headers)}
        return self.session.request(method, f"http://127.0.0.1:{self.port}{path}", headers=headers, timeout=20, **body)

    def visit(self, *, host="localhost", origin=None):
        """A websocket, as a page of that origin opens it."""
        return connect(
            f"ws://{host}:{self.port}/_stcore/stream",
            sock=socket.create_connection(("127.0.0.1", self.port), 20),
            origin=f"http://{origin or host}:{self.port}",
            subprotocols=["streamlit"],
            max_size=None,
        )

    def open_files(self):
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    house = House(folder)
    yield Server(house, folder / "log.txt")
    house.close()
    assert "Traceback" not in (folder / "log.txt").read_text("utf-8")


def show(visit, page="game"):
    """Open a page, and return the id of the visit."""
    asked, id = BackMsg(), ""
    asked.rerun_script.page_name = page
    visit.send(asked.SerializeToString())
    while (answer := ForwardMsg.FromString(visit.recv(30))).WhichOneof("type") != "script_finished":
        id = answer.new_session.initialize.session_id or id
    assert answer.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
    return id


def test_the_worker_starts_with_the_server_and_the_file_limit_is_raised(server):
    assert until(lambda: children(server.process.pid))
    limit, most = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    assert limit == min(4096, most)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="the system chooses the cores")
def test_the_pages_stay_on_one_core_and_trainings_have_all_of_them(server):
    (worker,) = until(lambda: children(server.process.pid))
    assert len(os.sched_getaffinity(server.process.pid)) == 1
    assert os.sched_getaffinity(worker) == os.sched_getaffinity(0)


def test_a_visit_that_does_not_come_back_closes_its_files(server):
    with server.visit() as first:
        show(first)
        before = server.open_files()
        for _ in range(5):
            with server.visit() as visit:
                show(visit)
        assert server.open_files() > before
        until(lambda: server.open_files() <= before)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "192.168.1.20", "[::1]", socket.gethostname()])
def test_the_app_opens_by_its_own_names(server, host):
    assert server.ask("GET", "/", host=host).ok
    with server.visit(host=host) as visit:
        visit.send(BackMsg(app_heartbeat=True).SerializeToString())
        assert ForwardMsg.FromString(visit.recv(20)).heartbeat_ack


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost@evil.example", "1.2.3", ""])
def test_a_foreign_name_for_this_machine_is_refused(server, host):
    answer = server.ask("GET", "/", host=host)
    assert answer.status_code == 403
    assert "--server.allowedHosts" in answer.text


@pytest.mark.parametrize("names", [{"host": "evil.example"}, {"origin": "evil.example"}])
def test_a_foreign_page_cannot_open_the_websocket(server, names):
    with pytest.raises(InvalidStatus) as refused:
        server.visit(**names)
    assert refused.value.response.status_code == 403


def test_no_file_can_be_uploaded_to_a_visit(server):
    with server.visit() as visit:
        token = server.ask("GET", "/_stcore/health").cookies["_streamlit_xsrf"]
        headers = {"X-Xsrftoken": token, "Cookie": f"_streamlit_xsrf={token}"}
        for base in ("", "/", "/game"):
            path = f"{base}/_stcore/upload_file/{show(visit)}/1"
            refused = server.ask("PUT", path, headers=headers, files={"1": ("1.png", b"0" * 4_900_000)})
            assert not refused.ok


@pytest.mark.parametrize(
    "service", ["metrics", "script-health-check", "agent/openapi.json", "agent/interact", "/metrics"]
)
def test_what_no_page_needs_is_closed(server, service):
    assert server.ask("GET", f"/_stcore/{service}").status_code == 404


def test_messages_that_no_page_sends_change_nothing(server):
    with server.visit() as visit:
        id = show(visit)
        visit.send(BackMsg(clear_cache=True).SerializeToString())
        visit.send(BackMsg(load_git_info=True).SerializeToString())
        visit.send(b"\xff" * 100)
        visit.send("text")
        assert show(visit) == id


def test_more_than_a_drawing_of_strokes_ends_the_connection(server):
    with server.visit() as visit:
        for megabytes in (3, 5):
            drawing = BackMsg()
            drawing.rerun_script.page_name = "game"
            drawing.rerun_script.widget_states.widgets.add(id="$$ID-0-None", json_value="0" * megabytes * 1_000_000)
            visit.send(drawing.SerializeToString())
        with pytest.raises(ConnectionClosedError) as closed:
            list(visit)
        assert closed.value.rcvd.code == 1009


def guess(server, **asked):
    """The answer to a stroke that grows."""
    asked = {"objects": raw(SEVEN), "networks": ["mlp-64-64-1b7bb516-0"], "plain": False} | asked
    return server.ask("POST", "/guess", json=asked)


def test_a_growing_stroke_is_guessed_under_every_base_and_meant_digits_are_marked(server):
    assert " guesses 7. " in guess(server).json()["guesses"]
    assert server.ask("POST", "/school/guess", json={"objects": [], "networks": []}).ok
    assert "✗ wrong" in guess(server, meant=1).json()["guesses"]
    finished = raw(SEVEN) + raw(SPECK)
    assert guess(server, objects=finished).json() == guess(server, objects=finished).json(), "the same of kept ink"


@pytest.mark.parametrize("about", [{"objects": 7}, {"objects": [[]]}, {"networks": 7}, {"meant": 10}, {"plain": "x"}])
def test_what_no_pen_sends_gets_a_sentence(server, about):
    refused = guess(server, **about)
    assert refused.status_code == 400
    assert refused.text
    unknown = guess(server, networks=["../secret", "x" * 1000]).json()
    assert "No network" in unknown["guesses"]


def test_a_growing_stroke_has_an_end(server):
    refused = guess(server, networks=["x" * 1_000_000])
    assert refused.status_code == 413
    assert "1,000,000 bytes at most" in refused.text
