"""The download of MNIST: interrupted, resumed, refused, forbidden; and the app that fetches it by itself."""

import functools
import http.server
import threading
import time

import pytest

from mnist_app import Unavailable, data
from mnist_app.data import arrival, sources


class Address(http.server.BaseHTTPRequestHandler):
    """Serves `content`, from where a Range request says; at each of `ends` the connection breaks, once."""

    def do_GET(self):
        wanted = self.headers.get("Range", "")
        self.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").removesuffix("-") or 0)
        if start > len(self.content):
            self.send_error(416)
            return
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(self.content) - start))
        self.end_headers()
        self.wfile.write(self.content[start : self.ends.pop(0) if self.ends else None])

    def log_message(self, *_):
        pass


@pytest.fixture
def address(small_mnist, tmp_path, monkeypatch):
    """An address on this machine that serves what stands in for MNIST; the test changes what it does."""
    content = (tmp_path / "mnist.npz").read_bytes()
    handler = type("Handler", (Address,), {"content": content, "ends": [], "asked": []})
    monkeypatch.delenv(data.PATH_VARIABLE)
    monkeypatch.delenv(data.sources.OFFLINE_VARIABLE)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=functools.partial(server.serve_forever, 0.01), daemon=True).start()
        monkeypatch.setenv(sources.ADDRESS_VARIABLE, f"http://127.0.0.1:{server.server_port}/mnist.npz")
        yield handler
        server.shutdown()


@pytest.fixture
def place(tmp_path):
    """Where a download is put."""
    return tmp_path / "keras" / "datasets" / "mnist.npz"


def test_an_interrupted_download_goes_on_where_it_ended(address, place):
    address.ends, shares = [20_000], []
    with pytest.raises(Unavailable, match=r"found 20,000 of [0-9,]+ bytes"):
        data.download(on_progress=shares.append)
    assert data.find() is None, "a part is not taken for the whole"
    assert data.download(on_progress=shares.append) == data.find() == place
    assert address.asked == ["", "bytes=20000-"]
    assert place.read_bytes() == address.content
    assert (shares == sorted(shares), shares[-1]) == (True, 1)
    assert [path.name for path in place.parent.iterdir()] == ["mnist.npz"]


def test_a_home_that_cannot_be_written_sends_it_to_kerass_other_cache(address, tmp_path):
    (tmp_path / "keras").write_bytes(b"a file where the folder should be")
    assert data.download() == data.find() == tmp_path / "fallback" / "datasets" / "mnist.npz"


def test_other_bytes_are_refused_and_removed_and_so_is_a_damaged_part(address, place):
    whole, address.content = address.content, b"a page to log in"
    with pytest.raises(Unavailable, match=r"could not be downloaded.*found 16 other bytes.*Set MNIST_APP_DATA"):
        data.download()
    assert list(place.parent.iterdir()) == []
    address.content = whole
    for part, problem in ((b"of something else", "other bytes"), (bytes(len(whole) + 1), "416")):
        place.unlink(missing_ok=True)
        place.with_name("mnist.npz.part").write_bytes(part)
        with pytest.raises(Unavailable, match=problem):
            data.download()
        assert data.download() == place


def test_a_variable_forbids_it(address, monkeypatch):
    monkeypatch.setenv(data.sources.OFFLINE_VARIABLE, "1")
    with pytest.raises(Unavailable, match="MNIST_APP_OFFLINE=1, which forbids it"):
        data.download()
    assert not data.sources.reachable()
    assert address.asked == []


def test_a_full_disk_is_said_in_a_sentence(address, place):
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, limits[1]))
    try:
        with pytest.raises(Unavailable, match=r"MNIST could not be downloaded.*room for it, found .*too large"):
            data.download()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert data.download() == place


def test_the_app_fetches_it_by_itself_and_goes_on_after_a_pause(address, place, monkeypatch, caplog):
    address.ends = [10_000, 20_000]
    monkeypatch.setattr(arrival, "_PAUSE", 0.001)
    arrival.start()
    deadline = time.monotonic() + 10
    while len(caplog.records) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert place.read_bytes() == address.content
    assert len(address.asked) == 3
    failed, came = [record.getMessage() for record in caplog.records]
    assert "found 10,000 of " in failed
    assert "tries again" in failed
    assert "MNIST has come" in came
