"""Documents for an inspection plan: QIF 3.0, AQDEF, AS9102 Rev C Forms 1 to 3 as a workbook and as PDF, and Form 3 as CSV.

Data not in the plan (organisation, purchase order, certificates, signatures) are left as empty boxes to fill in.
"""

import html
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from nightmill.cad import PartModel
from nightmill.quality.exchange.aqdef import write_aqdef
from nightmill.quality.exchange.as9102_form3 import FORM3_HEADER, form3_csv, form3_rows
from nightmill.quality.exchange.qif import plan_qif
from nightmill.quality.inspection.characteristic import Characteristic

_FORM1 = (
    "1 Part Number", "2 Part Name", "3 Serial Number", "4 FAI Report Number", "5 Part Revision Level", "6 Drawing Number",
    "7 Drawing Revision Level", "8 Additional Changes", "9 Manufacturing Process Reference", "10 Organization Name",
    "11 Supplier Code", "12 Purchase Order Number", "13 Detail / Assembly FAI", "14 Full / Partial FAI", "Reason for FAI",
    "19 FAI complete", "20 FAI completed by", "21 Date", "22 Reviewed by", "23 Date", "24 Customer Approval", "25 Date",
    "26 Comments",
)  # fmt: skip
_FORM1_PARTS = ("15 Part Number", "16 Part Name", "17 Part Type", "18 FAI Report Number")
_FORM2 = (
    "5 Material or Process Name", "6 Specification Number", "7 Code", "8 Supplier", "9 Customer Approval Verification",
    "10 Certificate of Conformance", "11 Functional Test Procedure", "12 Acceptance Report Number", "13 Comments",
)  # fmt: skip
_Rows = list[tuple[str, ...]]
_Form = tuple[_Rows, _Rows]
_TITLES = (
    "AS9102 Form 1: Part Number Accountability",
    "AS9102 Form 2: Product Accountability",
    "AS9102 Form 3: Characteristic Accountability",
)
_EMPTY_LINES = 6


def plan_documents(characteristics: Sequence[Characteristic], part: PartModel, created: datetime) -> dict[str, bytes]:
    """Return file contents by name: ``plan.qif``, ``plan.dfd`` (AQDEF without values), ``form3.csv``, ``as9102.xlsx``, ``as9102.pdf``."""
    return {
        "plan.qif": plan_qif(characteristics, part, created=created),
        "plan.dfd": write_aqdef(characteristics, part.name).encode(),
        **first_article(characteristics, part.name, created),
    }


def first_article(
    characteristics: Sequence[Characteristic],
    part: str,
    created: datetime,
    *,
    revision: str = "",
    serial: str = "",
    results: Mapping[int, float] | None = None,
) -> dict[str, bytes]:
    """Return ``form3.csv``, ``as9102.xlsx`` and ``as9102.pdf`` for ``part``, with the ``results`` of ``serial``.

    ``results`` are by balloon, in its unit. The inspection is partial if some but not all characteristics have results.
    """
    found = results or {}
    whole = not found or all(item.balloon in found for item in characteristics)
    known = {"1 Part Number": part, "3 Serial Number": serial, "5 Part Revision Level": revision, "6 Drawing Number": part,
             "13 Detail / Assembly FAI": "Detail", "14 Full / Partial FAI": "Full" if whole else "Partial"}  # fmt: skip
    forms = _forms(known, form3_rows(characteristics, found))
    return {
        "form3.csv": form3_csv(characteristics, part_number=part, serial=serial, results=found).encode(),
        "as9102.xlsx": _workbook(forms, created),
        "as9102.pdf": _pdf(forms),
    }


def _forms(known: Mapping[str, str], rows: _Rows) -> list[_Form]:
    """Return each form's boxes (name, content) and its table, header first."""
    boxes: _Rows = [(name, known.get(name, "")) for name in _FORM1]
    top = boxes[:4]
    blank2 = [("",) * len(_FORM2)] * _EMPTY_LINES
    return [
        (boxes, [_FORM1_PARTS, *([("",) * len(_FORM1_PARTS)] * _EMPTY_LINES)]),
        (top, [_FORM2, *blank2]),
        (top, [FORM3_HEADER, *rows]),
    ]


def _workbook(forms: list[_Form], created: datetime) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Border, Font, Side

    book = Workbook()
    book.properties.created = book.properties.modified = created.replace(tzinfo=None)
    line = Side(style="thin", color="999999")
    for number, (title, (boxes, table)) in enumerate(zip(_TITLES, forms, strict=True), 1):
        sheet: Any = book.active if number == 1 else book.create_sheet()
        sheet.title = f"Form {number}"
        sheet.append([title])
        for row in [*boxes, (), *table]:
            # always written as text, whatever the first character is: names from a model are never run as formulas
            sheet.append(list(row))
            for cell in sheet[sheet.max_row]:
                cell.data_type = "s" if cell.value else cell.data_type
                cell.border = Border(line, line, line, line)
                cell.alignment = Alignment(wrap_text=True, vertical="top")
        for cell in (sheet["A1"], *sheet[len(boxes) + 3]):
            cell.font = Font(bold=True)
        for column in "ABCDEFGHIJ":
            sheet.column_dimensions[column].width = 26 if column in "AB" else 18
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _pdf(forms: list[_Form]) -> bytes:
    from reportlab.lib import colors
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

    styles = getSampleStyleSheet()
    small = styles["BodyText"].clone("small", fontSize=7, leading=8.5)
    grid = TableStyle([("GRID", (0, 0), (-1, -1), 0.4, colors.grey), ("VALIGN", (0, 0), (-1, -1), "TOP")])
    width = landscape(A4)[0] - 60
    story: list[Any] = []
    for title, (boxes, table) in zip(_TITLES, forms, strict=True):
        story += [PageBreak()] if story else []
        story += [Paragraph(title, styles["Heading2"])]
        for rows, repeat in ((boxes, 0), (table, 1)):
            cells = [[Paragraph(html.escape(text), small) for text in row] for row in rows]
            story += [Table(cells, colWidths=width / len(rows[0]), repeatRows=repeat, style=grid), Spacer(1, 8)]
    out = io.BytesIO()
    paper = SimpleDocTemplate(
        out,
        pagesize=landscape(A4),
        leftMargin=30,
        rightMargin=30,
        topMargin=30,
        bottomMargin=30,
        title=_TITLES[0],
        invariant=1,
    )
    paper.build(story)
    return out.getvalue()
