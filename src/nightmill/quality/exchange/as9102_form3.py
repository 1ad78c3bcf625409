"""AS9102 Rev C, Form 3 (characteristic accountability) as CSV."""

from collections.abc import Mapping, Sequence

from nightmill.quality.inspection.characteristic import GEOMETRIC_KINDS, Characteristic
from nightmill.vocabulary.csv_text import csv_text

FORM3_HEADER = (
    "5 Char No.", "6 Reference Location", "7 Characteristic Designator", "8 Requirement", "9 Results",
    "10 Designed/Qualified Tooling", "11 Nonconformance Number", "12 Unit", "13 Sampling", "14 Origin",
)  # fmt: skip


def form3_csv(
    characteristics: Sequence[Characteristic],
    *,
    part_number: str,
    part_name: str = "",
    serial: str = "",
    results: Mapping[int, float] | None = None,
) -> str:
    """Return Form 3 with one line per characteristic; ``results`` by balloon number (mm or degrees) fill column 9.

    The first rows contain boxes 1 to 4 of the form (part number, part name, serial number, and an empty FAI report number).
    Text that a spreadsheet would run as a formula is quoted as text.
    """
    head = [
        ("1 Part Number", part_number, "2 Part Name", part_name),
        ("3 Serial Number", serial, "4 FAI Report Number", ""),
        FORM3_HEADER,
    ]
    return csv_text([*head, *form3_rows(characteristics, results or {})], "\r\n")


def form3_rows(characteristics: Sequence[Characteristic], results: Mapping[int, float]) -> list[tuple[str, ...]]:
    """Return the lines of Form 3, one per characteristic, in the order of ``FORM3_HEADER``."""
    rows: list[tuple[str, ...]] = []
    for item in characteristics:
        value = results.get(item.balloon)
        rows.append(
            (
                f"{item.balloon}",
                "faces " + " ".join(str(face) for face in item.faces) if item.faces else "model",
                item.kind,
                requirement_text(item),
                "" if value is None else f"{value:.4f}",
                item.gauge,
                "",
                item.unit,
                item.sampling,
                item.origin,
            )
        )
    return rows


def requirement_text(item: Characteristic) -> str:
    """Return the requirement as written on a drawing: ``20 +0.021/-0``, ``position 0.2 (M) A|B|C``."""
    if item.kind in GEOMETRIC_KINDS:
        condition = f" ({item.material_condition})" if item.material_condition else ""
        datums = f" {'|'.join(item.datums)}" if item.datums else ""
        zone = "no value" if item.tolerance is None else f"{item.tolerance:g}"
        return f"{item.kind} {zone}{condition}{datums}"
    if item.nominal is None or item.lower is None or item.upper is None:
        limits = [
            f"min {item.lower:g}" if item.lower is not None else "",
            f"max {item.upper:g}" if item.upper is not None else "",
        ]
        text = " ".join(word for word in limits if word)
        return text or (f"{item.nominal:g}" if item.nominal is not None else "no value")
    above, below = item.upper - item.nominal, item.lower - item.nominal
    if abs(above + below) < 1e-9:
        return f"{item.nominal:g} ±{above:g}"
    return f"{item.nominal:g} {above:+g}/{below:+g}"
