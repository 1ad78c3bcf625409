"""Find other possible values for the draft in a mail: figures, dates and codes that the values read so far don't explain.

A figure is explained by a value that was read, by its role (a measure, a standard, an address, a telephone number) or
by the word beside it. Any other figure casts doubt on the value read, so it becomes a question.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice, pairwise

from nightmill.intake.lexicon import patterns
from nightmill.intake.lexicon.material_grades import MATERIAL
from nightmill.intake.lexicon.order_draft import DraftLine, Extracted, Question
from nightmill.intake.mail.number_roles import STANDARD
from nightmill.intake.review.missing_requirements import QUOTED
from nightmill.intake.rules.annotations import Typed
from nightmill.intake.rules.clauses import clause_of, line_of
from nightmill.intake.rules.dates import MONTH_NAME, DueDate
from nightmill.intake.rules.delivery import towns_named
from nightmill.intake.rules.finishes import FINISH, HARDNESS
from nightmill.intake.rules.part_numbers import may_be_number, shape
from nightmill.intake.rules.quantities import GUESSED, TOLD

_FIGURES = re.compile(
    r"(?<![\w.,/'=#-])(?:[1-9]\d{0,2}(?:[., ]\d{3}){1,2}|[1-9]\d{0,5})(?![\w/'°\"-]|[.,:]\d|\s?[%°])", re.I
)
"""A whole number that stands alone."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_NAMED = re.compile(
    r"(?:incoterms\W{0,2}|(?:stra(?:ß|ss)e|\bstr\.?|\wweg|gasse|allee|platz|\wring|\wufer|\wdamm|\wlaan|straat|\wkade|plein|ulica|\bul\.|\bvia|viale|corso|\brue|avenue|\bav\.|boulevard|calle|\brua|avenida|vägen|gatan|\wvej|\wgade|\wtie|katu|utca|street|road|\blane|box)"
    r"|\b(?:pres(?:se|s|sa)|lini?[ea]s?|plant|werk|dock|tor|gate|hall[ea]?|hal|building|gebäude|bldg|suite|floor|etage|dezernat|kst\.?|kostenstelle|cost cent(?:re|er)|room|raum|bay|zone|porte|int\.|ext\.?|grade|series|page|seite|rm|op|phase|modul[eo]?|shift|machine|maschine|projekt|project|contract|vertrag|team"
    r"|pos\w{0,8}|part\w{0,3}|pol|items?|s/n|n[ro°º]|no|los|lot|p\.?o|order|auftrag|ref|typ[eo]?|model\w?|invoice|rechnung|facture|lieferschein|zip|plz|cap|cp|postcode|rev\w*|ind\w*|iss\w*|sheet|blatt|v|w|wk|week|kw|day|tag|fig|note|step|level|stage)\.?)[ \t:#№.(-]{0,3}$",
    re.I,
)
"""Text before a figure that is part of a name or counts the lines of a list."""
_COUNTS_OTHERS = re.compile(
    r"\s?(?:[^\W\d_]{2,14}\s)?(?:(?:(?:calendar |working |business )?days?|weeks?|months?|years?|tagen?|t(?=\s?net)|wochen?|jahren?|monaten?|gg|giorni|mesi|settimane|dagen|weken|maanden|jours?|mois|semaines?|días|meses|semanas|dias|dní|dn[iů]|týdn\w*|tygodni\w*|dage|uger|dagar|veckor|päivää|viikkoa|nap|hét|gün"
    r"|holes?|bores?|threads?|teeth|zähne|dents|denti|lines?|positions?|positionen|postes|items?|drawings?|zeichnung\w*|files?|pages?|seiten|sheets?|people|employees|mitarbeiter\w*|suppliers?|machines?|maschinen|operations?|setups?|series|grade|attachments?|anlagen|anhänge|models?|bohrungen|gewinden?|kopien?|copies|[ap]\.?m|uhr|h|min(?:utes|uten)?|hours?)(?!\w)|(?:different|verschiedene\w*)\s)",
    re.I,
)
"""Things that may follow a figure but aren't parts to order."""
_LISTS = re.compile(r"[ \t>*•|#(\[-]{0,12}(?:\d{1,5})[ \t]*(?:[.):\]|、;]|\t|[ ]{2}|\)、)", re.M)
"""The number at the start of a list line."""
_ADDRESS = re.compile(
    r"\b\d{4,6},? [A-ZÄÖÜÉÅØ][a-zäöüßéåø]{2,}|\b[A-Z]{1,2}-\d{4,5}\b|(?i:\b(?:tel|tél|tlf|tfno?|phone|fax|mobil\w*|cell|handy)\b|手机|电话)|\d{3} \d{2} [A-Z]|\b\d{4} [A-Z]{2}\b|\b[A-Z]{2} \d{5}\b|\b\d{3,6} (?:[NSEW]\.? )?(?:[A-Z][a-z]+ ){1,2}(?:Ave|St|Rd|Blvd|Dr|Way|Ln|Street|Road)\b"
)
"""A postcode before its town, or a telephone number: the figures in such a line belong to the address or number."""
_DIALLED = re.compile(r"(?<![\w/])[(+]?\d{1,5}\)?(?:[ ./-]{1,3}\d{2,7}){2,6}(?![\w/])|\(?\b0\d{1,5}\)?[ /-]\d{3,9}\b")
_LIKELY = 0.7
_PRICED = re.compile(
    r"\b(?:targets?|budget\w*|ziel\w*|preisvorstellung|cible|objecti[fv]\w*|objetivo|obiettivo|max\w*|limit\w*|agreed|vereinbart\w*|convenu|concordat\w*|cel\w{0,4}owa|cílová|richtpreis|beat|undercut|unterbieten|closer to|streefprijs|riktpris|målpris|not exceed\w*|ceiling|accept\w*)\b|@|目标",
    re.I,
)
"""Words for a price that is the buyer's target or has been agreed."""
_CONFIRM = re.compile(
    r"\b(?:confirm\w*|acknowledg\w*|bestätig\w*|conferm\w*|potwierdz\w*|potvr\w*|bevestig\w*|bekräft\w*|bekræft\w*|vahvist\w*)|确认",
    re.I,
)
_OTHERWISE = re.compile(
    r"\b(?:yearly|annual\w*|(?:per|a|/) ?(?:year|annum|month|week|quarter)|p\.?a\.?|(?:pro|im) (?:jahr|monat|quartal|woche)|jährlich\w*|jahres\w+|monatlich\w*|(?:par|l') ?an\b|annuel\w*|mensuel\w*|annu[ao]|all'anno|mensil[ei]|anual\w*|mensual\w*|al año|(?:por|ao) ano|mensal|roczn\w+|rocznie|miesięczn\w+|ročně|roční\w*|per (?:jaar|maand)|jaarlijks\w*|årlig\w*|(?:per|om|i) året?|vuosi\w*|vuodessa|évente|yıllık|forecast\w*|prognos\w*|monthly|quarterly"
    r"|call[- ]?offs?|releases? of|abrufe?n?|teillieferung\w*|tranches?|(?:lots?|lotti|lotes|lose|losen|livraisons?|deliveries|shipments?|lieferungen|consegne|entregas|partia(?:ch)?|dávk\w+|partier|batches) (?:of|à|a|zu|de|da|von|po|om|van)\s?\d"
    r"|(?:per|pro|je|par|each|a) (?:kit|box|set|machine|assembly|unit built|vehicle|maschine|baugruppe|gerät|anlage|satz|karton|machine|carton|ensemble|gruppo|macchina|máquina|conjunto)"
    r"|in stock|on stock|on the shelf|left over|still have|auf lager|am lager|bestand|lagernd|en stock|a magazzino|en existencias|na stanie|skladem|op voorraad|scrapped|rejected|ausschuss)(?!\w)|年用量|每年|每月|库存|每批",
    re.I,
)
"""Words for a number that may not be the quantity of this order: for a year, a call-off, a kit or stock."""
_BEHIND_MATERIAL = re.compile(
    r"[ \t]{0,2}(?:\([^)\n]{1,20}\)[ \t]?)?[,+][ \t]?(?P<word>[^\W\d_]{4,24}(?:[ -][^\W\d_]{2,24}){0,2})(?=[ \t]{0,2}(?:[,;\n|\t]|\.(?=\s|$)|$))"
)
_NO_FINISH = re.compile(
    r"\b(?:black|white|natural|natur|schwarz|weiß|annealed|bright|blank|gezogen|cold|hot|drawn|rolled|forged|geschmiedet|vergütet|normalisiert|turned|milled|ground|geschliffen|gedreht|gefräst|rectifi\w*|bonific\w*|traité\w*|please|bitte|merci|thanks|danke|each|pieces|pcs|stück|stuks|sztuk|kusů|pièces|pezzi|unidades|with|mit|avec|con|and|und|or|oder|the|as|wie|same|drawing|zeichnung|attached|delivery|lieferung|bar|stock|plate|round|sheet|castings?|deliver\w*|quantit\w*|menge|certificate|cert\w*|zeugnis|deburr\w*|entgrat\w*|scharfkantig|according|gemäß|nach|per|to|we|ich|wir|you|sie|is|are|ist)\b",
    re.I,
)
"""Words after a material that aren't finishes: conditions of the raw material, machining, ordinary words."""
_TREATED = re.compile(
    rf"(?<![\w.,+-])(?P<done>{HARDNESS}|(?:stress[- ]reliev\w+|cryogenic\w*|heat[- ]treat\w*|wärmebehand\w+|trait(?:ée?s?|ements?) thermiques?|détensionn?\w*|distensionat\w+|distensionad\w+"
    r"|trattament[oi] termic[oi]|tratamientos? térmicos?|tratamentos? térmicos?)(?!\w))"
    r"|\b(?:quenched(?: and tempered)?|tempered|solution[- ](?:annealed|treated)|annealed|normali[sz]ed|vergütet\w*|angelassen|(?:(?:spannungsarm|weich|normal|lösungs)[- ]?)?geglüht"
    r"|recuite?s?|bonificat[oaie]|rinvenut[oaie]|bonificad\w+|revenid[oa]s?|recocid[oa]s?"
    r"|ulepsz\w+|odpuszcz\w+|wyżarz\w+|zušlecht\w+|žíhán\w*|popuštěn\w*|veredeld|ontlaten|spanningsarm|seghærde\w+|seigherd\w+|seghärd\w+|nuorrute\w+|nemesít\w+)(?!\w)|调质|回火|退火|正火|时效",
    re.I,
)
"""Heat treatments and hardnesses; ``done``: a treatment of the part, never the condition in which its material is
bought.
"""
_STATE = 12
"""Maximum number of letters between a material and the word for its condition: ``42CrMo4, vergütet``."""
_MORE = re.compile(rf" (?:[A-Z](?=[ \t]*(?:[,;.)|\n]|$))|\d{{2,5}}(?= \d|[ \t]*(?:[,;)|\n]|$)))(?! ?{patterns.UNIT}\b)")
"""A letter or figures after a number that may belong to it: ``4-118-220 B``."""
_MOST = 3
"""Maximum number of figures quoted in a question."""
_AROUND, _FAR = 24, 80
_FEW = 20
_OPEN = frozenset({"name", "place", "terms", "quantity", "material", "due"})
"""Kinds of labelled value in which further figures are still questioned."""
_CODE = re.compile(r"(?=[^\s,;()/]{0,24}\d)(?=[^\s,;()/]{0,24}[A-Za-z])[A-Za-z0-9][\w.+-]{2,24}")


