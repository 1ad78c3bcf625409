"""Assemble the lines of a request: the quantity and material of each part, each with its position in the text."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

import msgspec

from nightmill.intake.lexicon import patterns
from nightmill.intake.lexicon.labels import Told, kind_of
from nightmill.intake.lexicon.material_grades import CODED, MATERIAL, VAGUE_MATERIALS, is_grade
from nightmill.intake.lexicon.order_draft import DraftLine, Extracted
from nightmill.intake.rules.annotations import Typed
from nightmill.intake.rules.clauses import clause_of, extracted, line_of, marks
from nightmill.intake.rules.part_names import lists_of, names_of, spoken_of
from nightmill.intake.rules.quantities import GUESSED, LABELLED, SHARED, TOLD

_EACH = re.compile(
    r"\b(?:each|jeweils|(?<!kun )(?<!kan )(?<!wil )(?<!wilt )(?<!heb )(?<!als )je(?=\s{1,3}\d)|chacune?|ciascun[oa]?|各)\b",
    re.I,
)
_OF_EACH = re.compile(
    r"[ \t](?:[^\W\d_]{1,8}\.?[ \t])?(?:(?:of|von|de|di)[ \t])?(?:each(?![ \t]{0,9}[|\t;])|both|jede[mrs]?|beiden|chaque|chacune?|ciascun[oa]|cada|cad(?:aun[oa])?|ognun[oa]|c/u)\b",
    re.I,
)
_NEAR = 60
_OF_ALL = re.compile(
    r"\b(?:all|both|everything|alles?|beide[ns]?|sämtliche\w?|tout(?:es)?|tous|tutt[oaie]|todo|todas?|todos|tudo|allemaal|wszystk\w{1,3}|všechn\w|vše|kaikki|samtlig[ae]|alla)\b[^.;\n]{0,40}$",
    re.I,
)
"""Words before a material that apply it to all parts."""
_SAME = re.compile(
    r"\b(?:same|identical) (?:material|mat'?l\b|mtl\b|mat\b|grade|alloy|spec\w*)|[:,–-][ \t](?:same|gleich|idem|stesso|pareil|igual|samma|samme)(?=[ \t]*(?:[,.;\n]|$))|\bditto\b|\bdito\b|\bidem\b|\bmaterial (?:as above|ditto|same)|\b(?:gleiche[rsnm]?|selbe[rsn]?|dasselbe|derselbe) (?:werkstoff|material)|\b(?:werkstoff|material) (?:dito|wie (?:oben|vor|vorher))|\b(?:même|meme) (?:matière|nuance)|\bstesso materiale|\bmismo material|\bmesmo material|\bzelfde materiaal|\bsamme materiale|\bsamma material|\bten sam materiał|\bstejný materiál|材料(?:同上|相同)|同(?:样|种)材料",
    re.I,
)
"""Words for "the same material as the part before"."""
_SAME_PIECES = re.compile(
    r"\b(?:same (?:qty|qtys|quantit(?:y|ies)|number)|(?:gleiche|selbe|identische)n? (?:mengen?|stückzahl(?:en)?|anzahl)|mêmes? quantités?|stess[ae] quantità|mism[ao]s? cantidad(?:es)?|mesmas? quantidades?|zelfde aantal(?:len)?|samme antal|samma antal|ta sama ilość|te same ilości|stejn[ýé] (?:počet|množství))|数量(?:同上|相同)",
    re.I,
)
"""Words for "the same quantity as the part before"."""
_LIKE_POSITION = re.compile(
    r"\b(?:as|like|wie|comme|come|como|jak|jako|som|zoals)[ \t](?:for[ \t]|bei[ \t])?(?:(?:item|pos(?:ition|te|izione|ición|ição)?|line|repère|part)\.?[ \t]?(?:no\.?[ \t]?|nr\.?[ \t]?)?0{0,4}(?P<n>\d{1,4})(?![\w-])|(?P<letter>\([a-h]\)|[a-h]\)))",
    re.I,
)
"""Words for "the same material as another position"."""
_FROM = re.compile(r"\b(?:from|von|vom|de|da|z|od|van|från|fra)[ \t]$", re.I)
_TO = re.compile(r"[ \t,]{1,3}(?:to|auf|zu|à|a|na|naar|til|till)[ \t]", re.I)
"""Text before and after a material that the writer replaces with another."""
_NOW = re.compile(
    r"\b(?:now|jetzt|nunmehr|neu|désormais|maintenant|ora|adesso|ahora|agora|nu|teraz|nyní)[ :]{1,2}(?:(?:in|aus|from|en|be|is)[ ])?$|(?:改为|改成|改用|换成)\s?$",
    re.I,
)
"""Words right before a material that replaces the previous one."""
_COUNTED_HEAD = re.compile(
    r"(?:item|pos(?:ition)?|line|no|nr|lot|part)\.?[ \t]?(?:no\.?|nr\.?)?[ \t]?\d{1,5}[.:]?[ \t]*", re.I
)
_HEADING = 40
_POSITION_HEAD = re.compile(
    r"[ \t>*•|#(-]{0,9}(?:[^\W\d_]{2,9}\.?[ \t])?(?:0{0,4}(?P<n>\d{1,4})(?:[.):|\t]|[ \t])|(?P<letter>[a-h])[).])", re.I
)
_POSITION_NAMED = re.compile(
    r"\b(?:items?|pos(?:ition|te|izione|ición|ição|\.)?|lines?|repère|rep\.?|sr\.?|s/n|polož\w*|pozycj\w*|artikel)[ \t]?(?:no\.?[ \t]?|nr\.?[ \t]?)?0{0,4}(\d{1,4})(?![\w-])",
    re.I,
)
_FORM_HEAD = re.compile(r"[ \t>*•-]{0,9}(?P<label>[^\W\d_][^:=\n]{0,40}?)[ \t.]{0,40}[:=]")
_A_LINE = 400
_LISTED = re.compile(
    r"(?P<and>[;&)）]|\s\+\s|\b(?:and|und|et|e|y|og|och|en|oraz|ja|és|ve|sowie|plus|as well as|ainsi que|nonché|así como|then)\b|、)|[,，]"
)
_AND, _COMMA = 60, 20


def _spans(length: int, items: Iterable[Extracted]) -> bytearray:
    return marks(length, ((item.start, item.end) for item in items))


def _of_cell(cell: Told, value: str | int, confidence: float) -> Extracted:
    return Extracted(value, cell.text, cell.start, cell.end, confidence)


def materials_of(text: Typed, parts: Sequence[Extracted]) -> tuple[Extracted, ...]:
    """Return the material names; an unknown name labelled as a material has low confidence."""
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
    starts = {start for start, _ in named}
    named += [
        (match.start("material"), match["material"].strip())
        for match in patterns.MATERIAL_LABELLED.finditer(body)
        if match.start("material") not in starts
    ]
    for start, name in named:
        if len(name) > 1 and not numbers[start] and not MATERIAL.search(name) and not in_columns[start]:
            found[start] = Extracted(name, name, start, start + len(name), GUESSED)
    told = _spans(len(body), [*found.values(), *parts])
    labelled = marks(len(body), ((each.start, each.end) for each in text.labels if each.kind == "material"))
    for match in MATERIAL.finditer(body):
        if not told[match.start()]:
            sure = LABELLED if labelled[match.start()] else TOLD
            found[match.start()] = extracted(match, 0, match.group().strip(), sure)
    told = _spans(len(body), [*found.values(), *parts])
    for match in CODED.finditer(body):
        start, end = match.span("code")
        if not any(told[start:end]) and not patterns.PIECES.match(body, start):
            found[start] = Extracted(match["code"], match["code"], start, end, GUESSED)
    return tuple(found[start] for start in sorted(found))


def lines_of(
    body: str, parts: list[Extracted], quantities: list[Extracted], materials: Sequence[Extracted]
) -> tuple[DraftLine, ...]:
    """Assign each quantity and material to the nearest part in its sentence, line or paragraph, else to the nearest part before it."""
    if not parts:
        return (DraftLine(None, tuple(quantities), materials[0] if materials else None),) if quantities else ()
    names, lists = names_of(body, parts), lists_of(body, parts)
    owned = _pieces_of_parts(body, parts, quantities, names, lists)
    placed, called = _by_position(body, parts, materials), spoken_of(body, names, parts, materials)
    made = _materials_of_parts(body, parts, materials, _paired(body, parts, materials) | placed, called)
    for own in _groups(lists):
        mates = [made[k] for k in own if k in made]
        if len({grade(each) for each in mates}) == 1:
            made |= {k: mates[0] for k in own if k not in made}
    _as_others(body, parts, made)
    # a material beside a part belongs to that part, even if the other parts' materials are unclear
    apart = not placed and not called and not _stands_beside(body, parts, materials)
    of_all = apart or len(parts) == 1 or any(_OF_ALL.search(body[max(0, m.start - _NEAR) : m.start]) for m in materials)
    named = [m for m in materials if str(m.value).lower() not in VAGUE_MATERIALS] or list(materials)
    shared = named[0] if len({grade(m) for m in named}) == 1 and of_all else _of_all_others(body, named, parts)
    for pieces in owned.values():
        pieces[:] = [each for k, each in enumerate(pieces) if not _said_again(body, each, pieces[:k])]
    both = [m for m in named if _OF_ALL.search(body[max(0, m.start - _NEAR) : m.start])]
    for material in both:
        for index, part in enumerate(parts):
            if index not in made and part.end and part.start in _paragraph(body, material.start):
                made[index] = material
    return tuple(DraftLine(part, tuple(owned[index]), made.get(index, shared)) for index, part in enumerate(parts))


def _materials_of_parts(
    body: str,
    parts: list[Extracted],
    materials: Sequence[Extracted],
    paired: dict[int, int],
    called: dict[int, list[int]],
) -> dict[int, Extracted]:
    """Return the material of each part by part index: stated beside the part, by the part's name, or below its list."""
    made: dict[int, Extracted] = {}
    below: list[tuple[int, Extracted]] = []
    on_line: dict[int, list[int]] = {}
    for index, part in enumerate(parts):
        if part.end:
            on_line.setdefault(line_of(body, part.start), []).append(index)
    for material in materials:
        mine = paired.get(material.start, owner(body, parts, material))
        alone = [mine if mine is not None else 0]
        for index in alone if material.start in paired else called.get(material.start, alone):
            older = made.get(index)
            if older is None or _better(body, older, material):
                made[index] = material
        if material.start not in paired and material.start not in called:
            below += [(index, material) for index in _listed_above(body, on_line, material)]
    for index, material in below:
        made.setdefault(index, material)
    return made


