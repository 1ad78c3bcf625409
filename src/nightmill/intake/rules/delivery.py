"""Read how and where the parts are delivered: the Incoterm, and the town given by a term, a label or delivery wording."""

import re
from bisect import bisect_left
from collections.abc import Iterable
from itertools import pairwise

import msgspec

from nightmill.intake.lexicon import patterns
from nightmill.intake.lexicon.labels import kind_of
from nightmill.intake.lexicon.material_grades import MATERIAL
from nightmill.intake.lexicon.order_draft import Extracted
from nightmill.intake.rules.annotations import Typed
from nightmill.intake.rules.clauses import clause_of

_BEHIND_TERM = re.compile(
    rf"[ \t]{{0,2}}(?:[:(,–-]|Incoterms?[® ]*2020[,:]?|(?i:destination|port),?|to|nach|:)?[ \t]{{0,2}}(?:\d{{4,5}} )?(?P<place>{patterns.TOWN})?"
)
_SMALL_TERM = re.compile(r"(?<![\w-])(?P<term>exw|fca|cpt|cip|dap|ddp|fob|cif)(?![\w-])")
"""A term in lower case."""
_BEFORE_TERM = re.compile(rf"(?P<place>{patterns.TOWN})[ \t]?[(][ \t]?$")
_SHOUTED = re.compile(r"^(?=[^\n]*[^\W\d_a-z]{4})[^\na-zß-öø-ÿ]+$", re.M)
_SHOUTED_WORD = re.compile(
    r"(?<![\w/-])[A-ZÀ-ÖØ-Þ]{4,}(?![\w/-])|\b(?:TO|DI|DE|DU|NS|VS|A|IN|AM|AN)\b(?=\.? [^\W\d_]{3})"
)
_BEHIND_DAY = re.compile(rf"\x00[ \t]?[-–,/][ \t]?(?P<place>{patterns.TOWN})(?=/[A-Z]{{2}}\b|[ \t]*(?:[,.;(\n]|$))")
_OPENS = re.compile(
    rf"(?:^|\n|[.!?][ \t])[ \t]*(?P<place>{patterns.TOWN})(?:,|[ \t](?:by|before))(?:[ \t]the)?[ \t]*\x00"
)
"""A town at the start of a sentence, right before the date: ``Dunton by the 15th``."""
_FIRMS = re.compile(
    r"\b(?:officin[ae]|talleres|werkstätten|ateliers?|firma|ditta|société|präzision|precision|industri\w*|maschinenbau|engineering|works|metal\w*|technik|tech)\b",
    re.I,
)
_SMALL_WORDS = frozenset(
    {"TO", "DI", "DE", "DU", "NS", "VS", "A", "IN", "AM", "AN", "FRANCO", "MAGAZZINO", "STABILIMENTO", "SEDE", "FREI", "HAUS", "WERK", "NACH"}
)  # fmt: skip
"""Words in lines of capitals that aren't names."""
_AROUND, _FAR = 24, 60
_DENIES = re.compile(
    r"\b(?:no|not|nor|never|without|kein\w*|nicht|ohne|pas|sans|non|senza|no|sin|não|sem|niet|geen|nie|bez|ne|ikke|inte|ej|ei)[ \t](?:an?[ \t]|de[ \t]|als[ \t]|as[ \t])?$|不(?:要|用|含)?\s?$",
    re.I,
)
_DENIED = re.compile(
    r"[ \t](?:(?:is|are|ist|est|è|es)[ \t])?(?:not|no longer|nicht|n'est pas|non|no|niet|nie)[ \t](?:required|needed|necessary|wanted|possible|an option|acceptable|nötig|erforderlich|gewünscht|möglich|nécessaire|necessari[oa]|nodig|wymagan\w*)",
    re.I,
)
"""Words before and after a term that isn't wanted."""
_YOURS = re.compile(
    r"\b(?:your|vos|votre|ihr\w*|vs\.?|vostr[oa]|seller'?s|supplier'?s|unser\w* abholung|your)\s+(?:works|factory|dock|premises|ateliers?|usine|werk\w*|stabilimento|facility|plant|site|door)|\b(?:uw|jullie|váš|wasz|deres|er)\s+(?:fabriek|adres\w*|závod\w*|zakład\w*)",
    re.I,
)
"""The seller's own premises, which need no address."""
_NO_TOWNS = frozenset(
    {"part", "drawing", "quantity", "offer", "reference", "price", "total", "packing", "finish", "material"}
)
"""Kinds of labels whose words aren't towns."""
_FROM_WORKS = frozenset({"EXW", "FCA"})
_NO_PLACE = re.compile(
    r"(?:shipping point|\w+ly|needed|required|reqd|wanted|sop|bis|spätestens|shipment|parts|everything|first|start|possible|latest|now|cheers|regards|thanks|thx|gr[uü](?:ß|ss)e?|之前|以前|之后|franco|lieferantenwerk\w*|lieferwerk\w*|origin|destination|easter|christmas|xmas|ostern|pfingsten|weihnachten|neujahr|noël|pâques|natale|pasqua|navidad|natal|kerst|pasen|jul|påske?|fa|firma|fam|familie|company|messrs|ditta|société|price|incoterms?|terms?|our|your|vs|ns|please|payment|net|delivery|werk|works|plant|site|unit|the|and|mit|bei|ab|asap|auftrag\w*|erhalt|bestell\w*|zeichn\w*|muster\w*|absprache|vereinbar\w*|eingang|freigabe|iso|din|both|wie|as|comme|come|como|jako|jak|same|unchanged|unverändert|siehe|see|quotation|quote|exw|fca|cpt|cip|dap|dpu|ddp|fas|fob|cfr|cif|váš|wasz|uw|jullie|deres|cob|eod|eob|nlt|tba|tbc|cet|herrn?|frau|mr|mrs|ms|mme|madame|monsieur|signor\w*|attn|to|dock|warehouse|time|date|free|january|february|march|april|may|june|july|august|september|october|november|december|januar|februar|märz|mai|juni|juli|oktober|dezember|(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?|montag|dienstag|mittwoch|donnerstag|freitag|lundi|mardi|mercredi|jeudi|vendredi|kw|week|dhl|ups|fedex|house|seller\w*|buyer\w*|supplier\w*|customer\w*|drawing\w*|us|enlèvement|abholung|livraison|lieferung|anlieferung|entrega|consegna|collection)(?:[ \t].*)?",
    re.I,
)
_COUNTED = re.compile(
    r"(?:^|[,;:] ?)(?:[A-Z]{1,2}-)?(?:\d{4} [A-Z]{2}|\d{4,6}|\d{3} \d{2}|\d{2}-\d{3})[ \t]+(?P<place>"
    + patterns.TOWN
    + r")"
)
_BRITISH = re.compile(r"(?P<place>" + patterns.TOWN + r"),?[ \t]+[A-Z]{1,2}\d{1,2}[A-Z]? \d[A-Z]{2}(?!\w)")
_ZIPPED = re.compile(r"(?P<place>" + patterns.TOWN + r"),?[ \t]+[A-Z]{2}[ \t]+\d{5}(?:-\d{4})?(?!\d)")
_POSTED = re.compile(
    r"\b(?:in|nach|an|to|à|a|en|te|do|til|till)[ \t]+(?:[A-Z]{1,2}-)?\d{4,5}[ \t]+(?P<place>" + patterns.TOWN + r")"
)
_BROUGHT = re.compile(patterns.BROUGHT, re.I)
_SENT = re.compile(
    r"\b(?:post|paket|schick\w{1,4}|send\w{0,3}|envoy\w{1,3}|spedi\w{1,4}|enviar|wys\w{2,6}|stuur\w{0,2})\b", re.I
)
_YEAR = re.compile(r"\b(?:19|20)\d\d[ \t]")
"""Text that may be a year or a postcode."""
_WE = re.compile(r"(?:we|i'm)\b", re.I)
"""Words for the writer's location, which may not be the destination of the parts."""
_ADDRESS = re.compile(r"\b(?:address|adresse|anschrift|adres|indirizzo|dirección|morada|adres[aeu]|cím(?:re)?)\b", re.I)
_CHINESE = re.compile(r"(?:[\u4e00-\u9fff]{2,3}(?:省|自治区))?(?P<place>[\u4e00-\u9fff]{2,3})市")
_CITIES = re.compile(
    r"[送交发运到寄][^。；\n]{0,12}?(?P<place>北京|上海|天津|重庆|广州|深圳|东莞|佛山|中山|珠海|惠州|苏州|昆山|太仓|常熟|张家港|吴江|无锡|江阴|常州|南京|南通|扬州|镇江|泰州|盐城|徐州|杭州|宁波|温州|绍兴|嘉兴|湖州|台州|金华|义乌|合肥|芜湖|武汉|长沙|株洲|郑州|洛阳|西安|成都|绵阳|青岛|济南|烟台|潍坊|大连|沈阳|长春|哈尔滨|厦门|福州|泉州|南昌|南宁|柳州|贵阳|昆明|太原|石家庄|唐山)"
)
"""Chinese towns where parts are made and purchased."""
_STATES = "A[BKLRZ]|BC|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ABDEINOST]|N[BCDEHJLMSVY]|O[HKNR]|P[AERQ]|QC|RI|S[CDK]|T[NX]|UT|V[AT]|W[AIVY]"
"""States and provinces of North America by their two-letter codes."""
_STATED = re.compile(
    r"(?P<place>" + patterns.TOWN + rf"),?[ \t]+(?:{_STATES})" + r"(?:[ \t]+\d{5}(?:-\d{4})?)?(?![\w-])"
)
_TOWN_OF_LINE = re.compile(patterns.TOWN)
_SITE = re.compile(r"[ \t]+(?:[Ww]orks|[Pp]lant|[Ww]erk|[Ww]arehouse|[Ff]actory|[Ss]ite)$")
_FIRM = re.compile(
    r"\d|\b(?:gmbh|ag|kg|inc|ltd|llc|plc|corp|co|s\.?a|sas|sarl|srl|spa|b\.?v|n\.?v|institut\w*|university|hydraulics|industrial|pkwy|street|road|straße|strasse|weg|allee|rue|via|ave(?:nue)?|dept|stores?|receiving|unit|dock|building|attn)\b",
    re.I,
)
_NEAR = re.compile(
    r"(?:\b(?:hos oss?|bij ons|u nas|u nás|da noi|chez nous|bei uns|hier|here|go|goes|going|sent|on site|on-site|us|them|em|parts|teile|pièces|presso|need(?:ed)?|back|be|arrive|site)[ \t]+(?:\w{1,8}[ \t]+)?(?:in|à|at|a|to|presso|i|w|we|v|ve|\()[ \t]?|\bpresso[ \t]+|\bon site[ \t]\(|\b[Rr]each(?:es)?[ \t]+|\b[Aa]rrive (?:in|at)[ \t]+|\b(?:[Cc]arriage|[Ff]reight|[Ff]ret|[Pp]orto)(?: paid)? to[ \t]+|\b(?:to|at) site[ \t]+|(?:siège|site|usine|atelier) (?:de|d')[ \t]?|\b(?:stabilimento|sede|magazzino) di[ \t]+|\b(?:fábrica|planta|almacén|zakład\w*|magazyn\w*|závod\w*|fabriek|vestiging|magazijn) (?:de|em|en|w|we|v|ve|in|te|do)[ \t]+|\b[Ww]orks[ \t]+(?:at|in)[ \t]+)(?P<place>"
    + patterns.TOWN
    + r")"
)


