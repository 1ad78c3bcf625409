"""What a request asks for: the numbers of parts, how many of each, and their materials, each where it stands in the text."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

import msgspec

from nightmill.intake import words
from nightmill.intake.draft import DraftLine, Extracted
from nightmill.intake.grades import CODED, MATERIAL, VAGUE_MATERIALS, is_grade
from nightmill.intake.labels import Told, kind_of
from nightmill.intake.pieces import LABELLED, TOLD, asks_for_pieces
from nightmill.intake.roles import STANDARD
from nightmill.intake.typed import Typed

GUESSED = 0.5
_OF_GROUPS = re.compile(r"\d{2,6}(?:\.\d{2,6}){2,4}")
"""Groups of figures between points."""
_OF_NUMBERS = re.compile(r"[A-Za-z0-9_./-]")
_LONGEST = 60
_FILED = re.compile(r"\.(?:step|stp|dxf|pdf|sldprt)\b", re.I)
_REVISED = re.compile(
    r"(?<=\w)[_ -](?:final|draft|copy|kopie|entwurf|released?)$|(?<=\w)[_ -](?:rev|ver|ind(?:ex)?|iss|v|r)[._ -]?[a-z0-9]{1,2}$|(?<=\d)_(?-i:[a-z])$",
    re.I,
)
"""The revision at the end of a file's name, which is none of the part's number."""
_UNLABELLED_LEAST = 4
"""Letters and figures of a part's number that no label announces."""
_VALUE = re.compile(
    r"(?:[A-Z]{1,2} )?(?:\d{2,4}|\d[A-Z]\d)(?: \d{2,4}){2,5}(?: [A-Z]{1,2})?(?=\s*$|\s{2}|[,;|\t(])|(?=[^\s,;(]{0,40}\d)[^\s,;(\"']{2,60}|[A-Z]{1,3} \d[\w./-]{2,20}(?:\s|$)"
)
"""A number of a part as the value of a label."""
_HYPHENED = re.compile(r"[A-Z]{2,4}-\d")
_DRAWN = re.compile(
    r"d[ei]s\.|drawing|dwg|drg|zeichnung|plan|disegno|desenho|dibujo|rys|výkres|tegning|ritning|tekening", re.I
)
_POSITION = re.compile(r"\d{1,3}|0{1,4}\d{1,3}")
_EACH = re.compile(r"\b(?:each|jeweils|je(?=\s{1,3}\d)|chacune?|ciascun[oa]?|各)\b", re.I)
_OF_EACH = re.compile(
    r"[ \t](?:[^\W\d_]{1,8}[ \t])?(?:(?:of|von|de|di)[ \t])?(?:each(?![ \t]{0,9}[|\t;])|both|jede[mrs]?|beiden|chaque|chacune?|ciascun[oa]|cada|cad(?:aun[oa])?|ognun[oa]|c/u)\b",
    re.I,
)
_NEAR = 60
_OF_ALL = re.compile(
    r"\b(?:all|both|everything|alles?|beide[ns]?|sämtliche\w?|tout(?:es)?|tous|tutt[oaie]|todo|todas?|todos|tudo|allemaal|wszystk\w{1,3}|všechn\w|vše|kaikki|samtlig[ae]|alla)\b[^.;\n]{0,40}$",
    re.I,
)
"""Words before a material that make it that of all parts."""
_SAME = re.compile(
    r"\b(?:same|identical) (?:material|grade|alloy|spec\w*)|\bmaterial (?:as above|ditto|same)|\b(?:gleiche[rsnm]?|selbe[rsn]?|dasselbe|derselbe) (?:werkstoff|material)|\b(?:werkstoff|material) (?:dito|wie (?:oben|vor|vorher))|\b(?:même|meme) (?:matière|nuance)|\bstesso materiale|\bmismo material|\bmesmo material|\bzelfde materiaal|\bsamme materiale|\bsamma material|\bten sam materiał|\bstejný materiál|材料(?:同上|相同)|同(?:样|种)材料",
    re.I,
)
"""Words of a material that is the one of the part before."""
_COUNTED_HEAD = re.compile(
    r"(?:item|pos(?:ition)?|line|no|nr|lot|part)\.?[ \t]?(?:no\.?|nr\.?)?[ \t]?\d{1,5}[.:]?[ \t]*", re.I
)
_HEADING = 40
_POSITION_HEAD = re.compile(r"[ \t>*•|#(-]{0,9}(?:[^\W\d_]{2,9}\.?[ \t])?0{0,4}(?P<n>\d{1,4})(?:[.):|\t]|[ \t])", re.I)
_POSITION_NAMED = re.compile(
    r"\b(?:items?|pos(?:ition|te|izione|ición|ição|\.)?|lines?|repère|rep\.?|sr\.?|s/n|polož\w*|pozycj\w*|artikel)[ \t]?(?:no\.?[ \t]?|nr\.?[ \t]?)?0{0,4}(\d{1,4})(?![\w-])",
    re.I,
)
_FORM_HEAD = re.compile(r"[ \t>*•-]{0,9}(?P<label>[^\W\d_][^:=\n]{0,40}?)[ \t.]{0,40}[:=]")
_A_LINE = 400
_LONGEST_CLAUSE = 1500
_LISTED = re.compile(
    r"(?P<and>[;&)）]|\s\+\s|\b(?:and|und|et|e|y|og|och|en|oraz|ja|és|ve|sowie|plus|as well as|ainsi que|nonché|así como|then)\b|、)|[,，]"
)
_MILLIONS = 2
"""Marks of thousands in a number that nobody orders pieces by: ``2.114.507`` is a part's."""
_GROUPS = re.compile(r"\d{2,6}(?:\.\d{2,6}){2,4}")
"""Groups of figures between points."""
_COUNTED = re.compile(r"\d+[.,]?\d*[a-z]{1,6}")
_MADE = re.compile(r"(?=.*\d{3})(?=.*(?:[A-Za-z]|\d[-/]\d))")
_AND, _COMMA = 60, 20
_SENTENCE = re.compile(
    r"\n|(?<=[\w-]{3}\d)\.(?=[ \t]+(?-i:[A-ZÄÖÜ])[^\W\d_]+)(?![ \t]+(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[kc]t|nov|de[zc]))|(?<=[^\W_]{4})[.!?](?=[ \t]+[^\W\d_]{2})(?![ \t]+(?:no|nr|num)\b)|[。；]|;(?=[ \t]+[^\W\d_]{2})",
    re.I,
)


