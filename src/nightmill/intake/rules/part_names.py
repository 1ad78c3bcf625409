"""Find the names of a mail's parts, the lists that contain them, and the parts meant by a sentence without a part number.

People state a part's number once and use its name from then on: ``4471-C (hub)`` above, ``hubs in C45`` below. A name
is the words right before or after a number; a name shared by several parts is ignored.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from nightmill.intake.lexicon import patterns
from nightmill.intake.lexicon.labels import kind_of
from nightmill.intake.lexicon.material_grades import MATERIAL
from nightmill.intake.lexicon.order_draft import Extracted
from nightmill.intake.rules.clauses import clause_of, line_of
from nightmill.intake.rules.finishes import FINISH

_WORD = r"[^\W\d_][^\W\d_'-]{2,23}"
_NO_NAME = re.compile(
    rf"(?:{patterns.UNIT_WORD}|{patterns.LABEL}|rev\w*|ind\w*|iss\w*|ver\w*|off|the|and|und|oder|der|die|das|den|dem|des|for|für|from|aus|with|mit|per|pro|our|your|unser\w*|ihr\w*|each|both|all|alle\w?|beide\w?|please|bitte|quote|need\w*|want\w*|menge|qty|quantity|material|werkstoff"
    r"|les?|une?|des|pour|avec|dans|sur|con|per|del|della|dei|delle|una|uno|los|las|por|para|van|het|een|voor|met|dla|oraz|jak|pro|til|och|med|new|neu\w*|old|alt\w*|same|price|preis|prix|now|then|puis|also|auch|anche|aussi|finish|surface|delivery|termin|no|not|nr|as|in|of|to|at|by|on|an|am|im|is|are|we|you|this|that|these|diese\w*|version|size|type|typ|left|right|links|rechts)",
    re.I,
)
"""Words beside a number that aren't names of parts."""
_VERB = re.compile(
    r"they|are|is|was|were|sind|ist|war|wird|werden|sont|est|sono|jest|są|made|need|want|have|has|will|would|must|should|can|could|goes?|comes?|was|bitte|please",
    re.I,
)
"""Words of a sentence that continues after a number, which aren't names."""
_BEFORE = re.compile(
    rf"((?:{_WORD}[ ]){{1,3}})[ \t|]{{0,24}}[,(\"„«:#–-]{{0,2}}[ ]?(?:(?:{patterns.LABEL})\.?[ ]?[:#=]?[ ]?){{0,2}}$",
    re.I,
)
_REVISED = r"(?:[ ,]{0,2}[(]?(?:rev(?:ision)?|index|ind|iss(?:ue)?|ver|sht|sheet|v|r)\b\.?[ ]?(?:\d{1,3}|[A-Z]{1,2})\b[)]?){0,2}"
_BEHIND = re.compile(rf"(?i:{_REVISED})[\t ]{{0,24}}[\t,(\"„«:|–-]{{0,2}}[\t ]{{0,24}}((?:{_WORD}[ ]?){{1,3}})")
_LIST = re.compile(
    rf"(?i:{_REVISED})[ ]?(?:\([^)\n]{{1,30}}\))?[ ]?(?:[,;+&/、和]|\b(?:and|und|sowie|et|ainsi que|e|ed|y|og|och|oraz|plus)\b)[ ]?(?:(?:and|und|et|e|y)[ ])?(?:(?:the|die|der|das|den|le|la|les|il|el|los)[ ])?(?:(?:{patterns.LABEL})\.?[ ]?[:#=]?[ ]?){{0,2}}(?:(?!(?:dafür|instead|but|aber|sondern|not|nicht|statt|replaces?|ersetzt|sans|non)\b){_WORD}[ ]){{0,2}}",
    re.I,
)
"""Text between two parts in one list that contains nothing about either part except its name."""
_ARTICLE = r"(?:(?:the|die|den|das|der|le|la|les|l'|il|gli|el|los|las|de|het)[ ]?)?"
_FOR = re.compile(
    rf"[ ]?(?:{patterns.UNIT}\.?)?[ ](?:for|für|pour|per|för|til|voor|dla|pro|para|na|beim?|of|von|de|des|di|av)[ ]{_ARTICLE}(?P<names>{_WORD}(?:(?:,|[ ](?:and|und|et|e|y|og|och|en|oraz|a))[ ]{_ARTICLE}{_WORD}){{0,4}})",
    re.I,
)
_OF_NUMBER = re.compile(
    rf"[ ]?(?:{patterns.UNIT}\.?)?[ ](?:for|für|pour|per|för|til|voor|dla|pro|para|na|beim?|of|von|de|des|di|av|vom)?[ ]?{_ARTICLE}(?P<number>[A-Za-z0-9][\w./-]{{2,40}})",
    re.I,
)
"""A part number right after a value."""
_STEM, _ENDINGS, _COMPOUND, _SEVERAL = 4, 3, 5, 2
_MOST = 100
"""Maximum number of parts in a mail that a writer would refer to by name."""


def names_of(body: str, parts: Sequence[Extracted]) -> list[frozenset[str]]:
    """Return the lower-case words that name each part and no other part; empty if a number has no words beside it.

    ``Welle`` and ``Antriebswelle`` each name their own part: a whole word takes precedence over a compound that
    contains it.
    """
    if len(parts) > _MOST:
        return [frozenset()] * len(parts)
    found: list[set[str]] = []
    for part in parts:
        names: set[str] = set()
        if part.end:
            before = _BEFORE.search(body[max(line_of(body, part.start) + 1, part.start - 80) : part.start])
            stop = body.find("\n", part.end)
            behind = _BEHIND.match(body, part.end, stop if stop >= 0 else len(body))
            for text in (before and before[1], behind and behind[1], re.sub(r"[\d_]|\.\w{3,6}$", " ", part.source)):
                names |= set(_named(text)) if text else set()
        found.append(names)
    return [
        frozenset(
            name
            for name in names
            if not any(_inflected(name, other) for k, others in enumerate(found) if k != index for other in others)
        )
        for index, names in enumerate(found)
    ]


