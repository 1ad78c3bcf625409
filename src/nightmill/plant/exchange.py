"""A shop's log and folder in the formats of other programs, and back."""

from pathlib import Path
from typing import Any

import msgspec

from nightmill.files import ocel_log, package, shells, write_atomic
from nightmill.plant.places import log_path
from nightmill.plant.viewing import read_events, whole_shop
from nightmill.vocabulary.errors import BadInput, Finding


def export_ocel(folder: Path, out: Path) -> dict[str, Any]:
    """Write the shop's log as OCEL 2.0; the answer counts what is in it. Raises ``BadInput`` where there is no log."""
    log = read_events(folder)
    document = ocel_log(whole_shop(folder), log)
    write_atomic(out, msgspec.json.encode(document))
    counts: dict[str, int] = {}
    for each in document["objects"]:
        counts[each["type"]] = counts.get(each["type"], 0) + 1
    return {"file": str(out), "events": len(document["events"]), "objects": counts}


def export_aas(folder: Path, out: Path) -> dict[str, Any]:
    """Write the shells of the shop's machines, and of its good parts where it was run.

    ``out`` ends in .aasx (a package) or .json (the environment alone). Raises ``BadInput`` for any other ending.
    """
    form = out.suffix.lower()
    if form not in {".aasx", ".json"}:
        raise BadInput(Finding("--out", "", repr(out.name), "a name that ends in .aasx or .json", "Rename it."))
    log = read_events(folder) if log_path(folder).exists() else ()
    environment = shells(whole_shop(folder), log)
    write_atomic(out, package(environment) if form == ".aasx" else msgspec.json.encode(environment))
    return {
        "file": str(out),
        "shells": len(environment["assetAdministrationShells"]),
        "submodels": len(environment["submodels"]),
    }
