"""Forge a shop's log, the files beside it, and its archives, in every way that doesn't need a key; no forgery may be
accepted.

``python campaigns/forged_logs.py [--cases N] [--seed S]``: each case copies a shop with a log of some hundred events
and a snapshot, changes rows, types, order, ends, heads, keys, projections, snapshots or the file's tables (or an
archive of it), and then runs the audit, opens the log to continue it, reads the state, and runs ``restore``. Allowed:
the audit reports the forgery, and every reader refuses it with ``BadInput`` or sees exactly the shop that was written.
A forged log that the audit accepts is a failure, unless its content is the same as before. Other exceptions and calls
that take over two seconds of processor time are failures, too. One forgery can't be detected from the files beside the
log: the whole log restored to an earlier state, together with key and head. It is checked with a head kept elsewhere
(``audit --head``).
"""

import argparse
import hashlib
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

import msgspec
from served import SHOP

from nightmill.floor import ShopState, apply, empty_state
from nightmill.plant.integrity import archive_shop, audit_shop, restore_shop
from nightmill.plant.shop_state.snapshot import Memory, copied, made_from, state_of_log, written
from nightmill.plant.workspace.layout import log_path, open_log
from nightmill.plant.workspace.shop import whole_shop
from nightmill.store import SqliteEventStore
from nightmill.store.archive import MANIFEST
from nightmill.store.encoding import GENESIS, chained
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed

ORDERS, MOST_S = 40, 2.0
T = TypeVar("T")
Rows = list[tuple[int, bytes, str]]
Forge = Callable[["Case"], None]


class Case:
    """One copy of the shop, to be forged; ``anchor``: a head of its log that was kept elsewhere."""

    def __init__(self, folder: Path, rng: random.Random, anchor: str) -> None:
        self.folder, self.rng, self.anchor = folder, rng, anchor
        self.log = log_path(folder)
        self.old_head = b""

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """Open the log's file without Nightmill, as anybody could."""
        with closing(sqlite3.connect(self.log, isolation_level=None)) as db:
            db.execute("PRAGMA writable_schema=OFF")
            yield db

    def beside(self, ending: str) -> Path:
        """Return a file beside the log."""
        return self.log.with_name(self.log.name + ending)

    def rows(self) -> Rows:
        """Return the events as stored."""
        with self.changing() as db:
            return db.execute("SELECT seq, body, hash FROM event ORDER BY seq").fetchall()

    def rechained(self, db: sqlite3.Connection) -> tuple[int, str]:
        """Recompute the chain from the first event on; return the new end."""
        digest, last = GENESIS, 0
        for seq, body in db.execute("SELECT seq, body FROM event ORDER BY seq").fetchall():
            digest, last = chained(digest, body if isinstance(body, bytes) else str(body).encode()), seq
            db.execute("UPDATE event SET hash = ? WHERE seq = ?", (digest, seq))
        return last, digest


def made(folder: Path) -> Path:
    """Make a shop with a log of orders, cuts and alarms, and a snapshot in the middle of it."""
    (folder / "parts").mkdir(parents=True)
    part = files("nightmill.plant") / "example" / "parts" / "bracket.step"
    (folder / "parts" / "plate.step").write_bytes(part.read_bytes())
    (folder / "shop.toml").write_text(SHOP.format(mills=2))
    operation = e.RoutedOperation("plate/1", "a" * 64, 600.0, {"1": 5.0})
    facts: list[e.AnyFact] = [
        e.RunStarted("forged", "closed-loop", 1, 3.0, "0" * 64),
        e.RouteCertified("plate", 1, "0" * 64, "Al 6061", (operation,), True, 1.0),
    ]
    for n in range(ORDERS):
        serial = f"A-{n}.001"
        facts += [
            e.OrderReceived(f"A-{n}", "plate", 2, 1e5 + n, 1),
            e.Reported(r.CycleStarted(2 * n + 1, float(n), "mill-1", f"c-{n}", serial, "plate/1", "a" * 64)),
            e.Reported(r.CycleFinished(2 * n + 2, float(n), "mill-1", f"c-{n}", serial, "plate/1", 60.0, 0.1, {}, {}, {}, {})),
            e.AlarmRaised("test", f"mill-1 {n}", "text"),
        ]  # fmt: skip
    with closing(open_log(folder, writer=True)) as store:
        half = len(facts) // 2
        state = empty_state(whole_shop(folder))
        for some in (facts[:half], facts[half:]):
            for fact in some:
                store.append([e.Event(0, float(state.version), "software", fact)], expected_version=state.version)
                event = store.event(state.version + 1)
                assert event is not None
                apply(state, event)
            if state.version == half:
                Memory(made_from(folder)).keep(store, state, ())
    return folder


