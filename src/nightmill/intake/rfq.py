"""Reads a request for quotation or an order in free text into a draft with questions.

Rules, no model: what is found rests on words that a person can be shown. The text is data: sentences in it that
command the reader are named as a warning and change nothing.
"""

import re
from collections.abc import Iterator
from datetime import date

import msgspec

from nightmill.intake import words
from nightmill.intake.draft import DraftLine, Extracted, OrderDraft, Question
from nightmill.intake.due_dates import DueDate, due_dates

_LONGEST = 50_000
_MOST_PIECES = 1_000_000
QUOTED = 80
"""Characters of a sentence that a question quotes before and after the word that it is about."""


def read_rfq(
    text: str, *, sender: str | None = None, today: date, subject: str = "", attachments: tuple[str, ...] = ()
) -> OrderDraft:
    """The draft of a mail's text (at most 50,000 characters are read), English or German.

    ``today`` is the day of the mail: relative dates count from it. Never raises for what the text says; what is
    missing, has two readings or can't be is a question.
    """
    body = f"{subject}\n{text}" if subject else text
    body = _without_quoted(body[:_LONGEST])
    parts = _parts(body, attachments)
    dues = due_dates(body, today)
    # digits inside a part number, a date or a material are nobody's quantity
    masked = _masked(body, [p for p in parts if p.end] + [due.found for due in dues], words.MATERIAL, words.TOLERANCE)
    quantities = _quantities(masked, body)
    # nor is a part number's middle a material
    materials = _all(words.MATERIAL, body, 0.9)
    materials = tuple(m for m in materials if not any(p.start <= m.start and m.end <= p.end for p in parts))
    lines = _lines(body, parts, quantities, materials)
    incoterm, place = _delivery(body)
    price, prices = _price(body)
    questions = _questions(lines, dues, today, price, prices, incoterm, place)
    questions += _contested(body, lines, materials)
    return OrderDraft(
        kind="order" if words.ORDER.search(body) and not words.RFQ.search(body) else "rfq",
        sender=sender,
        subject=subject,
        lines=lines,
        due_date=dues[0].found if dues else None,
        price=price,
        incoterm=incoterm,
        delivery_place=place,
        tolerances=_all(words.TOLERANCE, body, 0.8),
        finishes=_all(words.FINISH, body, 0.8),
        attachments=attachments,
        questions=questions,
        warnings=tuple(
            f"text that commands its reader, taken as data: {match.group()[:80]!r}"
            for match in words.HOSTILE.finditer(body)
        ),
    )


def _without_quoted(text: str) -> str:
    """Quoted lines of earlier mails blanked, so that places in the text stay."""
    return re.sub(r"(?m)^>.*$", lambda match: " " * len(match.group()), text)


def _masked(body: str, spans: list[Extracted], *patterns: re.Pattern[str]) -> str:
    letters = list(body)
    places = [(span.start, span.end) for span in spans]
    places += [match.span() for pattern in patterns for match in pattern.finditer(body)]
    for start, end in places:
        letters[start:end] = "\x00" * (end - start)
    return "".join(letters)


def _extracted(match: re.Match[str], group: str | int, value: str | float | int, confidence: float) -> Extracted:
    return Extracted(value, match.group(group), match.start(group), match.end(group), confidence)


def _all(pattern: re.Pattern[str], body: str, confidence: float) -> tuple[Extracted, ...]:
    return tuple(_extracted(match, 0, match.group().strip(), confidence) for match in pattern.finditer(body))


def _parts(body: str, attachments: tuple[str, ...]) -> list[Extracted]:
    found: dict[str, Extracted] = {}
    for cell in _cells(body, words.PART_COLUMN, words.CELL_OF_PART):
        found.setdefault(str(cell.value).upper(), cell)
    for pattern, confidence in zip(words.PART, (0.95, 0.85, 0.85, 0.6, 0.7, 0.85), strict=True):
        for match in pattern.finditer(body):
            name = re.sub(r"\.(?:step|stp|dxf|pdf|sldprt)$", "", match.group("part"), flags=re.I)
            if words.NOT_PARTS.match(name) or words.MATERIAL.fullmatch(name):
                continue
            found.setdefault(name.upper(), _extracted(match, "part", name, confidence))
    if not found:
        for file in attachments:
            stem, _, kind = file.rpartition(".")
            if kind.lower() in ("step", "stp") and stem:
                found.setdefault(stem.upper(), Extracted(stem, f"attachment {file}", 0, 0, 0.7))
    return sorted(found.values(), key=lambda part: part.start)


def _cells(body: str, head: re.Pattern[str], wanted: re.Pattern[str]) -> Iterator[Extracted]:
    """The cells of tables written with bars or tabs, by the head of their column."""
    column, start = -1, 0
    for line in body.splitlines(keepends=True):
        cells = re.split(r"[|\t]", line.rstrip("\r\n"))
        if len(cells) < 2:
            column = -1
        elif column < 0:
            column = next((index for index, cell in enumerate(cells) if head.fullmatch(cell)), -1)
        elif column < len(cells) and wanted.fullmatch(cells[column].strip()):
            name = cells[column].strip()
            place = start + len("|".join(cells[:column])) + (column > 0) + cells[column].index(name)
            yield Extracted(name, name, place, place + len(name), 0.95)
        start += len(line)


