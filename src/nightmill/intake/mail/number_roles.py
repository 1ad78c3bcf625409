"""Roles of figures in a mail that are neither part numbers nor quantities: measures, standards, addresses, revisions, clock times.

Each role is recognised by its form. Figures with a role are excluded from the search for parts and quantities.
"""

import re
from collections.abc import Iterable

from nightmill.intake.lexicon import patterns
from nightmill.intake.lexicon.labels import Told

_N = r"\d{1,7}(?:[.,]\d{1,4})?"
STANDARD = re.compile(
    r"(?<![\w-])(?:(?:DIN|ISO|EN|ASTM|AMS|ASME|ANSI|BS(?!-)|JIS|NF|UNI|UNE|API|AWS|IEC|VDI|VDA|SAE|NACE|CFR|GOST|AMS-QQ)(?![A-Z])(?:[ /](?:EN|ISO|DIN|[A-Z](?= )))*[ -]{0,2}(?:[A-Z]{1,2}[ -]?)?\d{2,6}"
    r"|(?:MIL|QQ|FED|SS-EN|AMS)(?:-[A-Z]{1,4}){1,3}-?\d{2,6}|GB(?:/T)? ?\d{3,6}|AS\d{4}|(?<=(?i:acero) )F-?\d{3,4})(?:[-/.:](?:\d{1,4}|[A-Za-z]{1,2})(?!\w))*"
)
"""A standard with its issuing body; a material's name may look the same and takes precedence."""
_POSTCODE = r"\b[A-Z]{1,2}\d{1,2}[A-Z]? \d[A-Z]{2}\b|(?<=[A-Z]{2} )\d{5}(?:-\d{4})?\b|(?:, |(?<![\w-])(?:A|B|CH|CZ|DK?|F|FI|I|L|NL?|PL|SE?|SK)-)\d{4,5} (?=[A-ZÄÖÜÉ][a-zäöüßé]{2,})(?!(?:St(?:ü|ue)ck|Pieces|Parts|Teile|Rev|Pos)\b)|^\d{5} [A-ZÄÖÜÉ][\wäöüßé-]{2,30}[ \t]*$|(?i:p\.?o\.? box) \d{1,6}|(?i:(?<=lieferung )|(?<=versand )|(?<=nach )|(?<=in )|(?<=livraison )|(?<=consegna )|(?<=entrega ))(?!\d{2,3}0{2,3} )\d{5} (?=[A-ZÄÖÜÉ][a-zäöüßé]{2,})(?!(?:St(?:ü|ue)ck|Pieces|Parts|Teile)\b)"
_FRACTIONS = r"(?<![\w./-])(?:\d{1,3}[ -])?\d{1,2}/\d{1,2}(?:[ \t]?\")?(?:[ \t]?[x×][ \t]?\d{1,4}(?:[./-]\d{1,4})?(?:[ \t]?\")?){1,3}(?![\w/-])"
_ANNUAL = r"年(?:用量|需求量?|产量)(?:约|大约|在)?\s?\d{1,9}"
_OF_THE_YEAR = rf"(?i:\b(?:in|for|during|im|fürs?|en|nel|dans|no|em) (?:the |das |el |l'|o )?(?:calendar )?(?:year|jahre?|année|anno|año|ano) 20[23]\d(?!\d|[.,]\d|\s?{patterns.UNIT}))"
_M = r"\d{1,3}(?:[.,]\d{1,4})?"
_MEASURE = (
    r"(?i:RAL|NCS|Pantone)[ -]?\d{3,4}(?!\d)|"
    rf"(?i:harden\w*|hardened to|gehärtet|härten|temprat[aeio]|trempée?s?|templad[oa]s?|hartowan\w{{1,3}}|kalen\w{{1,2}}|härda[td]|hærdet|gehard)(?i: (?:to|auf|à|a|na|op|på))? \d{{2}}(?:[ ]?[-–+][ ]?\d{{1,2}})?(?![\w.-])(?! (?i:{patterns.UNIT})\b)|"
    rf"(?<![\w./-])(?i:[ØøΦ⌀]|diam?\.?|SR|(?-i:[RMG])|TR|HRC|HB|HV|Ra|Rz|Rm) ?{_M}(?:[ \t]?(?:[x×*–-]|to|bis)[ \t]?{_M})*(?![\w-]|[.,]\d)"
    rf"|(?<![\w.,/-])[Øø]?{_N}(?:[ \t]?(?:mm|cm|m|in|\")?[ \t]?[x×*][ \t]?[Øø]?{_N}){{1,3}}(?:[ \t]?(?:mm|cm|m|in|\")(?!\w))?(?!\d|-[A-Z]|-\d{{3}}|[ \t]?(?:pcs|st))"
    rf"|(?<![\w.,/-]){_N}(?:[ \t]?(?:[+±–/-]|to|bis|à|\+/-)[ \t]?{_N})?[ \t]?(?:(?i:mm|cm|µm|um|microns?|inch(?:es)?|ft|°C?|deg|kg|lbs?|psi|ksi|HRC|HB|HV|%|lg|long|thk|thick|employees|hrs?|Uhr|[ap]m)|m|in(?=[.,;)])|g|t|MPa|N/mm²?|Nm|kN|kW|V|bar|K|l|h)(?![\w-])"
    rf"|(?<![\w.,/-])\d{{1,4}}[ ]?[–-][ ]?\d{{1,4}}[ ]?(?i:(?:(?:business|working|calendar) )?(?:days?|weeks?|wks?|months?)|(?:arbeits|werk)?tagen?|wochen?|jours?(?: ouvr\w+)?|semaines?|giorni|settimane|días|semanas|dni|tygodni|dní|týdn\w+|dagen|weken|dagar|veckor|dage|uger)(?!\w)"
    r"|\bH(?:900|925|1025|1075|1100|1150)[DM]?\b|(?<!\d)\d{1,2}:\d{2}(?::\d{2})?(?!\d)|\b\d{2}h\d{2}\b"
)
_REVISION = r"(?<![\w-])(?:rev(?:ision)?|index|indice|ind|issue|iss|sheet|sht|blatt|type|typ|class|cl|grade|note|section|clause|unit|units? no|version|ausgabe|gruppe|level|stage|phase|step|shift|q|modul[eo]?|module|größe|(?<!batch )(?<!lot )size|taille|misura|DN|PN)\.?[ :]{1,2}(?:[A-Z]{1,2}|\d{1,3}|[IVX]{1,4})(?![\w.-])"
_POSITION = r"(?:^[ \t>]*|[;:] *)\(?(?:\d{1,3}|[a-hA-H])[.)](?=[ \t])|(?<![\w-])(?:pos(?:ition)?|item|line|job|detalj|lot|sl|nr|no|repère|rep|punkt|los|point|option|opt)\.?(?: no\.?| nr\.?)?[ :]{0,2}\d{1,5}(?=[ \t]*(?:[:.)=,;-]|[ \t]|$))(?!\s?[-/.]?\d|\s[^\W\d_]{3,20}[aeio]\s(?:cod|dis|art)\b)"
ROLES = re.compile(
    rf"{_POSTCODE}|{_FRACTIONS}|{_ANNUAL}|{_OF_THE_YEAR}|{_MEASURE}|(?i:{_REVISION})|(?im:{_POSITION})", re.M
)
_NUMBERED = re.compile(
    r"(?:(?:our|your|unsere?|ihre?|notre|votre|ref|no|nr|n°|enquiry|enq|rfq|tender|order|anfrage|angebot|po)\b[.: ]{0,3}){0,5}[^\s,;]{0,30}\d",
    re.I,
)
"""The value of a reference label: the number, or other reference words before it."""
_PIECES_FIRST = re.compile(rf"{patterns.PIECES.pattern}|\d{{1,5}} ?[x×] ", re.I)
"""``Anfrage: 20x 4471-C`` doesn't give the enquiry number."""
_MADE = re.compile(r"[A-Za-z]|\d[-/.]\d")
_BEFORE = 60
_UNASKED = frozenset(
    {"contact", "reference", "revision", "total", "position", "dated", "offer", "price", "former", "packing"}
)


def spans(body: str, told: Iterable[Told]) -> list[tuple[int, int]]:
    """Return the places of figures with a role, including roles given by a label."""
    told = tuple(told)
    counts = {each.start for each in told if each.kind == "quantity"}
    found = [match.span() for pattern in (STANDARD, ROLES, *patterns.PRICE) for match in pattern.finditer(body)]
    found += [
        match.span()
        for match in patterns.NUMBERED.finditer(body)
        if _MADE.search(match[0]) and patterns.IN_PLACE_OF.search(body, max(0, match.start() - _BEFORE), match.start())
    ]
    # "Qty: 50. Material ..." is not a list number
    found = [(start, end) for start, end in found if body[start] != ":" or counts.isdisjoint(range(start, end))]
    return found + [told_span(each) for each in told if each.kind in _UNASKED]


def told_span(told: Told) -> tuple[int, int]:
    """Return the text covered by a label that isn't for a part or quantity: the words up to a wide gap, a comma or the
    next sentence.
    """
    end = re.split(r"[ \t]{2}|[;,] |\. ", told.text)[0]
    if told.kind == "reference" and (_PIECES_FIRST.match(told.text) or not _NUMBERED.match(told.text)):
        end = ""
    return told.start, told.start + len(end)