def _as_others(body: str, parts: Sequence[Extracted], made: dict[int, Extracted]) -> None:
    """Give parts that are said to be of the same material as another part that part's material."""
    positions = _positions(body, parts)
    for index, part in enumerate(parts):
        if index in made or not part.end:
            continue
        stop = parts[index + 1].start if index + 1 < len(parts) else len(body)
        stop = min(stop, part.end + _A_LINE)
        like = _LIKE_POSITION.search(body, part.end, stop)
        other = positions.get(like["n"] or like["letter"].strip("()").lower()) if like else None
        if other is None and not like and index and _SAME.search(body, part.end, stop):
            other = _last_before(body, parts, index)
        if other in made:
            made[index] = msgspec.structs.replace(made[other], confidence=0.7)


def _groups(lists: Sequence[int]) -> Iterable[list[int]]:
    """Return the parts of each list."""
    found: dict[int, list[int]] = {}
    for index, first in enumerate(lists):
        found.setdefault(first, []).append(index)
    return found.values()


@lru_cache(maxsize=4)
def _mentions(body: str, sources: tuple[str, ...]) -> list[tuple[int, int]]:
    """Return where each of several texts occurs and which text it is, in order of position."""
    found = []
    for index, source in enumerate(sources):
        place = body.find(source) if source else -1
        while place >= 0:
            found.append((place, index))
            place = body.find(source, place + 1)
    return sorted(found)


