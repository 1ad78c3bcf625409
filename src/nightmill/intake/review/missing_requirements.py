"""Questions about values in a draft that are missing, ambiguous, impossible, or withdrawn by the mail itself."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from nightmill.intake.lexicon import patterns
from nightmill.intake.lexicon.material_designations import one_name
from nightmill.intake.lexicon.material_grades import MATERIAL, VAGUE_MATERIALS
from nightmill.intake.lexicon.order_draft import DraftLine, Extracted, Question
from nightmill.intake.rules.annotations import Typed
from nightmill.intake.rules.clauses import clause_of
from nightmill.intake.rules.dates import SURE, DueDate
from nightmill.intake.rules.finishes import FINISH
from nightmill.intake.rules.line_assembly import grade, owner
from nightmill.intake.rules.part_numbers import may_be_number, shape
from nightmill.intake.rules.quantities import ALONE, GUESSED, SHARED, TOLD

_MOST_PIECES = 1_000_000
_AS = re.compile(
    r"\b(?:as|same as|like|wie|so wie|comme|come|como|igual que|jak|jako|som|zoals|kuten|mint) (?:(?:the|beim|bei|bei der|im|la|le|el|a|da|o|à la|in|den|på) )?$",
    re.I,
)
_AS_LONG = 16
_OF_A_TALK = re.compile(
    r"\b(?:termin|gespräch|telefonat|besuch|mail|meeting|call|visit|talk|chat|email|réunion|entretien|visite|riunione|incontro|visita|reunión|llamada|møte|möte|møde)\W{1,3}(?:(?:from|of|in|on|the|vom|von|der|d[eui]|la|le|il|del)\W)?$",
    re.I,
)
"""Words for a recent conversation: anything agreed there is wanted now."""
_ALTERNATIVE = re.compile(r"\b(?:or|oder|ou|of|alternativ\w*|lub|nebo|eller|optional\w*)[ \t](?:also |auch )?$", re.I)
_OF_THE_NEXT = re.compile(
    r"(?:bisher\w*|previous\w*|formerly|zuletzt|damals|seinerzeit|précéd\w*|anterior\w*|precedent\w*|poprzedni\w*|vorige?|forrige|förra|last time|letztes mal)\W{0,3}(?:[^\W\d_]{1,9}\W){0,2}\d",
    re.I,
)
"""Words for an earlier order, with the order number."""
_OPEN = frozenset({"name", "place", "terms"})
_TEMPER = re.compile(r"[TH]\d{1,5}")
_LETTERS = re.compile(r"[A-Z]")
_COMMA = re.compile(r"[,;(，；、]")
_ELSE = re.compile(
    r"\b(?:surface\w*|oberfläche\w*|finish\w*|treatment\w*|traitement\w*|trattament\w*|coat\w*|paint\w*|notes?|remarks?|comments?|hinweise?|bemerkung\w*|remarques?"
    r"|revisions?|rev|index|indice|tolera\w*|toleranz\w*|chamfer\w*|burrs?|bavures?|bave|grate?|dimensions?|maß\w*|cert\w*|zeugnis\w*|prüf\w*|packag\w*|packing|verpackung\w*"
    r"|emballage\w*|prices?|preis\w*|eilig|dringend|urgent|schlimm|wichtig)\b|表面|处理|证书|报告|包装|加急|喷|镀",
    re.I,
)
"""Properties of a part that a mail may withdraw without withdrawing the part."""
_BOUGHT = re.compile(
    r"\b(?:we(?:'ve| have| had)?|i)(?: \w{3,10}ly)? (?:bought|ordered|purchased|had|took)\b|\b(?:wir|ich) (?:kauften?|bestellten?|bezogen)\b|\bnous (?:avons|avions) (?:\w+ )?(?:acheté|commandé)|\babbiamo (?:\w+ )?(?:acquistato|ordinato|comprato)|\b(?:compramos|hemos (?:comprado|pedido)|comprámos|encomendámos)\b",
    re.I,
)
"""Words for the writer's earlier purchases."""
_HAVE = re.compile(r"\b(?:wir|ich) (?:haben?|hatten?)\b|\b(?:wij?|ik) (?:heb|hebben|hadden?)\b", re.I)
_BOUGHT_AT_ITS_END = re.compile(
    r"\b(?:(?:ein)?gekauft|bestellt|bezogen|beschafft|erworben|abgenommen|gehabt|erhalten|bekommen|besteld|(?:in)?gekocht|afgenomen|ontvangen|gehad)\b",
    re.I,
)
"""A participle which shows that "have" is part of "have bought"; without it, ``wir haben Bedarf`` is a request."""
QUOTED = 80
"""Number of characters quoted in a question before and after the word in question."""