def rivals(
    text: Typed, lines: Sequence[DraftLine], known: Iterable[Extracted], dues: Sequence[DueDate], asked: Iterable[str]
) -> tuple[Question, ...]:
    """Return a question about each field for which the mail may contain another value, except fields already ``asked`` about.

    ``known``: all values that were found, including those from earlier orders.
    """
    known = tuple(known)
    marks = bytearray(len(text.body) + 1)
    for each in (*known, *text.dates):
        marks[each.start : each.end] = b"\1" * (each.end - each.start)
    questions = (
        *_parts(text.body, lines, marks),
        *_otherwise(text.body, lines),
        *_numbers(text, bytearray(marks)),
        *_days(text, dues, marks),
        *_codes(text, marks),
        *(_behind_materials(text, known) or _treatments(text, known, marks)),
    )
    done = set(asked)
    return tuple(question for question in dict.fromkeys(questions) if question.field not in done)


def loose(
    text: Typed,
    bare: str,
    price: Extracted | None,
    place: Extracted | None,
    *,
    ordered: bool,
    asked: Iterable[str],
) -> tuple[Question, ...]:
    """Return questions about a price, a place or a kind of mail that was inferred from a single ambiguous word."""
    body = text.body
    found: list[Question] = []
    if price is not None and not ordered and not _set_price(text, price):
        said = " ".join(body[max(0, price.start - 40) : price.end + 20].split())
        found.append(Question("price", f"{said!r}: is this the requested price?", "ambiguous"))
    others = [] if place is None else [town for town in towns_named(text, bare) if not _alike(town, str(place.value))]
    if place is not None and others:
        said = f"Are the parts to be delivered to {place.value}, or to {' or '.join(others[:_MOST])}?"
        found.append(Question("delivery_place", said, "ambiguous"))
    own = patterns.THEIR_OFFER.sub("", body)
    if ordered and price is None and not patterns.ORDERS_SURELY.search(body):
        found.append(Question("kind", "Is this an order, or a request for a price?", "ambiguous"))
    elif not ordered and not patterns.RFQ.search(own) and (price is not None or _CONFIRM.search(body)):
        found.append(Question("kind", "The mail does not ask for a price: is this an order?", "ambiguous"))
    done = set(asked)
    return tuple(question for question in found if question.field not in done)


