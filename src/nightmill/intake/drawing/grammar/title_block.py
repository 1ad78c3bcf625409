"""Read the title block: labels in English, German and Chinese, and the values beside, below or after them."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

import msgspec

from nightmill.intake.drawing.grammar.notes import general_tolerance
from nightmill.intake.drawing.layout.text_lines import Line
from nightmill.intake.drawing.page import Box

_LABELS: dict[str, str] = {
    "number": r"(?:DRAWING|DWG\.?|PART|DOCUMENT|DOC\.?|ITEM)\s*(?:NO|NUMBER|NR|#|ID)\.?|ZEICHNUNGS?[- ]?(?:NR|NUMMER)\.?|(?:SACH|TEILE|DOKUMENT(?:EN)?|ARTIKEL|ZEICHN(?:UNGS)?)\.?[- ]?(?:NUMMER|NR)\.?|P/N|DWG|图号|图样代号|零件号",
    "title": r"TITLE|DRAWING\s+TITLE|PART\s+NAME|NAME|DESCRIPTION|BENENNUNG|TITEL|BEZEICHNUNG|名称|零件名称",
    "revision": r"REV(?:ISION)?\.?|REV\s*\.?\s*(?:NO|INDEX)\.?|ISSUE|ÄND(?:ERUNGS)?\.?[- ]?(?:INDEX|STAND)?\.?|AENDERUNG|ÄNDERUNG|INDEX|VERSION|版本|版次",
    "material": r"MATERIAL|MAT'?L\.?|MAT\.|WERKSTOFF|MATERIAL\s*/\s*WERKSTOFF|材料",
    "heat_treatment": r"HEAT\s*TREAT(?:MENT)?\.?|HT\.?|W(?:Ä|AE)RMEBEHANDLUNG|热处理",
    "hardness": r"HARDNESS|H(?:Ä|AE)RTE|硬度",
    "finish": r"(?:SURFACE\s+)?(?:FINISH|TREATMENT|COATING)|SURFACE|OBERFL(?:Ä|AE)CHE(?:NBEHANDLUNG|NSCHUTZ)?|BESCHICHTUNG|表面处理|表面",
    "general_tolerance": r"(?:GENERAL|GEN\.?|UNSPECIFIED)\s*TOL(?:ERANCES?|S)?\.?(?:\s*ISO)?|TOLERANCES?|TOL\.|ALLGEMEINTOLERANZ(?:EN)?|FREIMASSTOLERANZ(?:EN)?|未注公差|一般公差",
    "scale": r"SCALE|MA(?:ß|SS)STAB|比例",
    "sheet": r"SHEET|BLATT|PAGE|SEITE|页|第",
    "size": r"(?:SHEET|PAPER)?\s*SIZE|FORMAT",
    "date": r"DATE|DATUM|ERSTELLT\s+AM|DRAWN\s+DATE|日期",
    "drawn_by": r"DRAWN(?:\s*BY)?|DRN\.?|GEZEICHNET|GEZ\.?|ERSTELLT(?:\s*(?:DURCH|VON))?|BEARB(?:EITET|\.)?|DESIGNED(?:\s*BY)?|AUTHOR|设计|制图",
    "checked_by": r"CHECKED(?:\s*BY)?|CHK(?:'D|D)?\.?|GEPR(?:ÜFT|\.)?|审核",
    "approved_by": r"APPROVED(?:\s*BY)?|APPR?(?:'D|D)?\.?|FREIGEGEBEN|FREIGABE|GEN(?:EHMIGT)|批准",
    "quantity": r"QTY\.?|QUANTITY|MENGE|ST(?:Ü|UE)CK(?:ZAHL)?|ANZAHL|数量",
    "weight": r"WEIGHT|MASS|GEWICHT|MASSE|重量",
    "unit": r"UNITS?|EINHEIT(?:EN)?|DIMENSIONS?\s+IN|单位",
    "projection": r"PROJECTION|PROJEKTION|投影",
    "company": r"COMPANY|FIRMA|公司",
    "customer": r"CUSTOMER|KUNDE|客户",
    "roughness": r"SURFACE\s+ROUGHNESS|ROUGHNESS|RAUHEIT|粗糙度",
}  # fmt: skip
_WHOLE = {name: re.compile(rf"(?:{label})\s*[:：.]?", re.I) for name, label in _LABELS.items()}
_WITH_VALUE = {
    name: re.compile(rf"(?:{label})\s*(?:[:：=]\s*|\s+-\s+)(?P<value>\S.*)", re.I) for name, label in _LABELS.items()
}
_WITH_BLANK = {name: re.compile(rf"(?:{label})\s+(?P<value>\S.*)", re.I) for name, label in _LABELS.items()}
_LOOSE = {"material", "scale", "revision", "sheet", "finish", "number", "quantity", "heat_treatment", "hardness"}
_FORMS = {"sheet": re.compile(r"\d{1,3}(?:\s*(?:/|of|von|共)\s*\d{1,3})?", re.I)}
_RIGHT_MM, _BELOW_SIZES = 45.0, 3.2
_LONG_LABELS = (
    "GENERAL TOLERANCES", "UNSPECIFIED TOLERANCES", "HEAT TREATMENT", "DRAWING NUMBER", "PART NUMBER", "DESCRIPTION", "SURFACE FINISH",
    "REVISION", "MATERIAL", "HARDNESS", "QUANTITY", "PROJECTION", "DRAWN BY", "CHECKED BY", "APPROVED BY", "ALLGEMEINTOLERANZEN",
    "FREIMASSTOLERANZEN", "ZEICHNUNGSNUMMER", "TEILENUMMER", "SACHNUMMER", "BENENNUNG", "BEZEICHNUNG", "WERKSTOFF", "WÄRMEBEHANDLUNG",
    "OBERFLÄCHE", "BESCHICHTUNG", "ÄNDERUNG", "GEZEICHNET", "FREIGEGEBEN",
)  # fmt: skip
LIKE_A_LABEL, MISSPELT_LABEL = 0.78, 0.9
"""Similarity to a label (Ratcliff and Obershelp's measure) from which a text may be a label, and from which it is a label."""


class Entry(msgspec.Struct, frozen=True):
    """A label's value: the field, the value's text, its lines, and whether it extends beyond its cell."""

    name: str
    value: str
    label: Line
    line: Line
    over: bool = False


def label_of(text: str) -> str | None:
    """Return the field that ``text`` labels; None unless the text is only a label."""
    both = [part.strip() for part in text.split("/")]
    for part in (text.strip(), *(both if len(both) == 2 else ())):
        for name, pattern in _WHOLE.items():
            if pattern.fullmatch(part):
                return name
    return None


def like_label(text: str) -> bool:
    """Return whether ``text`` may be a misread label: similar to one of the long labels (Ratcliff and Obershelp's measure)."""
    return bool(get_close_matches(text.strip(" :.").upper(), _LONG_LABELS, 1, LIKE_A_LABEL))


def scanned_label_of(text: str) -> str | None:
    """Do the same as ``label_of`` for a scan: a long label with one letter added, missing or replaced by OCR is still recognised.

    Few texts on a page are that similar to a label without being one (the table heading ``REVISIONS`` is), and the value keeps its own
    flags.
    """
    if (name := label_of(text)) is not None:
        return name
    bare = text.strip(" :.").upper()
    near = get_close_matches(bare, _LONG_LABELS, 1, MISSPELT_LABEL)
    return label_of(near[0]) if near and not bare.startswith(near[0]) else None


def entries(lines: Sequence[Line], cells: Sequence[Box], *, scanned: bool = False) -> list[Entry]:
    """Return every label with its value; ``cells`` and ``lines`` are those at one angle."""
    named = scanned_label_of if scanned else label_of
    labels = {id(line): name for line in lines if (name := named(line.text)) is not None}
    found: list[Entry] = []
    taken: set[int] = set()
    for line in lines:
        inline = None if id(line) in labels else _inline(line.text, boxed=_cell_of(line, cells) is not None)
        if inline is not None:
            found.append(Entry(inline[0], inline[1], line, line))
            taken.add(id(line))
    for line in lines:
        if id(line) not in labels:
            continue
        form = _FORMS.get(labels[id(line)])
        free = [
            each
            for each in lines
            if not (id(each) in labels or id(each) in taken or _says_itself(each, labels[id(line)]))
        ]
        value = _value_of(line, [each for each in free if form is None or form.fullmatch(each.text)], cells)
        if value is not None:
            taken.add(id(value))
            cell = _cell_of(value, cells)
            over = cell is not None and not (cell.x0 - 0.5 < value.box.x0 and value.box.x1 < cell.x1 + 0.5)
            found.append(Entry(labels[id(line)], value.text, line, value, over))
    return found


def _says_itself(line: Line, name: str) -> bool:
    """Return whether a line identifies itself as a field other than ``name``."""
    return name not in ("general_tolerance", "title") and general_tolerance(line.text) is not None


def _inline(text: str, *, boxed: bool) -> tuple[str, str] | None:
    numbered = re.sub(r"^\d{1,2}[.)]\s+", "", text)
    for name, pattern in _WITH_VALUE.items():
        match = pattern.fullmatch(numbered)
        if match:
            return name, match["value"].strip()
    if boxed or re.match(r"(?:SCALE|REV|SHEET|MATERIAL|WERKSTOFF|MASSSTAB|MAßSTAB|BLATT)\b", numbered, re.I):
        for name in _LOOSE:
            match = _WITH_BLANK[name].fullmatch(numbered)
            if match and len(match["value"]) < 40 and not re.match(r"(?:AND|UND|OF|IN)\b", match["value"], re.I):
                return name, match["value"].strip()
    return None


def _cell_of(line: Line, cells: Sequence[Box]) -> Box | None:
    middle = line.box.middle
    around = [cell for cell in cells if cell.holds(middle)]
    return min(around, key=lambda cell: cell.width * cell.height) if around else None


def _value_of(label: Line, others: list[Line], cells: Sequence[Box]) -> Line | None:
    cell = _cell_of(label, cells)
    if cell is not None and cell.height < 30 and cell.width < 150:
        own = [line for line in others if _cell_of(line, cells) == cell]
        if own:
            return min(own, key=lambda line: _distance(label, line))
        right = [line for line in others if _in_next_cell(label, line, cell, cells)]
        if right:
            return min(right, key=lambda line: line.box.x0)
        below = [line for line in others if _in_cell_below(line, cell, cells)]
        return min(below, key=lambda line: _distance(label, line)) if below else None
    near = [line for line in others if _right_of(label, line) or _below(label, line)]
    return min(near, key=lambda line: _distance(label, line)) if near else None


def _distance(label: Line, line: Line) -> float:
    dx = max(0.0, line.box.x0 - label.box.x1, label.box.x0 - line.box.x1)
    return dx + max(0.0, abs(line.box.y1 - label.box.y1) - 0.3 * label.size)


def _in_next_cell(label: Line, line: Line, cell: Box, cells: Sequence[Box]) -> bool:
    other = _cell_of(line, cells)
    return other is not None and abs(other.x0 - cell.x1) < 0.6 and _level(label, line)


def _in_cell_below(line: Line, cell: Box, cells: Sequence[Box]) -> bool:
    other = _cell_of(line, cells)
    return other is not None and abs(other.y0 - cell.y1) < 0.6 and abs(other.x0 - cell.x0) < 0.6


def _level(label: Line, line: Line) -> bool:
    return abs((line.box.y0 + line.box.y1) - (label.box.y0 + label.box.y1)) / 2 < 0.6 * max(label.size, line.size)


def _right_of(label: Line, line: Line) -> bool:
    return 0 <= line.box.x0 - label.box.x1 < _RIGHT_MM and _level(label, line)


def _below(label: Line, line: Line) -> bool:
    down = line.box.y1 - label.box.y1
    return 0 < down < _BELOW_SIZES * max(label.size, line.size) and abs(line.box.x0 - label.box.x0) < 2 * label.size