def _last_before(body: str, parts: Sequence[Extracted], index: int) -> int:
    """Return the part named last before another one, even if it was already named earlier."""
    mentions = _mentions(body, tuple(part.source if part.end else "" for part in parts))
    start = parts[index].start
    for place, k in reversed(mentions[: bisect_left(mentions, (start, 0))]):
        if k != index and place + len(parts[k].source) <= start:
            return k
    return index - 1


def _pieces_of_parts(
    body: str, parts: list[Extracted], quantities: list[Extracted], names: list[frozenset[str]], lists: list[int]
) -> dict[int, list[Extracted]]:
    """Return the quantities of each part by part index; quantities given for one part of a list, or for none, apply to all parts without
    their own.
    """
    owned: dict[int, list[Extracted]] = {index: [] for index in range(len(parts))}
    common: list[Extracted] = []
    beside: list[Extracted] = []
    called = spoken_of(body, names, parts, quantities)
    paired = _in_turn(body, parts, quantities) or _paired(body, parts, quantities)
    for quantity in quantities:
        mine = paired.get(quantity.start, owner(body, parts, quantity))
        each = quantity.start not in paired and _of_each(body, quantity)
        if quantity.start not in paired and not each and quantity.start in called:
            for index in called[quantity.start]:
                owned[index].append(quantity)
        elif quantity.start not in paired and len(parts) > 1 and _said_beside(body, parts, quantity):
            beside.append(quantity)
        elif mine is None or each:
            common.append(quantity)
            if each and patterns.ADDS.search(body, clause_of(body, quantity.start).start, quantity.start):
                beside.append(quantity)
        else:
            owned[mine].append(quantity)
    for index, part in enumerate(parts):
        stop = parts[index + 1].start if index + 1 < len(parts) else len(body)
        if index and not owned[index] and part.end and _SAME_PIECES.search(body, part.end, min(stop, part.end + _NEAR)):
            owned[index] = list(owned[index - 1])
    for group in _groups(lists):
        mates = [k for k in group if owned[k]]
        if len(mates) == 1 and len(group) > 1:
            shared = [
                msgspec.structs.replace(each, confidence=min(each.confidence, SHARED)) for each in owned[mates[0]]
            ]
            owned |= {k: list(shared) for k in group}
    for own in owned.values():
        # stated before or beside the list of parts, they apply to all parts without their own
        own.extend(beside if own else common)
    return owned