def masked(body: str, spans: Iterable[Extracted], *patterns: re.Pattern[str]) -> str:
    """The text with ``spans`` and what ``patterns`` find taken out: their figures are nobody's quantity."""
    places = [(span.start, span.end) for span in spans if span.end]
    places += [match.span() for pattern in patterns for match in pattern.finditer(body)]
    return blanked(body, places, "\x00")


def blanked(body: str, places: Iterable[tuple[int, int]], mark: str) -> str:
    """The text with ``mark`` at all letters of ``places``."""
    letters = list(body)
    for start, end in places:
        letters[start:end] = mark * (end - start)
    return "".join(letters)


def extracted(match: re.Match[str], group: str | int, value: str | float | int, confidence: float) -> Extracted:
    """A group of a match as a value with its place."""
    return Extracted(value, match.group(group), match.start(group), match.end(group), confidence)


def parts_of(text: Typed, attachments: tuple[str, ...]) -> list[Extracted]:
    """Numbers of parts by the columns of tables and by labels; where none has one, by their look; else by attached models."""
    search = _Search(text)
    told, drawings = _told_parts(text)
    for start, end in told:
        search.take(start, end, LABELLED, told=True)
    search.close(drawings)
    if told and any(cell.kind == "part" for cell in text.cells):
        search.close((cell.start, cell.end) for cell in text.cells if cell.kind == "name")
    for match in words.PART_LABELLED.finditer(text.body):
        position = _POSITION.fullmatch(match["part"]) is not None
        if not position and not words.PIECES.match(text.body, match.start("part")):
            drawn = _DRAWN.match(match[0]) is not None and (
                STANDARD.match(match["part"]) is None or _HYPHENED.match(match["part"]) is not None
            )
            search.take(*match.span("part"), LABELLED, told=drawn)
            for start, end in _listed(text.body, match):
                search.take(start, end, LABELLED, told=drawn)
    search.hold()
    files = [match.span("part") for match in words.PART_FILE.finditer(text.body)]
    search.close(files)
    for pattern, confidence in zip(words.PART, words.PART_CONFIDENCE, strict=True):
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
    """The parts of attached models, by their names."""
    stems = [(file.rpartition(".")[0], file) for file in files if file.lower().endswith((".step", ".stp"))]
    return {stem.upper(): Extracted(stem, f"attachment {file}", 0, 0, 0.7) for stem, file in reversed(stems) if stem}


