"""What a request asks for: the numbers of parts, how many of each, and their materials, each where it stands in the text."""

import re
from collections.abc import Iterable, Sequence

from nightmill.intake import words
from nightmill.intake.draft import DraftLine, Extracted
from nightmill.intake.grades import MATERIAL, VAGUE_MATERIALS, is_grade
from nightmill.intake.tables import Cell, cells

LABELLED, TOLD, GUESSED = 0.95, 0.9, 0.5
_OF_NUMBERS = re.compile(r"[A-Za-z0-9_./-]")
_LONGEST = 60
_UNLABELLED_LEAST = 4
"""Letters and figures of a part's number that no label announces."""


def masked(body: str, spans: Iterable[Extracted], *patterns: re.Pattern[str]) -> str:
    """The text with ``spans`` and what ``patterns`` find taken out: their figures are nobody's quantity."""
    letters = list(body)
    places = [(span.start, span.end) for span in spans if span.end]
    places += [match.span() for pattern in patterns for match in pattern.finditer(body)]
    for start, end in places:
        letters[start:end] = "\x00" * (end - start)
    return "".join(letters)


def extracted(match: re.Match[str], group: str | int, value: str | float | int, confidence: float) -> Extracted:
    """A group of a match as a value with its place."""
    return Extracted(value, match.group(group), match.start(group), match.end(group), confidence)


def parts_of(body: str, dates: Sequence[Extracted], attachments: tuple[str, ...]) -> list[Extracted]:
    """Numbers of parts by the columns of tables and by labels; where none has one, by their look; else by attached models."""
    search = _Search(body, dates)
    for cell in cells(body):
        if cell.kind == "part" and words.CELL_OF_PART.fullmatch(cell.text) and not is_grade(cell.text):
            search.take(cell.start, cell.end, LABELLED)
    for match in words.PART_LABELLED.finditer(body):
        if not words.PIECES.match(body, match.start("part")):
            search.take(*match.span("part"), LABELLED)
    search.hold()
    for pattern, confidence in zip(words.PART, words.PART_CONFIDENCE, strict=True):
        for match in pattern.finditer(body):
            if search.may_be_ours(*match.span("part")):
                search.take(*match.span("part"), confidence)
    search.hold()
    for match in words.PART_IN_LINE.finditer(body):
        if search.asks_for_pieces(match.start()) and search.may_be_ours(*match.span("part")):
            search.take(*match.span("part"), 0.6)
    if not search.found:
        for file in attachments:
            stem, _, kind = file.rpartition(".")
            if kind.lower() in ("step", "stp") and stem:
                search.found.setdefault(stem.upper(), Extracted(stem, f"attachment {file}", 0, 0, 0.7))
    return sorted(search.found.values(), key=lambda part: part.start)


class _Search:
    """What was found so far. ``held`` are the lines of parts by which later, vaguer finds are judged."""

    def __init__(self, body: str, dates: Sequence[Extracted]) -> None:
        self.body = body
        self.found: dict[str, Extracted] = {}
        self.held: frozenset[int] = frozenset()
        self.taken = _spans(len(body), dates)
        self.asking: dict[int, bool] = {}

    def hold(self) -> None:
        """From here on, a number without a label has to be in a line of its own pieces, where others were found."""
        self.held = frozenset(line_of(self.body, part.start) for part in self.found.values())

    def take(self, start: int, end: int, confidence: float) -> None:
        """A number, whole, unless it is something else or stands there already."""
        body = self.body
        start, end = _whole_number(body, start, end)
        name = re.sub(r"\.(?:step|stp|dxf|pdf|sldprt)$", "", body[start:end], flags=re.I)
        if not 0 < end - start <= _LONGEST or any(self.taken[start:end]):
            return
        if words.NOT_PARTS.match(name) or MATERIAL.fullmatch(name) or _in_material(body, start, end):
            return
        self.taken[start:end] = b"\1" * (end - start)
        self.found.setdefault(name.upper(), Extracted(name, body[start:end], start, end, confidence))

    def may_be_ours(self, start: int, end: int) -> bool:
        """Whether a number without a label may be a part's: it is no enquiry's or order's, and no small one."""
        before = self.body[max(0, start - 40) : start]
        if words.NOT_OURS.search(before.split("\n")[-1]):
            return False
        number = self.body[start:end]
        if len(re.sub(r"[\W_]", "", number)) < _UNLABELLED_LEAST - ("-" in number):
            return False
        return not self.held or (line_of(self.body, start) not in self.held and self.asks_for_pieces(start))

    def asks_for_pieces(self, place: int) -> bool:
        """Whether the line that ``place`` is in names a number of pieces."""
        begin = line_of(self.body, place)
        if begin not in self.asking:
            end = self.body.find("\n", place)
            line = self.body[begin + 1 : end if end >= 0 else len(self.body)]
            patterns = (*words.QUANTITY[:2], words.NUMBER_OF)
            self.asking[begin] = any(pattern.search(line) for pattern in patterns)
        return self.asking[begin]


def _spans(length: int, items: Iterable[Extracted]) -> bytearray:
    """A mark for each place of a text that one of ``items`` covers."""
    marks = bytearray(length)
    for item in items:
        marks[item.start : item.end] = b"\1" * (item.end - item.start)
    return marks


def _of_cell(cell: Cell, value: str | int, confidence: float) -> Extracted:
    return Extracted(value, cell.text, cell.start, cell.end, confidence)


def _whole_number(body: str, start: int, end: int) -> tuple[int, int]:
    """A number grown to all that hangs together, up to a length that none has: a number cut short is another part's."""
    while start > 0 and end - start <= _LONGEST and _OF_NUMBERS.match(body[start - 1]):
        start -= 1
    while end < len(body) and end - start <= _LONGEST and _OF_NUMBERS.match(body[end]):
        end += 1
    while end > start and body[end - 1] in "./-":
        end -= 1
    return start, end


