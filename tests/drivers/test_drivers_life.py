"""The journal: what was answered survives, what wasn't written never happened, and a changed line is found."""

import resource
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from nightmill.drivers.virtual_shop import LivingWorld
from nightmill.floor.equipment import Cell
from nightmill.vocabulary import commands as c
from nightmill.vocabulary.errors import EnvironmentFailed
from nightmill.vocabulary.reports import AnyReport

Files = Callable[..., Path]
Drive = Callable[[Cell, int, float], list[AnyReport]]


def _lines(folder: Path) -> list[dict[str, object]]:
    return [msgspec.json.decode(line) for line in (folder / "journal.jsonl").read_bytes().splitlines()]


def test_a_life_is_rebuilt_from_any_prefix_of_its_journal(world_files: Files, drive: Drive) -> None:
    folder = world_files(4)
    life = LivingWorld(folder)
    reports = drive(life, 12, 6 * 3600.0)
    life.close()
    data = (folder / "journal.jsonl").read_bytes()
    for cut in (len(data), len(data) - 7, len(data) * 2 // 3, len(data) // 3 + 11, 40):
        (folder / "journal.jsonl").write_bytes(data[:cut])
        again = LivingWorld(folder)
        known = again.greet().last_seq
        assert again.advance(0.0, 0).reports == tuple(reports[:known])[:2000]
        assert again.submit(c.WriteOffset("after", "M1", 1, 0.001)).accepted
        again.close()
        third = LivingWorld(folder)
        assert third.evidence("after") == "done"
        assert third.greet().last_seq == known + 1
        third.close()
    numbers = [line["n"] for line in _lines(folder)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_journal_alone_shows_each_cut_blank_and_place(world_files: Files, drive: Drive) -> None:
    folder = world_files(5)
    life = LivingWorld(folder)
    drive(life, 10, 6 * 3600.0)
    life.close()
    lines = _lines(folder)
    events = Counter(str(line["event"]) for line in lines)
    assert events["cut_started"] == events["cut_finished"] + events["cut_interrupted"] == events["material_taken"] == 10
    cuts = Counter((line["part"], line["operation"]) for line in lines if line["event"] == "cut_started")
    assert set(cuts.values()) == {1}
    for line in lines:
        if line["event"] == "cut_started":
            assert {"machine", "part", "operation", "at_s", "command_id", "sha256", "tool_edges"} <= set(line)


def test_a_changed_line_is_found(world_files: Files, drive: Drive) -> None:
    folder = world_files(6)
    life = LivingWorld(folder)
    drive(life, 6, 4 * 3600.0)
    life.close()
    path = folder / "journal.jsonl"
    good = path.read_bytes()
    lines = good.splitlines(keepends=True)
    finish = next(n for n, line in enumerate(lines) if b'"cut_finished"' in line)
    changed = [
        good.replace(b'"at_s":', b'"at_s":1', 3),
        b"".join(lines[:finish] + lines[finish + 1 :]),
        b"".join([*lines[:finish], lines[finish].replace(b"S00", b"S09"), *lines[finish + 1 :]]),
        b"".join([lines[0].replace(b'"seed":6', b'"seed":7'), *lines[1:]]),
    ]
    for data in changed:
        assert data != good
        path.write_bytes(data)
        with pytest.raises(EnvironmentFailed, match="journal was changed"):
            LivingWorld(folder)
    path.write_bytes(good)
    LivingWorld(folder).close()


def test_a_later_edit_of_world_toml_changes_nothing(world_files: Files, drive: Drive, tmp_path: Path) -> None:
    folder, source = world_files(7), tmp_path / "world.toml"
    source.write_text("[dimension]\nbias_um = 50\n")
    life = LivingWorld(folder, source)
    reports = drive(life, 4, 3 * 3600.0)
    life.close()
    source.write_text("[dimension]\nbias_um = 0\n")
    again = LivingWorld(folder, source)
    assert again.advance(0.0, 0).reports == tuple(reports)
    again.close()


def test_a_full_disk_stops_the_world_and_loses_nothing(world_files: Files, drive: Drive) -> None:
    folder = world_files(8)
    life = LivingWorld(folder)
    reports = drive(life, 3, 7200.0)
    size = (folder / "journal.jsonl").stat().st_size
    command = c.WriteOffset("full", "M1", 1, 0.01)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, hard))
    try:
        answer = life.submit(command)
        assert not answer.accepted
        assert "safe stop" in answer.reason
        assert "safe stop" in life.submit(c.WriteOffset("full2", "M1", 1, 0.01)).reason
        with pytest.raises(EnvironmentFailed, match="safe stop"):
            life.advance(1e6, len(reports))
        assert (folder / "journal.jsonl").stat().st_size == size
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert life.evidence("full") == "unknown"
    assert life.advance(0.0, 0).reports == tuple(reports)
    assert life.submit(command).accepted
    life.close()


def test_a_program_must_have_its_hash_and_be_readable(world_files: Files, nc: str) -> None:
    life = LivingWorld(world_files(9))
    assert "SHA-256" in life.submit(c.StoreProgram("a", "M1", "A/1", "0" * 64, nc, "6082")).reason
    for n, text in enumerate(("", nc.replace("T2 M6", "T9 M6"))):
        from hashlib import sha256

        reason = life.submit(
            c.StoreProgram(f"b{n}", "M1", "A/1", sha256(text.encode()).hexdigest(), text, "6082")
        ).reason
        assert reason
    life.close()


def test_a_program_that_the_shop_has_not_signed_is_not_stored(world_files: Files, nc: str) -> None:
    from hashlib import sha256

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    folder, key, digest = world_files(9), Ed25519PrivateKey.generate(), sha256(nc.encode()).hexdigest()
    start = msgspec.json.decode((folder / "start.json").read_bytes())
    start["program_key"] = key.public_key().public_bytes_raw().hex()
    (folder / "start.json").write_bytes(msgspec.json.encode(start))
    life = LivingWorld(folder)
    signed = {name: by.sign(c.program_statement(operation, digest)).hex() for name, by, operation in (
        ("good", key, "A/1"), ("for another operation", key, "A/2"), ("by a stranger", Ed25519PrivateKey.generate(), "A/1"),
    )}  # fmt: skip
    for name, signature in {**signed, "none": "", "no number": "xyz"}.items():
        answer = life.submit(c.StoreProgram(name, "M1", "A/1", digest, nc, "6082", signature))
        assert answer.accepted == (name == "good"), name
        assert answer.accepted or "isn't signed" in answer.reason
    life.close()
    again = LivingWorld(folder)
    assert [again.evidence(name) for name in ("by a stranger", "none")] == ["refused", "refused"]
    assert again.evidence("good") in ("running", "done")
    again.close()
