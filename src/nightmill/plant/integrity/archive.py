"""Archive a shop with its runs in one file, and restore a shop from such a file."""

from pathlib import Path
from typing import Any

from nightmill.plant.integrity.audit import archived_logs, audit_shop
from nightmill.plant.workspace.layout import check_log, log_path, log_place, state_folder, telemetry_folder
from nightmill.store import TelemetryHistory, read_archive, write_archive
from nightmill.vocabulary.errors import BadInput, Finding

_LIVE = ("address.json", "lock", "process.log", "probe")
"""File names of a live virtual shop's own data, which aren't archived."""
_LOGS = ("log.sqlite", "before-log.sqlite", "database.")
"""File name prefixes of logs and their keys: logs are copied event by event."""


def archive_shop(folder: Path, target: Path) -> dict[str, Any]:
    """Write the shop's files, log, plans, models and earlier runs into ``target``, and audit the copy; ``{archive, files, events, head}``.

    A live run may continue meanwhile: the log is copied as it is at one moment and the machines' journal after
    that, so that everything in the log is also in the journal. Raises ``BadInput`` if there is no log or ``target`` exists.
    """
    check_log(folder)
    if target.exists():
        raise BadInput(Finding(str(target), "--out", "a file that exists", "a new one", "Name another."))
    name = log_path(folder).relative_to(folder).as_posix()
    with TelemetryHistory(telemetry_folder(folder)).unchanged():
        files = sorted(path for path in folder.rglob("*") if path.is_file() and _belongs(folder, path, target))
        logs = {name: log_place(folder), **archived_logs(folder)}
        manifest = write_archive(folder, files, logs, target)
    return {"archive": str(target), "files": len(manifest.files), "events": manifest.events, "head": manifest.head}


def restore_shop(source: Path, folder: Path) -> dict[str, Any]:
    """Unpack an archive into the new folder ``folder`` and audit its log; ``{shop, files, events, head}``.

    A log that was kept in a database is restored as a file: remove ``[log]`` from shop.toml to continue with it.
    """
    manifest = read_archive(source, folder, audit_shop)
    return {"shop": str(folder), "files": len(manifest.files), "events": manifest.events, "head": manifest.head}


def _belongs(folder: Path, path: Path, target: Path) -> bool:
    if path == target or path.name.endswith((".new", ".lease", ".reserve")):
        return False
    if path == telemetry_folder(folder) / "lock":
        return False
    if state_folder(folder) in path.parents and path.name.startswith(_LOGS):
        return False
    return not (path.parent == state_folder(folder) / "world" and path.name in _LIVE)