_OURS = re.compile(
    r"\b(?:to|at|in|into|nach|zu|an|à|chez|presso|a|en|DAP|DDP|CPT|CIP|DPU|delivered)[ \t]+(?:our|the|their|unser\w{0,2}|notre|nostr[oa]|nuestr[oa])[ \t]+(?P<place>"
    + patterns.TOWN
    + r")[ \t]+(?:site|works|plant|factory|facility|unit|warehouse|yard|office|branch|depot|stores|shop|dock|location|mill|mine|quarry|shipyard|terminal|foundry|refinery|lab(?:oratory)?|hub|base|campus|cent(?:re|er)|hangar|workshop|store|hospital|station|premises|address)\b"
)
"""A site of the buyer named after its town: ``to our Stockport site``."""
GUESSED = 0.5
_DOCK = re.compile(rf"\b(?:dock|site|plant|works|warehouse|werk|stores)[ \t]\((?P<place>{patterns.TOWN})(?=[,)])")
_DELIVERY_TOWN = re.compile(
    r"\b(?:[Dd]elivery|[Dd]elivered|[Dd]eliver|[Ss]hip|[Oo]n[- ]dock|[Dd]ock|[Aa]rrive|[Nn]eeded|[Ww]anted|[Rr]equired|[Ll]ieferung|[Aa]nlieferung|[Ll]ivraison|[Cc]onsegna|[Ee]ntrega|[Ll]evering|[Ll]everans|[Dd]ostawa|[Dd]odání|[Tt]oimitus|[Ss]zállítás|[Ll]everanse)[ \t]+(?P<place>"
    + patterns.TOWN
    + r")(?=,?[ \t]+[A-Z]{2,3}\b|,?[ \t]+(?:by|no later|latest|before|until|on|innen|w/e|w/c|wk|week|bis|spätestens|avant|entro|uiterlijk|senest|senast|do|najpóźniej)\b|[ \t]*[,.;\n\x00]|$)"
)
_IN = re.compile(
    r"(?:(?:^|(?<=[.!?] )|\x00[ \t]+)To[ \t]+|\b(?:in|into|nach|to|at|à|en|em|a|bei|uf|til|till|naar|te|do|i|w|we|v|ve|na)[ \t]+|\x00,?[ \t]+(?=(?:"
    + patterns.TOWN
    + r")[ \t]*(?:[(,.;)\n\x00]|$|[A-Z]{2}\b|(?:plant|works|site|factory|warehouse)\b)))(?P<place>"
    + patterns.TOWN
    + r")"
)