def _in_material(body: str, start: int, end: int) -> bool:
    around = MATERIAL.finditer(body, max(0, start - 40), min(len(body), end + 40))
    return any(material.start() <= start and end <= material.end() for material in around)


def line_of(body: str, place: int) -> int:
    """Where the line that ``place`` is in begins, less one."""
    return body.rfind("\n", 0, place)


def quantities_of(bare: str, body: str) -> list[Extracted]:
    """All numbers of pieces. ``bare`` is the text without the figures of parts, dates and materials."""
    found: dict[int, Extracted] = {}
    for cell in cells(body):
        if cell.kind == "quantity" and words.CELL_OF_QUANTITY.fullmatch(cell.text):
            for number in re.finditer(words.NUMBER, cell.text):
                start = cell.start + number.start()
                found[start] = Extracted(_whole(number[0]), number[0], start, start + len(number[0]), LABELLED)
    for match in words.QUANTITY_LIST.finditer(bare):
        for number in re.finditer(words.NUMBER, match.group("list")):
            start = match.start("list") + number.start()
            if start not in found:
                found[start] = Extracted(_whole(number[0]), number[0], start, start + len(number[0]), TOLD)
    for match in words.DOZENS.finditer(bare):
        count = (match["n"] or "a").lower()
        dozens = int(count) if count.isdigit() else words.DOZEN_OF.get(count, 1)
        found[match.start()] = extracted(match, 0, 12 * dozens, TOLD)
    for pattern, confidence in zip(words.QUANTITY, (0.95, 0.9, 0.7, 0.7), strict=True):
        for match in pattern.finditer(bare):
            start, end = match.span("n")
            if not any(other.start < end and start < other.end for other in found.values()):
                found[start] = Extracted(_whole(match["n"]), body[start:end], start, end, confidence)
    for match in words.QUANTITY_OF_PART.finditer(bare):
        start, end = match.span("n")
        if not any(other.start < end and start < other.end for other in found.values()):
            found[start] = Extracted(_whole(match["n"]), match["n"], start, end, 0.8)
    _take_lists(found, bare)
    return [found[start] for start in sorted(found)]


def _whole(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def _take_lists(found: dict[int, Extracted], bare: str) -> None:
    """Numbers that stand in one list with a quantity are quantities as well: ``qty 5, 50 & 500``."""
    for quantity in list(found.values()):
        end = quantity.end
        while (match := words.NEXT_OF_LIST.match(bare, end)) and match.start("n") not in found:
            start, end = match.span("n")
            found[start] = Extracted(_whole(match["n"]), match["n"], start, end, 0.8)


def materials_of(body: str, parts: Sequence[Extracted]) -> tuple[Extracted, ...]:
    """Names of materials; what a column or a label calls a material and no system knows is one of low confidence."""
    found: dict[int, Extracted] = {}
    for cell in cells(body):
        if cell.kind == "material":
            known = is_grade(cell.text) or MATERIAL.search(cell.text) is not None
            found[cell.start] = _of_cell(cell, cell.text, LABELLED if known else GUESSED)
    in_columns = _spans(len(body), found.values())
    for match in words.MATERIAL_LABELLED.finditer(body):
        text, start = match["material"].strip(), match.start("material")
        if not MATERIAL.search(text) and not in_columns[start]:
            found[start] = Extracted(text, text, start, start + len(text), GUESSED)
    told = _spans(len(body), [*found.values(), *parts])
    for match in MATERIAL.finditer(body):
        if not told[match.start()]:
            found[match.start()] = extracted(match, 0, match.group().strip(), TOLD)
    return tuple(found[start] for start in sorted(found))


def lines_of(
    body: str, parts: list[Extracted], quantities: list[Extracted], materials: tuple[Extracted, ...]
) -> tuple[DraftLine, ...]:
    """Each quantity and material to the part that is nearest in its own line, else to the nearest before it."""
    if not parts:
        return (DraftLine(None, tuple(quantities), materials[0] if materials else None),) if quantities else ()
    owned: dict[int, list[Extracted]] = {index: [] for index in range(len(parts))}
    for quantity in quantities:
        owned[owner(body, parts, quantity)].append(quantity)
    made: dict[int, Extracted] = {}
    for material in materials:
        mine = owner(body, parts, material)
        if mine not in made or str(made[mine].value).lower() in VAGUE_MATERIALS:
            made[mine] = material
    # one that stands beside a part is that part's, and nobody knows what the others are of
    alone = not any(_beside(body, part, material) for part in parts for material in materials)
    shared = materials[0] if len({grade(m) for m in materials}) == 1 and (alone or len(parts) == 1) else None
    return tuple(DraftLine(part, tuple(owned[index]), made.get(index, shared)) for index, part in enumerate(parts))


def _beside(body: str, part: Extracted, item: Extracted) -> bool:
    return part.end > 0 and line_of(body, part.start) == line_of(body, item.start)


def grade(material: Extracted) -> str:
    """A material's name without what writers add to it or leave out."""
    return re.sub(r"[\W_]|enaw|aisi|^al(?:uminium|uminum)?(?=\d)", "", str(material.value).lower())


def owner(body: str, parts: list[Extracted], item: Extracted) -> int:
    """Which of ``parts`` a quantity or a material is of."""
    same = [index for index, part in enumerate(parts) if _beside(body, part, item)]
    if same:
        return min(same, key=lambda index: abs(parts[index].start - item.start))
    before = [index for index, part in enumerate(parts) if part.end and part.end <= item.start]
    return before[-1] if before else 0
