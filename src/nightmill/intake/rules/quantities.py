"""Find quantities: each number in a mail is weighed by the words around it.

A unit after a number, a word of need before it, or a part right after it suggests a quantity of pieces; a position mark
or a year suggests something else. A number that is labelled as a quantity, or is in a quantity column, needs no
weighing.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from nightmill.intake.lexicon import patterns
from nightmill.intake.lexicon.labels import Told
from nightmill.intake.lexicon.order_draft import DraftLine, Extracted

LABELLED, TOLD, GUESSED = 0.95, 0.9, 0.5
ALONE, SHARED = 0.55, 0.6
"""Confidence in a quantity that is labelled, suggested by the words around it, or yearly only; in the only number beside a part; and in a
number stated for a list of parts.
"""
_ENOUGH = 3
_AROUND = 70
_WORDS = {
    number: value
    for value, numbers in enumerate(
        ("ein eine einen one un une", "two zwei deux due dos", "three drei trois tre", "four vier quatre quattro", "five fünf cinq cinque",
         "six sechs sei", "seven sieben sept sette", "eight acht huit otto", "nine neun neuf nove", "ten zehn dix dieci",
         "eleven elf onze", "twelve zwölf douze dodici"),
        start=1,
    )
    for number in numbers.split()
}  # fmt: skip
_WORD_OF_PIECES = re.compile(rf"(?<!\w)(?P<n>{'|'.join(_WORDS)})\s(?:{patterns.UNIT_WORD})(?!\w)", re.I)
_NOT_MADE = (
    r"(?:[^\W\d_][\w'-]{0,24} )?(?:drawings|revisions|versions|questions|people|persons|colleagues|blades|teeth|flutes|files|models|holes|bores|threads"
    r"|problems|issues|complaints|remarks|suppliers|operations|setups|zeichnungen|revisionen|versionen|fragen|personen|kollegen|dateien"
    r"|modelle|bohrungen|löcher|gewinde|probleme|anmerkungen|lieferanten|plans|révisions|fichiers|trous|personnes|remarques|disegni"
    r"|revisioni|domande|fori|persone|planos|preguntas|archivos|agujeros|personas)"
)
"""Things counted by number words that aren't ordered: ``two drawings of``."""
_WORD_BEFORE_PART = re.compile(
    rf"(?<!\w)(?P<n>{'|'.join(word for word, value in _WORDS.items() if value > 1)}) (?!(?:dozen|dutzend|douzaines?|hund\w+|tausend|thousand|cents?|mille|pairs?|paare?|paires?|{patterns.NO_PIECES}|{_NOT_MADE})\b)(?=(?:(?:[^\W\d_][\w'-]{{1,24}}|\x01{{1,24}}),? ){{1,6}}[(\"«„]?(?:(?:{patterns.LABEL})\.?\s?[:#=]?\s?)?\x00)",
    re.I,
)
_SPELLED = rf"(?:{'|'.join(_WORDS)}|ein\w{{1,2}}|cinco|quattro|cuatro|(?:twen|thir|for|fif|six)ty|fifteen|zwanzig|drei(?:ß|ss)ig|vierzig|fünfzig|sechzig|fünfzehn|quinze|vingt|trente|quarante|cinquante|soixante|(?:one |ein)?hundre?d|hundert|cent)"
_SPELT = re.compile(
    rf"\b(?:{_SPELLED} \((?P<n>\d{{1,4}})\)|(?P<m>\d{{1,4}}) \({_SPELLED}\))(?=\s(?!{patterns.NO_PIECES}|calendar|{_NOT_MADE})[^\W\d_])",
    re.I,
)
"""A number in words and in figures: ``four (4) flanges``, ``4 (four) flanges``."""
_TIMES = re.compile(
    r"(?:(?<=[a-zäöüß,] )|^[ \t>*•-]{0,9})[x×](?P<n>[1-9]\d{0,4})(?![\w-]|[.,]\d|\s?(?:mm|cm|[x×]))", re.M
)
"""``x20``, not preceded by a measure."""
_NUMBER = re.compile(
    rf"(?<![A-Za-zÀ-ÿ0-9_./-])(?<!\d[,'])(?:(?P<n>{patterns.NUMBER})(?![.,]\d|[A-Za-zÀ-ÿ0-9_-])|(?P<m>{patterns.NUMBER})(?!(?:st|nd|rd|th)\b(?-i:))(?={patterns.UNIT}(?!\w)|s\b))",
    re.I,
)
_LISTED_YEARS = re.compile(
    rf"20\d\d\s?[:=]\s?{patterns.NUMBER}(?:[^\d\n]{{0,12}}\n?[ \t/,;|*•-]{{0,6}}20\d\d\s?[:=]\s?{patterns.NUMBER}){{1,9}}"
)
_OF_YEARS = re.compile(rf"20\d\d\s?[:=]\s?(?P<n>{patterns.NUMBER})")
"""Number of pieces per year: ``2027: 5,000 / 2028: 12,000``."""
_BRACKETED = re.compile(r"^[ \t>*•-]*\((?P<n>\d{1,4})\)[ \t]+(?=[^\W_])", re.M)
_SERIES = re.compile(rf"(?<![\w.,/-])\d{{1,6}}s(?:{patterns.LIST_MARK}\d{{1,6}}s(?!\w)){{1,8}}", re.I)
# how strongly each pattern suggests pieces; before: the line up to the number; behind: the text after the number
_BEFORE = (
    (re.compile(rf"(?:\b(?:{patterns.QUANTITY_WORD})\.?|数量)\s*(?:[:=(]\s*)?(?:(?:stays?|remains?|bleibt|reste|rimane|sigue|blijft)\s(?:(?:unverändert|bei|at|à|a|en)\s){{0,2}})?(?:(?:either|of|is|von|jeweils|je|each)\s+)?$", re.I), 5),
    (re.compile(r"\b(?:lots?|(?:batch|lot) sizes?|batch(?:es)?|quantit(?:y|ies)|qtys?|losgrößen|mengen|stückzahlen|lott[oi]|lotes?|séries?) (?:of|de|da|von|zu) $|\bpar lots? de $", re.I), 5),
    (re.compile(r"\b(?:calls|call-?offs|releases|deliveries|abrufen|raten|teillieferungen|livraisons|appels|tranches|consegne|entregas) (?:of|von|zu|à|de|da) $", re.I), 5),
    (re.compile(r"\b(?:order|need(?:s|ed)?|requires?|make|want|bestellen(?: wir)?|benötigen(?: wir)?|brauchen(?: wir)?|bräuchten(?: wir)?|besoin (?:de|d')|faut|commandons|servono|bisogno di)\s+$", re.I), 3),
    (re.compile(rf"\b(?:{patterns.QUANTITY_WORD})\s(?:(?:is|was|now|wird|ist|est|è)\s){{0,2}}(?:to|now|auf|à|a|op|do|na|til|till|at)\s$", re.I), 5),
    (re.compile(r"\b(?:turn|make|machine|mill|cut|knock|do|run|supply|send|get|price|quote|need|want|fertig\w*|mach\w*|dreh\w*)\s(?:(?:me|us|up|out|off|mir|uns|bitte)\s){1,2}(?:for\s)?$", re.I), 3),
    (re.compile(r"\b(?:quote(?: us)?(?: for)?|supply|machine|price for|anbieten|angebot über|über|chiffrer|another|further|additional|weitere|noch(?: ?mal)?|for)\s+$", re.I), 2),
    (re.compile(r"\b(?:(?:einmal|je) für|once for|une fois pour|una volta per|una vez para|alternativ\w*|wahlweise)\s$", re.I), 3),
    (re.compile(r"\b(?:statt|anstatt|anstelle|instead of|rather than|au lieu de|invece di|en vez de|in plaats van|zamiast|místo|namísto)(?: (?:der|von|the|des|de|di|\w{3,9}en|original\w*))?\s$", re.I), -6),
    (re.compile(rf"\b(?:{patterns.QUANTITY_WORD})\s(?:from|von|de|da)\s\d{{1,6}}\s(?:to|auf|à|a)\s$|\b(?:unchanged|unverändert|inchangée?) (?:at|bei|à) $", re.I), 5),
    (re.compile(r"\b(?:increas|rais|reduc|cut|lower|chang|adjust|erhöh|reduzier|senk|änder|augment|rédui|pass|aument|ridu|zwiększ|zmniejsz|zvýš|sniž)\w*[^.;\n]{0,60}\s(?:to|auf|à|a|at|do|na)\s$", re.I), 5),
    (re.compile(r"\b(?:from|von|de|da|z|ze|od|van|från|fra) \d{1,6}(?: (?:pcs|pieces|stück|stk\.?|st))? (?:to|auf|à|a|na|do|naar|til|till) $", re.I), 3),
    (re.compile(r"\b(?:batch|lot) size $|\b(?:prices?|pricing|quote)\s(?:\w{2,6}\s){0,2}(?:for|at)(?:: | )$", re.I), 4),
    (re.compile(r"(?:首批|首单|第一批|先做|先要|需要|共需|订购|数量)\s?$"), 4),
    (re.compile(r"[,;(]\s?n[°º]\s?$|\bvolumes? (?:is |are |will be )?(?:now )?$", re.I), 4),
    (re.compile(r"(?:改为|改成|增加到|增至|变为|调整为)\s?$"), 5),
    (re.compile(r"从\s?$"), -6),
    (re.compile(r"\b(?:if we (?:took|take|order(?:ed)?|bought|buy|go for|went for)|wenn wir|bei (?:einer )?(?:Abnahme|Bestellung|Menge) von|si nous (?:prenons|commandons)|se (?:ne )?prendessimo|se ordin\w+)\s$", re.I), 4),
    (re.compile(r"(?<!\d )(?<!\d)\b(?:pz|pcs|stk|szt|ks|uds|nos)\.?\s$", re.I), 4),
    (re.compile(r"\b(?:first |initial |one )?(?:release|call-?off|abruf|batch|lot|losgröße|los) (?:of |von |à )?$", re.I), 3),
    (re.compile(r"(?<=[\w)\x00] )[x×] ?$"), 3),
    (re.compile(r"^[ \t>*•–-]{1,9}n\.\s$", re.I), 3),
    (re.compile(r"\b(?:run|batch|lot|order|quantity|qty|number|series|los|menge|série|lotto) (?:(?:size )?(?:is|will be|becomes|would be|ist|wird|est|è)) (?:now )?$", re.I), 5),
    (re.compile(r"\bmake (?:it|that) $|\b(?:stays?|remains?) at $|\bbleibt (?:es )?bei $|\breste à $", re.I), 4),
    (re.compile(r"\x00\s{0,2}(?:[=:→]|[-=]>)\s{0,2}$"), 4),
    (re.compile(r"\b(?:machining|manufactur\w{1,4}|production|supply|fertigung|herstellung|lieferung|bearbeitung|fabrication|usinage|réalisation|produzione|lavorazione|fornitura|fabricación|suministro|výrobu|wykonanie|produktion) (?:(?:of|von|de|di|af|av) )?$", re.I), 3),
    (re.compile(r"\b(?:material|mat'?l|mat\.|werkstoff|matière|materiale|materiál|materiał|materiaal|acier|ocel|stal|acero|acciaio|steel|stahl)[ \t:]{1,2}$", re.I), -6),
    (re.compile(r"(?:^|[\n|;])[ \t>*•-]*$|\bn\.\s$", re.I), 1),
    (re.compile(r"(?:\b(?:pos|position|item|line|job|nr|no|rev|sheet|type|class|index|unit|(?<!throw )(?<!put )(?<!add )in|within|version|page|seite|floor|grade|since|op|ref|every|than|last|next)\.?)\s*$", re.I), -4),
)  # fmt: skip
_BEHIND = (
    (re.compile(rf"\)?\s?(?:{patterns.UNIT})(?!\w)(?!\s?\d+\s?[x×])|\s?[件个個套只台根支条片块颗枚]", re.I), 4),
    (re.compile(r"\s{0,2}/\s{0,2}(?:yr|year|annum|jahr|an|年)\b", re.I), 4),
    (re.compile(rf" (?:of |von |de |d'|di )?(?:the |den |der |dem |les )?(?:(?!(?:{patterns.LABEL})\b|(?:rev|iss|ind)\w*\b)(?:[^\W\d_][\w'-]{{1,24}}|\x01{{1,24}}) {{1,30}}){{0,6}}(?<!\d )[(\"«„]?(?:(?:{patterns.LABEL})\.?\s?[:#=]?\s?){{0,2}}\x00", re.I), 3),
    (re.compile(r"\s(?:of|von|de|di)\s(?=(?:(?:the|our|your|these|those|den|der) )?[^\s\x01]{0,24}\d|(?:them|these|those)\b)", re.I), 3),
    (re.compile(r"\s(?:of|von|de|di)\s(?:each|both|jede[mrs]?|beiden|chaque|chacune?|ciascun[oa]|cada)\b", re.I), 4),
    (re.compile(r"\s(?:of|von|de|di)\s", re.I), 2),
    (re.compile(r"\s[^\W\d_]{3,20}[aeio]\s(?:(?!cod|dis|art)[^\W\d_]{2,16}\s){0,2}(?:cod|dis|art)\b", re.I), 7),
    (re.compile(r"\s(?:now|later|immediately|straight away|sofort|jetzt|später|tout de suite|plus tard|subito|ora|ahora|luego|nu|later dit jaar)\b", re.I), 3),
    (re.compile(r"\s(?:this time|diesmal|dieses mal|cette fois|stavolta|questa volta|esta vez|desta vez|deze keer|tym razem|tentokrát|denne gang|den här gången)\b", re.I), 3),
    (re.compile(rf" (?:(?:[^\W\d_][\w'-]{{1,24}}|\x01{{1,24}}) ){{0,4}}[^\W\d_][\w'-]{{1,24}}, (?:{patterns.LABEL})\.?\s?[:#=]?\s?\x00", re.I), 3),
    (re.compile(r"\s(?:extra|more|additional|further|spare)\b(?! (?:days?|weeks?))[^.;\n]{0,60}\x00", re.I), 3),
    (re.compile(r"\s(?:more|extra|further|additional|weitere|de plus|más|in più)\s(?:if|once|when|later|after|wenn|falls|sobald|si|se|cuando|quand)\b", re.I), 4),
    (re.compile(r"\s?proto(?:type|typen|s)?s?\b", re.I), 4),
    (re.compile(rf"\s+(?!{patterns.NO_PIECES})[A-Za-zÄÖÜäöü]{{3}}"), 1),
    (re.compile(rf"\s?{patterns.NO_PIECES}|\s(?!{patterns.UNIT}\b){_NOT_MADE}\b", re.I), -8),
    (re.compile(r"\)\s|:\d"), -3),
    (re.compile(r"\s?x?\s?(?:pdfs?|drawings?|zeichnung\w*|dateien|files?|prints?|plans|sheets?|pages?|lines?|items?|positions?|positionen|suppliers?|disegni|fichiers?|parts? numbers?|samples?)\b", re.I), -8),
)  # fmt: skip
_YEAR = re.compile(r"(?:19|20)\d\d")
_OPTIONAL = re.compile(
    rf"\s?(?:{patterns.UNIT}\.?)?\s?\((?:or|oder|ou|o|lub|optional(?:ly)?|alternativ\w*|eventuell|evtl\.?|ev\.|ggf\.|ewentualnie|éventuellement|eventualmente|případně|perhaps|maybe|vielleicht|possibly|later|später)\s(?P<n>{patterns.NUMBER})\s?(?:{patterns.UNIT}\.?)?\)",
    re.I,
)
_FIELD_BEFORE = re.compile(r"(?:^|[\n|\t,;:=–]|[ ]{2}|[ ]-)[ \t>*•-]{0,9}(?:n\.[ ])?$")
_FIELD_BEHIND = re.compile(r"[ ]?(?:[\n|\t,;)–]|[ ]{2}|-[ ]|$)")
"""Marks that separate a number from the surrounding words."""
_BEFORE_IN_LIST = re.compile(
    rf"(?<![\w.,/'-])(?<!\d )(?P<n>{patterns.NUMBER})\s(?:et|and|und|or|oder|ou|y|e|o|og|och|oraz|a|en)\s$", re.I
)
"""The first of two numbers of pieces, ``500 et 1 500 vis``."""
_LINE_HEAD = re.compile(r"^[ \t>*•-]{0,9}(?P<n>\d{1,3})(?=[ \t]{1,9}\x00)", re.M)
_YEARS = -3
_OF_A_YEAR = r"(?:yearly|annual\w*(?! (?:shutdown|shut-down|leave|holidays?|closure|stock|audit|inspection|maintenance|overhaul|service|fair|report))|\bEAU\b|(?:per|a|/) ?(?:year|annum|yr)\b|\bp\.?a\.?(?!\w)|(?:pro|im|/) ?jahr\b(?! 20\d\d)|jährlich\w*|jahres(?!ende|anfang|beginn|wechsel|mitte|abschluss|urlaub|wartung|inspektion|prüfung)\w+|(?:par|l')[ ]?an\b|annuel\w*|\bannu(?:[oi]|a(?!l))\w{0,4}\b|all'anno|\banual\w*|al año|(?:por|ao) ano|rocznie|roczn\w+|ročn\w+|per jaar|jaarlijks\w*|årlig\w*|(?:per|om) år\b|年用量|每年|年需求)"
_YEAR_BEFORE = re.compile(rf"(?P<year>{_OF_A_YEAR})[^\d.;\n\x00]{{0,40}}$", re.I)
_YEAR_BEHIND = re.compile(rf"[^\d.,;\n]{{0,16}}{_OF_A_YEAR}", re.I)
"""Words right before or after a quantity that make it a yearly quantity."""
_IN_LIST = re.compile(patterns.LIST_MARK, re.I)
_OF_STEP = re.compile(r"[ ]?[:=][ ]{0,3}\d")
_SURE = 4