def _listed(body: str, first: re.Match[str]) -> Iterator[tuple[int, int]]:
    """The numbers that a list goes on with behind a labelled one, made as it is."""
    made, end = _whole_number(body, *first.span("part")), first.end("part")
    while (match := words.PART_LISTED.match(body, end)) and shape(match["part"]) == shape(body[slice(*made)]):
        yield match.span("part")
        end = match.end("part")


def _told_parts(text: Typed) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Where columns and labels announce parts, and drawings of parts that have a number of their own."""
    columns = [
        c for c in text.cells if c.kind == "part" and words.CELL_OF_PART.fullmatch(c.text) and not is_grade(c.text)
    ]
    told: dict[str, list[tuple[int, int]]] = {"part": [], "drawing": [], "number": []}
    elsewhere = any(label.kind == "material" and MATERIAL.search(label.text) for label in text.labels)
    for label in text.labels:
        value = _VALUE.match(label.text) if label.kind in (*told, "material") else None
        if label.kind == "position" and (value := _VALUE.match(label.text)) and may_be_number(value[0].rstrip()):
            told["number"].append((label.start, label.start + len(value[0].rstrip())))
        elif value and label.kind in told and not words.PIECES.match(label.text) and not _POSITION.fullmatch(value[0]):
            told[label.kind].append((label.start, label.start + len(value[0].rstrip())))
        elif label.kind == "material" and value and _numbers_part(label, value[0], elsewhere=elsewhere):
            told["part"].append((label.start, label.start + len(value[0].rstrip())))
    found = [(cell.start, cell.end) for cell in columns] + told["part"]
    if not found and not told["drawing"]:
        return told["number"], []
    own = len(found) >= len(told["drawing"]) and found
    return (found, told["drawing"]) if own else (found + told["drawing"], [])


def _numbers_part(label: Told, value: str, *, elsewhere: bool) -> bool:
    """Whether what is labelled ``Material`` is a number of a part, as some systems write, and the material stands elsewhere."""
    number = re.fullmatch(r"\d{2,}(?:[-./ ]\d{2,}){1,4}|\d{6,}", value.rstrip()) is not None
    return number and elsewhere and not MATERIAL.search(label.text)


class _Search:
    """What was found so far. ``held`` are the lines of parts by which later, vaguer finds are judged."""

    def __init__(self, text: Typed) -> None:
        self.body = text.body
        self.found: dict[str, Extracted] = {}
        self.held: set[int] = set()
        self.shapes: frozenset[str] = frozenset()
        self.dates = [(date.start, date.end) for date in text.dates]
        self.roles = text.roles
        self.files = {match["part"].upper() for match in words.PART_FILE.finditer(self.body)}
        self.taken = _marks(len(self.body), self.dates)
        self.bare = blanked(self.body, [*self.dates, *text.roles], "\x01")
        self.asking: dict[int, bool] = {}

    def hold(self) -> None:
        """From here on, a number without a label has to be in a line of its own pieces, where others were found."""
        self.held = {clause_of(self.body, part.start).start for part in self.found.values()}
        shapes = (shape(str(part.value)) for part in self.found.values())
        self.shapes = frozenset(each for each in shapes if re.search(r"[^A9]", each))
        self.close(self.roles)

    def close(self, places: Iterable[tuple[int, int]]) -> None:
        """Take places out of the search."""
        for start, end in places:
            self.taken[start:end] = b"\1" * (end - start)

    def open(self, places: Iterable[tuple[int, int]]) -> None:
        """Take places in again."""
        for start, end in places:
            self.taken[start:end] = b"\0" * (end - start)

    def take(self, start: int, end: int, confidence: float, *, told: bool = False) -> None:
        """A number, whole, unless it is something else or stands there already."""
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
        if start + len(name) < end or _FILED.match(body, end):
            name = self._unrevised(name)
        if not 0 < end - start <= _LONGEST or any(self.taken[start:end]):
            return
        if (not told and words.NOT_PARTS.match(name)) or MATERIAL.fullmatch(name) or _in_material(body, start, end):
            return
        if words.IN_PLACE_OF.search(body, max(line_of(body, start) + 1, start - _NEAR), start):
            return
        self.taken[start:end] = b"\1" * (end - start)
        self.found.setdefault(name.upper(), Extracted(name, body[start:end], start, end, confidence))

    def _unrevised(self, name: str) -> str:
        """A file's name without its revision, whole where files differ in nothing else: ``100-R12``, ``100-R13``."""
        plain = _plain(name)
        alike = {file for file in self.files if _plain(file) == plain.upper()}
        return plain if len(alike) <= 1 else name

    def take_others(self) -> None:
        """Numbers that are made as those found, and groups of figures in lines that ask for pieces."""
        for match in words.NUMBERED.finditer(self.body):
            if shape(match[0]) in self.shapes and self.may_be_ours(*match.span()):
                self.take(*match.span(), 0.6)
        for match in words.PART_IN_LINE.finditer(self.body):
            groups = len(re.findall(r"[.,' ]", match["part"]))
            pieces = re.fullmatch(words.NUMBER, match["part"]) and groups < _MILLIONS
            if not pieces and self.asks_for_pieces(match.start()) and self.may_be_ours(*match.span("part")):
                self.take(*match.span("part"), 0.6)
        self.hold()
        for match in words.NUMBERED.finditer(self.body):
            if may_be_number(match[0]) and self.asks_for_pieces(match.start()) and self.may_be_ours(*match.span()):
                self.take(*match.span(), 0.6)
                self.held.add(clause_of(self.body, match.start()).start)
                self.shapes |= {shape(match[0])}

    def take_the_only_ones(self) -> None:
        """Where nothing else is a part: what is made like a number of one, if all such are made alike; to be asked about."""
        free = [
            match for match in words.NUMBERED.finditer(self.body) if not any(self.taken[match.start() : match.end()])
        ]
        made = [
            each
            for each in free
            if (may_be_number(each[0]) or _GROUPS.fullmatch(each[0])) and self.may_be_ours(*each.span())
        ]
        if len({shape(each[0]) for each in made}) == 1:
            for each in made:
                self.take(*each.span(), GUESSED)

    def may_be_ours(self, start: int, end: int) -> bool:
        """Whether a number without a label may be a part's: it is no enquiry's or order's, and no small one."""
        before = self.body[max(0, start - 40) : start]
        if words.NOT_OURS.search(before.split("\n")[-1]):
            return False
        number = self.body[start:end]
        if len(re.sub(r"[\W_]", "", number)) < _UNLABELLED_LEAST - ("-" in number):
            return False
        if not self.held or shape(number) in self.shapes:
            return True
        return clause_of(self.body, start).start not in self.held and self.asks_for_pieces(start)

    def asks_for_pieces(self, place: int) -> bool:
        """Whether the sentence or line that ``place`` is in names a number of pieces."""
        clause = clause_of(self.body, place)
        if clause.start not in self.asking:
            self.asking[clause.start] = asks_for_pieces(self.bare, clause.start, clause.stop)
        return self.asking[clause.start]


