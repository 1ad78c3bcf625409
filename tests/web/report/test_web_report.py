"""Report and server: where the file goes, what a person is told when it can't be, and the live page end to end."""

import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import msgspec
import pytest
from web_sample import comparison, sample_view  # type: ignore[import-not-found]

from nightmill.store import SqliteEventStore
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed
from nightmill.web import serve_shop, write_report
from nightmill.web.control_room.serve import listen

SERVER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from web_sample import sample_view  # type: ignore[import-not-found]
from nightmill.plant import views
from nightmill.web import serve_shop
from nightmill.web.control_room import serve
serve.whole_shop = lambda folder: None  # the folder has a log alone
views.view_shop = lambda folder, *, at_s=None: sample_view()
serve_shop(Path(sys.argv[2]), port=0)
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    store = SqliteEventStore(tmp_path / ".nightmill" / "log.sqlite")
    store.append(
        [e.Event(0, 0.0, "software:plant", e.RunStarted("s", "closed-loop", 1, 1.0, "00"))], expected_version=0
    )
    store.close()
    return tmp_path


def test_the_report_is_one_file_with_both_policies(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nightmill.web.report.report.view_shop", lambda folder: sample_view())
    (shop / ".nightmill" / "comparison.json").write_bytes(msgspec.json.encode(comparison()))
    page = write_report(shop)
    assert page == shop / ".nightmill" / "report.html"
    text = page.read_text(encoding="utf-8")
    assert "it cut more parts" in text
    assert len(text) < 3_000_000
    assert not list(page.parent.glob("*.part"))


def test_a_broken_comparison_is_named(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nightmill.web.report.report.view_shop", lambda folder: sample_view())
    (shop / ".nightmill" / "comparison.json").write_text("{", encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        write_report(shop)
    assert "comparison.json" in caught.value.findings[0].file


def test_a_shop_that_never_ran_is_not_served(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        serve_shop(tmp_path, port=0)
    assert "nightmill run" in caught.value.findings[0].remedy
    assert not (tmp_path / ".nightmill").exists()


def test_a_port_in_use_is_an_environment_failure(shop: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(EnvironmentFailed) as caught:
            serve_shop(shop, port=port)
    assert caught.value.exit_code == 3
    assert str(port) in caught.value.findings[0].place


def test_small_answers_leave_at_once() -> None:
    """asyncio switches the wait for more bytes off only where the accepted socket, like its listener, names TCP."""
    with listen(0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP


def test_the_live_page_end_to_end(shop: Path) -> None:
    here = str(Path(__file__).parents[1])
    server = subprocess.Popen([sys.executable, "-c", SERVER, here, str(shop)], stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        announced = server.stderr.readline()
        match = re.fullmatch(r"endpoint web (http://127\.0\.0\.1:\d+)/signin\?code=([\w-]+)\n", announced)
        assert match, announced
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with browser.open(announced.split()[-1], timeout=120) as answer:
            assert answer.status == 200
            assert answer.url == match[1] + "/"
            assert "connect-src 'self'" in answer.headers["Content-Security-Policy"]
            assert b'href="/schedule"' in answer.read()
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(match[1] + "/api/stream", timeout=120)
        with browser.open(match[1] + "/api/stream", timeout=120) as answer:
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            lines = [answer.readline() for _ in range(4)]
        assert b"id: 1\n" in lines
    finally:
        server.terminate()
        server.communicate(timeout=120)
