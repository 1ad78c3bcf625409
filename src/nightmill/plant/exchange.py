"""A shop's log and folder in the formats of other programs, and back."""

from pathlib import Path
from typing import Any

import msgspec

from nightmill.files import ocel_log, write_atomic
from nightmill.plant.viewing import read_events, whole_shop


def export_ocel(folder: Path, out: Path) -> dict[str, Any]:
    """Write the shop's log as OCEL 2.0; the answer counts what is in it. Raises ``BadInput`` where there is no log."""
    log = read_events(folder)
    document = ocel_log(whole_shop(folder), log)
    write_atomic(out, msgspec.json.encode(document))
    counts: dict[str, int] = {}
    for each in document["objects"]:
        counts[each["type"]] = counts.get(each["type"], 0) + 1
    return {"file": str(out), "events": len(document["events"]), "objects": counts}