def _said_again(body: str, number: Extracted, before: Sequence[Extracted]) -> bool:
    """Return whether the text in brackets repeats one of several price breaks: ``50 / 200 / 1,000``, ``first delivery (50 pieces)``."""
    bracketed = body[number.start - 1 : number.start] == "("
    return bracketed and len(before) > 1 and any(each.value == number.value for each in before)


def _listed_above(body: str, on_line: Mapping[int, list[int]], material: Extracted) -> list[int]:
    """Return the parts in the lines right above a material on a line without parts: the material applies to the whole list."""
    line = line_of(body, material.start)
    if line in on_line:
        return []
    found: list[int] = []
    while line > 0 and (above := on_line.get(line := line_of(body, line))):
        found += above
    return found


def _said_beside(body: str, parts: Sequence[Extracted], quantity: Extracted) -> bool:
    """Return whether a sentence below the parts names none of them and says that its pieces are additional."""
    clause = clause_of(body, quantity.start)
    return parts[-1].end <= clause.start and patterns.ADDS.search(body, clause.start, quantity.start) is not None


def _of_all_others(body: str, materials: Sequence[Extracted], parts: Sequence[Extracted]) -> Extracted | None:
    """Return the only material, if it is stated before the first part, for all parts that have none of their own."""
    found = [
        m for m in materials if m.end <= parts[0].start and _OF_ALL.search(body[max(0, m.start - _NEAR) : m.start])
    ]
    return found[0] if len({grade(m) for m in found}) == 1 else None


