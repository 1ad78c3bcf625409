"""The patterns of the trade in order mails, English and German: one entry to add one."""

import re

# every repetition is bounded: a mail made to be slow must cost no more than another
NUMBER = r"(?<!\d)(?:\d{1,3}(?:[.,' ]\d{3}){1,3}(?!\d)|\d{1,9}(?!\d))"
UNIT = r"(?:pcs?|pieces?|parts?|units?|sets?|off|ea|each|stk|st(?:ü|ue)ck|st|teile|sätze|satz|x)"
QUANTITY = (
    re.compile(rf"(?:\b(?:qty|quantity|menge|anzahl|stückzahl)\.?|数量|订购数量|采购数量)(?:\s*[:：=]\s*|[^\S\r\n]{{0,9}})(?P<n>{NUMBER})", re.I),
    re.compile(rf"(?<![\w.,/-])(?P<n>{NUMBER})\s*(?:{UNIT}\b\.?|[件个套只])", re.I),
    re.compile(rf"\b(?:order|need|quote(?: for)?|for|bestellen(?: wir)?|benötigen(?: wir)?)\s+(?P<n>{NUMBER})\s+(?=[A-Za-zÄÖÜäöü])(?!(?:days?|weeks?|months?|tage|wochen|business|working|%|mm|usd|eur))", re.I),
)  # fmt: skip
QUANTITY_LIST = re.compile(
    rf"(?<![\w.])(?P<list>(?:{NUMBER})(?:\s{{0,3}}(?:/|,|or|and|und|oder)\s{{0,3}}(?:{NUMBER})){{1,8}})\s{{0,3}}{UNIT}\b",
    re.I,
)
PART = (
    re.compile(r"(?:\b|(?<=[\u4e00-\u9fff，。：]))(?:part(?:\s*(?:no|number|nr|#))?|p/n|pn|drawing(?:\s*(?:no|number))?|item|artikel(?:nummer|-?nr)?|teile?-?(?:nummer|nr)|zeichnung(?:s-?(?:nummer|nr))?|sachnummer|图号|零件号|零件|料号|图纸)\.?\s*[:：#=]?\s*(?P<part>(?=[\w./-]{0,40}\d)[A-Za-z0-9][\w./-]{0,40}[A-Za-z0-9])", re.I),
    re.compile(r"(?<![\w@./-])(?P<part>[\w-]{1,60})\.(?:step|stp|dxf|pdf|sldprt)\b", re.I),
    # but for an enquiry's own number, year first
    re.compile(r"\b(?:rfq|quotation|quote|anfrage|angebot|nach|\d{1,9}\s?(?:stück|stk\.?|st\.|pcs|pieces))\s+(?!20\d\d-\d{1,5}\b)(?:for|für|zu|über|of|von)?\s*:?\s*(?P<part>(?:\d{2,8}-[\w-]{2,20}|[A-Z]+-?\d[\w.-]{1,20}))", re.I),
    re.compile(r"(?<![\w@./-])(?P<part>(?:[A-Z]{2,6}[-_]?\d{2,9}|[A-Z]{2,6}[-_]\d|[A-Z]\d{4,9})(?:[-_][A-Z0-9]{1,12}){0,4})(?![\w@-])"),
    # "25 Stück Halter 4711-B": a number with a letter after its dash, behind the name of what is asked for
    re.compile(r"\d\s?(?:stück|stk\.?|st\.|pcs|pieces|parts|off)\s+(?:(?:of|der|vom|von|the)\s+)?(?:[^\W\d_][\w-]{2,24}\s+){1,3}(?P<part>\d{3,8}-[A-Z][\w-]{0,12})(?![\w@])", re.I),
    # in brackets behind its noun, as in: the attached component (292-4926)
    re.compile(r"\b(?:parts?|components?|pieces?|items?|drawing|teile?s?|bauteile?s?|werkstücke?s?|zeichnung)\s{0,3}\((?P<part>(?=[^)]{0,12}\d{2})[A-Z0-9][\w.-]{2,24})\)", re.I),
)  # fmt: skip
# the head of a table's column that holds part numbers
PART_COLUMN = re.compile(
    r"\s{0,9}(?:part|p/n|pn|drawing|artikel|teil|zeichnung|sachnummer)(?:\s{0,2}[-s]?\s{0,2}(?:no\.?|number|nr\.?|nummer|#))?\s{0,9}",
    re.I,
)
QUANTITY_COLUMN = re.compile(
    r"\s{0,9}(?:qty|quantity|pcs|pieces|units|menge|anzahl|stückzahl|stück|stk|数量|件数)\.?(?:\s{0,2}(?:\[|\()(?:pcs|stk|stück|ea|件)\.?(?:\]|\)))?\s{0,9}",
    re.I,
)
CELL_OF_QUANTITY = re.compile(rf"{NUMBER}\s{{0,3}}(?:{UNIT}\.?|[件个套只])?", re.I)
CELL_OF_PART = re.compile(r"(?=.{0,24}\d)[A-Za-z0-9][\w./-]{2,40}")
NOT_PARTS = re.compile(
    r"^(?:ISO|DIN|EN|AISI|AL|GF|CF|PA|GJL|GJS|HB|HV|RA|RZ|KW|CW|RFQ|PO|HRC|SAE|UNS|ASTM|AMS|MIL|SUS|TI|AW|DDP|EXW|FCA)[-_]?\d",
    re.I,
)
MATERIAL = re.compile(
    r"(?:\b|(?<=[\u4e00-\u9fff]))(?:45\s?(?:号|#)?\s?钢|Q[23]\d5[A-D]?|40Cr|20CrMnTi|(?:EN\s?AW[- ]?)?(?:6061|6082|7075|2024|5083)(?:[- ]?T\d{1,3})?|Al(?:uminium|uminum)?\s?(?:6061|6082|7075|2024)(?:-T\d+)?"
    r"|1\.\d{4}|(?:AISI |SS ?)?(?:303|304L?|316L?|4140|4340|1018|1045|17-4 ?PH)(?=\W)|S235(?:JR)?|S355(?:J2)?|C45E?|42CrMo4|16MnCr5"
    r"|Ti-?6Al-?4V|(?:Ti(?:tanium|tan)?\s)?Grade [25]|Inconel 718|Alloy 718|2\.4668|CuZn39Pb3|CuSn\d{1,2}|EN[- ]GJ[LS]-\d{3}(?:-\d{1,2})?|POM(?:-C)?|PEEK|PA ?66?(?:[- ]GF ?\d{2})?|PTFE|Delrin|brass|Messing|stainless steel|Edelstahl|alumini?um|steel|Stahl|titanium|Titan)\b",
    re.I,
)
# words by which a mail takes back a value that it or an earlier one names
REPLACES = re.compile(
    r"\b(?:instead of|rather than|no longer|not any ?more|last time|previously|formerly|used to be|old rev\w*|changed (?:from|to)"
    r"|should (?:now )?be|make (?:it|that)|(?:increas|rais|reduc|cut)\w* (?:it )?to|now|erhöh\w* (?:sich )?auf|reduzier\w* (?:sich )?auf|jetzt|nunmehr|statt|anstatt|anstelle|nicht mehr|nicht länger|bisher|zuletzt|letztes mal|früher|geändert|ändert sich|neu(?:e menge)?:)(?!\w)"
    r"|而不是|不再|改为|改成|上次|之前是|原来",
    re.I,
)
# what stands between quantities of one list
LIST_MARK = r"\s{0,3}(?:,|/|&|\+|;|\b(?:and|or|und|oder|bzw\.?|sowie)\b|、|和|或)\s{0,3}"
NEXT_OF_LIST = re.compile(
    rf"(?:\s{{0,2}}{UNIT}\b\.?)?{LIST_MARK}(?P<n>{NUMBER})(?=\s{{0,3}}(?:{UNIT}\b|[,;/&)]|\.?\s*$|\.\s|\b(?:and|or|und|oder|of|von|for|für)\b|[件个套只、和或]))",
    re.I | re.M,
)
# pieces beside the order's own
SAMPLES = re.compile(
    rf"(?P<n>{NUMBER}|\b(?:one|two|three|an?|ein(?:e[nrs]?)?|zwei|drei))\s{{1,3}}(?:[a-zäöü]{{2,14}}\s)?(?P<what>samples?|prototypes?|first articles?|spares?|(?:erst)?muster(?:teile?)?|prototypen?|ersatzteile?)\b"
    r"|(?P<zh>样件|样品|首件)",
    re.I,
)
VAGUE_MATERIALS = {
    "stainless steel",
    "edelstahl",
    "aluminium",
    "aluminum",
    "steel",
    "stahl",
    "titanium",
    "titan",
    "brass",
    "messing",
}
INCOTERM = re.compile(
    r"\b(?P<term>EXW|FCA|CPT|CIP|DAP|DPU|DDP|FAS|FOB|CFR|CIF)\b[ \t]*(?P<place>[A-ZÄÖÜ][\wäöüß-]+(?:[ \t]+[A-ZÄÖÜ][\wäöüß-]+){0,2})?"
)
PLACE = re.compile(
    r"\b(?:deliver(?:y|ed)?(?: address)?(?:\s+to|\s*:)|ship(?:ped)?\s+to\s*:?|lieferort\s*:?|lieferadresse\s*:?|lieferung\s+(?:nach|an))\s*(?P<place>[A-ZÄÖÜ\d][^\n,;.]{1,60})",
    re.I,
)
PRICE = (
    re.compile(r"(?P<currency>USD|EUR|GBP|CHF|\$|€|£)\s?(?P<n>\d[\d.,']{0,14}\d|\d)", re.I),
    re.compile(r"(?P<n>\d[\d.,']{0,14}\d|\d)\s?(?P<currency>USD|EUR|Euro|GBP|CHF|€|£|\$)", re.I),
)
TOLERANCE = re.compile(
    r"ISO\s?2768(?:-[fmcv][HKL]?K?)?|(?:±|\+/-|\+-)\s?\d{1,6}(?:[.,]\d{1,6})?\s?(?:mm|µm|um|in)?"
    r"|(?:Ø|dia\.?\s?)?\d{1,6}(?:[.,]\d{1,6})?\s?[A-Za-z]{1,2}(?:[5-9]|1[0-3])\b(?=\s*(?:fit|bore|hole|shaft|passung|bohrung|welle))",
    re.I,
)
FINISH = re.compile(
    r"\bR[az]\s?[=<≤:]?\s?\d{1,6}(?:[.,]\d{1,6})?(?:\s?(?:µm|um))?|\b(?:hard[- ]?)?anodi[sz](?:ed?|ing)?(?:\s(?:black|clear|natural|type II{1,2}))?|\b(?:hart)?eloxiert|\b(?:powder[- ]coat(?:ed)?|pulverbeschichtet|zinc[- ]plated|verzinkt|passivated|passiviert|bead[- ]blasted|gestrahlt|nickel[- ]plated|vernickelt|black oxide|brüniert|deburred|entgratet|hardened(?: to)?(?:\s\d+(?:-\d+)? ?HRC)?|gehärtet|polished|poliert)\b",
    re.I,
)
ORDER = re.compile(
    r"\b(?:purchase order|we (?:hereby |would like to )?order|please accept this order|order confirmation|bestell(?:ung|en wir|nummer)|wir bestellen|auftrag)\b",
    re.I,
)
RFQ = re.compile(r"\b(?:rfq|request for quot\w*|quot(?:e|ation)|offer|price for|anfrage|angebot|preis für)\b", re.I)
HOSTILE = re.compile(
    r"\b(?:ignore|disregard|forget)\b[^.\n]{0,40}\b(?:previous|prior|above|all|earlier)\b[^.\n]{0,30}\b(?:instructions?|rules?|prompts?|messages?)|\byou are (?:now|an?) [^.\n]{0,30}(?:assistant|ai|system|agent|admin)|\bsystem prompt\b|\b(?:approve|release|confirm|execute|run)\b[^.\n]{0,30}\b(?:automatically|without (?:asking|review|approval|questions))|\bignorier\w*\b[^.\n]{0,40}\b(?:anweisung\w*|regeln)|</?(?:system|script|instructions?)\b|\bset (?:the )?(?:price|quantity|offset|status) to\b",
    re.I,
)
