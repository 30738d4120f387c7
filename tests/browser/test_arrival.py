"""MNIST arrives while somebody looks at a page that used generated digits until then."""

import http.server
import threading

import pytest

from mnist_app import data
from mnist_app.data import sources
from tests.browser.conftest import running_app, serious

pytestmark = [pytest.mark.browser, pytest.mark.mnist]


def test_the_page_says_how_far_it_is_and_changes_over_when_it_is_here(chromium, tmp_path, monkeypatch):
    if not (source := data.find()).is_file():
        pytest.skip("MNIST is a folder here")
    content, seen = source.read_bytes(), threading.Event()

    class Address(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[:6_000_000])
            seen.wait(60)
            self.wfile.write(content[6_000_000:])

    for name in (data.PATH_VARIABLE, data.sources.OFFLINE_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Address) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv(sources.ADDRESS_VARIABLE, f"http://127.0.0.1:{server.server_port}/mnist.npz")
        with running_app(tmp_path / "output.txt") as app:
            page = chromium.new_page()
            page.goto(f"{app.address}/weight_decay")
            page.get_by_text("MNIST is being downloaded: 5").wait_for()
            assert serious(page) == []
            seen.set()
            page.get_by_text("MNIST is being downloaded").wait_for(state="detached")
            assert page.get_by_role("alert").count() == 0
            assert app.log.count("MNIST has come") == 1
            assert serious(page) == []
            page.close()
        server.shutdown()