def quantities_of(bare: str, body: str, told: Iterable[Told]) -> list[Extracted]:
    """Return all quantities. ``bare``: the text with part numbers masked by NUL and other figures by SOH."""
    found = _Found(len(bare))
    for each in told:
        if each.kind in ("quantity", "yearly"):
            _take_value(
                found, bare[each.start : each.end], each.start, LABELLED if each.kind == "quantity" else GUESSED
            )
    _take_years(found, bare)
    for match in patterns.QUANTITY_LIST.finditer(bare):
        _take_all(found, match.group("list"), match.start("list"), TOLD)
    for match in _SERIES.finditer(bare):
        _take_all(found, match.group(), match.start(), TOLD)
    for match in _TIMES.finditer(bare):
        found.take(Extracted(int(match["n"]), match["n"], *match.span("n"), 0.7))
    for match in _SPELT.finditer(bare):
        name = "n" if match["n"] else "m"
        found.take(Extracted(int(match[name]), match[name], *match.span(name), TOLD))
    for number in _bracketed(body):
        found.take(number)
    for match in patterns.DOZENS.finditer(bare):
        count = (match["n"] or "a").lower()
        dozens = int(count) if count.isdigit() else patterns.DOZEN_OF.get(count, 1)
        found.take(Extracted(12 * dozens, match.group(), match.start(), match.end(), TOLD))
    for match in (*_WORD_OF_PIECES.finditer(bare), *_WORD_BEFORE_PART.finditer(bare)):
        found.take(Extracted(_WORDS[match["n"].lower()], match["n"], *match.span("n"), TOLD))
    counting = _counting(bare)
    for match in _NUMBER.finditer(bare):
        start, end = match.span("n") if match["n"] else match.span("m")
        if found.free(start, end) and start not in counting:
            weight = _weight(bare, start, end)
            if weight >= _ENOUGH:
                confidence = TOLD if weight >= _SURE else 0.7
                found.take(Extracted(_whole(body[start:end]), body[start:end], start, end, confidence))
    _take_lists(found, bare)
    _take_optional(found, bare)
    return [found.by_start[start] for start in sorted(found.by_start)]