def _set_price(text: Typed, price: Extracted) -> bool:
    """Return whether a price is labelled as a price, or called a target or agreed."""
    if any(each.kind == "price" and each.start <= price.start < each.end for each in text.told):
        return True
    clause = clause_of(text.body, price.start)
    return _PRICED.search(text.body, clause.start, clause.stop) is not None


def _alike(town: str, other: str) -> bool:
    """Return whether two names are for the same town: one contains the other."""
    mine, its = town.casefold(), other.casefold()
    return mine in its or its in mine


def _parts(body: str, lines: Sequence[DraftLine], marks: bytearray) -> tuple[Question, ...]:
    """Return unlabelled parts whose number has a different form from the others, has no quantity, or extends or begins another number."""
    named = [(line, line.part) for line in lines if line.part is not None and line.part.end]
    shapes = Counter(shape(str(part.value)) for _, part in named)
    begun = _begun({str(part.value).upper() for _, part in named})
    asked: list[Question] = []
    for line, part in named:
        name = str(part.value)
        own = any(line_of(body, each.start) == line_of(body, part.start) for each in line.quantities)
        odd = len(named) > 1 and shapes[shape(name)] == 1
        away = len(named) == 1 and not own and _elsewhere(body, line, name)
        more = _MORE.match(body, part.end)
        cut = more is not None and not any(marks[more.start() : more.end()])
        sure = part.confidence >= TOLD or (part.confidence > GUESSED and not (odd or away))
        if name.upper() not in begun and not cut and sure:
            continue
        asked.append(Question("part", f"Is {name} a requested part?", "ambiguous"))
        if line.quantities:
            listed = ", ".join(str(each.value) for each in line.quantities)
            asked.append(
                Question("quantity", f"If {name} is not a part: what is the quantity {listed} for?", "ambiguous")
            )
        if line.material is not None:
            asked.append(
                Question(
                    "material", f"If {name} is not a part: which part is made of {line.material.value}?", "ambiguous"
                )
            )
    return tuple(asked)