def _in_turn(body: str, parts: list[Extracted], items: Sequence[Extracted]) -> dict[int, int]:
    """Return values assigned in order to the parts before them, if there are as many values as parts: ``25 resp. 50``."""
    if len(parts) != len(items) or len(parts) <= 1 or parts[-1].start > items[0].start:
        return {}
    if patterns.RESPECTIVE.search(body, items[0].start, items[-1].end + _AND) is None:
        return {}
    return {item.start: index for index, item in enumerate(items)}


def _paired(body: str, parts: list[Extracted], items: Sequence[Extracted]) -> dict[int, int]:
    """Return which part each value belongs to in a sentence where parts and values alternate: part index by the value's position."""
    turns: dict[int, list[tuple[int, int | None]]] = {}
    for index, part in enumerate(parts):
        if part.end:
            turns.setdefault(clause_of(body, part.start).start, []).append((part.start, index))
    for item in items:
        turns.setdefault(clause_of(body, item.start).start, []).append((item.start, None))
    found: dict[int, int] = {}
    for all_of in turns.values():
        ordered = sorted(all_of, key=lambda each: each[0])
        own = [index for _, index in ordered if index is not None]
        starts = [start for start, index in ordered if index is None]
        changes = all((a is None) != (b is None) for (_, a), (_, b) in pairwise(ordered))
        if len(own) > 1 and len(own) == len(starts) and changes:
            found |= dict(zip(starts, own, strict=True))
    return found


def _positions(body: str, parts: Sequence[Extracted]) -> dict[str, int]:
    """Return the part for each position number that starts a line."""
    places: dict[str, int] = {}
    for index, part in enumerate(parts):
        head = _POSITION_HEAD.match(body, line_of(body, part.start) + 1) if part.end else None
        if head and head.end() <= part.start:
            places.setdefault((head["n"] or head["letter"]).lower(), index)
    return places


def _by_position(body: str, parts: list[Extracted], items: Sequence[Extracted]) -> dict[int, int]:
    """Return the part of each value that is given by position number in another line: ``Item 00020 Material spec: 1018``."""
    places = _positions(body, parts)
    found: dict[int, int] = {}
    for item in items if len(places) > 1 else ():
        begin = line_of(body, item.start) + 1
        named = _POSITION_NAMED.findall(body, max(begin, item.start - _NEAR), item.start)
        mine = places.get(named[-1]) if named else None
        if mine is not None and not any(begin <= part.start < item.start for part in parts if part.end):
            found[item.start] = mine
    return found


def _of_each(body: str, quantity: Extracted) -> bool:
    """Return whether a quantity is for each part instead of a single part: ``je 5 Stück``, ``40 of each``."""
    before = _EACH.search(body, clause_of(body, quantity.start).start, quantity.end)
    behind = _OF_EACH.match(body, quantity.end)
    unit = behind is not None and quantity.confidence >= LABELLED and behind[0].strip().lower() == "each"
    return before is not None or (behind is not None and not unit)


def _better(body: str, older: Extracted, material: Extracted) -> bool:
    """Return whether the later of two material names for a part replaces the earlier: a grade after its family or after
    a guess, or a correction.
    """
    known = older.confidence > GUESSED or material.confidence <= GUESSED
    corrected = (
        patterns.CORRECTS.search(body, max(older.end, material.start - _A_LINE), material.start) is not None
        or _NOW.search(body, max(older.end, material.start - _NEAR), material.start) is not None
    )
    between = body[older.end : material.start] if material.start > older.end else ""
    corrected |= (
        _FROM.search(body, max(0, older.start - _AND), older.start) is not None and _TO.fullmatch(between) is not None
    )
    labelled = material.confidence >= LABELLED > older.confidence
    return not known or corrected or labelled or str(older.value).lower() in VAGUE_MATERIALS