class _Found:
    """The quantities by start position, and a mark for each character that they occupy."""

    def __init__(self, length: int) -> None:
        self.by_start: dict[int, Extracted] = {}
        self.taken = bytearray(length)

    def free(self, start: int, end: int) -> bool:
        """Return whether no number was found in a stretch of the text."""
        return not any(self.taken[start:end])

    def take(self, number: Extracted) -> None:
        """Add a number, replacing one that starts at the same place."""
        self.by_start[number.start] = number
        self.taken[number.start : number.end] = b"\1" * (number.end - number.start)


def _bracketed(body: str) -> list[Extracted]:
    """Return bracketed numbers at the start of lines, ``(2) shafts``, unless they count the lines: ``(1)``, ``(2)``,
    ``(3)``.
    """
    marks = list(_BRACKETED.finditer(body))
    numbers = [int(match["n"]) for match in marks]
    if not numbers or numbers == list(range(1, len(numbers) + 1)):
        return []
    return [Extracted(int(match["n"]), match["n"], *match.span("n"), TOLD) for match in marks]


def _counting(bare: str) -> set[int]:
    """Return the start positions of numbers that count the part lines, ``1``, ``2``, ``3``, if each is followed by another
    number.
    """
    heads = list(_LINE_HEAD.finditer(bare))
    counted = [int(match["n"]) for match in heads]
    step = counted[0] if counted else 0
    in_turn = len(counted) > 1 and counted == list(range(step, step * len(counted) + 1, step or 1))
    others = all(_NUMBER.search(bare, match.end(), bare.find("\n", match.end()) % (len(bare) + 1)) for match in heads)
    return {match.start("n") for match in heads} if in_turn and step in (1, 10) and others else set()


