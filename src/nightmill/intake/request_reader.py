"""Read a request for quotation or an order in free text into a draft with questions.

The reader works by rules, without a language model: every value comes from words that can be shown to a person. The
text is only data: sentences with instructions to the reader are reported as a warning and change nothing.
"""

import re
from collections.abc import Sequence
from datetime import date

import msgspec

from nightmill.intake.lexicon import patterns
from nightmill.intake.lexicon.order_draft import DraftLine, Extracted, OrderDraft, Question
from nightmill.intake.mail.thread_split import joined, messages
from nightmill.intake.review.missing_requirements import (
    contested,
    delivery_questions,
    former,
    kind_questions,
    questions_of,
    unexplained,
    wanted,
)
from nightmill.intake.review.unexplained_figures import loose, rivals
from nightmill.intake.rules.annotations import Typed, typed
from nightmill.intake.rules.clauses import blanked, clause_of, extracted, masked
from nightmill.intake.rules.dates import DueDate, due_dates
from nightmill.intake.rules.delivery import delivery, terms_named
from nightmill.intake.rules.finishes import finishes_of
from nightmill.intake.rules.line_assembly import lines_of, materials_of
from nightmill.intake.rules.material_codes import codes_of
from nightmill.intake.rules.part_numbers import parts_of
from nightmill.intake.rules.quantities import beside_parts, of_a_year, quantities_of

_LONGEST = 50_000
_PLAIN = str.maketrans({**dict.fromkeys("\u00a0\u2007\u2009\u202f", " "), **dict.fromkeys("\u2018\u2019\u02bc", "'")})
"""Non-breaking spaces and typographic apostrophes, which separate thousands just as plain ones do: ``1 500``, ``1'500``."""
_SCALED = re.compile(
    rf"\s?(?:k\b|(?:[^\W\d_]{{1,12}}\s)?(?:/|per|pro|je|par|for|für)\s?(?:{patterns.PACK}|1[0 ]?00+\b)|%)", re.I
)
"""Words that make a price apply to several pieces or to thousands."""


_TARGET = re.compile(
    r"\b(?:target|ziel|budget|cible|objecti[fv]|objetivo|obiettivo|richt|streef)\w*\W{0,3}(?:\w{1,12}\W{1,3}){0,3}$",
    re.I,
)
"""Words right before the buyer's target price."""
_OF_A_PIECE = re.compile(
    r"\b(?:each|ea|apiece|cad|c/u)\b|(?:/|\b(?:per|pro|je|la|al|à la|por|za|na) ?)\W?(?:pcs?|pce|piece|unit|part|st|stk|stück|pièce|pezzo|ud|unidad|szt|ks|stuk|件)\b|/[件个]",
    re.I,
)