def _plain(file: str) -> str:
    """A file's name without what tells its revisions from each other, however often."""
    while (plain := _REVISED.sub("", file)) != file:
        file = plain
    return file


def _marks(length: int, places: Iterable[tuple[int, int]]) -> bytearray:
    """A mark for each place of a text that one of ``places`` covers."""
    marks = bytearray(length)
    for start, end in places:
        marks[start:end] = b"\1" * (end - start)
    return marks


def _spans(length: int, items: Iterable[Extracted]) -> bytearray:
    return _marks(length, ((item.start, item.end) for item in items))


def _of_cell(cell: Told, value: str | int, confidence: float) -> Extracted:
    return Extracted(value, cell.text, cell.start, cell.end, confidence)


def may_be_number(text: str) -> bool:
    """Whether a token without a label is made like a part's number: figures with letters or marks, and no pieces."""
    pieces = words.PIECES.fullmatch(text) or re.fullmatch(words.NUMBER, text) or _COUNTED.fullmatch(text)
    return _MADE.search(text) is not None and not pieces


def shape(number: str) -> str:
    """How a number is made: its runs of letters and figures and what stands between them."""
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "A", number))


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


def clause_of(body: str, place: int) -> range:
    """The sentence, at most a line, that ``place`` is in."""
    starts, stops = _clauses(body)
    index = bisect_right(starts, place) - 1
    return range(starts[index], stops[index])