def questions_of(
    body: str,
    lines: tuple[DraftLine, ...],
    dues: tuple[DueDate, ...],
    days: tuple[DueDate, ...],
    today: date,
) -> tuple[Question, ...]:
    """Return questions about missing or impossible values in the lines and the due date."""
    asked: list[Question] = []
    if not lines or any(line.part is None for line in lines):
        asked.append(Question("part", "Which part (number or STEP file) is meant?", "missing"))
    for line in lines or (DraftLine(None, ()),):
        asked += _line_questions(body, line)
    if not dues:
        spans = "".join(f" ({day.found.source!r} counts from the order)" for day in days if day.of == "order")
        asked.append(Question("due_date", f"When must the parts arrive{spans}?", "missing"))
    else:
        asked += _date_questions(dues, today)
    return tuple(asked)


def wanted(body: str, lines: tuple[DraftLine, ...]) -> tuple[list[Extracted], tuple[Question, ...]]:
    """Return the parts that the mail requests, and questions about those named without a quantity or withdrawn.

    A part number without a label and without a quantity is not a line if other parts have quantities.
    """
    kept: list[Extracted] = []
    asked: list[Question] = []
    counted = any(line.quantities for line in lines)
    shapes = Counter(shape(str(line.part.value)) for line in lines if line.part)
    for line in lines:
        part = line.part
        if part is None:
            continue
        if not part.end:
            kept.append(part)
            continue
        clause = clause_of(body, part.start)
        own = any(quantity.start in clause for quantity in line.quantities)
        taken_back = patterns.CANCELS.search(body, clause.start, clause.stop) is not None
        dropped = _dropped(body, line, clause, lines) or _bought(body, line, clause, lines)
        odd = (
            shapes[shape(str(part.value))] == 1
            and max(shapes.values()) > 1
            and not own
            and not patterns.PART_FILE.search(part.source)
        )
        bare = (odd or not line.quantities) and part.confidence < TOLD
        if not (counted and (bare or (taken_back and not line.quantities) or dropped)):
            kept.append(part)
        if taken_back or bare or dropped:
            said = " ".join(body[clause.start : clause.stop].split())[: 2 * QUOTED]
            asked.append(Question("part", f"{said!r} names {part.value}: is this part requested?", "ambiguous"))
    named = [str(line.part.value) for line in lines if line.part and line.part not in kept]
    return kept, (*asked, *_taken_back_below(body, lines, named))


def _dropped(body: str, line: DraftLine, clause: range, lines: tuple[DraftLine, ...]) -> bool:
    """Return whether a sentence withdraws one part (and not just a note or treatment of it), while other parts are requested."""
    others = [other for other in lines if other is not line and other.part is not None]
    return (
        any(not _of_else(body, clause, match) for match in patterns.DROPS.finditer(body, clause.start, clause.stop))
        and all(quantity.start in clause for quantity in line.quantities)
        and not any(other.part.start in clause for other in others if other.part is not None)
        and any(quantity.start not in clause for other in others for quantity in other.quantities)
    )


def _bought(body: str, line: DraftLine, clause: range, lines: tuple[DraftLine, ...]) -> bool:
    """Return whether a sentence says only that a part was bought before, while another part is requested."""
    return (
        line.part is not None
        and (
            _BOUGHT.search(body, clause.start, line.part.start) is not None
            or (
                _HAVE.search(body, clause.start, line.part.start) is not None
                and _BOUGHT_AT_ITS_END.search(body, clause.start, clause.stop) is not None
            )
        )
        and not patterns.AGAIN.search(body, clause.start, clause.stop)
        and any(other.quantities and other.part and other.part.start not in clause for other in lines)
    )