def of_a_year(body: str, lines: Iterable[DraftLine]) -> set[int]:
    """Return the places of yearly quantities of parts that also have others: ``9,600 a year in calls of 800``."""
    lines = list(lines)
    behind = {each.start: _YEAR_BEHIND.match(body, each.end) for line in lines for each in line.quantities}
    # "9,600 a year in calls of 800": the words that make the first a yearly quantity don't apply to the second
    spoken_for = {match.end() for match in behind.values() if match is not None}
    yearly: set[int] = set()
    others: set[int] = set()
    for line in lines:
        told = {
            each.start
            for each in line.quantities
            if behind[each.start] is not None or _year_before(body, each, spoken_for)
        }
        told = _with_their_list(body, line.quantities, told)
        yearly |= told
        others |= told if len(told) == len(line.quantities) else set()
    return yearly - others


def _year_before(body: str, number: Extracted, spoken_for: set[int]) -> bool:
    before = _YEAR_BEFORE.search(body, max(0, number.start - 2 * _AROUND), number.start)
    return before is not None and before.end("year") not in spoken_for


def _with_their_list(body: str, numbers: Iterable[Extracted], told: set[int]) -> set[int]:
    """Add the quantities in the same list as a yearly quantity: ``100, 200 and 500 a year``."""
    lists: list[list[Extracted]] = []
    for number in sorted(numbers, key=lambda each: each.start):
        if lists and _IN_LIST.fullmatch(body, lists[-1][-1].end, number.start):
            lists[-1].append(number)
        else:
            lists.append([number])
    return {each.start for members in lists if any(each.start in told for each in members) for each in members}