def delivery(text: Typed, bare: str) -> tuple[Extracted | None, Extracted | None, bool]:
    """Return the Incoterm, the place, and whether the place is the seller's own. ``bare``: the text without dates.

    A place beside the Incoterm has priority over a labelled place, which has priority over a place in delivery wording.
    """
    bare = _lowered(bare)
    match = _term(bare)
    works = patterns.EX_WORKS.search(bare)
    incoterm = None
    if match:
        incoterm = Extracted(match["term"].upper().replace(".", ""), match["term"], *match.span("term"), 0.95)
    elif works:
        incoterm = Extracted("EXW", works[0], *works.span(), 0.85)
    place = (
        (_beside(bare, match) if match else None)
        or _labelled(text, bare)
        or _told(bare)
        or (_before(bare, match) if match else None)
        or _in_china(bare)
        or _of_day(text, bare)
        or _behind_delivery(bare)
    )
    mine = incoterm is not None and incoterm.value in _FROM_WORKS
    return incoterm, place, mine and _YOURS.search(bare) is not None


def _lowered(bare: str) -> str:
    """Return the text with words of all-capital lines in normal spelling: ``MAGAZZINO DI TREVIGLIO``."""
    return _SHOUTED.sub(lambda line: _SHOUTED_WORD.sub(_written_small, line[0]), bare)


