"""Read dates as people write them, with their purpose (the parts, the offer, the mail); relative dates count from the mail's date."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Literal

import msgspec

from nightmill.intake.lexicon import patterns
from nightmill.intake.lexicon.order_draft import Extracted

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january januar jänner janvier gennaio januari enero janeiro janv ene stycznia styczeń ledna leden január tammikuuta ocak", "feb february februar feber février fevrier febbraio februari febrero fevereiro févr fevr lutego luty února únor február helmikuuta şubat", "mar march mär märz maerz mars marzo maart março marts marca marzec března březen március maaliskuuta mart",
         "apr april avril aprile abril avr abr kwietnia kwiecień dubna duben április huhtikuuta nisan", "may mai maggio mei mayo maio maj maja května květen május toukokuuta mayıs", "jun june juni juin giugno junio junho giu czerwca czerwiec června červen június kesäkuuta haziran", "jul july juli juillet luglio julio julho juil lug lipca lipiec července červenec július heinäkuuta temmuz", "aug august août aout agosto augustus augusti sierpnia sierpień srpna srpen augusztus elokuuta ağustos",
         "sep sept september septembre settembre septiembre setembro września wrzesień září szeptember syyskuuta eylül", "oct october okt oktober octobre ottobre octubre outubro ott października październik října říjen október lokakuuta ekim", "nov november novembre noviembre novembro listopada listopad listopadu marraskuuta kasım",
         "dec december dez dezember décembre decembre dicembre diciembre dezembro desember déc dic grudnia grudzień prosince prosinec joulukuuta aralık"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        ("monday montag lundi lunedì", "tuesday dienstag mardi martedì", "wednesday mittwoch mercredi mercoledì", "thursday donnerstag jeudi giovedì",
         "friday freitag vendredi venerdì", "saturday samstag samedi sabato", "sunday sonntag dimanche domenica")
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?"
_MILITARY = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC"
"""Months in a date written as one word: ``22JAN2027``."""
MONTH_NAME = re.compile(
    r"\b(?:" + "|".join(name for name in _MONTHS if len(name) > len("sept") or name in ("june", "july")) + r")\b",
    re.I,
)
"""A month by its full name, if the name has no other meaning."""
_ORDINALS = {
    word: number
    for number, words_of in enumerate(
        ("first ersten premier primo primero", "second zweiten", "third dritten", "fourth vierten", "fifth fünften", "sixth sechsten", "seventh siebten", "eighth achten",
         "ninth neunten", "tenth zehnten", "eleventh elften", "twelfth zwölften", "thirteenth dreizehnten", "fourteenth vierzehnten", "fifteenth fünfzehnten",
         "sixteenth sechzehnten", "seventeenth siebzehnten", "eighteenth achtzehnten", "nineteenth neunzehnten", "twentieth zwanzigsten",
         "twenty-first einundzwanzigsten", "twenty-second zweiundzwanzigsten", "twenty-third dreiundzwanzigsten", "twenty-fourth vierundzwanzigsten",
         "twenty-fifth fünfundzwanzigsten", "twenty-sixth sechsundzwanzigsten", "twenty-seventh siebenundzwanzigsten", "twenty-eighth achtundzwanzigsten",
         "twenty-ninth neunundzwanzigsten", "thirtieth dreißigsten", "thirty-first einunddreißigsten"),
        start=1,
    )
    for word in words_of.split()
}  # fmt: skip
"""Days of a month in words: ``the twenty-second of January``."""
_WEEK_WORDS = {
    word: number
    for number, words_of in enumerate(
        ("first erste ersten première prima primera primeira första første 1st 1.", "second zweite zweiten deuxième seconda segunda andra anden 2nd 2.",
         "third dritte dritten troisième terza tercera terceira tredje 3rd 3.", "fourth vierte vierten quatrième quarta cuarta fjärde fjerde 4th 4."),
        start=1,
    )
    for word in words_of.split()
}  # fmt: skip
"""Weeks of a month: ``the first week of February``."""
_NUMBERS = {"a": 1, "one": 1, "einer": 1, "einem": 1, "two": 2, "zwei": 2, "three": 3, "drei": 3, "four": 4, "vier": 4,
            "five": 5, "fünf": 5, "six": 6, "sechs": 6, "eight": 8, "acht": 8, "ten": 10, "zehn": 10}  # fmt: skip
_DELIVERY = re.compile(
    r"(deliver|abhol|pick[- ]?up|collect|enlèvement|ritir|recog|odbi[oó]r|liefer|ship|termin|arriv|on (?:your |our |the )?dock|on site|(?:are|is|have|has) to be (?:in|at|with)\b|(?:must|should|shall) be (?:in|at)\b|in (?:our|your) hands|ready|need|benötig|brauch|bräucht|want|required|req'd|pushed|livr|délai|chez nous|consegna|due date|\bETA\b|entreg|skal bruges|bruges|behov|behöv|behøv|trenger|lever(?:en|es|t|ing|ans|as|dat|tijd)|dostaw|dostarcz|dod(?:án|ac|at|áv)|termín|toimit|szállít|határid|prazo|plazo|teslim|nodig|potrzeb|potřeb|necesit|precis|besoin|serv(?:ono|irebbe)|hier sein|da sein|here by|here on|with us|haben|交货|交期|到货)",
    re.I,
)
"""Words for the day on which the parts are due."""
_LIMIT = re.compile(
    r"(\bdue\b|\bby\b|until|before|no later|latest|lead|\bbis\b|spätestens|within|innerhalb|avant le|pour le|au plus tard|entro|per il|uiterlijk|vóór|senest|senast|najpóźniej|do dnia|nejpozději|até|hasta|legkésőbb|viimeistään|前)",
    re.I,
)
"""Words for a deadline that may apply to the parts or to the offer."""
_OFFER = re.compile(
    r"(\b(?:EOD|COB)\b|\bpric(?:es?|ing)\b|\bpreise?\b|\bprix\b|\bprezz[oi]\b|\bprecios?\b|\bpreços?\b|\bcen[aęy]\b|\bprijs(?:en|opgave)?\b|\bquot(?:e|ation|ing)s?\b|\boffers?\b|angebot|anbiet|anzubieten|\bbieten\b|\bdevis\b|\boffres?\b|\bofferta\b|repl(?:y|ies)|respon[sd]|\banswer|feedback|rückmeld|antwort|réponse|répondre|risposta|fai sapere|\bback (?:to|by|from|on)\b|(?:come|get|hear|it|that|this|them) back\b|tender|\bbids?\b|preventivo|ofert|nabídk|tilbud|tarjou|ajánlat|cotiza|orçament|presupuesto|wycen|antwoord|respuesta|resposta|odpow|odpověď|teklif|submission|submit|closes|closing|valid|gültig|报价|回复|答复)",
    re.I,
)
"""Words for the day by which the offer is wanted, not the parts."""
_NOT_BEFORE = re.compile(
    r"(?:\b(?:not|no|never|don't) [^.]{0,30}\b(?:before|earlier than|prior to)|\bafter|\bearliest|\bnicht vor|\bnach|\bfrühestens|\bpas avant|\bau plus tôt|\baprès|\bnon prima|\bdopo|不早于)\b[^\d]{0,25}$",
    re.I,
)
"""Words for the earliest day on which the parts are wanted, not the due date."""
_OF_ORDER = re.compile(
    r"\s?(?:\(?ARO\b|(?:after|from|ex|upon|nach|ab|après|à partir|dès|da|dalla?|dal|efter)\s(?:[^\W\d_]{1,12}\s){0,3}?(?:receipt|order|p\.?o\b|loi|award|approval|date|auftrag|bestell|erhalt|eingang|freigabe|zeichnung|commande|réception|accord|ordine|ricevimento))",
    re.I,
)
"""Text which shows that a time span starts with the order, so that it gives no date yet."""
_FRENCH_CUE = re.compile(r"livr|lever|délai|expédi|\bavant\b|\bpour la?\b|au plus tard|\ben\s*$", re.I)
_OF_EVENT = re.compile(
    r"\b(?:meetings?|calls?|visits?|audits?|reviews?|holidays?|vacation|trips?|fairs?|shows?|exhibitions?|conference|shut ?downs?|kick-?off|presentation|invoice[ds]?|budgets?|payments?|paid|interview|besprechung\w*|sitzung\w*|besuch\w*|messe|urlaub|betriebsferien|betriebsruhe|stillstand|rechnung\w*|gespräch\w*|réunions?|visites?|congés|salon|facture\w*|riunione|visita|fiera|ferie|fattura|reunión|feria|vacaciones|factura|reunião|férias|vergadering|beurs|vakantie|factuur|spotkani\w*|targi|urlop\w*|schůzk\w*|veletrh\w*|möte\w*|mässa\w*|semester|møde\w*|messe|ferie)\b[^.;\n]{0,24}$|(?:会议|展会|开会|放假)[^。;\n]{0,8}$",
    re.I,
)
"""Words right before the date of another event, before or for which the parts are needed."""
_PIECES = re.compile(rf"\d\s?{patterns.UNIT}\b|[件个個套只台根支条片块颗枚]", re.I)
_BEFORE = 60
_MONTHS_A_YEAR = 12
_JUST_GONE = 90
"""Maximum number of days that a date without a year may be in the past and still mean this year."""
_FOREIGN = re.compile(
    r"\b(?:(?-i:de|del|la|le|les|des|el|los)|et|pour|nous|para|una?|con|di|il|da|em|os|und|der|das|bitte|wir|mit|von|für|van|het|een|voor|og|till?|och|proszę|na|prosíme|az|ve|ja|ciao|oggi|richiesta|consegna|offerta|livraison|devis|entrega|fecha|lieferung|liefertermin|levering|dostawa|dodání|até|prazo|orçamento|obrigad[oa]|preciso|conforme|desenho|plazo|hasta|presupuesto|gracias|grazie|preventivo|disegno|entro|merci|avant|délai|plan)\b",
    re.I,
)
"""Short words that occur neither in English nor in English place names."""
_OF_BRITAIN = re.compile(
    r"£|(?<!\w)(?:[A-Z]{2}|[BEGLMNSW])\d{1,2}[A-Z]? \d(?!EA|PL|MM|TH|ND|RD|ST)[ABD-HJLNP-UW-Z]{2}(?!\w)"
)
"""Pound signs and British postcodes, but not look-alikes such as ``D2 4EA`` and ``M6 4PL``."""
_ENGLISH = re.compile(r"\b(?:the|of|and|to|for|please|is|we|you|with|by|are|our|your)\b", re.I)
_VAGUE = frozenset({"month_part", "month_week", "month_end", "in", "span", "weekday", "week", "french_week"})
_SAID_AGAIN = re.compile(
    r",?[ ]?(?:[(:–-]|say|i\.e\.|d\.h\.|also|c'est-à-dire|cioè)[ ]?(?:(?:say|by|on|the|den|am|le|il|el|bis|spätestens|latest|i\.e\.|d\.h\.)[ ]){0,2}",
    re.I,
)
"""Text between a time span and the date it refers to."""
_FEW = 3
_FRIDAY = 4
_BESIDE = 7
"""Maximum number of letters between a weekday and its date: ``Montag, den 8.``."""
_UNIT = r"business days|working days|werktagen?|arbeitstagen?|days?|tagen?|weeks?|wks?|wochen?|semaines?|jours?|settimane|giorni|months?|monaten?|mois"
_FORMS = (
    ("iso", re.compile(r"\b(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)\b")),
    ("iso", re.compile(r"(?<![\w.,/-])(?P<year>20\d\d)(?:[./]|\. )(?P<month>0?[1-9]|1[0-2])(?:[./]|\. )(?P<day>0?[1-9]|[12]\d|3[01])(?![\w-]|[.,]\d)")),
    ("german", re.compile(r"(?<![\w.,/-])(?P<day>\d{1,2})\. ?(?P<month>\d{1,2})\.(?: ?(?P<year>20\d\d)|(?P<short>\d\d))?(?![\w-]|[.,]\d)")),
    ("german", re.compile(r"(?:(?<=\bdo )|(?<=\bbis )|(?<=\btil )|(?<=\bdo dnia )|(?<=\bden )|(?<=\bzum )|(?<=\bentro il )|(?<=\bby ))(?P<day>0?[1-9]|[12]\d|3[01])\.(?P<month>0[1-9]|1[0-2])(?P<year>(?!))?(?P<short>(?!))?(?!\w|[.,/-]\d|[ ]?(?:[%€£$]|(?:mm|kg|euros?|usd|gbp|chf|pcs|st)\b))", re.I)),
    ("iso", re.compile(r"(?P<year>20\d\d)\s?年\s?(?P<month>\d{1,2})\s?月\s?(?P<day>\d{1,2})\s?[日号]")),
    ("slash", re.compile(r"(?<![\d/])\b(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>(?:20)?\d\d)\b(?!/\d)")),
    ("slash", re.compile(r"(?<![\w.,/-])(?P<first>\d{1,2})-(?P<second>\d{1,2})-(?P<year>20\d\d)(?![\w-])")),
    ("month_first", re.compile(rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})/(?P<year>\d\d)(?![\w/])", re.I)),
    ("short_slash", re.compile(r"(?<![\w.,/-])(?P<first>\d{1,2})/(?P<second>\d{1,2})(?![\w/-]|[.,]\d)")),
    ("month_first", re.compile(rf"(?<!\d )(?<!\dth )(?<!\dst )(?<!\dnd )(?<!\drd )(?<!(?<!\d)\d\. )(?<!(?<!\d)\d\d\. )\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<year>20\d\d))?\b", re.I)),
    ("day_first", re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.|er|:[ae])?\s+(?:(?:of|de|di|d[ei]l?)\s+)?{_MONTH}(?:,?\s+(?:del?\s+)?(?P<year>20\d\d|2\d(?![\d:.,/-])))?(?!\w)", re.I)),
    ("day_first", re.compile(rf"\b(?P<day>\d{{1,2}})-{_MONTH}-(?P<year>(?:20)?\d\d)\b", re.I)),
    ("day_first", re.compile(rf"(?<![\w.,/-])(?P<day>\d{{1,2}})(?-i:(?={_MILITARY})){_MONTH}(?P<year>(?:20)?\d\d)(?![\w-])", re.I)),
    ("worded", re.compile(rf"\b(?P<word>{'|'.join(sorted(_ORDINALS, key=len, reverse=True))})\s+(?:(?:day )?of\s+)?{_MONTH}(?:,?\s+(?P<year>20\d\d))?(?!\w)", re.I)),
    ("next_year", re.compile(r"(?:明年|来年)(?P<month>\d{1,2})\s?月\s?(?P<day>\d{1,2})\s?[日号]")),
    ("iso", re.compile(r"(?<![\d年])(?:今年)?(?P<month>\d{1,2})\s?月\s?(?P<day>\d{1,2})\s?[日号]")),
    ("week", re.compile(r"(?:week|woche|KW|vecka|uge|uke|semaine|settimana|týden|tydzień)[ \t]?[:.]?[ \t]?(?P<year>20\d\d)[ \t]?[-/][ \t]?(?:W|KW|w)?(?P<week>\d{1,2})(?![\d./-])", re.I)),
    ("week", re.compile(r"(?:week|woche|KW|vecka|uge|uke)[ \t]?[:.]?[ \t]?(?P<year>2[5-9]|3\d)(?P<week>[0-4]\d|5[0-3])(?![\d/-]|\.\d)", re.I)),
    ("german", re.compile(r"(?:(?<=uiterlijk )|(?<=vóór )|(?<=voor )|(?<=senest )|(?<=senast ))(?P<day>\d{1,2})-(?P<month>1[0-2]|0?[1-9])(?P<year>(?!))?(?P<short>(?!))?(?![\w/-]|\.\d)", re.I)),
    ("week", re.compile(r"\b(?:KW|CW|WK|(?:leverans|leverings?|liefer)(?:vecka|uge|uke|week|woche)|week|weken|calendar week|Kalenderwochen?|semaines?|settimana|sett|sem|tyg|uge|uke|vecka|semana|týden|týdnu|tydzień|tygodniu|viikko|viikolla)\.?\s*(?P<week>\d{1,2})(?!\d|\s?[.,]\d)(?:\s?(?:-|–|to|till|until|bis|or|oder|und|and|au|à|ou|do|t/m|a|o)\s?(?:KW|CW|wk|week)?\.?\s?(?P<to>\d{1,2})(?![\d.,]\d|\d|\s?[a-z]))?(?:\s*+(?:/|of|de|,|-)?\s*(?P<year>20\d\d))?", re.I)),
    ("week", re.compile(r"(?<![\w.,/-])(?P<week>\d{1,2})\. ?(?:týden|týdnu|hét\w*|viikko\w*|uge|uke|vecka|tydzień|tygodniu|KW|Kalenderwoche|semaine|semana|settimana)\b(?:\s*+/?\s*(?P<year>20\d\d))?", re.I)),
    ("week", re.compile(r"第\s?(?P<week>\d{1,2})\s?周")),
    ("day_first", re.compile(rf"\b(?P<year>20\d\d)\.?\s+{_MONTH}\s+(?P<day>\d{{1,2}})(?!\d)", re.I)),
    ("french_week", re.compile(r"\b(?:S\s?|v\.? ?)(?P<week>\d{1,2})(?![\w-])(?:\s*+/?\s*(?P<year>20\d\d))?")),
    ("month_part", re.compile(rf"(?:\b(?:(?P<end>(?:back )?end(?: of)?|late|ende|fin|fine|finales de|final de|fim de|eind(?:e)?|kon(?:iec|ca|ec|ce|cem)|slutet av|ultimo)|(?P<middle>mid(?: of|dle of)?|mitte|mi|metà|mediados de|meados de|medio|połow[aęy]|polovin[aěy]|mitten av)|(?P<begin>early|beginning of|start of|anfang|début|inizio|principios de|início de|begin|początek|začátek|začátkem|början av))[- ]+){_MONTH}(?:,?\s+(?P<year>20\d\d))?(?!\w)", re.I)),
    ("month_part", re.compile(r"(?<!\d)(?:(?P<year>20\d\d)\s?年)?\s?(?P<month>1[0-2]|0?[1-9])\s?月(?:(?P<end>底|末)|(?P<middle>中旬?)|(?P<begin>初|上旬))")),
    ("month_week", re.compile(rf"(?<![\w.])(?P<word>{'|'.join(re.escape(word) for word in _WEEK_WORDS)})[ ](?:week|woche|semaine|settimana|semana|vecka|uge|uke)[ ](?:of|in|im|de|di|d'|i|af|av)?[ ]?{_MONTH}(?:,?\s+(?:de\s)?(?P<year>20\d\d))?(?!\w)", re.I)),
    ("in", re.compile(r"\b(?:in|within|innerhalb(?: von)?|binnen|sous|dans|entro|tra)\s+(?P<count>\d{1,3}|" + "|".join(_NUMBERS) + rf")\s+(?P<unit>{_UNIT})\b", re.I)),
    ("span", re.compile(rf"(?<![\w.,/-])(?:T0 ?\+ ?)?(?P<count>\d{{1,3}})(?:\s?(?:-|–|to|bis|à|/)\s?\d{{1,3}})?\s?(?P<unit>{_UNIT})\b", re.I)),
    ("weekday", re.compile(r"\b(?:(?P<next>next|nächste[nr]?|kommende[nr]?)\s+)?(?P<weekday>" + "|".join(_WEEKDAYS) + r")\b", re.I)),
    ("next_month_end", re.compile(r"\b(?:end of (?:the )?next month|Ende (?:des )?nächsten Monats|fin du mois prochain|fine (?:del )?(?:prossimo mese|mese prossimo)|finales del mes que viene|koniec przyszłego miesiąca|konec příštího měsíce)\b|下个?月底", re.I)),
    ("month_end", re.compile(r"\b(?:end of (?:the )?month|Monatsende|Ende des Monats|fin du mois|fin de mois|fine mese|fin de mes|final do mês|einde van de maand|koniec miesiąca|konec měsíce)\b|(?<![\d月])(?:本月|这个月)?月?底(?=[前交到发])", re.I)),
    ("tomorrow", re.compile(r"\b(?:tomorrow|morgen)\b(?!\s*,)", re.I)),
)  # fmt: skip


_WEEK_OF = re.compile(
    r"(?:\bweek (?:of|commencing|beginning|starting)|\bw/c|\bwoche (?:vom|ab|um den)|\bsemaine du|\bsettimana del|\bsemana del?|\bweek van|\btydzień od|\btýden od|\bveckan den|\bugen den)[ \t](?:the |monday,? |montag,? (?:den )?|lundi |lunedì )?$",
    re.I,
)
"""Words for the week that contains a date."""


_REPLACED = re.compile(
    r"\b(?:instead of|rather than|not|nicht|statt|anstatt|anstelle (?:von|des)|au lieu du?|invece (?:del|di)|en (?:lugar|vez) del?|em vez de|zamiast|místo|in plaats van|i stället för|i stedet for)\s(?:the |dem |des |den |le )?$",
    re.I,
)
"""Words before a date that is replaced by another."""
_NEW = re.compile(
    r"\b(?:new|neue[rs]?|nouvelle?|nouveau|nuov[ao]|nuev[ao]|nowy|nov[ýáé]|nieuwe)[ \t][^\d\n]{2,40}$", re.I
)
"""Words before a date that replaces another."""
_MOVED = re.compile(
    r"\b(?:mov|chang|shift|postpon|put back|brought|slip|push|extend|verschieb|verschob|verleg|verläng|report|décal|repouss|spost|rinvi|aplaz|adi|przes|posun|verplaats|flytt)\w*[^.;\n]{0,60}\b(?:from|von|vom|du|dal|del|do|van|z|od|från|fra)\s(?:the |dem )?$",
    re.I,
)
"""Words for a date that is moved; the date after them replaces it."""


class DueDate(msgspec.Struct, frozen=True):
    """A date found in a text; ``alternatives`` are other readings of the same words (03/04 may be two days).

    ``of``: what the date apparently refers to: the parts, the order that hasn't been placed yet, or something else.
    """

    found: Extracted
    alternatives: tuple[str, ...] = ()
    of: Literal["parts", "order", "other"] = "parts"


_NOT_OF_PARTS = frozenset({"offer", "dated", "contact", "reference", "revision", "position"})
SURE = 0.9


def due_dates(dates: Sequence[DueDate]) -> tuple[DueDate, ...]:
    """Return the dates that may be the due date of the parts, most likely first."""
    return tuple(
        sorted((day for day in dates if day.of == "parts"), key=lambda day: (-day.found.confidence, day.found.start))
    )


def dates_of(text: str, today: date, told: Sequence[tuple[str, int, int]] = ()) -> tuple[DueDate, ...]:
    """Return every date in a text, in order; values are ISO dates. ``told``: kinds of labelled values with their
    positions. Impossible dates are left out.
    """
    found = sorted(_dates(text, today), key=lambda each: each[0].start())
    slashes = [match for match, form, _ in found if "slash" in form]
    day_first = any(int(m["first"]) > _MONTHS_A_YEAR for m in slashes) or _day_first(text)
    month_first = not day_first and any(int(m["second"]) > _MONTHS_A_YEAR for m in slashes if m.groupdict().get("year"))
    dates = []
    dated = any(form not in _VAGUE for _, form, _ in found)
    for match, form, readings in found:
        kind = next((kind for kind, start, end in told if start <= match.start() < end), None)
        if form == "weekday" and any(0 < each[0].start() - match.end() <= _BESIDE for each in found):
            continue  # "Monday 22nd March" is one day
        if form == "month_part" and any(
            other not in _VAGUE and _SAID_AGAIN.fullmatch(text, match.end(), each.start())
            for each, other, days in found
            if days[0].month == readings[-1].month and 0 < each.start() - match.end() <= _BEFORE
        ):
            continue  # "end of January (29/01)"
        if (
            form == "short_slash"
            and kind != "due"
            and not _DELIVERY.search(_sentence(text, match))
            and not _LIMIT.search(_sentence(text, match))
        ):
            continue
        of, confidence = _purpose(text, match, form, kind)
        if of is None or (kind == "quantity" and "slash" in form):
            continue  # 4/8/16 in a quantity column is three numbers
        before = text[max(0, match.start() - 2 * _BEFORE) : match.start()]
        if of == "parts" and (_REPLACED.search(before) or _MOVED.search(before)):
            of = "other"
        day, *others = reversed(readings) if day_first and "slash" in form and len(readings) > 1 else readings
        others = [] if (day_first or month_first) and "slash" in form else others
        if _WEEK_OF.search(text, max(0, match.start() - _BEFORE), match.start()):
            others = [day + timedelta(days=_FRIDAY - day.weekday())] if day.weekday() < _FRIDAY else others
        confidence = min(confidence, 0.5) if others else confidence
        if dated and form == "in":
            confidence = min(confidence, SURE)  # "in 8 weeks, but not later than 1 February"
        if of == "parts" and _NEW.search(before):
            confidence = max(confidence, 0.97)
        value = Extracted(day.isoformat(), match.group(), match.start(), match.end(), confidence)
        dates.append(DueDate(value, tuple(other.isoformat() for other in others), of))
    return tuple(dates)


def _day_first(text: str) -> bool:
    """Return whether a text's dates start with the day: the text is British, or has more short words from other languages than from
    English.
    """
    if _OF_BRITAIN.search(text):
        return True
    return len(_FOREIGN.findall(text)) > max(_FEW, 2 * len(_ENGLISH.findall(text)))


def _sentence(text: str, match: re.Match[str]) -> str:
    """Return the words before a date, back to the end of the previous sentence."""
    before = text[max(0, match.start() - _BEFORE) : match.start()]
    before = re.split(r"[\n;!?]", before)[-1]
    return re.split(r"(?<=\w{4})[.]\s|。", before)[-1]


def _purpose(
    text: str, match: re.Match[str], form: str, kind: str | None
) -> tuple[Literal["parts", "order", "other"] | None, float]:
    """Return the purpose of a date, with the confidence; None if it isn't a date at all."""
    sentence = _sentence(text, match)
    if form == "french_week" and not _FRENCH_CUE.search(sentence):
        return None, 0.0  # a part, a screw or a thread may have such a name
    after = re.split(r"[.;!?。\n]", text[match.end() : match.end() + 40])[0]
    if form in ("in", "span") and _OF_ORDER.match(after):
        return "order", 0.0
    if kind in _NOT_OF_PARTS or re.match(r"\s?(?:下班|中午|上午|下午)?(?:之?前)?(?:回复|报价|答复)", after):
        return "other", 0.0
    if kind == "due":
        return ("order", 0.0) if form == "span" else ("parts", 0.95)
    if form == "span":
        return None, 0.0
    offered = [each.end() for each in _OFFER.finditer(sentence)]
    since = offered[-1] if offered else 0
    delivered = (
        _DELIVERY.search(sentence, since) is not None or re.match(r"\s?之?前?(?:交货|到货|交付)", after) is not None
    )
    pieces = _PIECES.search(sentence, since) is not None
    limited = (
        _LIMIT.search(sentence) is not None
        or form == "in"
        or re.match(r"\s(?:at the )?latest|\sau plus tard", after) is not None
    )
    if delivered:
        return "parts", 0.6 if _NOT_BEFORE.search(sentence) or _OF_EVENT.search(sentence) else 0.95
    if offered:
        # by that date the pieces must be either quoted or delivered
        return ("parts", 0.6) if pieces else ("other", 0.0)
    if limited:
        return "parts", SURE if pieces else 0.7
    return "parts", 0.3 if form in ("weekday", "tomorrow", "in") else 0.5