@lru_cache(maxsize=4)
def _clauses(body: str) -> tuple[list[int], list[int]]:
    """Where the sentences of a text begin and end."""
    starts, stops = [0], list[int]()
    for start, end in [*(mark.span() for mark in _SENTENCE.finditer(body)), (len(body), len(body))]:
        while (
            start - starts[-1] > _LONGEST_CLAUSE
        ):  # nobody's sentence: cut, so that reading one costs no more than reading others
            cut = body.rfind(" ", starts[-1] + 1, starts[-1] + _LONGEST_CLAUSE)
            cut = cut if cut > 0 else starts[-1] + _LONGEST_CLAUSE
            stops.append(cut)
            starts.append(cut)
        stops.append(start)
        starts.append(end)
    return starts[:-1], stops


def materials_of(text: Typed, parts: Sequence[Extracted]) -> tuple[Extracted, ...]:
    """Names of materials; what a column or a label calls a material and no system knows is one of low confidence."""
    body = text.body
    found: dict[int, Extracted] = {}
    for cell in text.cells:
        if cell.kind == "material":
            known = is_grade(cell.text) or MATERIAL.search(cell.text) is not None
            found[cell.start] = _of_cell(cell, cell.text, LABELLED if known else GUESSED)
    in_columns, numbers = _spans(len(body), found.values()), _spans(len(body), parts)
    named = [
        (label.start, re.split(r"[,;，；。(|\t]|  ", label.text)[0].strip())
        for label in text.labels
        if label.kind == "material"
    ]
    named += [(match.start("material"), match["material"].strip()) for match in words.MATERIAL_LABELLED.finditer(body)]
    for start, name in named:
        if len(name) > 1 and not numbers[start] and not MATERIAL.search(name) and not in_columns[start]:
            found[start] = Extracted(name, name, start, start + len(name), GUESSED)
    told = _spans(len(body), [*found.values(), *parts])
    for match in MATERIAL.finditer(body):
        if not told[match.start()]:
            found[match.start()] = extracted(match, 0, match.group().strip(), TOLD)
    told = _spans(len(body), [*found.values(), *parts])
    for match in CODED.finditer(body):
        start, end = match.span("code")
        if not any(told[start:end]) and not words.PIECES.match(body, start):
            found[start] = Extracted(match["code"], match["code"], start, end, GUESSED)
    return tuple(found[start] for start in sorted(found))


def lines_of(
    body: str, parts: list[Extracted], quantities: list[Extracted], materials: tuple[Extracted, ...]
) -> tuple[DraftLine, ...]:
    """Each quantity and material to the part that is nearest in its own sentence, line or paragraph, else to the nearest before it."""
    if not parts:
        return (DraftLine(None, tuple(quantities), materials[0] if materials else None),) if quantities else ()
    owned: dict[int, list[Extracted]] = {index: [] for index in range(len(parts))}
    common: list[Extracted] = []
    paired = _in_turn(body, parts, quantities) or _paired(body, parts, quantities)
    for quantity in quantities:
        mine = paired.get(quantity.start, owner(body, parts, quantity))
        if mine is None or _of_each(body, quantity):
            common.append(quantity)
        else:
            owned[mine].append(quantity)
    for own in owned.values():
        # said before or beside the list of parts, they are of all that have no own
        if not own:
            own.extend(common)
    made: dict[int, Extracted] = {}
    placed = _by_position(body, parts, materials)
    paired = _paired(body, parts, materials) | placed
    for material in materials:
        mine = paired.get(material.start, owner(body, parts, material))
        mine = mine if mine is not None else 0
        older = made.get(mine)
        if older is None or _better(body, older, material):
            made[mine] = material
    for index, part in enumerate(parts[1:], start=1):
        stop = parts[index + 1].start if index + 1 < len(parts) else len(body)
        same = _SAME.search(body, part.end, min(stop, part.end + _A_LINE)) if part.end else None
        if same and index not in made and index - 1 in made:
            made[index] = msgspec.structs.replace(made[index - 1], confidence=0.7)
    # one that stands beside a part is that part's, and nobody knows what the others are of
    alone = not placed and not _stands_beside(body, parts, materials)
    of_all = alone or len(parts) == 1 or any(_OF_ALL.search(body[max(0, m.start - _NEAR) : m.start]) for m in materials)
    named = [m for m in materials if str(m.value).lower() not in VAGUE_MATERIALS] or list(materials)
    shared = named[0] if len({grade(m) for m in named}) == 1 and of_all else _of_all_others(body, named, parts)
    return tuple(DraftLine(part, tuple(owned[index]), made.get(index, shared)) for index, part in enumerate(parts))