def read_rfq(
    text: str, *, sender: str | None = None, today: date, subject: str = "", attachments: tuple[str, ...] = ()
) -> OrderDraft:
    """Return the draft of a mail's text (at most 50,000 characters are read), in one of the languages of ``labels.py``.

    ``today`` is the date of the mail: relative dates count from it. No text causes an exception; anything missing,
    ambiguous or impossible becomes a question.
    """
    letter = _letter((f"{subject}\n{text}" if subject else text)[:_LONGEST].translate(_PLAIN), today)
    body = letter.text.body
    dues = due_dates(_newer_days(letter))
    asks = _asks(letter, attachments)
    lines, materials, doubts = asks.lines, asks.materials, asks.doubts
    finishes = finishes_of(letter.text)
    undated = masked(body, letter.text.dates)
    incoterm, place, works = delivery(letter.text, undated)
    price, prices = _price(letter.text)
    bygone_price = price if price is not None and former(body, [price])[0] else None
    price = None if bygone_price is not None else price
    questions = doubts + questions_of(body, lines, dues, letter.text.days, today)
    if asks.bygone:
        questions += (
            Question(
                "quantity", "The quantity is that of an earlier order: how many pieces are wanted now?", "ambiguous"
            ),
        )
    if asks.yearly:
        told = "A yearly quantity is stated beside other quantities: are the others what is wanted now?"
        questions += (Question("quantity", told, "ambiguous"),)
    ordered = _orders(body)
    questions += _price_questions(letter, price, prices, bygone_price, ordered=ordered)
    if price is not None and prices == 1 and len(lines) > 1 and not _of_a_piece(body, price, lines):
        questions += (
            Question(
                "price", f"{price.source!r}: is this the price of one piece, and of which part, or of all?", "ambiguous"
            ),
        )
    questions += delivery_questions(body, incoterm, place, works, terms_named(undated))
    questions += kind_questions(body, ordered=ordered)
    if not doubts:
        read = [*materials, *asks.quantities, *finishes, *(each for each in (incoterm, place, price) if each)]
        questions += unexplained(letter.text, read, asks.parts)
    questions += contested(body, lines, materials, finishes)
    read = [*asks.read, *finishes, *(each for each in (incoterm, place, price, bygone_price) if each)]
    said = {question.field for question in questions}
    questions += rivals(letter.text, lines, read, dues, said)
    questions += loose(letter.text, undated, price, place, ordered=ordered, asked=said)
    if letter.quoted:
        asked = "The part is named only in a quoted mail: is what that mail says still valid?"
        questions += (Question("part", asked, "ambiguous"), Question("quantity", asked, "ambiguous"))
    return OrderDraft(
        kind="order" if ordered else "rfq",
        sender=sender,
        subject=subject,
        lines=lines,
        due_date=dues[0].found if dues else None,
        price=price,
        incoterm=incoterm,
        delivery_place=place,
        tolerances=tuple(each for each in _all(patterns.TOLERANCE, body, 0.8) if not _denied(body, each)),
        finishes=finishes,
        attachments=attachments,
        questions=questions,
        warnings=tuple(
            f"text with instructions to its reader, treated as data: {match.group()[:80]!r}"
            for match in patterns.HOSTILE.finditer(body)
        ),
    )


class _Letter(msgspec.Struct, frozen=True):
    """The text of the request: the newest message and, if it names no part, the earlier messages down to the first that names one."""

    text: Typed
    newest: str
    """The newest message, and the messages below it up to the first that names a part."""
    latest: str
    """The newest message alone."""
    quoted: bool = False
    """Whether the part is named in a quoted mail, not in a forwarded one."""


class _Asks(msgspec.Struct, frozen=True):
    """The values requested in a letter, each with its position, and the questions about the letter."""

    lines: tuple[DraftLine, ...]
    parts: list[Extracted]
    quantities: list[Extracted]
    materials: tuple[Extracted, ...]
    read: tuple[Extracted, ...]
    """All quantities and materials in the mail, including those from earlier orders."""
    doubts: tuple[Question, ...]
    bygone: bool
    """Whether all quantities are from an earlier order."""
    yearly: bool
    """Whether a yearly quantity is stated in addition to that of the order."""


def _asks(letter: _Letter, attachments: tuple[str, ...]) -> _Asks:
    text, body = letter.text, letter.text.body
    parts = parts_of(text, attachments)
    everything = materials_of(text, parts)
    then = former(body, everything)
    materials = [each for each, old in zip(everything, then, strict=True) if not old] or list(everything)
    materials = [each for each in materials if not _denied(body, each)] or materials
    bare = _bare(text, parts, materials)
    counted = quantities_of(bare, body, text.told)
    quantities = _added(counted, letter.latest, letter.newest)
    current = [each for each, old in zip(quantities, former(body, quantities), strict=True) if not old]
    quantities, bygone = current or quantities, bool(quantities) and not current
    quantities = _of_parts(body, parts, quantities)
    quantities += _alone(bare, body, lines_of(body, parts, quantities, materials))
    yearly = of_a_year(body, lines_of(body, parts, quantities, materials))
    quantities = [each for each in quantities if each.start not in yearly]
    kept, doubts = wanted(body, lines_of(body, parts, quantities, materials))
    quantities, materials = (_not_of(body, parts, kept, each) for each in (quantities, materials))
    lines = lines_of(body, kept, quantities, materials)
    if codes := codes_of(text, lines, [*kept, *quantities, *materials]):
        materials = [*materials, *codes]
        lines = lines_of(body, kept, quantities, materials)
    return _Asks(
        lines, kept, quantities, tuple(materials), (*everything, *counted, *codes), doubts, bygone, bool(yearly)
    )


