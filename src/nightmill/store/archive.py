"""Archive a shop's state into one file and restore it: every file with its hash, the log copied whole and audited.

The archive is a ZIP file: ``manifest.json`` first (format, head of the log, SHA-256 of each file), then the files under
their places in the shop. The log stands in it as a SQLite file, whichever database held it.
"""

import hashlib
import os
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import msgspec

from nightmill.store.audit import AuditAnswer, AuditProblem, audit_log
from nightmill.store.head import HeadFile
from nightmill.store.opening import AnyStore, LogPlace, open_store
from nightmill.store.sqlite import SqliteEventStore
from nightmill.vocabulary.errors import UNREADABLE, BadInput, EnvironmentFailed, Finding

FORMAT = "nightmill-archive/1"
MANIFEST = "manifest.json"
MOST_MANIFEST = 64 << 20
_BLOCK = 1 << 20


class Manifest(msgspec.Struct, frozen=True):
    """What an archive holds: the log's length and head, and the SHA-256 of every file by its place in the shop."""

    format: str
    events: int
    head: str
    files: dict[str, str]


def export_log(place: LogPlace, target: Path) -> AuditAnswer:
    """Copy the log at ``place``, live or not, into the SQLite file ``target``, with its head; the audit of the copy.

    The copy is held against the head that is kept beside the log, so that what was cut off there isn't proven whole here.
    """
    known = HeadFile(place.path).read()  # before the log is: it may grow meanwhile
    HeadFile(target).path.unlink(missing_ok=True)  # beside a database's log lies its head, where that file was to be
    source = open_store(place, writer=False)
    try:
        if isinstance(source, SqliteEventStore):
            with closing(sqlite3.connect(target)) as copy:
                source.backup(copy)
        else:
            _copy_rows(source, target)
    finally:
        source.close()
    copied = SqliteEventStore(target, writer=False)
    try:
        version, head = copied.head()
    finally:
        copied.close()
    file = HeadFile(target)
    if known is None:
        file.keep(version, head)
        return audit_log(LogPlace(target))
    file.keep(*known)
    answer = audit_log(LogPlace(target))
    if answer.ok:
        file.keep(version, head)
    return answer


def write_archive(place: LogPlace, folder: Path, files: Iterable[Path], log_name: str, target: Path) -> Manifest:
    """Write ``files`` of ``folder`` and the log into ``target``; it appears there whole or not at all.

    ``log_name``: the log's place in the restored folder. Raises ``BadInput`` where the log isn't whole.
    """
    with tempfile.TemporaryDirectory(dir=target.parent) as beside:
        log = Path(beside) / "log.sqlite"
        answer = export_log(place, log)
        if not answer.ok:
            raise BadInput(*(_not_whole(str(place.path), p.where, p.what) for p in answer.problems))
        version, head = HeadFile(log).read() or (0, "")
        members = {log_name: log, log_name + ".head": HeadFile(log).path}
        members |= {path.relative_to(folder).as_posix(): path for path in files}
        draft = Path(beside) / "archive.zip"
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            hashes = {name: _packed(archive, name, path) for name, path in members.items()}
            manifest = Manifest(FORMAT, version, head, hashes)
            archive.writestr(MANIFEST, msgspec.json.encode(manifest))
        _sync(draft)
        draft.replace(target)
    return manifest


def read_archive(source: Path, folder: Path) -> Manifest:
    """Unpack ``source`` into ``folder``, which must not exist, and prove that all is as it was; else nothing is left there.

    Raises ``BadInput`` where the archive was changed, cut off or is none, or ``folder`` is there.
    """
    if folder.exists():
        raise BadInput(Finding(str(folder), "", "a folder that exists", "a new one", "Name another, or move it away."))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as beside:
        draft = Path(beside) / "shop"
        draft.mkdir()
        try:
            with zipfile.ZipFile(source) as archive:
                manifest = _unpacked(archive, source, draft)
            _proven(source, draft, manifest)
        except (zipfile.BadZipFile, KeyError, EOFError, *UNREADABLE) as error:
            remedy = "Take another copy of the archive."
            raise BadInput(Finding(str(source), "", str(error), "an archive of Nightmill", remedy)) from error
        except FileNotFoundError as error:
            raise BadInput(Finding(str(source), "", "no such file", "an archive", "Name the file.")) from error
        draft.replace(folder)
    return manifest