def _of_else(body: str, clause: range, drops: re.Match[str]) -> bool:
    """Return whether something other than a part is withdrawn between two commas: ``Eloxieren entfällt``."""
    marks = [clause.start, *(each.end() for each in _COMMA.finditer(body, clause.start, clause.stop)), clause.stop]
    start = max(mark for mark in marks if mark <= drops.start())
    stop = min(mark for mark in marks if mark >= drops.end())
    return _ELSE.search(body, start, stop) is not None or FINISH.search(body, start, stop) is not None


def _taken_back_below(body: str, lines: tuple[DraftLine, ...], asked: Iterable[str]) -> Iterator[Question]:
    """Return questions about parts withdrawn by a separate sentence, such as ``Please ignore 4471-C``."""
    own = {str(line.part.value).upper(): line.part for line in lines if line.part is not None and line.part.end}
    said = set(asked)
    for match in patterns.DROPS.finditer(body):
        clause = clause_of(body, match.start())
        told = " ".join(body[clause.start : clause.stop].split())[: 2 * QUOTED]
        for number in patterns.NUMBERED.finditer(body, clause.start, clause.stop):
            part = own.get(number[0].upper())
            if part is not None and part.start not in clause and str(part.value) not in said:
                said.add(str(part.value))
                yield Question("part", f"{told!r} names {part.value}: is this part requested?", "ambiguous")


def former(body: str, items: Sequence[Extracted]) -> list[bool]:
    """Return whether each value belongs to an earlier purchase or price."""
    # "as last time" states a current request
    told_so = (match.start() for match in patterns.FORMER.finditer(body))
    marks = [
        start
        for start in told_so
        if not _AS.search(body, max(0, start - _AS_LONG), start)
        and not _OF_A_TALK.search(body, max(0, start - _AS_LONG), start)
    ]
    if not marks:
        return [False] * len(items)
    ends = sorted({match.start() for match in patterns.AGAIN.finditer(body)})
    found = []
    for item in items:
        clause, place = clause_of(body, item.start), bisect_right(ends, item.start)
        begin = max(clause.start, ends[place - 1] if place else 0)
        stop = min(clause.stop, ends[place] if place < len(ends) else len(body))
        told = bisect_right(marks, stop - 1) > bisect_right(marks, begin - 1)
        first = marks[bisect_right(marks, begin - 1)] if told else 0
        # "64, formerly 48": only the second is the earlier value
        behind = told and first > item.end and re.search(r"[,(]", body[item.end : first]) is not None
        found.append(told and not (behind and _OF_THE_NEXT.match(body, first)))
    return found


def unexplained(text: Typed, known: Iterable[Extracted], numbers: Iterable[Extracted]) -> tuple[Question, ...]:
    """Return a question about text that looks like a part number and wasn't read as anything.

    Such text has letters and digits, or the form of the other part numbers.
    """
    spoken = tuple(known)
    spans = [(each.start, each.end) for each in (*spoken, *text.dates)]
    spans += [*text.roles, *((told.start, told.end) for told in text.told if told.kind not in _OPEN)]
    spans += [
        match.span()
        for pattern in (patterns.TOLERANCE, *patterns.PRICE, MATERIAL)
        for match in pattern.finditer(text.body)
    ]
    marks = bytearray(len(text.body) + 1)
    for start, end in spans:
        marks[start:end] = b"\1" * (end - start)
    names = {str(part.value).upper() for part in numbers}
    shapes = {shape(name) for name in names}
    for match in patterns.NUMBERED.finditer(text.body):
        name = match[0].upper()
        before = text.body[max(0, match.start() - 40) : match.start()].split("\n")[-1]
        if (
            patterns.NOT_OURS.search(before)
            or patterns.NOT_PARTS.match(name)
            or _TEMPER.fullmatch(name)
            or not may_be_number(match[0])
        ):
            continue
        like = shape(name) in shapes or _LETTERS.search(name)
        if like and name not in names and not any(marks[match.start() : match.end()]) and "." not in name.strip("."):
            asked: tuple[Question, ...] = (Question("part", f"What is {match[0]!r}: a requested part?", "ambiguous"),)
            clause = clause_of(text.body, match.start())
            if any(each.start in clause and isinstance(each.value, int) for each in spoken):
                told = f"{match[0]!r} is beside a quantity: which part is the quantity for?"
                asked += (Question("quantity", told, "ambiguous"),)
            return asked
    return ()