def asks_for_pieces(bare: str, start: int, end: int) -> bool:
    """Return whether a span of text contains a quantity."""
    return any(
        _weight(bare, *(match.span("n") if match["n"] else match.span("m"))) >= _ENOUGH
        for match in _NUMBER.finditer(bare, start, end)
    )


def beside_parts(bare: str, body: str, parts: Iterable[Extracted], quantities: Sequence[Extracted]) -> list[Extracted]:
    """Return the only number in the line of a part without a quantity, which is probably its quantity; the confidence
    is higher if several lines agree.
    """
    lines: dict[int, list[Extracted]] = {}
    for part in parts:
        if part.end:
            lines.setdefault(body.rfind("\n", 0, part.start) + 1, []).append(part)
    found: dict[str, list[Extracted]] = {}
    lonely: list[Extracted] = []
    told = sorted(each.start for each in quantities)
    for start, own in lines.items():
        stop = body.find("\n", start)
        stop = stop if stop >= 0 else len(body)
        if bisect_left(told, start) < bisect_left(told, stop):
            found.setdefault("told", []).extend(_in_their_turn(bare, body, range(start, stop), own, quantities))
            continue
        if len(own) > 1:
            continue
        free = _numbers(bare, start, stop)
        heads = {match.start("n") for match in _LINE_HEAD.finditer(bare, start, stop)} if len(free) > 1 else set()
        free = [span for span in free if span[0] not in heads]
        likely = [span for span in free if _weight(bare, *span) >= 0]
        if len(likely) == 1 and int(_whole(body[slice(*likely[0])])) > 0:
            lonely.append(Extracted(_whole(body[slice(*likely[0])]), body[slice(*likely[0])], *likely[0], ALONE))
        free = [
            span
            for span in free
            if _weight(bare, *span) >= 0
            and (_FIELD_BEFORE.search(bare, max(0, start - 1), span[0]) or _FIELD_BEHIND.match(bare, span[1]))
        ]
        if len(free) == 1 and int(_whole(body[slice(*free[0])])) > 0:
            side = "before" if free[0][0] < own[0].start else "behind"
            found.setdefault(side, []).append(
                Extracted(_whole(body[slice(*free[0])]), body[slice(*free[0])], *free[0], ALONE)
            )
    fielded = [each for own in found.values() for each in own]
    # if each of several parts has a single number in its line, that number is the quantity even without marks around it
    return lonely if len(lonely) > max(1, len(fielded)) else fielded