def _proven(source: Path, draft: Path, manifest: Manifest) -> None:
    """The log that was unpacked is audited as any other, and must end where the manifest says."""
    log = next((name for name in manifest.files if name.endswith("log.sqlite") and "archive/" not in name), "")
    answer = audit_log(LogPlace(draft / log)) if log else AuditAnswer(False, 0, 0, (AuditProblem("log", "missing"),))
    findings = [_not_whole(str(source), problem.where, problem.what) for problem in answer.problems]
    if not findings and HeadFile(draft / log).read() != (manifest.events, manifest.head):
        findings.append(_not_whole(str(source), "head", "another end than the manifest says"))
    if findings:
        raise BadInput(*findings)


def _unpacked(archive: zipfile.ZipFile, source: Path, draft: Path) -> Manifest:
    _check_room(archive, source, draft)
    manifest = msgspec.json.decode(archive.read(MANIFEST), type=Manifest)
    names = set(archive.namelist()) - {MANIFEST}
    findings = [_not_whole(str(source), name, "missing") for name in sorted(set(manifest.files) - names)]
    findings += [_not_whole(str(source), name, "not in the manifest") for name in sorted(names - set(manifest.files))]
    for name in sorted(names & set(manifest.files)):
        target = (draft / name).resolve()
        if not target.is_relative_to(draft.resolve()):
            findings.append(_not_whole(str(source), name, "a place outside the shop"))
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if _extracted(archive, name, target) != manifest.files[name]:
            findings.append(_not_whole(str(source), name, "other bytes than the manifest says"))
    if findings:
        raise BadInput(*findings)
    return manifest


def _check_room(archive: zipfile.ZipFile, source: Path, draft: Path) -> None:
    """What an archive unpacks to is known before; a file in it that is longer than it says isn't read on."""
    listed = archive.getinfo(MANIFEST).file_size
    if listed > MOST_MANIFEST:
        remedy = "Take another copy of the archive."
        raise BadInput(Finding(str(source), MANIFEST, f"{listed} bytes", f"at most {MOST_MANIFEST}", remedy))
    needed, free = sum(each.file_size for each in archive.infolist()), shutil.disk_usage(draft).free
    if needed > free:
        found, expected = f"{needed >> 20} MiB when unpacked", f"at most the {free >> 20} MiB that are free"
        raise EnvironmentFailed(Finding(str(source), "", found, expected, "Free some space, or restore elsewhere."))


def _packed(archive: zipfile.ZipFile, name: str, path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as packed:
        while block := source.read(_BLOCK):
            digest.update(block)
            packed.write(block)
    return digest.hexdigest()


def _extracted(archive: zipfile.ZipFile, name: str, target: Path) -> str:
    digest = hashlib.sha256()
    with archive.open(name) as packed, target.open("wb") as out:
        while block := packed.read(_BLOCK):
            digest.update(block)
            out.write(block)
    return digest.hexdigest()


def _copy_rows(source: AnyStore, target: Path) -> None:
    """Write the rows as they are into a new log; projections are made anew from them."""
    copy = SqliteEventStore(target)
    try:
        copy.adopt(source.rows())
    finally:
        copy.close()
    for name in (".lease", ".reserve"):
        target.with_name(target.name + name).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        raise EnvironmentFailed(Finding(str(path), "", str(error), "a disk with room", "Free some space.")) from error
    finally:
        os.close(handle)


def _not_whole(file: str, place: str, what: str) -> Finding:
    return Finding(file, place, what, "what was written", "Use another copy; nothing of this one was taken over.")