def kind_questions(body: str, *, ordered: bool) -> tuple[Question, ...]:
    """Return the question whether the mail is an order, if a request for a price uses ordering language."""
    match = None if ordered else patterns.OF_AN_ORDER.search(patterns.THEIR_OFFER.sub("", body))
    if match is None:
        return ()
    return (Question("kind", f"{match[0]!r}: is this an order, or a request for a price?", "ambiguous"),)


def delivery_questions(
    body: str, incoterm: Extracted | None, place: Extracted | None, works: bool, terms: list[str]
) -> tuple[Question, ...]:
    """Return questions about a missing Incoterm or place, and about several terms."""
    asked: list[Question] = []
    if incoterm is None:
        asked.append(Question("incoterm", "Which Incoterm applies (for instance EXW, DAP)?", "missing"))
    elif incoterm.end and _ALTERNATIVE.search(body, max(0, incoterm.start - _AS_LONG), incoterm.start):
        asked.append(Question("incoterm", f"Is it {incoterm.value}, or the term named before?", "ambiguous"))
    if len(terms) > 1:
        asked.append(
            Question("incoterm", f"Several Incoterms are named ({', '.join(terms)}): which one applies?", "ambiguous")
        )
        if place is not None and place.confidence > GUESSED:
            asked.append(
                Question("delivery_place", f"Which of the Incoterms does {place.value} belong to?", "ambiguous")
            )
    if place is None and not works:
        asked.append(Question("delivery_place", "Where are the parts to be delivered?", "missing"))
    elif place is not None and place.confidence <= GUESSED:
        asked.append(Question("delivery_place", f"Are the parts to be delivered to {place.value}?", "ambiguous"))
    return tuple(asked)


def _line_questions(body: str, line: DraftLine) -> list[Question]:
    name = f" of {line.part.value}" if line.part else ""
    asked = []
    if not line.quantities:
        asked.append(Question("quantity", f"How many{name}?", "missing"))
    elif any(quantity.confidence <= GUESSED for quantity in line.quantities):
        asked.append(
            Question(
                "quantity", f"Only a yearly quantity{name} is stated: how many pieces are wanted now?", "ambiguous"
            )
        )
    elif any(quantity.confidence <= ALONE for quantity in line.quantities):
        asked.append(Question("quantity", f"Is {line.quantities[0].source!r} the quantity{name}?", "ambiguous"))
    elif any(quantity.confidence <= SHARED for quantity in line.quantities):
        asked.append(
            Question("quantity", f"One quantity is stated for several parts{name}: is it for each part?", "ambiguous")
        )
    values = {int(quantity.value) for quantity in line.quantities}
    if len(values) > 1:
        listed = ", ".join(str(value) for value in sorted(values))
        asked.append(
            Question(
                "quantity",
                f"Several quantities{name} ({listed}): are they price breaks, or which one is wanted?",
                "ambiguous",
            )
        )
    elif len(line.quantities) > 1:
        listed = " + ".join(str(quantity.value) for quantity in line.quantities)
        asked.append(
            Question(
                "quantity",
                f"The quantity{name} is stated more than once ({listed}): is it repeated or split?",
                "ambiguous",
            )
        )
    if any(not 1 <= value <= _MOST_PIECES for value in values):
        asked.append(Question("quantity", f"The quantity{name} is not plausible: what is meant?", "implausible"))
    if line.material is None:
        asked.append(Question("material", f"Which material{name}?", "missing"))
    elif str(line.material.value).lower() in VAGUE_MATERIALS:
        asked.append(Question("material", f"Which grade of {line.material.value}{name}?", "ambiguous"))
    elif line.material.confidence <= GUESSED:
        asked.append(
            Question(
                "material", f"{line.material.value!r}{name} is not a known material: which one is it?", "ambiguous"
            )
        )
    return asked


