"""Reads a request for quotation or an order in free text into a draft with questions.

Rules, no model: what is found rests on words that a person can be shown. The text is data: sentences in it that
command the reader are named as a warning and change nothing.
"""

import re
from datetime import date

import msgspec

from nightmill.intake import words
from nightmill.intake.draft import DraftLine, Extracted, OrderDraft, Question
from nightmill.intake.due_dates import DueDate, due_dates
from nightmill.intake.grades import VAGUE_MATERIALS
from nightmill.intake.letter import joined, messages
from nightmill.intake.order_lines import (
    GUESSED,
    extracted,
    grade,
    lines_of,
    masked,
    materials_of,
    owner,
    parts_of,
    quantities_of,
)

_LONGEST = 50_000
_MOST_PIECES = 1_000_000
QUOTED = 80
"""Characters of a sentence that a question quotes before and after the word that it is about."""


def read_rfq(
    text: str, *, sender: str | None = None, today: date, subject: str = "", attachments: tuple[str, ...] = ()
) -> OrderDraft:
    """The draft of a mail's text (at most 50,000 characters are read), English, German, French or Chinese.

    ``today`` is the day of the mail: relative dates count from it. Never raises for what the text says; what is
    missing, has two readings or can't be is a question.
    """
    letter = _letter((f"{subject}\n{text}" if subject else text)[:_LONGEST], today)
    body = letter.body
    dues = due_dates(body, today)
    parts = parts_of(body, [due.found for due in dues], attachments)
    # digits inside a part number, a date or a material are nobody's quantity
    materials = materials_of(body, parts)
    bare = masked(body, [*parts, *(due.found for due in dues), *materials], words.TOLERANCE)
    quantities = _newer(quantities_of(bare, body), letter.newest)
    lines = lines_of(body, parts, quantities, materials)
    incoterm, place = _delivery(masked(body, [due.found for due in dues]))
    price, prices = _price(body)
    questions = _questions(lines, dues, today, price, prices, incoterm, place)
    questions += _contested(body, lines, materials)
    if letter.quoted:
        asked = "The part is named only in a mail that this one quotes: does what that says still hold?"
        questions += (Question("part", asked, "ambiguous"), Question("quantity", asked, "ambiguous"))
    return OrderDraft(
        kind="order" if _orders(body) else "rfq",
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


class _Letter(msgspec.Struct, frozen=True):
    """The text that asks: the newest message, joined by the first one below it that names a part where it names none."""

    body: str
    newest: str
    quoted: bool = False
    """Whether the part stands in a mail that is quoted, not handed on."""


def _letter(text: str, today: date) -> _Letter:
    chain = messages(text)
    newest = chain[0].text
    dates = [due.found for due in due_dates(newest, today)]
    if parts_of(newest, dates, ()):
        return _Letter(newest, newest)
    for older in chain[1:]:
        if parts_of(older.text, [due.found for due in due_dates(older.text, today)], ()):
            return _Letter(joined(newest, older.text), newest, not older.forwarded)
    return _Letter(newest, newest)


def _orders(body: str) -> bool:
    own = words.THEIR_OFFER.sub("", body)
    return words.ORDERS_SURELY.search(body) is not None or (
        words.ORDER.search(own) is not None and words.RFQ.search(own) is None
    )


def _all(pattern: re.Pattern[str], body: str, confidence: float) -> tuple[Extracted, ...]:
    return tuple(extracted(match, 0, match.group().strip(), confidence) for match in pattern.finditer(body))


def _newer(items: list[Extracted], newest: str) -> list[Extracted]:
    """Those of the newest message where it has some: they take the place of the quoted ones."""
    own = [item for item in items if newest[item.start : item.end].strip()]
    return own or items


def _contested(body: str, lines: tuple[DraftLine, ...], materials: tuple[Extracted, ...]) -> tuple[Question, ...]:
    """Questions about values of which the mail names another one: several grades for a part, or a word of replacement in the sentence.

    The latter quote the sentence, which names what holds and what doesn't.
    """
    asked: dict[str, Question] = {}
    parts = [line.part for line in lines if line.part is not None]
    for index, line in enumerate(lines):
        own = [m for m in materials if str(m.value).lower() not in VAGUE_MATERIALS]
        own = [m for m in own if not parts or owner(body, parts, m) == index]
        grades = {grade(m): str(m.value) for m in own}
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
        if any(finish.start in span for finish in _all(words.FINISH, body, 0.8)):
            asked.setdefault(
                "finish", Question("finish", f"{found!r} tells of a change: which finish holds now?", "ambiguous")
            )
    for match in words.SAMPLES.finditer(body):
        asked.setdefault(
            "samples", Question("quantity", f"{match.group()!r}: beside the quantity, or a part of it?", "ambiguous")
        )
    return tuple(asked.values())


def _delivery(body: str) -> tuple[Extracted | None, Extracted | None]:
    """The Incoterm and the place: beside the term, else where the words of delivery name one."""
    match = words.INCOTERM.search(body)
    works = words.EX_WORKS.search(body)
    incoterm = extracted(match, "term", match.group("term"), 0.95) if match else None
    if incoterm is None and works:
        incoterm = extracted(works, 0, "EXW", 0.85)
    if match and match.group("place"):
        return incoterm, extracted(match, "place", match.group("place"), 0.85)
    for pattern in words.PLACE:
        if where := pattern.search(body):
            return incoterm, extracted(where, "place", where.group("place").strip(), 0.8)
    return incoterm, None


def _price(body: str) -> tuple[Extracted | None, int]:
    found: dict[int, Extracted] = {}
    for pattern in words.PRICE:
        for match in pattern.finditer(body):
            value = _money(match.group("n"))
            if value is not None and match.start("n") not in found:
                found[match.start("n")] = extracted(match, 0, value, 0.8)
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
    elif str(line.material.value).lower() in VAGUE_MATERIALS:
        asked.append(Question("material", f"Which grade of {line.material.value}{name}?", "ambiguous"))
    elif line.material.confidence <= GUESSED:
        asked.append(
            Question("material", f"{line.material.value!r}{name} is no material that is known: which?", "ambiguous")
        )
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