def _begun(names: Iterable[str]) -> set[str]:
    """Return numbers that are extended by another number after a mark: ``LK-88-207`` beside ``LK-88-207-Z``."""
    ordered = sorted(
        names
    )  # marks sort before letters and figures, so the extension of a number comes right after that number
    return {
        name
        for name, following in pairwise(ordered)
        if following.startswith(name) and not following[len(name)].isalnum()
    }


def _elsewhere(body: str, line: DraftLine, name: str) -> bool:
    """Return whether there is another number in the line of each of a part's quantities, or anywhere if the part has none."""
    reaches = {_whole_line(body, each.start) for each in line.quantities} or {(0, len(body))}
    return all(
        any(may_be_number(match[0]) and match[0] != name for match in patterns.NUMBERED.finditer(body, *reach))
        for reach in reaches
    )


def _whole_line(body: str, place: int) -> tuple[int, int]:
    stop = body.find("\n", place)
    return line_of(body, place) + 1, stop if stop >= 0 else len(body)


def _otherwise(body: str, lines: Sequence[DraftLine]) -> tuple[Question, ...]:
    """Return a question about a quantity whose sentence mentions a yearly, call-off, kit or stock quantity."""
    for start, stop in sorted({_reach(body, each.start) for line in lines for each in line.quantities}):
        if _OTHERWISE.search(body, start, stop):
            told = " ".join(body[start:stop].split())[: 2 * QUOTED]
            return (Question("quantity", f"{told!r}: how many are wanted now?", "ambiguous"),)
    return ()