def _of_rows(case: Case) -> None:
    """Change one property of a row: its bytes, its type, its number or its hash."""
    rng = case.rng
    rows = case.rows()
    seq, body, digest = rng.choice(rows)
    at = rng.randrange(len(body))
    other = rng.choice(rows)[1]
    ways: list[tuple[str, tuple[object, ...]]] = [
        ("UPDATE event SET body = CAST(body AS TEXT) WHERE seq = ?", (seq,)),
        ("UPDATE event SET body = CAST(body AS TEXT)", ()),
        ("UPDATE event SET body = ? WHERE seq = ?", (body[:at] + bytes([body[at] ^ rng.randrange(1, 256)]) + body[at + 1 :], seq)),
        ("UPDATE event SET body = ? WHERE seq = ?", (body[:at], seq)),
        ("UPDATE event SET body = ? WHERE seq = ?", (body + rng.randbytes(rng.randrange(1, 9)), seq)),
        ("UPDATE event SET body = ? WHERE seq = ?", (other, seq)),
        ("UPDATE event SET body = ? WHERE seq = ?", (rng.choice((0, 1.5, "", "{}", b"", b"[" * 60_000)), seq)),
        ("UPDATE event SET hash = ? WHERE seq = ?", (rng.choice(("", "0" * 64, b"ff", 7, digest.upper())), seq)),
        ("UPDATE event SET hash = CAST(hash AS BLOB) WHERE seq = ?", (seq,)),
        ("DELETE FROM event WHERE seq = ?", (seq,)),
        ("UPDATE event SET seq = ? WHERE seq = ?", (rng.choice((-seq, seq + 10_000, 2**62)), seq)),
        ("INSERT INTO event VALUES (?, ?, ?)", (len(rows) + rng.choice((1, 2, 1000)), other, digest)),
    ]  # fmt: skip
    with case.changing() as db:
        db.execute(*rng.choice(ways))


def _swapped(case: Case) -> None:
    """Swap two events, with or without recomputing the chain."""
    rows = case.rows()
    one, two = case.rng.sample(rows, 2)
    with case.changing() as db:
        for (seq, _, digest), (_, body, _) in ((one, two), (two, one)):
            db.execute("UPDATE event SET body = ?, hash = ? WHERE seq = ?", (body, digest, seq))
        if case.rng.random() < 0.5:
            case.rechained(db)


def _chain_anew(case: Case) -> None:
    """Change an event and recompute all later hashes; the heads are left as somebody without the key could leave them."""
    rng = case.rng
    with case.changing() as db:
        if rng.random() < 0.5:
            seq, body, _ = rng.choice(case.rows())
            event = msgspec.json.decode(body, type=e.Event)
            fact = e.OrderReceived("A-1", "plate", rng.randrange(3, 5000), 1e5, 1)
            db.execute("UPDATE event SET body = ? WHERE seq = ?", (msgspec.json.encode(msgspec.structs.replace(event, fact=fact)), seq))  # fmt: skip
        else:
            db.execute("DELETE FROM event WHERE seq > ?", (rng.randrange(1, len(case.rows())),))
        last, digest = case.rechained(db)
        _heads(case, db, last, digest)


def _heads(case: Case, db: sqlite3.Connection, last: int, digest: str) -> None:
    rng = case.rng
    if rng.random() < 0.8:
        db.execute(*rng.choice((("UPDATE head SET seq = ?, hash = ?", (last, digest)), ("DELETE FROM head", ()))))
    signature = rng.choice(("", " " + "0" * 64, " x", ""))
    way = rng.randrange(5)
    if way == 0:
        case.beside(".head").unlink()
    elif way == 1:
        case.beside(".head").write_text(f"{last} {digest}{signature}\n")
    elif way == 2:
        case.beside(".head").write_bytes(rng.randbytes(40))
    elif way == 3:
        case.beside(".head").write_bytes(case.old_head)
    if rng.random() < 0.2:
        key = case.beside(".key")
        key.unlink()
        if rng.random() < 0.5:
            key.write_bytes(rng.randbytes(rng.choice((0, 5, 32, 100))))


