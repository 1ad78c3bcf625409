"""Archive a shop in one file and restore it: every file with its hash, and a complete, audited copy of the log.

The archive is a ZIP file: first ``manifest.json`` (format, head of the log, SHA-256 of each file), then the files under
their paths in the shop. It holds the log as a SQLite file, whichever database held it before.
"""

import hashlib
import lzma
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from nightmill.store.audit import AuditAnswer, audit_log
from nightmill.store.head import HeadFile
from nightmill.store.opening import AnyStore, LogPlace, open_store
from nightmill.store.sqlite import SqliteEventStore
from nightmill.vocabulary.errors import UNREADABLE, BadInput, EnvironmentFailed, Finding
from nightmill.vocabulary.ordinary_files import open_ordinary

FORMAT = "nightmill-archive/1"
MANIFEST = "manifest.json"
MOST_MANIFEST = 64 << 20
MOST_ARCHIVE = 1 << 40
_UNREADABLE = (
    zipfile.BadZipFile, KeyError, EOFError, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError, ValueError,
    NotADirectoryError, IsADirectoryError, FileExistsError, *UNREADABLE,
)  # fmt: skip
"""Exceptions raised while reading and unpacking a ZIP file that this program didn't write."""
_BLOCK = 1 << 20


class Manifest(msgspec.Struct, frozen=True):
    """The manifest of an archive: length and head of the latest run's log, the SHA-256 of every file by path, and a list of the logs."""

    format: str
    events: int
    head: str
    files: dict[str, str]
    logs: tuple[str, ...] = ()


def export_log(place: LogPlace, target: Path) -> AuditAnswer:
    """Copy the log at ``place``, in use or not, with its head into the SQLite file ``target``; return the audit of the copy.

    Only data that the audit can prove is copied: the events as stored, with projections rebuilt from them. If the log
    isn't intact, nothing is copied, and the answer says why.
    """
    answer = audit_log(place)
    if not answer.ok:
        return answer
    HeadFile(target).path.unlink(missing_ok=True)
    source = open_store(place, writer=False)
    try:
        with source.moment():
            _copy_rows(source, target)
    finally:
        source.close()
    return audit_log(LogPlace(target))


def write_archive(folder: Path, files: Iterable[Path], logs: Mapping[str, LogPlace], target: Path) -> Manifest:
    """Write ``files`` of ``folder`` and the logs into ``target``, which appears whole or not at all, readable by its owner only.
    ``logs``: each log by its path in the restored folder, that of the latest run first. Raises ``BadInput`` if one isn't intact.
    """
    with tempfile.TemporaryDirectory(dir=target.parent) as beside:
        members: dict[str, Path] = {}
        for number, (name, place) in enumerate(logs.items()):
            log = Path(beside) / f"{number}.sqlite"
            answer = export_log(place, log)
            if not answer.ok:
                raise BadInput(*(_not_whole(str(place.path), p.where, p.what) for p in answer.problems))
            members[name] = log
        version, head = _end_of(Path(beside) / "0.sqlite")
        members |= {path.relative_to(folder).as_posix(): path for path in files}
        draft = Path(beside) / "archive.zip"
        draft.touch(mode=0o600)
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            hashes = {name: _packed(archive, name, path) for name, path in members.items()}
            manifest = Manifest(FORMAT, version, head, hashes, tuple(logs))
            archive.writestr(MANIFEST, msgspec.json.encode(manifest))
        _sync(draft)
        draft.replace(target)
    return manifest