def _of_all_others(body: str, materials: Sequence[Extracted], parts: Sequence[Extracted]) -> Extracted | None:
    """The only material that is said to be that of all parts but those that have their own, before the first of them."""
    found = [
        m for m in materials if m.end <= parts[0].start and _OF_ALL.search(body[max(0, m.start - _NEAR) : m.start])
    ]
    return found[0] if len({grade(m) for m in found}) == 1 else None


def _in_turn(body: str, parts: list[Extracted], items: Sequence[Extracted]) -> dict[int, int]:
    """Values that are as many as the parts before them and said to be theirs in turn: ``25 resp. 50``."""
    if len(parts) != len(items) or len(parts) <= 1 or parts[-1].start > items[0].start:
        return {}
    if words.RESPECTIVE.search(body, items[0].start, items[-1].end + _AND) is None:
        return {}
    return {item.start: index for index, item in enumerate(items)}


def _paired(body: str, parts: list[Extracted], items: Sequence[Extracted]) -> dict[int, int]:
    """Which part each value is of where parts and values take turns in a sentence: by the place of the value, the part's index."""
    turns: dict[int, list[tuple[int, int | None]]] = {}
    for index, part in enumerate(parts):
        if part.end:
            turns.setdefault(clause_of(body, part.start).start, []).append((part.start, index))
    for item in items:
        turns.setdefault(clause_of(body, item.start).start, []).append((item.start, None))
    found: dict[int, int] = {}
    for all_of in turns.values():
        ordered = sorted(all_of)
        own = [index for _, index in ordered if index is not None]
        starts = [start for start, index in ordered if index is None]
        changes = all((a is None) != (b is None) for (_, a), (_, b) in pairwise(ordered))
        if len(own) > 1 and len(own) == len(starts) and changes:
            found |= dict(zip(starts, own, strict=True))
    return found


def _by_position(body: str, parts: list[Extracted], items: Sequence[Extracted]) -> dict[int, int]:
    """Which part each value is of that names its position in another line: ``Item 00020 Material spec: 1018``."""
    places: dict[int, int] = {}
    for index, part in enumerate(parts):
        head = _POSITION_HEAD.match(body, line_of(body, part.start) + 1) if part.end else None
        if head and head.end() <= part.start:
            places.setdefault(int(head["n"]), index)
    found: dict[int, int] = {}
    for item in items if len(places) > 1 else ():
        begin = line_of(body, item.start) + 1
        named = _POSITION_NAMED.findall(body, max(begin, item.start - _NEAR), item.start)
        mine = places.get(int(named[-1])) if named else None
        if mine is not None and not begin <= parts[mine].start < item.start:
            found[item.start] = mine
    return found


def _of_each(body: str, quantity: Extracted) -> bool:
    """Whether a quantity is said of each part instead of one: ``je 5 Stück``, ``40 of each``."""
    before = _EACH.search(body, clause_of(body, quantity.start).start, quantity.start)
    behind = _OF_EACH.match(body, quantity.end)
    unit = behind is not None and quantity.confidence >= LABELLED and behind[0].strip().lower() == "each"
    return before is not None or (behind is not None and not unit)