def _price_questions(
    letter: _Letter, price: Extracted | None, prices: int, bygone: Extracted | None, *, ordered: bool
) -> tuple[Question, ...]:
    """Return the questions about a price of an earlier order, one of several prices, or one for several pieces."""
    if bygone is not None:
        said = f"{bygone.source!r} is the price of an earlier order: is it still valid?"
    elif prices > 1:
        said = "The mail names several prices: which one is valid, and for how many pieces?"
    elif price is None:
        return ()
    elif not letter.latest[price.start : price.end].strip():
        said = f"{price.source!r} is in an older mail: is it still valid?"
        if not ordered:
            told = "The price is in an older mail: is this mail the order?"
            return (Question("price", said, "ambiguous"), Question("kind", told, "ambiguous"))
    elif _SCALED.match(letter.text.body, price.end) or re.fullmatch(r"[\d ]+ [\d ]+", price.source):
        words_of = " ".join(letter.text.body[price.start : price.end + 20].split())
        said = f"{words_of!r}: what is the price of one piece?"
    else:
        return ()
    return (Question("price", said, "ambiguous"),)


def _of_a_piece(body: str, price: Extracted, lines: tuple[DraftLine, ...]) -> bool:
    """Return whether a price is beside a part or stated to be per piece."""
    clause = clause_of(body, price.start)
    beside = any(line.part is not None and line.part.start in clause for line in lines)
    return beside or _OF_A_PIECE.search(body, price.start, min(clause.stop, price.end + 24)) is not None


def _alone(bare: str, body: str, lines: tuple[DraftLine, ...]) -> list[Extracted]:
    """Return the only number beside each part that has no quantity."""
    return beside_parts(
        bare,
        body,
        [line.part for line in lines if line.part is not None and not line.quantities],
        [each for line in lines for each in line.quantities],
    )


def _not_of(body: str, parts: list[Extracted], kept: list[Extracted], items: Sequence[Extracted]) -> list[Extracted]:
    """Return the values except those in sentences that are only about parts that are not requested."""
    ours = {clause_of(body, part.start).start for part in kept if part.end}
    theirs = {clause_of(body, part.start).start for part in parts if part.end} - ours
    return [each for each in items if clause_of(body, each.start).start not in theirs] or list(items)


def _bare(text: Typed, parts: list[Extracted], materials: Sequence[Extracted]) -> str:
    """Return the text with part numbers replaced by NUL, and dates, materials, tolerances and other figures with a known role by SOH."""
    body = text.body
    others = [(each.start, each.end) for each in (*text.dates, *materials)]
    others += [match.span() for pattern in (patterns.TOLERANCE, *patterns.PRICE) for match in pattern.finditer(body)]
    own = masked(body, parts)
    roles = [
        (start, end) for start, end in text.roles if "\x00" not in own[start:end]
    ]  # "no. 8812" of "part no. 8812-C"
    bare = blanked(body, [*others, *roles], "\x01")
    return masked(bare, parts)


def _denied(body: str, material: Extracted) -> bool:
    """Return whether words before a material exclude it."""
    return patterns.DENIES.search(body, max(0, material.start - 24), material.start) is not None


def _of_parts(body: str, parts: list[Extracted], quantities: list[Extracted]) -> list[Extracted]:
    """Return the quantities without numbers that count the listed parts: ``these 4 parts``."""
    return [
        each
        for each in quantities
        if each.value != len(parts)
        or len(parts) == 1
        or not patterns.COUNTS_PARTS.match(body, each.end)
        or any(part.start in clause_of(body, each.start) for part in parts)
    ]