def read_archive(source: Path, folder: Path, proven: Callable[[Path], AuditAnswer] | None = None) -> Manifest:
    """Unpack ``source`` into ``folder``, which must not exist, and check that everything is unchanged; if not, leave nothing behind.
    Each log is copied event by event from the archive into a new log, audited and signed with a new key; nothing else in the
    archived log is used. ``proven`` audits the whole shop once it is unpacked. Raises ``BadInput`` if the archive was changed,
    was truncated or isn't one, or if ``folder`` exists.
    """
    if folder.exists():
        raise BadInput(
            Finding(
                str(folder), "", "a folder that exists", "a new one", "Choose another folder, or move this one away."
            )
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open_ordinary(source, MOST_ARCHIVE) as file, tempfile.TemporaryDirectory(dir=folder.parent) as beside:
        draft = Path(beside) / "shop"
        draft.mkdir(mode=0o700)
        try:
            with zipfile.ZipFile(file) as archive:
                manifest = _unpacked(archive, source, draft)
            for name in _logs_of(manifest):
                _taken_over(source, draft, name)
            _proven(source, draft, manifest, proven)
        except _UNREADABLE as error:
            remedy = "Take another copy of the archive."
            raise BadInput(Finding(str(source), "", str(error), "an archive of Nightmill", remedy)) from error
        draft.replace(folder)
    return manifest


def _logs_of(manifest: Manifest) -> tuple[str, ...]:
    """Every log in an archive, whether or not the manifest lists it as one."""
    return tuple(name for name in manifest.files if name in manifest.logs or name.endswith("log.sqlite"))


def _taken_over(source: Path, draft: Path, name: str) -> None:
    """Replace the unpacked log by a new one with the same events."""
    unpacked = draft / name
    foreign = unpacked.with_name(unpacked.name + ".unpacked")
    unpacked.replace(foreign)
    log = open_store(LogPlace(foreign), writer=False, proven=False)
    try:
        _copy_rows(log, unpacked)
    except BadInput as error:
        raise BadInput(
            *(_not_whole(str(source), f"{name}: {each.place}", each.found) for each in error.findings)
        ) from error
    finally:
        log.close()
        for path in foreign.parent.glob(foreign.name + "*"):
            path.unlink()


def _end_of(log: Path) -> tuple[int, str]:
    store = SqliteEventStore(log, writer=False)
    try:
        return store.head()
    finally:
        store.close()


def _proven(source: Path, draft: Path, manifest: Manifest, whole: Callable[[Path], AuditAnswer] | None) -> None:
    """Audit each unpacked log like any other log; the latest run's log must end at the event in the manifest."""
    logs = _logs_of(manifest)
    findings = [] if logs else [_not_whole(str(source), "log", "missing")]
    for name in logs:
        answer = audit_log(LogPlace(draft / name))
        findings += [_not_whole(str(source), f"{name}: {problem.where}", problem.what) for problem in answer.problems]
    latest = next((name for name in logs if "archive/" not in name), "")
    if not findings and (not latest or _end_of(draft / latest) != (manifest.events, manifest.head)):
        findings.append(_not_whole(str(source), "head", "a different end from the one in the manifest"))
    if not findings and whole is not None:
        findings += [_not_whole(str(source), problem.where, problem.what) for problem in whole(draft).problems]
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
        if not target.is_relative_to(draft.resolve()) or target == draft.resolve():
            findings.append(_not_whole(str(source), name, "a place outside the shop"))
            continue
        if _beside_a_log(name, manifest):
            continue  # is rebuilt with the log
        target.parent.mkdir(parents=True, exist_ok=True)
        if _extracted(archive, name, target) != manifest.files[name]:
            findings.append(_not_whole(str(source), name, "bytes that don't match the hash in the manifest"))
    if findings:
        raise BadInput(*findings)
    return manifest


def _beside_a_log(name: str, manifest: Manifest) -> bool:
    """Return whether a file is named after a log, as are the log's key, head, lease and write-ahead log."""
    return any(name != log and name.startswith(log) for log in _logs_of(manifest))


def _check_room(archive: zipfile.ZipFile, source: Path, draft: Path) -> None:
    """Check the unpacked size in advance; reading stops if a file is longer than its entry says."""
    listed = archive.getinfo(MANIFEST).file_size
    if listed > MOST_MANIFEST:
        remedy = "Take another copy of the archive."
        raise BadInput(Finding(str(source), MANIFEST, f"{listed} bytes", f"at most {MOST_MANIFEST}", remedy))
    needed, free = sum(each.file_size for each in archive.infolist()), shutil.disk_usage(draft).free
    if needed > free:
        found, expected = f"{needed >> 20} MiB when unpacked", f"at most the {free >> 20} MiB that are free"
        raise EnvironmentFailed(
            Finding(str(source), "", found, expected, "Free some space, or restore to another disk.")
        )


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
    """Write the rows unchanged into a new log; rebuild projections from them."""
    copy = SqliteEventStore(target)
    try:
        copy.adopt(source.rows())
    finally:
        copy.close()
    for name in (".lease", ".reserve", "-wal", "-shm"):
        target.with_name(target.name + name).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        raise EnvironmentFailed(
            Finding(str(path), "", str(error), "a disk with free space", "Free some space.")
        ) from error
    finally:
        os.close(handle)


def _not_whole(file: str, place: str, what: str) -> Finding:
    return Finding(
        file, place, what, "the data that was archived", "Use another copy; nothing from this one was restored."
    )
