"""Find part numbers by table columns and labels, by form if there is no label, and by the names of model files."""

import re
from collections.abc import Iterable, Iterator

from nightmill.intake.lexicon import patterns
from nightmill.intake.lexicon.labels import Told
from nightmill.intake.lexicon.material_grades import MATERIAL, is_grade
from nightmill.intake.lexicon.order_draft import Extracted
from nightmill.intake.mail.number_roles import STANDARD
from nightmill.intake.rules.annotations import Typed
from nightmill.intake.rules.clauses import blanked, clause_of, line_of, marks
from nightmill.intake.rules.quantities import GUESSED, LABELLED, asks_for_pieces

_OF_NUMBERS = re.compile(r"[A-Za-z0-9_./-]")
_LONGEST = 60
_FILED = re.compile(r"\.(?:step|stp|dxf|pdf|sldprt)\b", re.I)
_REVISED = re.compile(
    r"(?<=\w)[_ -](?:final|draft|copy|kopie|entwurf|released?)$|(?<=\w)[_ -](?:(?:rev|ver|ind(?:ex)?|iss)[._ -]?[a-z0-9]{1,2}|[vr](?:[._ -]?\d{1,2}|[._ -][a-z]|(?-i:(?<=[vr])[A-Z])))$|(?<=\d)_(?-i:[a-z])$",
    re.I,
)
"""The revision at the end of a file's name, which isn't part of the part number."""
_REV_TOLD = re.compile(r"(?<=\w)[-_](?:rev|REV)(?:[-_.]?(?:[A-Z]|\d{1,2}))?$")
_FILE_NAME = re.compile(r"(?P<number>[A-Za-z0-9.-]*\d[A-Za-z0-9.-]*)_(?:[^\W\d_]{3,}[_-]?){1,4}")
_MADE_OF = re.compile(
    r"\b(?:in|en|aus|of|from|z|ze|di|da|de|em|av|af|van|i|mat\w{0,9}\.?|werkstoff|acero|acier|acciaio|aço|steel|stahl|stal)[ \t]:?[ \t]?$",
    re.I,
)
_ALSO_GRADE = re.compile(r"[ \t]?\([ \t]?")
"""Text between a material code and the grade that explains it: ``F-125 (42CrMo4)``."""
_BEGINS_LINE = re.compile(r"^[ \t>*•-]{0,9}(?P<number>\d[\w./-]{3,24})(?=[ \t])", re.M)
_UNLABELLED_LEAST = 4
"""Minimum number of letters and figures in a part number without a label."""
_VALUE = re.compile(
    r"(?:[A-Z]{1,2} )?(?:\d{1,4}|\d[A-Z]\d)(?: \d{2,4}){2,5}(?: [A-Z]{1,2})?(?=\s*$|\s{2}|\s?[,;|\t(])|(?=[^\s,;(]{0,40}\d)[^\s,;(\"']{2,60}|[A-Z]{1,3} \d[\w./-]{2,20}(?:\s|$)"
)
"""A part number as the value of a label."""
_HYPHENED = re.compile(r"[A-Z]{2,4}-\d")
_DRAWN = re.compile(
    r"d[ei]s\.|drawing|dwg|drg|zeichn|zch?ng|skizze|sketch|plan|disegno|desenho|dibujo|rys|výkres|tegning|ritning|tekening",
    re.I,
)
_POSITION = re.compile(r"\d{1,3}|0{1,4}\d{1,3}")
_NEAR = 60
_MILLIONS = 2
"""Number of thousands separators from which a number is too large for a quantity: ``2.114.507`` is a part number."""
_BEFORE_NAME = re.compile(r"(?P<number>[^\s,;]{4,30})[ ,]{1,2}[^\W\d_]{3,}[^\d]*$")
_BEHIND_NAME = re.compile(r"[^\W\d_]{3,}[^\d]*[ (](?P<number>[^\s,;()]{4,30})\)?")
"""Numbers with the part's name after or before them."""
_CELL_REVISED = re.compile(
    r"(?P<number>\S{4,30})(?: ?/ ?| )(?:(?:rev(?:ision)?|ind(?:ex)?|iss(?:ue)?|ver|v|R)\.? ?[A-Z0-9]{1,2}|(?<=/ )[A-Z])",
    re.I,
)
"""A number with its revision in one cell: ``TPL/MC/4480 R1``."""
_GROUPS = re.compile(r"\d{1,6}(?:\.\d{2,6}){2,5}")
"""Groups of figures separated by points."""
_DECIMAL = re.compile(r"\d{1,6}[.,]\d{1,2}")
"""A price or a measure, regardless of the text before it."""
_COUNTED = re.compile(r"\d+[.,]?\d*[a-z]{1,6}")
_MADE = re.compile(r"(?=.*\d{3})(?=.*(?:[A-Za-z]|\d[-/]\d))")