def _date_questions(dues: tuple[DueDate, ...], today: date) -> list[Question]:
    first = dues[0]
    asked = []
    if first.alternatives:
        both = " or ".join((str(first.found.value), *first.alternatives))
        asked.append(Question("due_date", f"Is {first.found.source!r} {both}?", "ambiguous"))
    if first.found.confidence < SURE and not first.alternatives:
        asked.append(
            Question(
                "due_date",
                f"Is {first.found.source!r} ({first.found.value}) the day on which the parts are due?",
                "ambiguous",
            )
        )
    rivals = {str(due.found.value) for due in dues if due.found.confidence >= first.found.confidence}
    if len(rivals) > 1:
        asked.append(
            Question(
                "due_date",
                f"Several dates are named ({', '.join(sorted(rivals))}): which one is the due date?",
                "ambiguous",
            )
        )
    if date.fromisoformat(str(first.found.value)) <= today:
        asked.append(
            Question("due_date", f"{first.found.value} is not after the mail: which date is meant?", "implausible")
        )
    return asked


def contested(
    body: str, lines: tuple[DraftLine, ...], materials: tuple[Extracted, ...], finishes: tuple[Extracted, ...]
) -> tuple[Question, ...]:
    """Return questions about values that the mail also states differently: several grades for a part, or a replacement
    in the same sentence.

    Questions about a replacement quote the sentence, which states which value is valid.
    """
    asked: dict[str, Question] = {}
    parts = [line.part for line in lines if line.part is not None]
    named = [m for m in materials if str(m.value).lower() not in VAGUE_MATERIALS]
    taken: dict[int, list[int]] = {}
    for index, line in enumerate(lines):
        if line.material is not None:
            taken.setdefault(line.material.start, []).append(index)
    theirs: dict[int | None, dict[str, str]] = {}
    for material in named:
        takers = taken.get(material.start, [])
        beside = owner(body, parts, material) if parts else 0
        whose = takers[-1] if takers and beside not in takers else beside
        theirs.setdefault(whose, {})[grade(material)] = str(material.value)
    for index, line in enumerate(lines):
        grades = theirs.get(index, {})
        told = [g for g in grades if not any(g != other and g in other for other in grades)]
        if len({one_name(g) for g in told}) > 1:
            name = f" of {line.part.value}" if line.part else ""
            listed = ", ".join(grades.values())
            asked.setdefault(
                f"several {index}",
                Question("material", f"Several materials{name} are named ({listed}): which one?", "ambiguous"),
            )
    looked_at = -1
    for match in patterns.REPLACES.finditer(body):
        if match.end() <= looked_at:  # another word in the same sentence
            continue
        stop = re.compile(r"[!?;\n]\s*\n|[.!?。！？]\s").search(body, match.end())
        start = max(body.rfind(mark, 0, match.start()) for mark in (". ", "\n\n", "! ", "? ", "。"))
        span = range(start + 1, stop.start() + 1 if stop else len(body))
        looked_at = stop.start() if stop else len(body)
        found = " ".join(body[max(span.start, match.start() - QUOTED) : min(span.stop, match.end() + QUOTED)].split())
        spoken = patterns.PIECES.search(body, span.start, span.stop) is not None
        if spoken or any(q.start in span for line in lines for q in line.quantities):
            asked.setdefault(
                "quantity", Question("quantity", f"{found!r} mentions a change: how many are wanted now?", "ambiguous")
            )
        if any(line.material is not None and line.material.start in span for line in lines):
            asked.setdefault(
                "material",
                Question("material", f"{found!r} mentions a change: which material is wanted now?", "ambiguous"),
            )
        if any(finish.start in span for finish in finishes):
            asked.setdefault(
                "finish", Question("finish", f"{found!r} mentions a change: which finish is wanted now?", "ambiguous")
            )
    for match in (*patterns.RELATIVE.finditer(body), *patterns.PACKED.finditer(body)):
        asked.setdefault(
            "relative", Question("quantity", f"{match.group()!r}: how many pieces are meant?", "ambiguous")
        )
    for match in patterns.SAMPLES.finditer(body):
        asked.setdefault(
            "samples",
            Question("quantity", f"{match.group()!r}: in addition to the quantity, or part of it?", "ambiguous"),
        )
    return tuple(asked.values())