def _tail(case: Case) -> None:
    """Cut off the end of the log; leave the files beside the log, cut them off as well, or restore older ones."""
    rng = case.rng
    left = rng.randrange(1, len(case.rows()))
    with case.changing() as db:
        db.execute("DELETE FROM event WHERE seq > ?", (left,))
        db.execute("DELETE FROM entry WHERE seq > ?", (left,))
        db.execute("DELETE FROM command WHERE seq > ?", (left,))
        _heads(case, db, left, case.rows()[-1][2])


def _projections(case: Case) -> None:
    """Change the projections, which are stored in the same transaction."""
    rng = case.rng
    ways = (
        "DELETE FROM entry",
        "INSERT INTO command VALUES ('forged', 1)",
        "INSERT INTO entry VALUES ('exceptions', 'alarm', 1)",
        "UPDATE entry SET seq = seq + 1000",
        "UPDATE entry SET key = CAST(key AS BLOB)",
    )
    with case.changing() as db:
        db.execute(rng.choice(ways))


def _tables(case: Case) -> None:
    """Add tables or triggers that Nightmill never makes."""
    ways = (
        "CREATE TRIGGER forged AFTER INSERT ON event BEGIN UPDATE event SET body = x'7b7d' WHERE seq = 1; END",
        "CREATE TRIGGER quiet BEFORE INSERT ON event BEGIN SELECT RAISE(IGNORE); END",
        "CREATE VIEW seen AS SELECT * FROM event",
        "CREATE TABLE more (x)",
        "CREATE INDEX again ON event (hash)",
        "ALTER TABLE event ADD COLUMN more",
        "ALTER TABLE head RENAME TO gone",
        "DROP TABLE head",
        "DROP TABLE event",
        "DROP TABLE command",
        "DROP TABLE snapshot",
    )
    with case.changing() as db:
        db.execute(case.rng.choice(ways))


def _snapshots(case: Case) -> None:
    """Change the stored state, or replace it by garbage."""
    rng = case.rng
    with case.changing() as db:
        (body,) = db.execute("SELECT body FROM snapshot").fetchone()
        at = rng.randrange(len(body))
        forged = copied(_looked(case.folder))
        forged.orders["A-1"].quantity = rng.randrange(3, 5000)
        ways: list[tuple[str, tuple[object, ...]]] = [
            ("UPDATE snapshot SET body = ?", (written(forged, ()),)),
            ("UPDATE snapshot SET body = ?, seq = ?, hash = (SELECT hash FROM event WHERE seq = ?)", (written(forged, ()), *(2 * [forged.version]))),
            ("UPDATE snapshot SET body = ?", (body[:at] + bytes([body[at] ^ rng.randrange(1, 256)]) + body[at + 1 :],)),
            ("UPDATE snapshot SET body = ?", (rng.choice((b"", b"\x80\x05cos\nsystem\n(S'true'\ntR.", b"\x91" * 60_000, "text", 5, None)),)),
            ("UPDATE snapshot SET seq = ?", (rng.choice((0, 1, -5, 10**6, "x", None)),)),
            ("UPDATE snapshot SET hash = ?", (rng.choice(("", "0" * 64, b"ff", None)),)),
            ("UPDATE snapshot SET mark = ?", (rng.choice(("", "other", b"mark", None)),)),
            ("UPDATE snapshot SET kind = ?", (rng.choice(("", "other", b"loop")),)),
            ("UPDATE snapshot SET signature = ?", (rng.choice(("", "0" * 64, b"ff", None, "ä")),)),
            ("INSERT INTO snapshot SELECT 'again', seq, hash, mark, body, signature FROM snapshot", ()),
        ]  # fmt: skip
        db.execute(*rng.choice(ways))