def _letter(text: str, today: date) -> _Letter:
    chain = messages(text)
    newest = typed(chain[0].text, today)
    if parts_of(newest, ()):
        return _Letter(newest, newest.body, newest.body)
    between = newest.body
    for older in chain[1:]:
        text = joined(between, older.text)
        if parts_of(typed(older.text, today), ()):
            return _Letter(typed(text, today), between, newest.body, not older.forwarded)
        between = text
    return _Letter(newest, newest.body, newest.body)


def _orders(body: str) -> bool:
    own = patterns.THEIR_OFFER.sub("", body)
    return patterns.ORDERS_SURELY.search(body) is not None or (
        patterns.ORDER.search(own) is not None and patterns.RFQ.search(own) is None
    )


def _all(pattern: re.Pattern[str], body: str, confidence: float) -> tuple[Extracted, ...]:
    return tuple(extracted(match, 0, match.group().strip(), confidence) for match in pattern.finditer(body))


def _newer(items: list[Extracted], newest: str) -> list[Extracted]:
    """Return the values from the newest message if it has any: they replace the quoted ones."""
    own = [item for item in items if newest[item.start : item.end].strip()]
    return own or items


def _added(items: list[Extracted], latest: str, newest: str) -> list[Extracted]:
    """Do the same as ``_newer``, but return all values if the newest message says that its number is in addition to the others."""
    own = [item for item in items if latest[item.start : item.end].strip()] or _newer(items, newest)
    beside = any(
        patterns.ADDS.search(newest, clause.start, clause.stop)
        for clause in (clause_of(newest, each.start) for each in own)
    )
    return items if beside else own


def _newer_days(letter: _Letter) -> tuple[DueDate, ...]:
    """Return the dates in the newest message if one of them is for the parts, else all dates."""
    own = tuple(day for day in letter.text.days if letter.newest[day.found.start : day.found.end].strip())
    return own if any(day.of == "parts" for day in own) else letter.text.days


def _price(text: Typed) -> tuple[Extracted | None, int]:
    """Return the first price and the number of prices, recognised by currency, column or label."""
    body = text.body
    found: dict[int, Extracted] = {}
    others = bytearray(len(body) + 1)
    for told in text.told:
        if told.kind in ("total", "former"):
            others[told.start : told.end] = b"\1" * len(told.text)
    for told in text.told:
        number = re.match(patterns.MONEY, told.text) if told.kind == "price" else None
        if number and (value := _money(number[0].rstrip(".,"))) is not None:
            found[told.start] = Extracted(value, number[0], told.start, told.start + len(number[0]), 0.8)
    for pattern in patterns.PRICE:
        for match in pattern.finditer(body):
            value = _money(match.group("n"))
            if value is not None and match.start("n") not in found and not others[match.start()]:
                found[match.start("n")] = extracted(match, 0, value, 0.8)
    ordered = [found[start] for start in sorted(found)]
    of_a_piece = [
        price
        for price in ordered
        if _OF_A_PIECE.match(body[price.end : price.end + 16].lstrip(" €$£"))
        or body[: price.start].rstrip(" $€£")[-1:] == "@"
    ]
    likely = of_a_piece or ordered
    likely = [price for price in likely if _TARGET.search(body, max(0, price.start - 30), price.start)] or likely
    now = [price for price, old in zip(likely, former(body, likely), strict=True) if not old]
    return next(iter(now or likely), None), len(ordered)


def _money(text: str) -> float | None:
    """Return an amount: 1.234,50 equals 1,234.50; a single group of three digits after the separator means thousands, except in 0,125."""
    digits = re.sub("[' ]", "", text)
    mark = max(digits.rfind("."), digits.rfind(","))
    other = any(each in digits[: max(mark, 0)] for each in ".,".replace(digits[mark], ""))
    if mark >= 0 and (len(digits) - mark - 1 != 3 or other or re.match(r"0+[.,]", digits)):
        digits = re.sub(r"[.,]", "", digits[:mark]) + "." + digits[mark + 1 :]
    else:
        digits = re.sub(r"[.,]", "", digits)
    return float(digits) if re.fullmatch(r"\d+(?:\.\d+)?", digits) else None