def lists_of(body: str, parts: Sequence[Extracted]) -> list[int]:
    """Return for each part the index of the first part in its list; only marks, ``and`` and a name separate the parts in a list."""
    first = list(range(len(parts)))
    for index in range(1, len(parts)):
        before, part = parts[index - 1], parts[index]
        if not (
            before.end and before.end <= part.start and clause_of(body, before.start) == clause_of(body, part.start)
        ):
            continue
        if _LIST.fullmatch(body, before.end, part.start):
            first[index] = first[index - 1]
    return first


def spoken_of(
    body: str, names: Sequence[frozenset[str]], parts: Sequence[Extracted], items: Sequence[Extracted]
) -> dict[int, list[int]]:
    """Return the parts that a sentence without a part number mentions by name beside each value: indexes by the value's position."""
    if len(parts) < _SEVERAL:
        return {}
    numbered = {clause_of(body, part.start).start for part in parts if part.end}
    called = [(index, own) for index, own in enumerate(names) if own]
    known: dict[str, list[int]] = {}
    for index, part in enumerate(parts):
        known.setdefault(str(part.value).upper(), []).append(index)
    found: dict[int, list[int]] = {}
    since: dict[int, int] = {}
    turns = _in_turn(body, parts, items)
    for item in sorted(items, key=lambda each: each.start):
        clause = clause_of(body, item.start)
        if clause.start in numbered:
            continue
        if clause.start in turns:
            if item.start in turns[clause.start]:
                found[item.start] = [turns[clause.start][item.start]]
            continue
        behind = _FOR.match(body, item.end, clause.stop)
        again = _OF_NUMBER.match(body, item.end, clause.stop)
        mine = _numbered(again["number"], known) if again else []
        if mine:
            found[item.start] = mine
            continue
        mine = _called(behind["names"], called) if behind else []
        if not mine:
            told = body[since.get(clause.start, clause.start) : item.start]
            mine = _numbered(told, known) or _called(told, called)
        since[clause.start] = item.end if not behind else behind.end()
        if mine:
            found[item.start] = mine
    return found


def _called(text: str, names: Sequence[tuple[int, frozenset[str]]]) -> list[int]:
    if not names:
        return []
    told = [match[0].lower() for match in re.finditer(_WORD, text) if kind_of(match[0]) is None]
    mine: set[int] = set()
    for word in told:
        whole = [index for index, own in names if any(_inflected(name, word) for name in own)]
        mine |= set(whole or [index for index, own in names if any(_made_of(name, word) for name in own)])
    return sorted(mine)


def _in_turn(body: str, parts: Sequence[Extracted], items: Sequence[Extracted]) -> dict[int, dict[int, int]]:
    """Return the part of each value in sentences where values and repeated numbers alternate: ``35 of the A-1, 70 of the
    A-2``.

    If a sentence repeats several numbers that don't alternate with the values, the values belong to none of these
    parts.
    """
    known = {str(part.value).upper(): index for index, part in enumerate(parts)}
    of: dict[int, list[tuple[int, int | None]]] = {}
    for item in items:
        of.setdefault(clause_of(body, item.start).start, []).append((item.start, None))
    found: dict[int, dict[int, int]] = {}
    for start, places in of.items():
        said = [
            (match.start(), known[match[0].upper()])
            for match in patterns.NUMBERED.finditer(body, start, clause_of(body, start).stop)
            if match[0].upper() in known
        ]
        if len(said) < _SEVERAL:
            continue
        ordered = sorted([*places, *said], key=lambda each: each[0])
        changes = all((a is None) != (b is None) for (_, a), (_, b) in pairwise(ordered))
        whole = changes and len(said) == len(places)
        values = [place for place, index in ordered if index is None]
        owners = [index for _, index in ordered if index is not None]
        found[start] = dict(zip(values, owners, strict=True)) if whole else {}
    return found


def _numbered(text: str, known: Mapping[str, list[int]]) -> list[int]:
    """Return the parts whose numbers are repeated in a text; ``known`` maps each number in capitals to its indexes."""
    told = {match[0].upper() for match in patterns.NUMBERED.finditer(text)}
    return sorted(index for number in told & known.keys() for index in known[number])


def _named(text: str) -> list[str]:
    if any(_VERB.fullmatch(word) for word in text.split()):
        return []
    return [
        word.lower()
        for word in text.split()
        if len(word) > 2
        and not _NO_NAME.fullmatch(word)
        and not MATERIAL.fullmatch(word)
        and not FINISH.fullmatch(word)
        and kind_of(word) is None
    ]


def _inflected(name: str, word: str) -> bool:
    """Return whether two words differ only in their endings: ``nav``, ``naven``."""
    short, long = sorted((name, word), key=len)
    if long.startswith(short) and len(long) - len(short) <= min(_ENDINGS, len(short) - 1):
        return True
    common = next((k for k, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    return common >= _STEM and len(long) - common <= _ENDINGS and common >= len(short) - 2


def _made_of(name: str, word: str) -> bool:
    """Return whether one of two words ends with the other: ``Welle``, ``Antriebswelle``."""
    short, long = sorted((name, word), key=len)
    return len(short) >= _COMPOUND and long.endswith(short)