def _better(body: str, older: Extracted, material: Extracted) -> bool:
    """Whether the later of two names of one part's material holds: a grade after its family or a guess, or one said as a correction."""
    known = older.confidence > GUESSED or material.confidence <= GUESSED
    corrected = words.CORRECTS.search(body, max(older.end, material.start - _A_LINE), material.start) is not None
    return not known or corrected or str(older.value).lower() in VAGUE_MATERIALS


def _stands_beside(body: str, parts: Iterable[Extracted], items: Iterable[Extracted]) -> bool:
    """Whether one of the values stands in the line of a part; where several parts share the line, in the sentence of one."""
    on_line: dict[int, list[int]] = {}
    for part in parts:
        if part.end:
            on_line.setdefault(line_of(body, part.start), []).append(clause_of(body, part.start).start)
    alone = {line for line, clauses in on_line.items() if len(clauses) == 1}
    beside = {(line, clause) for line, clauses in on_line.items() for clause in clauses}
    for item in items:
        line = line_of(body, item.start)
        if line in alone or (line, clause_of(body, item.start).start) in beside:
            return True
    return False


def grade(material: Extracted) -> str:
    """A material's name without what writers add to it or leave out."""
    return re.sub(r"[\W_]|enaw|aisi|^al(?:uminium|uminum)?(?=\d)", "", str(material.value).lower())


def owner(body: str, parts: list[Extracted], item: Extracted) -> int | None:
    """Which of ``parts`` a quantity or a material is of; none where it stands in a paragraph before all of them."""
    for within in (clause_of(body, item.start), _line(body, item.start), _paragraph(body, item.start)):
        same = [index for index, part in enumerate(parts) if part.end and part.start in within]
        if len(same) == 1:
            return same[0]
        above = [index for index in same if line_of(body, parts[index].start) < line_of(body, item.start)]
        if above and (
            _opens(body, parts[same[0]], within) or _indented(body, parts[max(above)], item) or _of_a_form(body, item)
        ):
            return max(above)
        if same and within.stop - within.start < _A_LINE:
            return min(same, key=lambda index: _apart(body, parts[index], item))
        if same:
            break
    before = [index for index, part in enumerate(parts) if part.end and part.end <= item.start]
    if before:
        return before[-1]
    return 0 if len(parts) == 1 or _line(body, item.start).stop >= parts[0].start else None


def _opens(body: str, part: Extracted, paragraph: range) -> bool:
    """Whether a part stands in the first line of a paragraph: what follows it there is its own, up to the next part."""
    first = len(body[paragraph.start : paragraph.stop]) - len(body[paragraph.start : paragraph.stop].lstrip())
    line = line_of(body, part.start)
    opening = body[max(paragraph.start + first, line - _HEADING) : max(line, 0)]
    return line == line_of(body, paragraph.start + first) or _COUNTED_HEAD.fullmatch(opening) is not None


def _indented(body: str, part: Extracted, item: Extracted) -> bool:
    """Whether a value's line is set in below the line of a part, and so goes on with it."""
    own, line = line_of(body, part.start) + 1, line_of(body, item.start) + 1
    return _indent(body, line) > _indent(body, own)


def _of_a_form(body: str, item: Extracted) -> bool:
    """Whether a value stands in a line of its own behind a label, as in forms, which name a part before what is of it."""
    head = _FORM_HEAD.match(body, line_of(body, item.start) + 1)
    return head is not None and head.end() <= item.start and kind_of(head["label"]) in ("quantity", "material")


def _indent(body: str, line: int) -> int:
    match = re.compile(r"[ \t]*").match(body, line)
    return match.end() - line if match else 0


def _apart(body: str, part: Extracted, item: Extracted) -> int:
    """How far a value stands from a part: letters, and more for each mark or word that parts two things of a list."""
    between = body[min(part.end, item.end) : max(part.start, item.start)]
    return len(between) + sum(_AND if match["and"] else _COMMA for match in _LISTED.finditer(between))


def _line(body: str, place: int) -> range:
    end = body.find("\n", place)
    return range(line_of(body, place) + 1, end if end >= 0 else len(body))


def _paragraph(body: str, place: int) -> range:
    start = body.rfind("\n\n", 0, place)
    end = body.find("\n\n", place)
    return range(max(0, start), end if end >= 0 else len(body))