def parts_of(text: Typed, attachments: tuple[str, ...]) -> list[Extracted]:
    """Return part numbers by table columns and labels; if there are none, by their form; otherwise from attached
    models.
    """
    search = _Search(text)
    told, drawings = _told_parts(text)
    for start, end in told:
        search.take(start, end, LABELLED, told=True)
    search.close(drawings)
    if told and any(cell.kind == "part" for cell in text.cells):
        search.close((cell.start, cell.end) for cell in text.cells if cell.kind in ("name", "material", "finish"))
    for match in patterns.PART_LABELLED.finditer(text.body):
        position = _POSITION.fullmatch(match["part"]) is not None
        if not position and not patterns.PIECES.match(text.body, match.start("part")):
            hyphened = _HYPHENED.match(match["part"]) is not None
            drawn = _DRAWN.match(match[0]) is not None and (STANDARD.match(match["part"]) is None or hyphened)
            drawn = drawn or (hyphened and match["part"].count("-") >= _MILLIONS)
            search.take(*match.span("part"), LABELLED, told=drawn)
            for start, end in _listed(text.body, match):
                search.take(start, end, LABELLED, told=drawn)
    search.hold()
    files = [match.span("part") for match in patterns.PART_FILE.finditer(text.body)]
    search.close(files)
    for pattern, confidence in zip(patterns.PART, patterns.PART_CONFIDENCE, strict=True):
        for match in pattern.finditer(text.body):
            if search.may_be_ours(*match.span("part")):
                search.take(*match.span("part"), confidence)
    search.hold()
    search.take_others()
    if not search.found:
        search.open(files)
        for start, end in files:
            search.take(start, end, 0.85)
    if not search.found:
        search.take_the_only_ones()
    if not search.found:
        search.found = _attached(attachments)
    return sorted(search.found.values(), key=lambda part: part.start)


def _attached(files: Iterable[str]) -> dict[str, Extracted]:
    """Return the parts of attached models, by their file names."""
    stems = [(file.rpartition(".")[0], file) for file in files if file.lower().endswith((".step", ".stp"))]
    found: dict[str, Extracted] = {}
    for stem, file in stems:
        if stem:
            found.setdefault(stem.upper(), Extracted(stem, f"attachment {file}", 0, 0, 0.7))
    return found