def _in_their_turn(
    bare: str, body: str, line: range, without: Sequence[Extracted], quantities: Sequence[Extracted]
) -> list[Extracted]:
    """Return the numbers between the parts of one line, if other parts have theirs: ``40 pieces of A-1 and of A-2 60``."""
    marks = sorted(match.start() for match in re.finditer("\x00+", bare[line.start : line.stop]))
    places = [line.start + mark for mark in marks]
    taken = {each.start for each in quantities if each.start in line}
    found = []
    for part in without:
        if part.start not in places:
            continue
        index = places.index(part.start)
        stop = places[index + 1] if index + 1 < len(places) else line.stop
        begin = places[index - 1] if index else line.start
        for start, end in ((part.end, stop), (begin, part.start)):
            free = [span for span in _numbers(bare, start, end) if span[0] not in taken and _weight(bare, *span) > 0]
            if len(free) == 1:
                found.append(Extracted(_whole(body[slice(*free[0])]), body[slice(*free[0])], *free[0], ALONE))
                break
    return found


def _numbers(bare: str, start: int, stop: int) -> list[tuple[int, int]]:
    return [match.span("n") if match["n"] else match.span("m") for match in _NUMBER.finditer(bare, start, stop)]


def _weight(bare: str, start: int, end: int) -> int:
    before = bare[max(bare.rfind("\n", 0, start) + 1, start - _AROUND) : start]
    stop = bare.find("\n", end)
    behind = bare[end : min(stop if stop >= 0 else len(bare), end + _AROUND)]
    weight = sum(worth for form, worth in _BEFORE if form.search(before))
    weight += max((worth for form, worth in _BEHIND if worth > 0 and form.match(behind)), default=0)
    weight += sum(worth for form, worth in _BEHIND if worth < 0 and form.match(behind))
    if end - start == 1 and _OF_STEP.match(behind):
        return _YEARS  # "quantity 1: 25"
    return weight + (_YEARS if _YEAR.fullmatch(bare[start:end]) else 0)


