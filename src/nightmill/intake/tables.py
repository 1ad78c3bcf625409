"""Tables in the text of mails: cells by the heads of their columns, wherever bars, tabs, semicolons or wide gaps part them."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice

import msgspec

_COLUMNS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(rf"\s{{0,9}}(?:{heads})\s{{0,9}}", re.I)
    for name, heads in {
        "part": r"(?:(?:part|item|material|product|drawing|dwg|drg|article|artikel|art|teile?|zeichnungs?|sach|ident|pièce|plan|code|cod|component)\.?[- ]{0,2}(?:no|number|nr|nummer|num|code|id|n°|#)\.?|p/?n|part|drawing|artikel|article|teil|zeichnung|item|réf(?:érence)?\.?|ref(?:erence)?\.?|plan|code|codice|disegno|图号|零件号|料号|物料编码|编号)",
        "quantity": r"(?:order |req(?:uired|'d)?\.? )?(?:qty|quantity|quantities|pcs|pieces|units|nos|eau|menge|anzahl|stückzahl|stück|stk|qté|quantité|q\.?tà|cantidad|数量|件数)\.?(?:\s{0,2}[\[(/]\s{0,2}(?:pcs|stk|stück|ea|nos|件)\.?[\])]?)?",
        "material": r"(?:raw )?(?:material|mat'?l|mat|werkstoff|matière|matiere|materiale|moc|grade|材料|材质)\.?",
        "finish": r"(?:surface )?(?:finish|coating|treatment|plating)|surface|oberfläche|beschichtung|traitement|finition|表面处理|表面",
    }.items()
}
MOST_COLUMNS = 60
_LESS = tuple(
    re.compile(form, re.I)
    for form in (r"(?!item$|pos|drawing|dwg|drg|zeich|plan|disegno|图号|code$)", r"(?!item$|pos)", r"")
)
_APART = (re.compile(r"[|\t]"), re.compile(r";"), re.compile(r" {2,}"))


class Cell(msgspec.Struct, frozen=True):
    """A cell's text, the kind of its column, and where in the mail it stands."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Behind its last letter."""
        return self.start + len(self.text)


def cells(body: str) -> Iterator[Cell]:
    """The cells below the heads of columns that are known; a table has two such heads, or one and bars or tabs."""
    heads: dict[int, str] = {}
    start = gaps = 0
    for line in body.splitlines(keepends=True):
        row = _row(line, start)
        found = {
            index: kind
            for index, (text, _) in enumerate(row)
            for kind, head in _COLUMNS.items()
            if text and head.fullmatch(text)
        }
        if len(found) > 1 or (found and len(row) > 1 and re.search(r"[|\t]", line)):
            heads, gaps = _one_number(found, row), 0
        elif len(row) < 2 or set(line.strip()) <= set("-=+_:| "):
            gaps += 1
            heads = heads if gaps < 2 and (not line.strip() or set(line.strip()) <= set("-=+_:| ")) else {}
        else:
            for index, kind in heads.items():
                if index < len(row) and row[index][0]:
                    yield Cell(kind, *row[index])
        start += len(line)


def _one_number(heads: dict[int, str], row: list[tuple[str, int]]) -> dict[int, str]:
    """Of several columns that number a part, one: its own number before its drawing's, and that before a position's."""
    parts = [index for index, kind in heads.items() if kind == "part"]
    own = min(
        parts,
        key=lambda index: (_LESS.index(next(each for each in _LESS if each.match(row[index][0]))), index),
        default=-1,
    )
    return {index: kind for index, kind in heads.items() if kind != "part" or index == own}


def _row(line: str, start: int) -> list[tuple[str, int]]:
    """The cells of a line, each with its place in the text; edges of bars make no cells."""
    made = []
    at = 0
    text = line.rstrip("\r\n")
    apart = next((marks for marks in _APART if marks.search(text.strip())), _APART[-1])
    for match in [*islice(apart.finditer(text), MOST_COLUMNS), None]:
        end = match.start() if match else len(text)
        piece = text[at:end]
        made.append((piece.strip(), start + at + len(piece) - len(piece.lstrip())))
        at = match.end() if match else end
    if text.lstrip().startswith("|"):
        made = made[1:]
    return made