def _dates(text: str, today: date) -> Iterator[tuple[re.Match[str], str, list[date]]]:
    taken = bytearray(len(text))
    for form, pattern in _FORMS:
        for match in pattern.finditer(text):
            if any(taken[match.start() : match.end()]):
                continue
            readings = _readings(form, match, today)
            if readings:
                taken[match.start() : match.end()] = b"\1" * len(match[0])
                yield match, form, readings


def _readings(form: str, match: re.Match[str], today: date) -> list[date]:
    part = match.groupdict()
    if form == "next_year":
        return _valid(today.year + 1, int(part["month"]), int(part["day"]))
    if form == "iso":
        return _near(part.get("year"), int(part["month"]), int(part["day"]), today)
    if form == "month_part":
        return _part_of_month(part, today)
    if form == "german":
        return _near(part["year"] or part["short"], int(part["month"]), int(part["day"]), today)
    if form in ("slash", "short_slash"):
        first, second = int(part["first"]), int(part["second"])
        year = part.get("year")
        readings = _dated(year, first, second, today) + _dated(year, second, first, today)
        return list(dict.fromkeys(readings))
    if form == "month_week":
        number = _WEEK_WORDS[str(part["word"]).lower()]
        lasts = _near(part["year"], _MONTHS[str(part["month"]).lower()], 7 * number, today)
        return [last - timedelta(days=(last.weekday() - _FRIDAY) % 7) for last in lasts] + lasts
    if form == "worded":
        return _near(part["year"], _MONTHS[str(part["month"]).lower()], _ORDINALS[str(part["word"]).lower()], today)
    if form in ("month_first", "day_first"):
        return _near(part["year"], _MONTHS[part["month"].lower()], int(part["day"]), today)
    if form in ("week", "french_week"):
        ends = [int(week) for week in (part["week"], part.get("to")) if week]
        return [day for week in ends for day in _week(part.get("year"), week, today)]
    if form in ("in", "span"):
        return _later(part["count"].lower(), part["unit"].lower(), today)
    if form == "weekday":
        ahead = (_WEEKDAYS[part["weekday"].lower()] - today.weekday() - 1) % 7 + 1
        near = today + timedelta(days=ahead)
        # some people mean this week by "next Friday", others the next week
        return [near, near + timedelta(days=7)] if part["next"] else [near]
    if form in ("month_end", "next_month_end"):
        today = today if form == "month_end" else (today.replace(day=28) + timedelta(days=4)).replace(day=1)
        following = date(today.year + today.month // 12, today.month % 12 + 1, 1)
        return [following - timedelta(days=1)]
    return [today + timedelta(days=1)]


def _valid(year: int, month: int, day: int) -> list[date]:
    try:
        return [date(year, month, day)]
    except ValueError:
        return []


def _dated(year: str | None, month: int, day: int, today: date) -> list[date]:
    if year:
        return _valid(int(year) % 100 + 2000, month, day)
    here = _valid(today.year, month, day)
    return here if here and here[0] >= today else _valid(today.year + 1, month, day)


def _near(year: str | None, month: int, day: int, today: date) -> list[date]:
    """Return the possible meanings of a date without a year that has just passed: next year's date, or this year's by mistake."""
    found = _dated(year, month, day, today)
    here = _valid(today.year, month, day)
    gone = not year and here and timedelta(0) < today - here[0] <= timedelta(days=_JUST_GONE)
    return found + here if gone else found


def _part_of_month(part: dict[str, str | None], today: date) -> list[date]:
    """Return the dates meant by part of a month: the last day for the end, and the first and last day of the span for the beginning and
    middle.
    """
    month = int(str(part["month"])) if str(part["month"]).isdigit() else _MONTHS[str(part["month"]).lower()]
    # the current month counts until its last day
    year = part["year"] or (str(today.year) if month == today.month else None)
    first = _dated(year, month, 28, today)
    if not first:
        return []
    begins = first[0].replace(day=1)
    if part["end"]:
        return [date(begins.year + begins.month // 12, begins.month % 12 + 1, 1) - timedelta(days=1)]
    return [begins.replace(day=15)] if part["middle"] else [begins.replace(day=10), begins]


def _week(year: str | None, week: int, today: date) -> list[date]:
    try:
        day = date.fromisocalendar(int(year) % 100 + 2000 if year else today.year, week, 5)
        return [day] if year or day >= today else [date.fromisocalendar(today.year + 1, week, 5)]
    except ValueError:
        return []


def _later(count: str, unit: str, today: date) -> list[date]:
    number = int(count) if count.isdigit() else _NUMBERS[count]
    if unit.startswith(("business", "working", "werktag", "arbeitstag")):
        day = today
        while number:
            day += timedelta(days=1)
            number -= day.weekday() < 5
        return [day]
    if unit.startswith(("week", "wk", "woche", "sem", "sett")):
        number *= 7
    elif unit.startswith(("mon", "mois")):
        number *= 30
    return [today + timedelta(days=number)]