def _take_value(found: _Found, text: str, start: int, confidence: float) -> None:
    """Return the numbers in a value labelled as a quantity: the first, and any that continue it as a list."""
    first = re.match(
        rf"\s*(?:\d{{1,2}}(?:st|nd|rd|th)\s(?:[^\W\d_]{{2,12}}\s(?:of\s)?)?)?(?:[^\W\d_-]+ \(|(?:ca|approx|about|je|each|min|minimum|either|initially|first|once|total)\b\.?|~)?\s*(?P<n>{patterns.NUMBER})",
        text,
        re.I,
    )
    years = list(_OF_YEARS.finditer(text)) if first and _OF_YEARS.match(text, first.start("n")) else []
    for each in years:
        _take_all(found, each["n"], start + each.start("n"), GUESSED)
    if years:
        return
    behind = text[first.end() :] if first else ""
    if first and not re.match(rf"\s?{patterns.NO_PIECES}", behind, re.I) and not patterns.NO_COUNT.match(behind):
        _take_all(found, first["n"], start + first.start("n"), confidence)
        end = first.end()
        while following := patterns.NEXT_OF_VALUE.match(text, end):
            _take_all(found, following["n"], start + following.start("n"), confidence)
            end = following.end()


def _take_years(found: _Found, bare: str) -> None:
    for match in _LISTED_YEARS.finditer(bare):
        for year in _OF_YEARS.finditer(match[0]):
            _take_all(found, year["n"], match.start() + year.start("n"), GUESSED)