def _written_small(word: re.Match[str]) -> str:
    return word[0].lower() if word[0] in _SMALL_WORDS else word[0].capitalize()


def _term(bare: str) -> re.Match[str] | None:
    """Return the first Incoterm, or its replacement if the text corrects it."""
    named = _wanted(patterns.INCOTERM.finditer(bare)) or _wanted(_SMALL_TERM.finditer(bare))
    for older, newer in pairwise(named):
        if patterns.CORRECTS.search(bare, older.end(), newer.start()):
            return newer
    return named[0] if named else None


def _wanted(terms: Iterable[re.Match[str]]) -> list[re.Match[str]]:
    """Return the terms that the text doesn't deny: ``no DDP``, ``CIF is not needed``."""
    return [
        term
        for term in terms
        if not _DENIES.search(term.string, max(0, term.start() - _AROUND), term.start())
        and not _DENIED.match(term.string, term.end())
    ]


def terms_named(bare: str) -> list[str]:
    """Return the Incoterms that a text names and doesn't exclude, each once."""
    return list(dict.fromkeys(match["term"].replace(".", "") for match in _wanted(patterns.INCOTERM.finditer(bare))))


def _place(match: re.Match[str], confidence: float, offset: int = 0) -> Extracted | None:
    """Return a match's town, unless it is a possessive, a month or a trade word."""
    town = re.split(r"[ \t]{2}|\n", match["place"])[0].strip()
    if _NO_PLACE.fullmatch(town) or len(town) < 2 or kind_of(town) in _NO_TOWNS or patterns.RFQ.fullmatch(town):
        return None
    start = match.start("place") + offset
    return Extracted(town, town, start, start + len(town), confidence)


