"""Import a CAM system's tool library into `[[tools]]` of a shop: Autodesk Fusion's export (``.json``, or ``.tools``, which is the same
file compressed).

Keys of the format: ``geometry`` DC cutter diameter, LCF flute length, LB length from tip to holder, RE corner radius, SFDM shank, SIG
point angle, TA half angle of a tapered tool, TP pitch, NOF number of flutes; ``holder.segments`` heights and diameters;
``post-process.number``; ``BMC`` cutting material (Autodesk, Fusion tool library; most of these symbols are from ISO 13399). ``unit`` is
millimeters or inches.
"""

import json
import math
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from nightmill.formats import read_shop, write_atomic
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.ordinary_files import read_ordinary
from nightmill.workers import ChildFailed, Limits, run_guarded

MOST_BYTES = 64 << 20
LIMITS = Limits(memory_mib=512, cpu_s=20, wall_s=120.0)
_CALL = "nightmill.plant.interop.tool_library_import:unpack"
_ZIP = b"PK\x03\x04"
INCH_MM = 25.4
_TYPES = {
    "flat end mill": "flat", "ball end mill": "ball", "bull nose end mill": "bull", "face mill": "face",
    "chamfer mill": "chamfer", "spot drill": "spot", "counter sink": "countersink", "drill": "drill", "reamer": "reamer",
    "tap right hand": "tap", "thread mill": "thread_mill", "slot mill": "tslot",
}  # fmt: skip
_POINTED = {"drill": 118.0, "spot": 90.0, "chamfer": 90.0, "countersink": 90.0}
"""Included angle for a pointed tool if the library gives none; it is the usual angle and is reported as an assumption."""
_LONGEST, _WIDEST = 1000.0, 500.0


class Wanted(msgspec.Struct):
    """A tool as a table of shop.toml; ``remarks`` list assumptions and limits applied."""

    table: dict[str, Any]
    remarks: list[str]


def import_tools(library: Path, folder: Path, *, preview: bool = False) -> dict[str, Any]:
    """Append the tools of a library to shop.toml; tools whose numbers the shop already has are left unchanged.

    Raises ``BadInput``, and writes nothing, if the file isn't a library, two tools share a number, or the resulting shop couldn't
    be read.
    """
    shop_file = folder / "shop.toml"
    shop = read_shop(folder, book=False)
    present = {stock.tool.number for stock in shop.tools}
    wanted, left_out = _read(library)
    new = [each for each in wanted if each.table["number"] not in present]
    if new and not preview:
        text = shop_file.read_text(encoding="utf-8-sig")
        added = "\n".join(_toml(each.table) for each in new)
        whole = text.rstrip("\n") + f"\n\n# from {library.name}\n" + added
        _check(whole)
        write_atomic(shop_file, whole.encode())
    return {
        "file": str(shop_file),
        "written": bool(new) and not preview,
        "tools": [each.table | {"remarks": each.remarks} for each in new],
        "kept": sorted(each.table["number"] for each in wanted if each.table["number"] in present),
        "left_out": left_out,
    }


def _check(text: str) -> None:
    """Read the resulting shop, so that an unreadable shop.toml is never written."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "shop.toml").write_text(text, encoding="utf-8")
        read_shop(Path(folder), book=False)


def _read(library: Path) -> tuple[list[Wanted], list[dict[str, str]]]:
    """Return a library's usable tools by number, and the entries left out, with the reasons."""
    entries = _entries(library)
    wanted: dict[int, Wanted] = {}
    left_out: list[dict[str, str]] = []
    findings: list[Finding] = []
    for entry in entries:
        name = _name(entry)
        found = _tool(entry)
        if isinstance(found, str):
            left_out.append({"tool": name, "reason": found})
            continue
        number = found.table["number"]
        if number in wanted and wanted[number].table != found.table:
            other = wanted[number].table["name"]
            findings.append(
                Finding(
                    str(library),
                    f"T{number}",
                    f"{other!r} and {name!r}",
                    "a unique number for each tool",
                    "Give each tool its own number.",
                )
            )
        wanted.setdefault(number, found)
    if findings:
        raise BadInput(*findings)
    if not wanted:
        raise BadInput(Finding(str(library), "", _of_no_use(left_out), "a tool library from Fusion", "Export it as JSON."))  # fmt: skip
    return [wanted[number] for number in sorted(wanted)], left_out


def _of_no_use(left_out: list[dict[str, str]]) -> str:
    first = f"; the first is left out: {left_out[0]['reason']}" if left_out else ""
    return f"{len(left_out)} entries, none of them a usable tool{first}"


def _entries(library: Path) -> list[Mapping[str, Any]]:
    body = read_ordinary(library, MOST_BYTES)
    if body.startswith(_ZIP):
        try:
            body = run_guarded(_CALL, {"path": str(library)}, limits=LIMITS, subject=str(library)).encode()
        except ChildFailed as error:
            raise BadInput(*error.findings) from error
    try:
        document = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _no_library(library, str(error)[:200]) from error
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, list) or not all(isinstance(each, dict) for each in data):
        raise _no_library(library, "no list of tools under data")
    return data