def _listed(body: str, first: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Return further numbers in a list after a labelled number, with the same form."""
    made, end = _whole_number(body, *first.span("part")), first.end("part")
    while (match := patterns.PART_LISTED.match(body, end)) and shape(match["part"]) == shape(body[slice(*made)]):
        yield match.span("part")
        end = match.end("part")


def _told_parts(text: Typed) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return places where columns and labels indicate parts, and drawings of parts that have a number of their own."""
    columns = [
        c for c in text.cells if c.kind == "part" and patterns.CELL_OF_PART.fullmatch(c.text) and not is_grade(c.text)
    ]
    told: dict[str, list[tuple[int, int]]] = {"part": [], "drawing": [], "number": []}
    elsewhere = any(label.kind == "material" and MATERIAL.search(label.text) for label in text.labels)
    for label in text.labels:
        value = _VALUE.match(label.text) if label.kind in (*told, "material") else None
        if label.kind == "position" and (value := _VALUE.match(label.text)) and may_be_number(value[0].rstrip()):
            told["number"].append((label.start, label.start + len(value[0].rstrip())))
        elif (
            value and label.kind in told and not patterns.PIECES.match(label.text) and not _POSITION.fullmatch(value[0])
        ):
            told[label.kind].append((label.start, label.start + len(value[0].rstrip())))
        elif label.kind == "material" and value and _numbers_part(label, value[0], elsewhere=elsewhere):
            told["part"].append((label.start, label.start + len(value[0].rstrip())))
    found = [_number_of(cell) for cell in columns] + told["part"]
    if not found and not told["drawing"]:
        return told["number"], []
    own = len(found) >= len(told["drawing"]) and found
    return (found, told["drawing"]) if own else (found + told["drawing"], [])


def _number_of(cell: Told) -> tuple[int, int]:
    """Return the span of the number in a cell that also has a name: ``SK-4471-01 Dipper pin``."""
    revised = _CELL_REVISED.fullmatch(cell.text)
    if revised and may_be_number(revised["number"]):
        return cell.start, cell.start + len(revised["number"])
    for match in (_BEFORE_NAME.match(cell.text), _BEHIND_NAME.fullmatch(cell.text)):
        if match and may_be_number(match["number"]):
            return cell.start + match.start("number"), cell.start + match.end("number")
    return cell.start, cell.end


def _numbers_part(label: Told, value: str, *, elsewhere: bool) -> bool:
    """Return whether text labelled ``Material`` is a part number, as in some systems, which put the material elsewhere."""
    number = re.fullmatch(r"\d{2,}(?:[-./ ]\d{2,}){1,4}|\d{6,}", value.rstrip()) is not None
    return number and elsewhere and not MATERIAL.search(label.text)


class _Search:
    """The numbers found so far. ``held`` are the part lines with which later, less certain finds are compared."""

    def __init__(self, text: Typed) -> None:
        self.body = text.body
        self.found: dict[str, Extracted] = {}
        self.held: set[int] = set()
        self.shapes: frozenset[str] = frozenset()
        self.dates = [(date.start, date.end) for date in text.dates]
        self.roles = text.roles
        self.files = {match["part"].upper() for match in patterns.PART_FILE.finditer(self.body)}
        self.taken = marks(len(self.body), self.dates)
        self.bare = blanked(self.body, [*self.dates, *text.roles], "\x01")
        self.asking: dict[int, bool] = {}

    def hold(self) -> None:
        """Require from now on that a number without a label has its own quantity in its line, if other numbers were found."""
        self.held = {clause_of(self.body, part.start).start for part in self.found.values()}
        shapes = (shape(str(part.value)) for part in self.found.values())
        self.shapes = frozenset(each for each in shapes if re.search(r"[^A9]", each))
        self.close(self.roles)

    def close(self, places: Iterable[tuple[int, int]]) -> None:
        """Exclude places from the search."""
        for start, end in places:
            self.taken[start:end] = b"\1" * (end - start)

    def open(self, places: Iterable[tuple[int, int]]) -> None:
        """Include places in the search again."""
        for start, end in places:
            self.taken[start:end] = b"\0" * (end - start)

    def take(self, start: int, end: int, confidence: float, *, told: bool = False) -> None:
        """Accept the complete number, unless it is something else or has already been accepted at that position."""
        body = self.body
        start, end = _whole_number(body, start, end)
        halves = body[start:end].split("/")
        if len(halves) == 2 and len(halves[0]) > _UNLABELLED_LEAST and shape(halves[0]) == shape(halves[1]):
            middle = start + len(halves[0])
            self._take(start, middle, confidence, told=told)
            self._take(middle + 1, end, confidence, told=told)
        else:
            self._take(start, end, confidence, told=told)

    def _take(self, start: int, end: int, confidence: float, *, told: bool) -> None:
        body = self.body
        name = re.sub(r"\.(?:step|stp|dxf|pdf|sldprt)$", "", body[start:end], flags=re.I)
        if start + len(name) < end or _FILED.match(body, end) or name.upper() in self.files:
            name = self._unnamed(self._unrevised(name))
        name = _REV_TOLD.sub("", name)
        if not 0 < end - start <= _LONGEST or any(self.taken[start:end]):
            return
        if _is_code_of_grade(body, start, end):
            return
        if (not told and patterns.NOT_PARTS.match(name)) or MATERIAL.fullmatch(name) or _in_material(body, start, end):
            return
        if patterns.IN_PLACE_OF.search(body, max(line_of(body, start) + 1, start - _NEAR), start):
            return
        self.taken[start:end] = b"\1" * (end - start)
        self.found.setdefault(name.upper(), Extracted(name, body[start:end], start, end, confidence))

    def _unnamed(self, name: str) -> str:
        """Return a file's number without the name after it, ``Z-40118_Welle``, unless another file has the same number."""
        match = _FILE_NAME.fullmatch(name)
        if match is None or not may_be_number(match["number"]):
            return name
        alike = [file for file in self.files if file.upper().startswith(match["number"].upper())]
        return match["number"] if len(alike) <= 1 else name

    def _unrevised(self, name: str) -> str:
        """Return a file's name without its revision; unchanged if files differ in nothing else: ``100-R12``,
        ``100-R13``.
        """
        plain = _plain(name)
        alike = {file for file in self.files if _plain(file) == plain.upper()}
        return plain if len(alike) <= 1 else name

    def take_others(self) -> None:
        """Accept numbers with the same form as those found, and groups of figures in lines that request pieces."""
        for match in patterns.NUMBERED.finditer(self.body):
            if shape(match[0]) in self.shapes and self.may_be_ours(*match.span()):
                self.take(*match.span(), 0.6)
        for match in patterns.PART_IN_LINE.finditer(self.body):
            groups = len(re.findall(r"[.,' ]", match["part"]))
            pieces = (re.fullmatch(patterns.NUMBER, match["part"]) and groups < _MILLIONS) or _DECIMAL.fullmatch(
                match["part"]
            )
            if not pieces and self.asks_for_pieces(match.start()) and self.may_be_ours(*match.span("part")):
                self.take(*match.span("part"), 0.6)
        self.hold()
        for match in patterns.NUMBERED.finditer(self.body):
            if may_be_number(match[0]) and self.asks_for_pieces(match.start()) and self.may_be_ours(*match.span()):
                self.take(*match.span(), 0.6)
                self.held.add(clause_of(self.body, match.start()).start)
                self.shapes |= {shape(match[0])}
        self.take_siblings()
        self.take_alike()

    def take_alike(self) -> None:
        """Accept file names, and names that look like a standard (``EN-2050-C``), if they have the form of part numbers
        found in lines with pieces.
        """
        shapes = {shape(str(part.value)) for part in self.found.values() if part.end}
        beside = {
            clause_of(self.body, part.start).start
            for part in self.found.values()
            if part.end and _FILED.search(self.body[part.start : part.end + len(".sldprt")])
        }
        for match in patterns.PART_FILE.finditer(self.body):
            listed = clause_of(self.body, match.start()).start in beside
            if (listed or shape(match["part"]) in shapes) and match["part"].upper() not in self.found:
                self.open([match.span("part")])
                self.take(*match.span("part"), 0.85)
        for match in patterns.NUMBERED.finditer(self.body):
            standard = STANDARD.match(match[0]) is not None and len(re.findall(r"[^\W_]+", match[0])) > _MILLIONS
            clause = clause_of(self.body, match.start())
            order = patterns.NOT_PARTS.match(match[0]) is not None and not MATERIAL.fullmatch(match[0])
            order = order and not any(part.start in clause for part in self.found.values() if part.end)
            if (standard or order) and shape(match[0]) in shapes and self.asks_for_pieces(match.start()):
                self.open([match.span()])
                self.take(*match.span(), 0.6, told=True)

    def take_siblings(self) -> None:
        """Accept the start of a line that continues like a part's line: ``6180 x 10`` below ``6171-A x 40``."""
        made = {
            rest
            for part in self.found.values()
            if part.end
            and not self.body[line_of(self.body, part.start) + 1 : part.start].strip(" \t>*•-")
            and re.search(r"9", rest := shape(_rest_of_line(self.body, part.end)))
        }
        for match in _BEGINS_LINE.finditer(self.body) if made else ():
            if shape(_rest_of_line(self.body, match.end())) in made:
                self.open([match.span("number")])
                self.take(*match.span("number"), 0.6)

    def take_the_only_ones(self) -> None:
        """If no part was found, accept text with the form of a part number, provided all such texts have the same form;
        it must be confirmed.
        """
        free = [
            match for match in patterns.NUMBERED.finditer(self.body) if not any(self.taken[match.start() : match.end()])
        ]
        made = [
            each
            for each in free
            if (may_be_number(each[0]) or _GROUPS.fullmatch(each[0]))
            and self.may_be_ours(*each.span())
            and not _in_material(self.body, *each.span())
        ]
        if len({shape(each[0]) for each in made}) == 1:
            for each in made:
                self.take(*each.span(), GUESSED)

    def may_be_ours(self, start: int, end: int) -> bool:
        """Return whether a number without a label may be a part number: not an enquiry or order number, and not too small."""
        before = self.body[max(0, start - 40) : start]
        if patterns.NOT_OURS.search(before.split("\n")[-1]) and not patterns.ASKS.search(before):
            return False
        number = self.body[start:end]
        if len(re.sub(r"[\W_]", "", number)) < _UNLABELLED_LEAST - ("-" in number):
            return False
        if not self.held or shape(number) in self.shapes:
            return True
        return clause_of(self.body, start).start not in self.held and self.asks_for_pieces(start)

    def asks_for_pieces(self, place: int) -> bool:
        """Return whether the sentence or line around ``place`` states a number of pieces."""
        clause = clause_of(self.body, place)
        if clause.start not in self.asking:
            self.asking[clause.start] = asks_for_pieces(self.bare, clause.start, clause.stop)
        return self.asking[clause.start]


def _plain(file: str) -> str:
    """Return a file's name without anything that distinguishes revisions, wherever it occurs."""
    while (plain := _REVISED.sub("", file)) != file:
        file = plain
    return file


def may_be_number(text: str) -> bool:
    """Return whether a token without a label has the form of a part number: figures with letters or marks, not a count
    of pieces.
    """
    pieces = patterns.PIECES.fullmatch(text) or re.fullmatch(patterns.NUMBER, text) or _COUNTED.fullmatch(text)
    return _MADE.search(text) is not None and not pieces


def shape(number: str) -> str:
    """Return the form of a number: its runs of letters and figures, and their separators."""
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "A", number))