def _whole(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def _quantities(masked: str, body: str) -> list[Extracted]:
    found = {
        cell.start: msgspec.structs.replace(cell, value=_whole(cell.source))
        for cell in _cells(body, words.QUANTITY_COLUMN, words.CELL_OF_QUANTITY)
    }
    for match in words.QUANTITY_LIST.finditer(masked):
        for number in re.finditer(words.NUMBER, match.group("list")):
            start = match.start("list") + number.start()
            if start in found:
                continue
            source = number.group()
            found[start] = Extracted(_whole(source), source, start, start + len(source), 0.9)
    for pattern, confidence in zip(words.QUANTITY, (0.95, 0.9, 0.7), strict=True):
        for match in pattern.finditer(masked):
            start, end = match.span("n")
            if any(other.start < end and start < other.end for other in found.values()):
                continue
            found[start] = Extracted(_whole(match.group("n")), body[start:end], start, end, confidence)
    _take_lists(found, masked)
    return [found[start] for start in sorted(found)]


def _take_lists(found: dict[int, Extracted], masked: str) -> None:
    """Numbers that stand in one list with a quantity are quantities as well: ``qty 5, 50 & 500``."""
    for quantity in list(found.values()):
        end = quantity.end
        while (match := words.NEXT_OF_LIST.match(masked, end)) and match.start("n") not in found:
            start, end = match.span("n")
            found[start] = Extracted(_whole(match["n"]), match["n"], start, end, 0.8)


def _lines(
    body: str, parts: list[Extracted], quantities: list[Extracted], materials: tuple[Extracted, ...]
) -> tuple[DraftLine, ...]:
    """Each quantity and material to the part that is nearest in its own line, else to the nearest before it."""
    if not parts:
        return (DraftLine(None, tuple(quantities), materials[0] if materials else None),) if quantities else ()
    owned: dict[int, list[Extracted]] = {index: [] for index in range(len(parts))}
    for quantity in quantities:
        owned[_owner(body, parts, quantity)].append(quantity)
    made: dict[int, Extracted] = {}
    for material in materials:
        owner = _owner(body, parts, material)
        if owner not in made or str(made[owner].value).lower() in words.VAGUE_MATERIALS:
            made[owner] = material
    # one that stands beside a part is that part's, and nobody knows what the others are of
    alone = not any(_beside(body, part, material) for part in parts for material in materials)
    shared = materials[0] if len({_grade(m) for m in materials}) == 1 and (alone or len(parts) == 1) else None
    return tuple(DraftLine(part, tuple(owned[index]), made.get(index, shared)) for index, part in enumerate(parts))


def _line_of(body: str, place: int) -> int:
    return body.rfind("\n", 0, place)


def _beside(body: str, part: Extracted, item: Extracted) -> bool:
    return part.end > 0 and _line_of(body, part.start) == _line_of(body, item.start)


def _grade(material: Extracted) -> str:
    """A material's name without what writers add to it or leave out."""
    return re.sub(r"[\W_]|enaw|aisi|^al(?:uminium|uminum)?(?=\d)", "", str(material.value).lower())


def _contested(body: str, lines: tuple[DraftLine, ...], materials: tuple[Extracted, ...]) -> tuple[Question, ...]:
    """Questions about values of which the mail names another one: several grades for a part, or a word of replacement in the sentence.

    The latter quote the sentence, which names what holds and what doesn't.
    """
    asked: dict[str, Question] = {}
    parts = [line.part for line in lines if line.part is not None]
    for index, line in enumerate(lines):
        own = [m for m in materials if str(m.value).lower() not in words.VAGUE_MATERIALS]
        own = [m for m in own if not parts or _owner(body, parts, m) == index]
        grades = {_grade(m): str(m.value) for m in own}
        if len([g for g in grades if not any(g != other and g in other for other in grades)]) > 1:
            name = f" of {line.part.value}" if line.part else ""
            listed = ", ".join(grades.values())
            asked.setdefault(
                f"several {index}",
                Question("material", f"Several materials{name} are named ({listed}): which one?", "ambiguous"),
            )
    for match in words.REPLACES.finditer(body):
        stop = re.compile(r"[!?;\n]\s*\n|[.!?。！？]\s").search(body, match.end())
        start = max(body.rfind(mark, 0, match.start()) for mark in (". ", "\n\n", "! ", "? ", "。"))
        span = range(start + 1, stop.start() + 1 if stop else len(body))
        found = " ".join(body[max(span.start, match.start() - QUOTED) : min(span.stop, match.end() + QUOTED)].split())
        if any(q.start in span for line in lines for q in line.quantities):
            asked.setdefault(
                "quantity", Question("quantity", f"{found!r} tells of a change: how many are wanted now?", "ambiguous")
            )
        if any(line.material is not None and line.material.start in span for line in lines):
            asked.setdefault(
                "material", Question("material", f"{found!r} tells of a change: which material holds now?", "ambiguous")
            )
    for match in words.SAMPLES.finditer(body):
        asked.setdefault(
            "samples", Question("quantity", f"{match.group()!r}: beside the quantity, or a part of it?", "ambiguous")
        )
    return tuple(asked.values())


def _owner(body: str, parts: list[Extracted], item: Extracted) -> int:
    same = [index for index, part in enumerate(parts) if _beside(body, part, item)]
    if same:
        return min(same, key=lambda index: abs(parts[index].start - item.start))
    before = [index for index, part in enumerate(parts) if part.end and part.end <= item.start]
    return before[-1] if before else 0


def _delivery(body: str) -> tuple[Extracted | None, Extracted | None]:
    match = words.INCOTERM.search(body)
    incoterm = _extracted(match, "term", match.group("term"), 0.95) if match else None
    if match and match.group("place"):
        return incoterm, _extracted(match, "place", match.group("place"), 0.85)
    where = words.PLACE.search(body)
    return incoterm, _extracted(where, "place", where.group("place").strip(), 0.8) if where else None


def _price(body: str) -> tuple[Extracted | None, int]:
    found: dict[int, Extracted] = {}
    for pattern in words.PRICE:
        for match in pattern.finditer(body):
            value = _money(match.group("n"))
            if value is not None and match.start("n") not in found:
                found[match.start("n")] = _extracted(match, 0, value, 0.8)
    ordered = [found[start] for start in sorted(found)]
    return (ordered[0] if ordered else None), len(ordered)


def _money(text: str) -> float | None:
    """1.234,50 and 1,234.50 are the same money; a lone group of three after the mark is thousands."""
    digits = text.replace("'", "")
    mark = max(digits.rfind("."), digits.rfind(","))
    if mark >= 0 and len(digits) - mark - 1 != 3:
        digits = re.sub(r"[.,]", "", digits[:mark]) + "." + digits[mark + 1 :]
    else:
        digits = re.sub(r"[.,]", "", digits)
    return float(digits) if re.fullmatch(r"\d+(?:\.\d+)?", digits) else None


def _questions(
    lines: tuple[DraftLine, ...],
    dues: tuple[DueDate, ...],
    today: date,
    price: Extracted | None,
    prices: int,
    incoterm: Extracted | None,
    place: Extracted | None,
) -> tuple[Question, ...]:
    asked: list[Question] = []
    if not lines or any(line.part is None for line in lines):
        asked.append(Question("part", "Which part (number or STEP file) is meant?", "missing"))
    for line in lines or (DraftLine(None, ()),):
        asked += _line_questions(line)
    if not dues:
        asked.append(Question("due_date", "When must the parts arrive?", "missing"))
    else:
        asked += _date_questions(dues, today)
    if prices > 1:
        asked.append(Question("price", "The mail names several prices: which one holds, for how many?", "ambiguous"))
    if incoterm is None:
        asked.append(Question("incoterm", "Which Incoterm (for instance EXW, DAP)?", "missing"))
    if place is None:
        asked.append(Question("delivery_place", "Where are the parts to be delivered?", "missing"))
    return tuple(asked)


def _line_questions(line: DraftLine) -> list[Question]:
    name = f" of {line.part.value}" if line.part else ""
    asked = []
    if not line.quantities:
        asked.append(Question("quantity", f"How many{name}?", "missing"))
    values = {int(quantity.value) for quantity in line.quantities}
    if len(values) > 1:
        listed = ", ".join(str(value) for value in sorted(values))
        asked.append(
            Question("quantity", f"Several quantities{name} ({listed}): price breaks, or which one?", "ambiguous")
        )
    if any(not 1 <= value <= _MOST_PIECES for value in values):
        asked.append(Question("quantity", f"The quantity{name} can't be: what is meant?", "implausible"))
    if line.material is None:
        asked.append(Question("material", f"Which material{name}?", "missing"))
    elif str(line.material.value).lower() in words.VAGUE_MATERIALS:
        asked.append(Question("material", f"Which grade of {line.material.value}{name}?", "ambiguous"))
    return asked


def _date_questions(dues: tuple[DueDate, ...], today: date) -> list[Question]:
    first = dues[0]
    asked = []
    if first.alternatives:
        both = " or ".join((str(first.found.value), *first.alternatives))
        asked.append(Question("due_date", f"Is {first.found.source!r} {both}?", "ambiguous"))
    rivals = {str(due.found.value) for due in dues if due.found.confidence >= first.found.confidence}
    if len(rivals) > 1:
        asked.append(
            Question("due_date", f"Several dates are named ({', '.join(sorted(rivals))}): which is due?", "ambiguous")
        )
    if date.fromisoformat(str(first.found.value)) <= today:
        asked.append(
            Question("due_date", f"{first.found.value} is not after the mail: which date is meant?", "implausible")
        )
    return asked