def _numbers(text: Typed, marks: bytearray) -> tuple[Question, ...]:
    """Return a question about figures that have no role."""
    body = text.body
    told = [each for each in text.told if each.kind not in _OPEN]
    spans = [*text.roles, *((each.start, each.end) for each in told)]
    forms = (patterns.TOLERANCE, *patterns.PRICE, MATERIAL, STANDARD, _DIALLED, _LISTS)
    spans += [match.span() for form in forms for match in form.finditer(body)]
    for start, end in spans:
        marks[start:end] = b"\1" * (end - start)
    found = []
    for match in _FIGURES.finditer(body):
        if any(marks[match.start() : match.end()]) or _YEAR.fullmatch(match[0]):
            continue
        before = body[max(line_of(body, match.start()) + 1, match.start() - _FAR) : match.start()]
        behind = body[match.end() : match.end() + _FAR].split("\n")[0]
        named = _NAMED.search(before[-40:]) or _ADDRESS.search(before + match[0] + behind)
        if not named and not _COUNTS_OTHERS.match(behind):
            found.append(match)
    if not found:
        return ()
    return (Question("quantity", f"{_quoted(body, found)}: is this a quantity that is wanted?", "ambiguous"),)


def _quoted(body: str, found: Sequence[re.Match[str]]) -> str:
    return ", ".join(
        repr(" ".join(body[max(0, each.start() - _AROUND) : each.end() + _AROUND].split())) for each in found[:_MOST]
    )


def _days(text: Typed, dues: Sequence[DueDate], marks: bytearray) -> tuple[Question, ...]:
    """Return questions about months that belong to no date, and about delivery dates other than the one used."""
    if not dues:
        return ()
    body = text.body
    free = (match for match in MONTH_NAME.finditer(body) if not any(marks[match.start() : match.end()]))
    found = [match for match in islice(free, _FEW) if not patterns.FORMER.search(body, *_reach(body, match.start()))]
    others = dict.fromkeys(
        due.found.source for due in dues if due.found.value != dues[0].found.value and due.found.confidence >= _LIKELY
    )
    if others:
        named = ", ".join(repr(each) for each in others)
        said = f"Are the parts due on {dues[0].found.source!r}, or is it {named}?"
        return (Question("due_date", said, "ambiguous"),)
    if found:
        said = f"{_quoted(body, found)}: is this when the parts are due?"
        return (Question("due_date", said, "ambiguous"),)
    return ()


def _behind_materials(text: Typed, known: Iterable[Extracted]) -> tuple[Question, ...]:
    """Return a question about one or two unknown words right after a material, the usual position of a finish."""
    body = text.body
    for each in known:
        if not isinstance(each.value, str) or not MATERIAL.fullmatch(each.value):
            continue
        match = _BEHIND_MATERIAL.match(body, each.end)
        if match and not FINISH.search(match["word"]) and not _NO_FINISH.search(match["word"]):
            said = f"{match['word']!r} after {each.value}: is it a finish?"
            return (Question("finish", said, "ambiguous"),)
    return ()


def _treatments(text: Typed, known: Iterable[Extracted], marks: bytearray) -> tuple[Question, ...]:
    """Return a question about a heat treatment or hardness that isn't part of any finish; a word right after a material is its condition."""
    materials = [each.end for each in known if isinstance(each.value, str) and MATERIAL.fullmatch(each.value)]
    for match in _TREATED.finditer(text.body):
        state = match["done"] is None and any(0 <= match.start() - end <= _STATE for end in materials)
        if not state and not any(marks[match.start() : match.end()]):
            first, last = _reach(text.body, match.start())
            said = text.body[max(first, match.start() - _AROUND) : min(last, match.end() + _AROUND)]
            return (
                Question(
                    "finish", f"{' '.join(said.split())!r}: is {match[0]!r} a treatment that is wanted?", "ambiguous"
                ),
            )
    return ()


def _reach(body: str, place: int) -> tuple[int, int]:
    clause = clause_of(body, place)
    return clause.start, clause.stop


def _codes(text: Typed, marks: bytearray) -> tuple[Question, ...]:
    """Return questions about codes labelled as a material that don't belong to the material read: ``PB102 (CuSn8)``."""
    for told in text.told:
        if told.kind != "material":
            continue
        value = re.split(r"[|\t]|  |[;,，；。] ?", told.text)[0]
        for match in _CODE.finditer(text.body, told.start, told.start + len(value)):
            if not any(marks[match.start() : match.end()]) and not STANDARD.search(value):
                said = f"{value!r} also names {match[0]!r}: which material is it?"
                return (Question("material", said, "ambiguous"),)
    return ()
