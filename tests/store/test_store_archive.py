"""An archive gives back what was put in, or nothing at all."""

import hashlib
import shutil
import zipfile
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from nightmill.store import LogPlace, SqliteEventStore, audit_log, read_archive, write_archive
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed
from nightmill.vocabulary.events import AlarmRaised, Event

NAME = ".nightmill/log.sqlite"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    shop = tmp_path / "shop"
    (shop / "parts").mkdir(parents=True)
    (shop / "shop.toml").write_text("[shop]\n")
    (shop / "parts" / "a.step").write_bytes(b"\0\1\2" * 1000)
    store = SqliteEventStore(shop / NAME)
    events = [Event(0, float(n), "software", AlarmRaised("test", str(n), "text")) for n in range(70)]
    store.append(events, expected_version=0)
    files = [shop / "shop.toml", shop / "parts" / "a.step"]
    write_archive(shop, files, {NAME: LogPlace(shop / NAME)}, tmp_path / "a.zip")
    store.close()
    return tmp_path / "a.zip"


def test_what_was_archived_comes_back_whole(archive: Path, tmp_path: Path) -> None:
    manifest = read_archive(archive, tmp_path / "back")
    assert manifest.events == 70
    assert (tmp_path / "back" / "parts" / "a.step").read_bytes() == b"\0\1\2" * 1000
    assert audit_log(LogPlace(tmp_path / "back" / NAME)).ok
    with pytest.raises(BadInput):
        read_archive(archive, tmp_path / "back")


def _changed(archive: Path, name: str, data: bytes | None, extra: str = "") -> None:
    with zipfile.ZipFile(archive) as old:
        members = {each: old.read(each) for each in old.namelist()}
    if data is None:
        del members[name]
    else:
        members[name] = data
    if extra:
        members[extra] = b"x"
    with zipfile.ZipFile(archive, "w") as new:
        for each, content in members.items():
            new.writestr(each, content)


@pytest.mark.parametrize(
    ("name", "data", "extra"),
    [
        ("shop.toml", b"[shop]\nname = 'x'\n", ""),
        ("parts/a.step", None, ""),
        ("manifest.json", b"{}", ""),
        ("shop.toml", b"[shop]\n", "../outside"),
        (NAME, b"", ""),
        (NAME, None, ""),
    ],
    ids=["changed", "removed", "manifest", "outside", "empty log", "no log"],
)
def test_a_changed_archive_leaves_nothing(
    archive: Path, tmp_path: Path, name: str, data: bytes | None, extra: str
) -> None:
    _changed(archive, name, data, extra)
    with pytest.raises(BadInput):
        read_archive(archive, tmp_path / "back")
    assert not (tmp_path / "back").exists()
    assert not (tmp_path / "outside").exists()


def test_an_archive_that_was_cut_off_is_named(archive: Path, tmp_path: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:-400])
    with pytest.raises(BadInput) as caught:
        read_archive(archive, tmp_path / "back")
    assert str(archive) in str(caught.value)


def test_an_archive_that_unpacks_to_more_than_is_free_is_left_packed(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2000))
    with pytest.raises(EnvironmentFailed, match="that are free"):
        read_archive(archive, tmp_path / "back")
    _changed(archive, "manifest.json", b" " * 2000)
    monkeypatch.setattr("nightmill.store.archive.MOST_MANIFEST", 1000)
    with pytest.raises(BadInput, match=r"manifest\.json: found 2000 bytes"):
        read_archive(archive, tmp_path / "back")
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize("name", ["../../victim/log.sqlite", "/tmp/nightmill-victim/log.sqlite", "..", "parts/../../x"])
def test_no_archive_reaches_beyond_its_folder(archive: Path, tmp_path: Path, name: str) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "log.sqlite").write_bytes(b"somebody's")
    (victim / "log.sqlite.key").write_bytes(b"somebody's")
    with zipfile.ZipFile(archive) as old:
        manifest = msgspec.json.decode(old.read("manifest.json"))
    _changed(archive, "manifest.json", msgspec.json.encode({**manifest, "logs": [*manifest["logs"], name]}))
    try:
        read_archive(archive, tmp_path / "deep" / "back")
    except BadInput:
        assert not (tmp_path / "deep" / "back").exists()
    assert {path.read_bytes() for path in victim.iterdir()} == {b"somebody's"}
    assert len(list(victim.iterdir())) == 2


def test_what_stood_beside_a_log_in_an_archive_is_made_anew(archive: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(archive) as old:
        manifest = msgspec.json.decode(old.read("manifest.json"))
    for ending in (".lease", ".key", ".head", "-wal"):
        manifest["files"][NAME + ending] = hashlib.sha256(b"x").hexdigest()
    _changed(archive, "manifest.json", msgspec.json.encode(manifest))
    for ending in (".lease", ".key", ".head", "-wal"):
        _changed(archive, NAME + ending, b"x")
    read_archive(archive, tmp_path / "back")
    assert audit_log(LogPlace(tmp_path / "back" / NAME)).ok


def test_the_shop_s_own_audit_has_the_last_word(archive: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not so"):
        read_archive(archive, tmp_path / "back", lambda shop: audit_log(LogPlace(shop / NAME)).but("shop", "not so"))
    assert not (tmp_path / "back").exists()
