"""Which digits this machine works with: MNIST, or generated ones, and when a download is tried."""

import pytest

from mnist_app import Unavailable, data
from mnist_app.data import generated, sources
from mnist_app.evaluation.results import GENERATED, MNIST


def test_without_mnist_and_network_they_are_generated_without_a_download(generated_digits, monkeypatch):
    monkeypatch.setattr(sources, "download", lambda: pytest.fail("tried"))
    assert data.load().name == GENERATED
    assert data.why_generated().startswith(
        "MNIST is not on this machine: these are generated digits, not MNIST. Set MNIST_APP"
    )


def test_where_something_answers_mnist_is_downloaded(generated_digits, small_mnist, tmp_path, monkeypatch):
    monkeypatch.delenv(data.PATH_VARIABLE)
    monkeypatch.setattr(data.sources, "reachable", lambda: True)
    monkeypatch.setattr(sources, "download", lambda: tmp_path / "mnist.npz")
    assert data.load().name == MNIST


def test_where_the_download_fails_they_are_generated(generated_digits, monkeypatch):
    monkeypatch.delenv(data.sources.OFFLINE_VARIABLE)
    monkeypatch.setattr(data.sources, "reachable", lambda: True)
    monkeypatch.setattr(sources, "DOWNLOAD_ADDRESS", "http://127.0.0.1:9/mnist.npz")
    assert data.load().name == GENERATED


def test_a_download_that_fails_is_an_error_where_no_decoder_is(no_mnist, monkeypatch):
    def fail():
        raise Unavailable("MNIST could not be downloaded")

    monkeypatch.setattr(generated, "decoder", lambda: None)
    monkeypatch.setattr(data.sources, "reachable", lambda: pytest.fail("asked for nothing"))
    monkeypatch.setattr(sources, "download", fail)
    with pytest.raises(Unavailable, match="could not be downloaded"):
        data.load()


def test_a_path_that_does_not_exist_stays_an_error(generated_digits, monkeypatch):
    monkeypatch.setenv(data.PATH_VARIABLE, "/nowhere/mnist.npz")
    with pytest.raises(Unavailable, match=r"does not exist.*/nowhere/mnist\.npz"):
        data.load()
    assert not generated_digits


def test_generated_digits_can_be_asked_for(generated_digits, monkeypatch, tmp_path):
    cached = tmp_path / "keras" / "datasets" / "mnist.npz"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"here, but left aside")
    monkeypatch.setenv(data.PATH_VARIABLE, "generated")
    assert data.asked_for_generated()
    assert data.load().name == GENERATED
    assert "as MNIST_APP_DATA asks" in data.why_generated()


def test_what_was_begun_with_digits_of_one_kind_goes_on_with_them(generated_digits, small_mnist, monkeypatch):
    assert data.load().name == MNIST
    assert data.load(name=GENERATED).name == GENERATED
    monkeypatch.setenv(data.PATH_VARIABLE, "generated")
    with pytest.raises(Unavailable, match=r"left aside.*MNIST_APP_DATA=generated"):
        data.load(name=MNIST)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/mnist.npz", "no address"])
def test_an_address_that_does_not_answer_is_known_at_once(monkeypatch, address):
    monkeypatch.delenv(data.sources.OFFLINE_VARIABLE)
    monkeypatch.setattr(sources, "DOWNLOAD_ADDRESS", address)
    assert not data.sources.reachable()
