"""Export a shop's log and folder as OCEL, AAS and B2MML, and import B2MML."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from nightmill.floor import apply, empty_state
from nightmill.formats import aas, b2mml_documents, ocel_log, shop_from_b2mml, write_atomic
from nightmill.plant.workspace.event_log import read_events
from nightmill.plant.workspace.layout import has_log
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.ordinary_files import read_ordinary
from nightmill.workers import Limits, run_guarded

COUNTED = {
    "equipment.xml": "EquipmentChild",
    "material.xml": "MaterialDefinition",
    "operations_definition.xml": "OperationsDefinition",
    "operations_schedule.xml": "OperationsRequest",
    "operations_performance.xml": "SegmentResponse",
}
"""Kinds of records counted in each document."""
MOST_XML_BYTES = 64 << 20
_LIMITS = Limits(memory_mib=4096, cpu_s=120, wall_s=120.0)


def export_ocel(folder: Path, out: Path) -> dict[str, Any]:
    """Write the shop's log as OCEL 2.0 and return the record counts. Raises ``BadInput`` if there is no log."""
    log = read_events(folder)
    document = ocel_log(whole_shop(folder), log)
    write_atomic(out, msgspec.json.encode(document))
    counts: dict[str, int] = {}
    for each in document["objects"]:
        counts[each["type"]] = counts.get(each["type"], 0) + 1
    return {"file": str(out), "events": len(document["events"]), "objects": counts}


def export_aas(folder: Path, out: Path) -> dict[str, Any]:
    """Write the asset administration shells of the shop's machines and, after a run, of its good parts.

    ``out`` ends in .aasx (a package) or .json (the environment alone). Raises ``BadInput`` for any other suffix.
    """
    form = out.suffix.lower()
    if form not in {".aasx", ".json"}:
        raise BadInput(Finding("--out", "", repr(out.name), "a name that ends in .aasx or .json", "Rename it."))
    log = read_events(folder) if has_log(folder) else ()
    environment = aas.shells(whole_shop(folder), log)
    write_atomic(out, aas.package(environment) if form == ".aasx" else msgspec.json.encode(environment))
    return {
        "file": str(out),
        "shells": len(environment["assetAdministrationShells"]),
        "submodels": len(environment["submodels"]),
    }


def export_b2mml(folder: Path, out: Path) -> dict[str, Any]:
    """Write the shop as B2MML documents into the folder ``out``: equipment, materials, orders and, after a run, production results.

    Returns the files with the number of records in each. Raises ``BadInput`` if ``out`` is a file.
    """
    if out.exists() and not out.is_dir():
        raise BadInput(Finding("--out", "", f"the file {out.name}", "a folder", "Name a folder."))
    shop = whole_shop(folder)
    state = empty_state(shop)
    log = read_events(folder) if has_log(folder) else ()
    for event in log:
        apply(state, event)
    documents = b2mml_documents(shop, state, log)
    for name, content in documents.items():
        write_atomic(out / name, content)
    counts = {word: documents[name].count(f"<{word}>".encode()) for name, word in COUNTED.items() if name in documents}
    return {"folder": str(out), "files": list(documents), "records": counts}


def import_b2mml(
    files: Sequence[Path], out: Path, *, kinds: Sequence[str] = (), start: str = "", time_zone: str = "UTC",
    material: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Write a new shop folder ``out`` from B2MML documents, which are read in a guarded child process.

    ``kinds`` are ``NAME=KIND`` pairs for equipment ids or classes; ``start`` is needed if no document has a start. The
    answer lists the data found, the data still ``missing``, and B2MML content that can't be stored in a shop folder.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        remedy = "Name another folder or move it away."
        raise BadInput(Finding(str(out), "", "files that are already there", "an empty or new folder", remedy))
    asked = {
        "files": [str(file) for file in files],
        "name": out.name,
        "kinds": dict(pair.rpartition("=")[::2] for pair in kinds),
        "start": start,
        "time_zone": time_zone,
        "material": material,
    }
    call = "nightmill.plant.interop.ocel_aas_b2mml:read_b2mml_files"
    found: dict[str, Any] = run_guarded(call, asked, limits=_LIMITS, subject="B2MML")
    texts = found.pop("texts")
    for path, text in texts.items():
        write_atomic(out / path, text)
    return {"folder": str(out), "files": list(texts), **found}


def read_b2mml_files(files: Sequence[str], **asked: Any) -> Any:
    """Read B2MML files; runs in the child process. Raises ``BadInput`` for anything but an ordinary file."""
    return shop_from_b2mml({each: read_ordinary(Path(each), MOST_XML_BYTES) for each in files}, **asked)