def _beside(bare: str, term: re.Match[str]) -> Extracted | None:
    match = _BEHIND_TERM.match(bare, term.end("term"))
    if match and match["place"]:
        firm = _FIRM.search(match["place"])
        stop = re.compile(r"[\n;]|\.\s|$").search(bare, match.end())
        begin = match.start("place")
        town = _town_of(bare[begin : stop.start() if stop else match.end()], begin) if firm else None
        return town or _place(match, GUESSED if firm else 0.85)
    return None


def _before(bare: str, term: re.Match[str]) -> Extracted | None:
    """Return the town right before a term in brackets: ``Toulouse (DAP)``."""
    line = bare[max(bare.rfind("\n", 0, term.start()) + 1, term.start() - _FAR) : term.start()]
    match = _BEFORE_TERM.search(bare, term.start() - len(line), term.start())
    return _place(match, 0.8) if match else None


def _in_china(bare: str) -> Extracted | None:
    """Return a Chinese town after a word for sending in the same sentence; it must be confirmed."""
    match = _CITIES.search(bare)
    return _place(match, GUESSED) if match else None


def _labelled(text: Typed, bare: str) -> Extracted | None:
    """Return the town of the first labelled address."""
    for label in text.labels:
        if label.kind == "place" and (found := _town_of(bare[label.start : label.end], label.start)):
            return found
    days = sorted(day.found.start for day in text.days)
    for label in text.labels:
        # "Livraison : Le Creusot, franco" gives no date; "Shap Quarry, 18 January" has one after the town
        if label.kind == "due":
            first = bisect_left(days, label.start)
            stop = min(label.end, days[first]) if first < len(days) else label.end
            behind = _BEHIND_DAY.search(bare, label.start, label.end)
            if behind and (found := _place(behind, GUESSED)):
                return found
            told = bare[label.start : stop].split("  ")[0]
            town = (
                _town_of(told, label.start) if stop == label.end or re.match(rf"{patterns.TOWN}[ ]?,", told) else None
            )
            if town is not None:
                return msgspec.structs.replace(town, confidence=GUESSED)
    return None