def _take_all(found: _Found, text: str, start: int, confidence: float) -> None:
    for number in re.finditer(patterns.NUMBER, text):
        at = start + number.start()
        if found.free(at, at + len(number[0])):
            found.take(Extracted(_whole(number[0]), number[0], at, at + len(number[0]), confidence))


def _whole(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def _take_optional(found: _Found, bare: str) -> None:
    """Return an alternative quantity in brackets after the first: ``6 szt. (ewentualnie 12)``."""
    for quantity in list(found.by_start.values()):
        match = _OPTIONAL.match(bare, quantity.end)
        if match and found.free(*match.span("n")):
            found.take(Extracted(_whole(match["n"]), match["n"], *match.span("n"), 0.7))


def _take_lists(found: _Found, bare: str) -> None:
    """Add numbers in the same list as a quantity, which are quantities as well: ``qty 5, 50 & 500``."""
    for quantity in list(found.by_start.values()):
        start, before = quantity.start, _BEFORE_IN_LIST.search(bare, max(0, quantity.start - 16), quantity.start)
        if before and found.free(*before.span("n")) and _whole(before["n"]) < int(quantity.value):
            found.take(Extracted(_whole(before["n"]), before["n"], *before.span("n"), 0.8))
        end = quantity.end
        while (match := patterns.NEXT_OF_LIST.match(bare, end)) and match.start("n") not in found.by_start:
            start, end = match.span("n")
            found.take(Extracted(_whole(match["n"]), match["n"], start, end, 0.8))
