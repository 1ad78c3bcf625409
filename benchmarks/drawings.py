"""Measure how well drawings are read: generated sheets with exact truth, as vector PDF, DXF and 200 dpi scans.

    python benchmarks/drawings.py [--sheets 60] [--scans 12] [--seed 1] [--fonts DIR]

Prints F1, recall by kind and silent wrong values (wrong and unflagged) for each medium. ``--fonts DIR`` uses every
TrueType font below DIR for the text instead of the usual ones, so that unseen fonts can be measured.
"""

import argparse
import random
import sys
from pathlib import Path
from typing import Any

import drawn_fonts
import drawn_sheets as sheets
from drawing_score import Score, compared

from nightmill.intake import read_drawing

USUAL = ("grid", "rows", "colons")
UNSEEN = ("ledger", "stripe", "pairs", "tower")
"""Title blocks for which the reader has no specific rule."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sheets", type=int, default=60, help="number of vector sheets, and of DXF files")
    parser.add_argument("--scans", type=int, default=12, help="scanned sheets")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fonts", type=Path, help="folder of TrueType fonts")
    parser.add_argument(
        "--unseen", action="store_true", help="use title blocks for which the reader has no rule, and worn scans"
    )
    given = parser.parse_args()
    fonts = drawn_fonts.usual_fonts()
    if given.fonts:
        found = {path.stem: path for path in sorted(given.fonts.rglob("*.ttf"))}
        fonts = {**found, "symbols": fonts["symbols"]}
    drawn_fonts.load_fonts(fonts)
    names = [name for name in fonts if name != "symbols"]
    layouts = UNSEEN if given.unseen else USUAL
    failures = 0
    for medium, number in (("pdf", given.sheets), ("dxf", given.sheets), ("scan", given.scans)):
        score = Score()
        for place in range(number):
            score.add(one(medium, f"{given.seed}-{medium}-{place}", names, layouts))
        if number:
            tell(medium, number, score)
            failures += len(score.silent)
    sys.exit(1 if failures else 0)


def one(medium: str, seed: str, fonts: list[str], layouts: tuple[str, ...]) -> Score:
    """Draw, read and compare one sheet."""
    rng = random.Random(seed)
    style = sheets.random_style(rng, fonts, layouts, drawn=0.4)
    worn = layouts != USUAL
    if worn:
        style = sheets.mutated(style, broken=rng.random() < 0.4, weight=rng.choice([0.7, 1.0, 1.0, 1.5]))
    sheet = sheets.compose(rng, style, drawn_fonts.pdf_measure)
    if medium == "dxf":
        return compared(sheet, read_drawing(sheets.as_dxf(sheet, rng), "dxf"))
    pdf = sheets.as_pdf(sheet)
    if medium == "pdf":
        return compared(sheet, read_drawing(pdf, "pdf"))
    return compared(sheet, read_drawing(sheets.as_pixels(pdf, rng, **scanner(rng, worn=worn)), "image"))


def scanner(rng: random.Random, *, worn: bool) -> dict[str, Any]:
    """Return the scan settings of a sheet: skew and grain; worn sheets may be blurred, pale, on grey paper or saved as
    JPEG.
    """
    found: dict[str, Any] = {"skew_deg": rng.choice([0, 0, 0.4, -0.7, 1.2]), "noise": rng.choice([0, 6, 12])}
    if worn:
        found |= {"blur": rng.choice([0, 0, 0.5, 0.7]), "ink": rng.choice([0, 0, 40, 70])}
        found |= {"paper": rng.choice([255, 255, 240, 225]), "jpeg": rng.choice([0, 60, 80, 90])}
    return found


def tell(medium: str, number: int, score: Score) -> None:
    """Print the results for one medium."""
    values = sum(score.found.values()) + len(score.missed)
    print(
        f"{medium}: {number} sheets, {values} values: F1 {score.f1:.4f}, silent wrong values {len(score.silent)}, "
        f"flagged {len(score.invented) - len(score.silent)}, missed {len(score.missed)}, correct but turned into "
        f"questions {score.doubted} ({score.doubted / max(1, values):.1%})"
    )
    missed: dict[str, int] = {}
    for each in score.missed:
        kind = str(each["kind"]) if isinstance(each, dict) else "?"
        missed[kind] = missed.get(kind, 0) + 1
    kinds = sorted({*score.found, *missed})
    print(
        "   recall: "
        + ", ".join(
            f"{kind} {score.found.get(kind, 0)}/{score.found.get(kind, 0) + missed.get(kind, 0)}" for kind in kinds
        )
    )
    for each in score.silent[:20]:
        words = getattr(each, "words", "")
        print(f"   silent: {getattr(each, 'kind', getattr(each, 'name', ''))} {words!r}")


if __name__ == "__main__":
    main()