def _files(case: Case) -> None:
    """Remove or truncate the log or a file next to it, or replace it by garbage, a folder, a pipe or a dangling link."""
    rng = case.rng
    path = rng.choice((case.log, case.beside(".head"), case.beside(".key")))
    way = rng.randrange(6)
    content = path.read_bytes()
    path.unlink()
    if way == 1:
        path.write_bytes(content[: rng.randrange(len(content))])
    elif way == 2:
        path.write_bytes(rng.randbytes(rng.randrange(200)))
    elif way == 3:
        path.mkdir()
    elif way == 4:
        path.symlink_to(path.with_name("nowhere"))
    elif way == 5:
        os.mkfifo(path)


FORGED: tuple[Forge, ...] = (_of_rows, _swapped, _chain_anew, _tail, _projections, _tables, _snapshots, _files)


def judged(case: Case, truth: ShopState) -> list[str]:
    """Return the fault in the reaction to a forged log; empty if there is none."""
    wrong: list[str] = []
    ok = _asked(wrong, "audit", lambda: audit_shop(case.folder).ok)
    for who, look in (("goes on", _gone_on), ("looks", _looked)):
        seen = _asked(wrong, who, lambda look=look: look(case.folder))  # type: ignore[misc]
        if seen is not None and _other(seen, truth):
            wrong.append(f"{who}: it accepts a different shop")
        if ok and seen is None and not wrong:
            wrong.append(f"{who}: the audit passes a log that can't be read")
    if ok and not wrong and _asked(wrong, "audit", lambda: _says_the_same(case, truth)) is not True:
        wrong.append("audit: passed, although the log's content has changed")
    return wrong


def _other(seen: ShopState, truth: ShopState) -> bool:
    return any(getattr(seen, name) != getattr(truth, name) for name in ShopState.__struct_fields__ if name != "now_s")


def _says_the_same(case: Case, truth: ShopState) -> bool:
    return not _other(_looked(case.folder), truth)


def _gone_on(folder: Path) -> ShopState:
    """Continue the log as a run does: open it for writing, and read the newest snapshot and the events after it."""
    with closing(open_log(folder, writer=True)) as store:
        return _folded(folder, store)


def _looked(folder: Path) -> ShopState:
    with closing(open_log(folder, writer=False)) as store:
        return _folded(folder, store)


def _folded(folder: Path, store: object) -> ShopState:
    assert isinstance(store, SqliteEventStore)
    return state_of_log(folder, whole_shop(folder), store)


def _asked(wrong: list[str], who: str, question: Callable[[], T]) -> T | None:
    """Return the result of a call; ``None`` if the call is refused as it should be."""
    began = time.process_time()
    try:
        return question()
    except (BadInput, EnvironmentFailed):
        return None
    except Exception as error:  # noqa: BLE001  # a campaign tells of whatever comes
        wrong.append(f"{who}: {type(error).__name__}: {error}")
        return None
    finally:
        if time.process_time() - began > MOST_S:
            wrong.append(f"{who}: more than {MOST_S:g} s")


def archived(case: Case, archive: Path, truth: ShopState) -> list[str]:
    """Restore a forged archive: it must be refused, or restore exactly the same shop."""
    wrong = list[str]()
    forged, back = case.folder.parent / "forged.zip", case.folder.parent / "back"
    _forge_archive(case, archive, forged)
    if _asked(wrong, "restore", lambda: restore_shop(forged, back)) is not None:
        if _asked(wrong, "audit", lambda: audit_shop(back).ok) is not True:
            wrong.append("restore: it restored a log that doesn't pass the audit")
        seen = _asked(wrong, "looks", lambda: _looked(back))
        if seen is None or _other(seen, truth):
            wrong.append("restore: it restored a different shop")
    elif back.exists():
        wrong.append("restore: refused, but files are left behind")
    if (case.folder.parent.parent / "out").exists():
        wrong.append("restore: it wrote a file outside the folder")
    return wrong