def _stands_beside(body: str, parts: Iterable[Extracted], items: Iterable[Extracted]) -> bool:
    """Return whether a value is in the part's line; if several parts share the line, in the part's sentence."""
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
    """Return a material's name without optional additions."""
    return re.sub(r"[\W_]|enaw|aisi|^al(?:uminium|uminum)?(?=\d)", "", str(material.value).lower())


def owner(body: str, parts: Sequence[Extracted], item: Extracted) -> int | None:
    """Return the index of the part (in order of place) to which a quantity or material belongs; None if it is in a paragraph before all parts."""
    line = line_of(body, item.start)
    for within in (clause_of(body, item.start), _line(body, item.start), _paragraph(body, item.start)):
        first, last = (bisect_left(parts, place, key=_start) for place in (within.start, within.stop))
        same = [index for index in range(first, last) if parts[index].end]
        if len(same) == 1:
            return same[0]
        above = [index for index in same if parts[index].start < line]
        if above and (
            _opens(body, parts[same[0]], within) or _indented(body, parts[max(above)], item) or _of_a_form(body, item)
        ):
            return max(above)
        if same and within.stop - within.start < _A_LINE:
            own = clause_of(body, item.start)
            return min(
                same,
                key=lambda index: _apart(body, parts[index], item) + (_AND if parts[index].start >= own.stop else 0),
            )
        if same:
            break
    for index in reversed(range(bisect_left(parts, item.start, key=_start))):
        if parts[index].end and parts[index].end <= item.start:
            return index
    return 0 if len(parts) == 1 or _line(body, item.start).stop >= parts[0].start else None


def _start(part: Extracted) -> int:
    return part.start


def _opens(body: str, part: Extracted, paragraph: range) -> bool:
    """Return whether a part is in the first line of a paragraph, so that the text after it belongs to that part, up to the next part."""
    first = len(body[paragraph.start : paragraph.stop]) - len(body[paragraph.start : paragraph.stop].lstrip())
    line = line_of(body, part.start)
    opening = body[max(paragraph.start + first, line - _HEADING) : max(line, 0)]
    return line == line_of(body, paragraph.start + first) or _COUNTED_HEAD.fullmatch(opening) is not None


def _indented(body: str, part: Extracted, item: Extracted) -> bool:
    """Return whether a value's line is indented below a part's line and so continues that line."""
    own, line = line_of(body, part.start) + 1, line_of(body, item.start) + 1
    return _indent(body, line) > _indent(body, own)


def _of_a_form(body: str, item: Extracted) -> bool:
    """Return whether a value is on a labelled line of its own, as in forms, which state the part first."""
    head = _FORM_HEAD.match(body, line_of(body, item.start) + 1)
    return head is not None and head.end() <= item.start and kind_of(head["label"]) in ("quantity", "material")


def _indent(body: str, line: int) -> int:
    match = re.compile(r"[ \t]*").match(body, line)
    return match.end() - line if match else 0


def _apart(body: str, part: Extracted, item: Extracted) -> int:
    """Return the distance of a value from a part: letters, plus a penalty for each mark or word that separates list
    entries.
    """
    between = body[min(part.end, item.end) : max(part.start, item.start)]
    return len(between) + sum(_AND if match["and"] else _COMMA for match in _LISTED.finditer(between))


def _line(body: str, place: int) -> range:
    end = body.find("\n", place)
    return range(line_of(body, place) + 1, end if end >= 0 else len(body))


def _paragraph(body: str, place: int) -> range:
    start = body.rfind("\n\n", 0, place)
    end = body.find("\n\n", place)
    return range(max(0, start), end if end >= 0 else len(body))