def unpack(path: str) -> str:
    """Return the text of the document inside a compressed library; runs in the child process. Raises ``BadInput``."""
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(path) as packed:
            inside = next((each for each in packed.infolist() if each.filename.endswith(".json")), None)
            if inside is None or inside.file_size > MOST_BYTES:
                raise _no_library(Path(path), "no document in the archive, or one that is too large")
            return packed.read(inside).decode("utf-8-sig")
    except (BadZipFile, OSError, UnicodeDecodeError, RuntimeError, NotImplementedError) as error:
        raise _no_library(Path(path), str(error)[:200]) from error


def _no_library(path: Path, found: str) -> BadInput:
    remedy = "In Fusion: Tool Library, the library's menu, Export, JSON."
    return BadInput(Finding(str(path), "", found, "a tool library from Fusion (.json or .tools)", remedy))


def _name(entry: Mapping[str, Any]) -> str:
    words = [str(entry.get(key) or "").strip() for key in ("description", "vendor", "product-id")]
    name = "".join(sign for sign in " ".join(dict.fromkeys(words)) if sign.isprintable())
    return " ".join(name.split())[:80] or str(entry.get("type", "a tool"))[:80]


def _tool(entry: Mapping[str, Any]) -> Wanted | str:
    """Return an entry as a table, or why the shop can't use it."""
    kind_name = str(entry.get("type", "")).strip()
    kind = _TYPES.get(kind_name)
    if kind is None:
        return f"{kind_name or 'without a type'}: not a tool type that the planner uses"
    geometry, scale = _dict(entry.get("geometry")), _scale(entry)
    number = _number(_dict(entry.get("post-process")).get("number"))
    if number is None or not 1 <= number <= 99999 or number != int(number):
        return "no tool number from 1 to 99999 (post-process, number)"

    def length(key: str) -> float:
        found = _number(geometry.get(key))
        return 0.0 if found is None else round(found * scale, 4)

    diameter, stickout, flutes = length("DC"), length("LB"), length("LCF")
    if not 0.05 <= diameter <= _WIDEST:
        return "no cutter diameter (DC)"
    if not 1.0 <= stickout <= _LONGEST:
        return "no length from the tip to the holder (LB), which the collision check needs"
    remarks: list[str] = []
    if not 0.1 <= flutes <= stickout:
        remarks.append(f"flute length {flutes:g} mm with {stickout:g} mm below the holder: {min(max(flutes, 0.1), stickout):g} mm is used")  # fmt: skip
        flutes = min(max(flutes, 0.1), stickout)
    table: dict[str, Any] = {"number": int(number), "type": kind, "name": _name(entry), "diameter_mm": diameter, "flute_length_mm": flutes, "stickout_mm": stickout}  # fmt: skip
    if length("SFDM"):
        table["shank_diameter_mm"] = length("SFDM")
    if kind == "ball":
        table["corner_radius_mm"] = round(diameter / 2, 4)
    elif kind in ("bull", "face", "flat") and length("RE"):
        table["corner_radius_mm"] = min(length("RE"), diameter / 2)
    if kind in _POINTED:
        table |= _point(kind, geometry, length("tip-diameter"), remarks)
    if kind in ("tap", "thread_mill"):
        if not length("TP"):
            return "no pitch (TP)"
        table["pitch_mm"] = length("TP")
    teeth = _number(geometry.get("NOF"))
    if teeth is not None and 1 <= teeth <= 40:
        table["flutes"] = int(teeth)
    table["material"] = "hss" if "hss" in str(entry.get("BMC", "")).lower() else "carbide"
    table |= _holder(entry, scale, remarks)
    return Wanted(table, remarks)


def _point(kind: str, geometry: Mapping[str, Any], tip: float, remarks: list[str]) -> dict[str, float]:
    """Return the included angle in degrees, and the flat at the tip in mm."""
    point, half = _number(geometry.get("SIG")), _number(geometry.get("TA"))
    angle = point or (2.0 * half if half else None)
    if angle is None or not 10.0 <= angle <= 180.0:
        angle = _POINTED[kind]
        remarks.append(f"the point angle is assumed: {angle:g} degrees")
    return {"tip_angle_deg": round(angle, 3)} | ({"tip_diameter_mm": tip} if tip else {})


def _holder(entry: Mapping[str, Any], scale: float, remarks: list[str]) -> dict[str, float]:
    """Return the cylinder that encloses a holder's segments (mm)."""
    holder = _dict(entry.get("holder"))
    scale = _scale(holder) if holder.get("unit") else scale
    segments = holder.get("segments")
    segments = [_dict(each) for each in segments] if isinstance(segments, list) else []
    heights = [_number(each.get("height")) or 0.0 for each in segments]
    widths = [_number(each.get(key)) or 0.0 for each in segments for key in ("lower-diameter", "upper-diameter")]
    height, width = round(scale * sum(heights), 3), round(scale * max(widths, default=0.0), 3)
    if not (0.0 < height <= _LONGEST and 0.0 < width <= _WIDEST):
        remarks.append("no holder in the library: 50 mm diameter and 80 mm length are assumed")
        return {}
    return {"holder_diameter_mm": width, "holder_length_mm": height}


def _scale(entry: Mapping[str, Any]) -> float:
    """Return millimetres per unit of a tool or holder: one may be metric while the other is in inches."""
    return INCH_MM if entry.get("unit") == "inches" else 1.0


def _dict(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}


def _number(found: Any) -> float | None:
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    try:
        number = float(found)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _toml(table: Mapping[str, Any]) -> str:
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]
    return "[[tools]]\n" + "\n".join(lines) + "\n"