def _forge_archive(case: Case, archive: Path, target: Path) -> None:
    """Change the log in an archive, or any other member, or the manifest, mostly with matching hashes."""
    rng = case.rng
    with zipfile.ZipFile(archive) as old:
        members = {name: old.read(name) for name in old.namelist()}
    manifest = msgspec.json.decode(members[MANIFEST])
    name = next(each for each in members if each.endswith("log.sqlite"))
    if rng.random() < 0.7:
        members[name] = _forged_inside(case, members[name])
        if rng.random() < 0.8:
            manifest["files"][name] = _sha256(members[name])
    else:
        victim = rng.choice(sorted(members))
        way = rng.randrange(4)
        if way == 0:
            del members[victim]
        elif way == 1:
            members[victim] = members[victim][: rng.randrange(len(members[victim]) + 1)] + b"x"
        elif way == 2:
            members[rng.choice(("../out", "/etc/out", "more", name + "/x"))] = b"x"
        else:
            manifest[rng.choice(("events", "head", "format", "logs"))] = rng.choice((0, "x", ["nowhere"], None, 10**30))
    if MANIFEST in members and rng.random() < 0.95:
        members[MANIFEST] = msgspec.json.encode(manifest)
    with zipfile.ZipFile(target, "w") as new:
        for each, content in members.items():
            new.writestr(each, content)


def _forged_inside(case: Case, log: bytes) -> bytes:
    """Forge the log inside an archive."""
    inside = Case(case.folder, case.rng, "")
    inside.log = case.folder.parent / "inside.sqlite"
    inside.log.write_bytes(log)
    case.rng.choice((_of_rows, _swapped, _projections, _tables))(inside)
    found = inside.log.read_bytes()
    for ending in ("-wal", "-shm", ""):
        inside.beside(ending).unlink(missing_ok=True)
    return found


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def campaign(cases: int, seed: int, home: Path) -> tuple[Counter[str], list[str]]:
    """Return how many cases of each kind there were, and all faults."""
    shop = made(home / "shop")
    truth, anchor = _looked(shop), audit_shop(shop).head
    archive = home / "shop.zip"
    archive_shop(shop, archive)
    old = log_path(shop).with_name("log.sqlite.head").read_bytes()
    with closing(open_log(shop, writer=True)) as store:  # one more event, so that there is an older head to restore
        store.append([e.Event(0, 9e3, "software", e.AlarmRaised("test", "last", ""))], expected_version=store.version())
    later = _looked(shop)
    counted, wrong = Counter[str](), list[str]()
    for number in range(cases):
        rng = random.Random(f"{seed} {number}")
        place = home / "case"
        shutil.copytree(shop, place / "shop", symlinks=True)
        case = Case(place / "shop", rng, anchor)
        case.old_head = old
        forge = rng.choice((*FORGED, None))
        kind = "archive" if forge is None else forge.__name__.strip("_")
        counted[kind] += 1
        try:
            if forge is not None:
                forge(case)
            found = archived(case, archive, truth) if forge is None else judged(case, later)
        except sqlite3.Error as error:
            found = [] if isinstance(error, sqlite3.IntegrityError | sqlite3.OperationalError) else [str(error)]
        wrong += [f"case {number} ({kind}): {each}" for each in found]
        shutil.rmtree(place)
    return counted, [*wrong, *_put_back(shop, home / "earlier", anchor)]


def _put_back(shop: Path, earlier: Path, anchor: str) -> list[str]:
    """Restore the whole log to an earlier state: only a head kept elsewhere reveals this."""
    now = audit_shop(shop)
    shutil.copytree(shop, earlier)
    with closing(open_log(shop, writer=True)) as store:
        store.append(
            [e.Event(0, 1e4, "software", e.AlarmRaised("test", "newest", ""))], expected_version=store.version()
        )
    newest = audit_shop(shop).head
    wrong = (
        []
        if audit_shop(shop, head=now.head).ok and audit_shop(shop, head=anchor).ok
        else ["the head kept elsewhere is refused"]
    )
    return [*wrong, *(["a log restored to an earlier state passes"] if audit_shop(earlier, head=newest).ok else [])]


def main(arguments: list[str] | None = None) -> int:
    """Run the campaign; return 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="nightmill-forged-") as home:
        counted, wrong = campaign(chosen.cases, chosen.seed, Path(home))
    for kind, count in sorted(counted.items()):
        print(f"{kind:12} {count}")
    for each in wrong:
        print(each, file=sys.stderr)
    print(f"{sum(counted.values())} forged, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