def _whole_number(body: str, start: int, end: int) -> tuple[int, int]:
    """Extend a number to all characters joined to it, up to a maximum length, since a truncated number would be that of another part."""
    while start > 0 and end - start <= _LONGEST and _OF_NUMBERS.match(body[start - 1]):
        start -= 1
    while end < len(body) and end - start <= _LONGEST and _OF_NUMBERS.match(body[end]):
        end += 1
    while end > start and body[end - 1] in "./-":
        end -= 1
    return start, end


def _rest_of_line(body: str, place: int) -> str:
    stop = body.find("\n", place)
    return body[place : stop if stop >= 0 else len(body)].strip()


def _is_code_of_grade(body: str, start: int, end: int) -> bool:
    """Return whether a token after words such as "made of" is a material code, with a grade in brackets after it."""
    bracket = _ALSO_GRADE.match(body, end)
    also = MATERIAL.match(body, bracket.end()) if bracket else None
    return (
        also is not None
        and is_grade(also[0])
        and _MADE_OF.search(body, max(0, start - _UNLABELLED_LEAST * 4), start) is not None
    )


def _in_material(body: str, start: int, end: int) -> bool:
    around = MATERIAL.finditer(body, max(0, start - 40), min(len(body), end + 40))
    return any(material.start() <= start and end <= material.end() for material in around)
