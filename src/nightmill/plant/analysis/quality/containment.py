"""Find the parts to put on hold after a bad part, from a list of cuts that any shop can export."""

from pathlib import Path
from typing import Any

from nightmill.formats import read_document
from nightmill.quality import CutRecord, containment
from nightmill.vocabulary.csv_text import csv_lines
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.ids import MachineId, SerialId

_NEEDED = ("serial", "machine", "tool_edge")
_VERDICTS = ("good", "bad", "doubt", "")


def contained(file: Path, serial: str, tool_edge: str = "") -> dict[str, Any]:
    """Return the answer of ``nightmill inspect contain``: ``{serial, parts, edges[{machine, tool_edge, held[]}], held[]}``.

    ``file``: one line per cut, oldest first, with ``serial, machine, tool_edge`` and, if known, ``verdict``. ``held`` lists the suspect
    parts, including ``serial``, in the order they were cut: those cut by any edge that cut ``serial``, or only by ``tool_edge``. Raises
    ``BadInput`` for an unusable file or an unknown serial.
    """
    cuts = _cuts(file)
    own = [cut for cut in cuts if cut.serial == serial and tool_edge in ("", cut.tool_edge)]
    if not own:
        place = f"serial {serial}" + (f", tool_edge {tool_edge}" if tool_edge else "")
        raise BadInput(Finding(str(file), place, "no such cut", "a part in the list", "Check the serial and the edge."))
    edges = []
    for machine, edge in dict.fromkeys((cut.machine, cut.tool_edge) for cut in own):
        held = containment(cuts, serial=serial, tool_edge=edge, machine=machine)
        edges.append({"machine": machine, "tool_edge": edge, "held": list(held)})
    suspects = {name for each in edges for name in each["held"]}
    held_all = [name for name in dict.fromkeys(cut.serial for cut in cuts) if name in suspects]
    return {"serial": serial, "parts": len({cut.serial for cut in cuts}), "edges": edges, "held": held_all}


def _cuts(file: Path) -> list[CutRecord]:
    lines = csv_lines(read_document(file), str(file))
    missing = [name for name in _NEEDED if not lines or name not in lines[0][1]]
    if missing:
        raise BadInput(
            Finding(
                str(file),
                "header",
                f"no column {', '.join(missing)}",
                ", ".join(_NEEDED),
                "Use these column names.",
            )
        )
    findings, cuts = [], []
    for number, row in lines:
        verdict = row.get("verdict", "").strip()
        if verdict not in _VERDICTS:
            findings.append(
                Finding(str(file), f"line {number}", f"verdict {verdict}", "good, bad, doubt or nothing", "Correct it.")
            )
        elif not row["serial"] or not row["machine"]:
            findings.append(Finding(str(file), f"line {number}", "an empty cell", "serial and machine", "Fill it in."))
        else:
            cuts.append(CutRecord(SerialId(row["serial"]), MachineId(row["machine"]), row["tool_edge"], verdict))  # type: ignore[arg-type]
    if findings:
        raise BadInput(*findings)
    return cuts