def _town_of(address: str, start: int) -> Extracted | None:
    """Return the town of an address: by its postcode, before its state, else the first part that is neither a firm nor a street."""
    for pattern in (_BRITISH, _STATED, _COUNTED, _CHINESE):
        if (match := pattern.search(address)) and (found := _place(match, 0.85, start)):
            return found
    for match in re.finditer(r"[^,;(\n]+", address):
        town = _TOWN_OF_LINE.search(match[0])
        if town and not _FIRM.search(match[0]):
            at = start + match.start() + town.start()
            name = _SITE.sub("", town[0])
            if not _NO_PLACE.fullmatch(name):
                return Extracted(name, name, at, at + len(name), 0.8)
    return None


def towns_named(text: Typed, bare: str) -> list[str]:
    """Return every town given by a term, a label, a delivery word or a postcode, each once."""
    found = [_beside(bare, match) for match in patterns.INCOTERM.finditer(bare)]
    found += [_town_of(bare[each.start : each.end], each.start) for each in text.labels if each.kind == "place"]
    for pattern in (*patterns.PLACE, _NEAR, _OURS, _POSTED, _DELIVERY_TOWN, _BRITISH, _ZIPPED, _COUNTED):
        found += [_place(match, GUESSED) for match in pattern.finditer(bare)]
    return list(dict.fromkeys(str(each.value) for each in found if each is not None))


def _behind_delivery(bare: str) -> Extracted | None:
    """Return a town right after a word for delivery, up to its state, a date or the end: this is probably the place, but must be confirmed."""
    for match in _DELIVERY_TOWN.finditer(bare):
        if found := _place(match, GUESSED):
            return found
    return None


def _of_day(text: Typed, bare: str) -> Extracted | None:
    """Return a town in the sentence that states the due date: this is probably the place, but must be confirmed."""
    clauses = dict.fromkeys(clause_of(bare, day.found.start) for day in text.days if day.of == "parts")
    for clause in clauses:
        for match in (
            *_IN.finditer(bare, clause.start, clause.stop),
            *_OPENS.finditer(bare, max(0, clause.start - 2), clause.stop),
        ):
            if (found := _place(match, GUESSED)) and not MATERIAL.match(bare, found.start):
                return found
    return None


def _told(bare: str) -> Extracted | None:
    for pattern in (*patterns.PLACE, _NEAR, _OURS, _DOCK, _POSTED):
        for match in pattern.finditer(bare):
            if found := _place(match, GUESSED if _WE.match(match[0]) or _YEAR.search(match[0]) else 0.8):
                counted = _town_of(found.source, found.start) if re.search(r"\d", found.source) else found
                if counted is not None:
                    return _of_address(bare, found) or _behind_firm(bare, counted) or counted
    return _addressed(bare)


def _behind_firm(bare: str, found: Extracted) -> Extracted | None:
    """Return the town after a firm's name: ``presso Officine Galli, Lecco``."""
    behind = (
        re.compile(rf",[ \t](?P<place>{patterns.TOWN})").match(bare, found.end) if _FIRMS.search(found.source) else None
    )
    return _place(behind, GUESSED) if behind else None


def _of_address(bare: str, found: Extracted) -> Extracted | None:
    """Return the town with a postcode in the address that starts with a place: ``Pump House, Severn Road, Leeds LS1 2AB``."""
    address = re.match(r"[^\n,;.]{1,60}(?:,[ \t]?[^\n,;.]{1,60}){1,4}", bare[found.start :])
    for pattern in (_BRITISH, _ZIPPED, _COUNTED):
        if address and (match := pattern.search(address[0])) and (town := _place(match, 0.8, found.start)):
            return town
    return None


def _addressed(bare: str) -> Extracted | None:
    """Return the town after a postcode in a line that mentions an address; it needs confirmation."""
    for line in re.finditer(r"[^\n]+", bare):
        if _ADDRESS.search(line[0]) or _BROUGHT.search(line[0]) or _SENT.search(line[0]):
            for pattern in (_BRITISH, _ZIPPED, _COUNTED):
                if (match := pattern.search(line[0])) and (town := _place(match, GUESSED, line.start())):
                    return town
    return None
