"""Material names by naming system: EN 10027, EN 573, EN 1412, AISI/SAE, BS 970, GB/T, JIS, ISO 1043.

There is a grammar for each system, not a list of materials that a shop has used: to add a system, add its pattern.
"""

import re

_SYMBOL = r"(?:Cr|Mn|Ni|Mo|Ti|Nb|Co|Cu|Al|Si|Pb|Zn|Sn|Mg|Be|Zr|Fe|V|W|B|N|S|P)"
_STATE = r"(?:\s?\+\s?(?:QT|AR|SH|Cu?|N|A|U|M|T))?"
_STEELS = (
    r"[1-3]\.\d{4}(?:\.\d{2}|IL|ESR|VAR)?",  # EN 10027-2 and the numbers of DIN 17007
    r"[SPE][1-9]\d{2}(?:J[R0-2]|K2|GH|MC|ML|N[LH]?[12]?|Q[LH]?[12]?|NB|M|H)?"
    + rf"(?:G\d|W|C)?{_STATE}(?!\w)",  # EN 10027-1, by strength
    r"(?:R?St|ST)\s?(?:33|37|44|50|52|60|70)(?:-[23]N?)?(?![\d.])|Fe\s?(?:360|430|510|590|690)(?:[BCD]\d?)?(?!\d)|DC0[1-7]|DX5\d[DE]|DD1[1-4]|HC\d{3}LA|C[kq]?(?:1[5-9]|[2-9]\d)[ERCWSDUK]?\d?"
    + _STATE,
    rf"\d{{1,3}}(?=[A-Z]{{2}}|[A-Z]\d)(?!B\d){_SYMBOL}{{1,4}}(?:\d{{1,2}}(?:-\d{{1,2}}){{0,3}})?K?{_STATE}",  # 42CrMo4, 11SMn30, GB's 40Cr
    rf"[0-3]?X\d{{1,3}}{_SYMBOL}{{1,5}}\d{{1,2}}(?:-\d{{1,2}}){{0,4}}{_STATE}",
    r"HS\d{1,2}-\d{1,2}-\d{1,2}(?:-\d{1,2})?",
    rf"[0-9]{{1,2}}Cr\d{{1,2}}{_SYMBOL}{{0,3}}\d{{0,2}}{_SYMBOL}?",  # GB: 0Cr18Ni9, 1Cr18Ni9Ti, 3Cr13
    r"GCr15(?:SiMn)?|(?:45|20|35)\s?(?:号|#)?\s?钢|[24][05]#|Q[1-9]\d5[A-E]?|ZG\d{3}-\d{3}",
    r"SUS\s?\d{3}[A-Z]{0,2}\d?|S\d{2}C|SCM\d{3}|SNCM\d{3}|SUJ2|SK[DHST]\d{1,2}|SUM\d{2}L?|SS400",  # JIS
    r"(?-i:EN|En)[\s-]?(?:1A(?:\s?Pb|L)?|3B|8[A-D]?|9|14A|16[A-Z]?|19[A-Z]?|24[A-Z]?|26|30B|3[1269][A-C]?|40B|41[AB]?|45A?|47|56[A-D]?|57|58[A-J]?)(?![\w-])",
    r"\d{3}[AMHS]\d{2}[A-Z]?|(?-i:[1-6]\dH[GMNTSFJA]{1,4})|(?:(?<=mat\. )|(?<=ocel )|(?<=oceli )|(?<=materiál )|(?<=mat\.: )|(?<=materiál: )|(?<=ČSN ))1[0-9] \d{3}|1[0-9] \d{3}\.\d",  # BS 970 of 1983
    r"X?C\d{2}(?!\d)|\d{2}(?:NCDV?|NCD|CDV?|NC|MC|MF|CV)\d{1,2}|Z\d{1,3}CN?D?[A-Z]{0,2}\d{0,2}(?:[-.]\d{2}){0,2}",  # AFNOR
    r"(?-i:IS)\s?\d{3,5}(?:\s?E\d{3}[A-C]?)?",
    r"(?:CF|CA)-?\d{1,2}N?M?N?|WC[BC]|A105N?|A350[ -]?LF2|A193[ -]?B7M?|300M|(?:ASTM )?A\d{2,3}[ -](?:Gr(?:ade)?\.? ?)?(?-i:[A-Z]{1,2})\d{0,3}",  # ASTM
    r"(?:AISI|SAE|ASTM)[- ]?\d{3,5}[A-Z]{0,3}|12L14|52100|(?!\d\d00|(?:1[135]|3[13]|4[03-8]|5[02]|81|9[34])50)(?:1[0135]\d\d|121[1-5]|(?:3[13]|4[013-8]|5[0-2]|61|8[167]|9[34])\d\d)(?= (?:alloy )?steel)|SAE\s?6[0-9](?!\d)|(?:UNS\s?)?(?-i:[ACGHJKNRSTZ])\d{5}(?=[\s,;)]|\.?(?:\s|$))",
    r"SS\s?(?:14\s?)?(?:1[1-9]|2[0-9])\d{2}|(?-i:LG|PB|AB|LB|HTB)[1-4]C?(?=[\s,;)]|\.?(?:\s|$))",  # SIS; BS 1400
    r"A[24]-(?:50|70|80|100)(?!\d)|SA[ -]?\d{3}[ -](?:Gr(?:ade)?\.? ?)?(?-i:[A-Z]{1,3})\d{0,3}",  # ISO 3506; ASME
    r"(?-i:[ADOSHMPW]\d{1,2})(?= (?:tool steel|hardened))|P20(?:\+Ni)?(?=[\s,;)])|S136H?(?=[\s,;)])|NAK\s?80|F-?1[1-9]\d{1,2}(?= (?:templad|cement|bonific|nitrur|recocid|tratad))|K10\d{2}|(?:10(?:18|20|45)|11(?:17|44)|41[34]0|4340|8620)(?:\s?(?:HT|PH|Q&?T))?(?=[\s,;)]|\.?(?:\s|$))",
    r"(?:AISI |SS ?|SUS ?|stainless(?: steel)? )(?:30[1-9]|31[067]|321|347|4[1-4]\d)[A-Z]{0,2}|(?:30[1-9]|31[067]|321|347|4[1-5]\d)[A-Z]{0,2}\s?(?:SS|stainless(?: steel)?)",
    r"(?:304|316)(?:LN?|LVM|Ti|H)|30[34](?=[\s,;)]|\.?(?:\s|$))|316(?=[\s,;)]|\.?(?:\s|$))|\d{3}[A-Z]{0,2}不锈钢|440C|(?:super ?)?duplex (?:2205|2507)|(?:2205|2507) (?:super ?)?duplex|(?-i:F5[135]|F6[01])(?=[\s,;)]|\.?(?:\s|$))|904L|ŁH15(?:SG)?|(?<=, )(?<![\s:]\d, )(?<![\s:]\d\d, )(?<![\s:]\d{3}, )(?:303|304|316|410|416|420|430|431)(?=,)|V[24]A(?![\w-])|254\s?SMO|LDX\s?2101|17-?4\s?PH|(?:17-4|15-5)(?=\s?H\d{3,4}|[ ]only)|15-5\s?PH|17-7\s?PH|13-8\s?Mo",
)
_IRONS = (
    r"(?:EN[- ])?GJ[LSMVN]W?[- ](?:HB)?\d{3}(?:-\d{1,2}){0,2}(?:-?[A-Z]{1,2})?|GGG?[- ]?\d{2}",
    r"(?:HT|QT|KTH)\d{3}(?:-\d{1,2})?|FCD?\d{3}|SG\s?(?:iron(?:\s?\d{3}/\d{1,2})?|\d{3}/\d{1,2}[A-Z]?)|FG\s?\d{3}|\d{2}-\d{2}-\d{2}(?=\s?ductile)|(?:ASTM )?A536[ ,]{1,2}(?:Gr(?:ade)?\.? )?\d{2,3}-\d{2}-\d{2}",
)
_LIGHT = (
    r"(?:EN\s?AW[- ]?|AA[- ]?|Al(?:uminium|uminum|u)?[ -]?)(?:[1-8]\d{3}[A-Z]?|Al(?:[A-Z][a-z]?\d{0,2}(?:[.,]\d)?){1,4})(?:[- /]?[TH]\d{1,5})?",
    r"(?:(?<!in )(?<!im )(?<!seit )(?<!since )(?<!en )(?<!nel )(?<!of )20(?:07|11|14|17A?|24)|26(?:18)|50(?:52|83|86)|5754|60(?:05A?|26|60|61|63|82)|6262|70(?:20|22|50|68|75)|7475)(?:[- /]?[TH]\d{1,5}|(?=[\s,;.)?!]|$))",
    r"(?-i:[1-8]\d{3}[A-Z]?[- ]?(?:T\d{1,4}|H[1-3]\d{1,2}))(?![\w-])",
    r"(?:A)?(?:5052|5083|6061|7075)P?[- ]?[TH]\d{1,5}",
    r"Al(?:Mg|Si|Cu|Zn|Mn)\d{0,2}(?:[.,]\d)?(?:[A-Z][a-z]?\d{0,2}(?:[.,]\d)?){0,4}|A3(?:19|5[4-7]|60|80|83)(?:\.0)?(?:-T\d)?|EN\s?AC[- ]?\d{5}|ADC12|ZA-?(?:8|12|27)(?!\d)|(?:Anticorodal|Avional|Ergal|Perunal|Certal|Fortal|Weldural|Alumold|Alplan|Alumec|Peraluman|Unidal|Hokotol|Extrudal)(?:[- ]?\d{1,3})?|(?<!\d )(?<![x×] )(?-i:L)(?:9[1-9]|1(?:0[1-46-9]|1[1-46-9]|5[1-9]|6[1-9]))(?=[\s,;)(])|SP[CH][CDE]|SECC|SGCC|C\d{3}(?= (?:copper|brass|bronze))|Zamak\s?\d{1,2}|LM\d{1,2}(?:[- ](?:TF|TB7?|TE|M))?|MIC[- ]?6|AU4G1?|ZL\d{3}A?|2A12",
    r"(?:Ti-?)?6-?Al-?4V(?:\s?ELI)?|TA6V(?:4?\s?ELI)?|TiAl6V4(?:\s?ELI)?|(?:Ti(?:tanium|tan)?\s)?(?:Grade|Gr\.?)\s?(?:[1-9]|12|23)(?!\d)|TC4|TA[12](?!\d)|AZ\d{2}[A-D]?|AM60[AB]?",
)
_HEAVY = (
    rf"(?:G[ZCS]?-)?Z?Cu(?:Zn|Sn|Al|Be|Ni|Cr)\d{{0,2}}(?:[.,]\d)?(?:{_SYMBOL}\d{{0,2}}(?:[.,]\d)?){{0,4}}(?:-C|-GS|-GC)?|Cu-?(?:ETP|OF|DHP)",
    r"(?:ZC)?Q(?:Sn|Al|Be|Si)\d{1,2}(?:[.-]\d{1,2}){1,3}|C[WC]\d{3}[A-Z]|C[1-9]\d{4}|C3604|CZ1\d{2}(?!\d)|(?:PB|NS|CA|LB)10\d(?!\d)|(?:CDA\s?)?\d{3} brass|CDA\s?\d{3}(?: (?:brass|bronze|copper))?|OT\s?(?:57|58|63)|U-?[EZ]\d{1,2}[A-Z]\d?|H(?:59|62|68)-?1?(?=[\s,;)，。]|$)|Rg7",
    r"(?:Hardox|Bisalloy|Bisplate|Strenx|Weldox|Domex|Raex|Quard|Creusabro|Brinar|Dillidur|XAR|Toolox|Ampco|Nitronic|Custom)\s?\d{1,4}[A-Z]{0,2}|(?:Impax|Stavax|Orvar|Ramax|Caldie|Sverker|Vanadis|Elmax|Rigor|Calmax|Dievar)(?:\s(?:ESR|Supreme|HH|\d{1,2}))?(?!\w)",
    r"(?:Inconel|Alloy|Monel|Hastelloy|Incoloy|Nimonic)\s?[A-Z]?-?\d{2,3}[A-Z]?|Waspaloy|A-?286(?![\w-])|MP35N|L-?605(?![\w-])|Haynes\s?\d{2,3}|Maraging\s?\d{3}|TZM|Densimet\s?\w{1,5}|Stellite\s?\d{1,2}|Invar(?:\s?36)?|Kovar",
)
_PLASTICS = (
    r"PA\s?(?:6\.?6|46|11|12|6)(?:[- ]?G(?:F?\s?\d{2})?)?|POM(?:-[CH])?|PEEK(?:[- ](?:[GC]F\s?\d{2}|natural|natur))?|PTFE|Delrin|acetal|UHMW(?:-?PE)?|HDPE|PE[- ]?(?:HD|UHMW|300|500|1000)",
    r"PVC|PVDF|PMMA|PPSU|PPS|PEI|PET-?P|Ultem|Torlon|Radel|Ert(?:alon|alyte|acetal)(?:\s(?:TX|6|66|4\.6))?|Teca(?:form|peek|mid|pet|son)\w*|Tufnol|Turcite|nylon|FR-?4|polycarbonate|Vespel(?:\s?SP-?\d{1,3})?|(?:PC|ABS|PP|PE)(?=\s?(?:[,;(]|schwarz|black|natur))",
)
_VAGUE = r"brass|bronze|Messing|stainless steel|Edelstahl|alumini?um|steel|Stahl|titanium|Titan|acier(?: inox(?:ydable)?)?|inox|laiton|titane|gun ?metal|mild steel|acero inoxidable|acero|aluminio|latón|acciaio(?: inox)?|alluminio|ottone|ghisa|aço(?: inox)?|latão|alumínio|staal|roestvast staal|nerez|mosaz|hliník|mosiądz|bronce|bronzo|fundición(?: gris)?|fonte(?: grise)?|Grauguss|grey cast iron|cast iron|rvs|rostfritt(?: stål)?|rustfri(?:tt?)?(?: stål)?|stål|stal nierdzewna|brąz|bronz|litina|żeliwo|mässing|messinki|alumiini|aluminij|铸铁|青铜|不锈钢|铝合金|黄铜"
VAGUE_MATERIALS = frozenset(
    {
        "stainless steel", "edelstahl", "aluminium", "aluminum", "steel", "stahl", "titanium", "titan", "brass", "bronze", "messing",
        "gun metal", "gunmetal", "mild steel", "acero", "acero inoxidable", "aluminio", "latón", "acciaio", "acciaio inox", "alluminio", "ottone", "ghisa", "aço",
        "aço inox", "latão", "alumínio", "staal", "roestvast staal", "nerez", "mosaz", "hliník", "mosiądz", "bronce", "bronzo", "fundición", "fundición gris", "fonte", "fonte grise", "grauguss", "grey cast iron",
        "cast iron", "rvs", "rostfritt", "rostfritt stål", "rustfri", "rustfrit", "rustfritt", "rustfri stål", "rustfrit stål", "rustfritt stål", "stål",
        "stal nierdzewna", "brąz", "bronz", "litina", "żeliwo", "mässing", "messinki", "alumiini", "aluminij", "铸铁", "青铜", "acier", "acier inox", "acier inoxydable", "inox", "laiton", "titane", "不锈钢", "铝合金", "黄铜",
    }
)  # fmt: skip
"""Names of material families, for which a person must give the grade."""
_NAMED = (*_STEELS, *_IRONS, *_LIGHT, *_HEAVY, *_PLASTICS)
_START, _END = r"(?<![A-Za-z0-9./\-+])(?<!\d,)", r"(?![A-Za-z0-9]|-\d)"
MATERIAL = re.compile(rf"{_START}(?:{'|'.join((*_NAMED, _VAGUE))}){_END}", re.I)
"""A material's name in running text; a year that is part of a date is not a name."""
_GRADE = re.compile(rf"{_START}(?:{'|'.join(_NAMED)}){_END}", re.I)
_BESIDE = re.compile(
    rf"(?:{_VAGUE}|steel|alloy|cast|iron|bar|rod|plate|sheet|tube|round|flat|hex|billet|forged|rolled|drawn|cold|hot|bright|or|equivalent|annealed"
    r"|prehard(?:ened)?|pre-hard|rund(?:stahl)?|blech|platte|rohr|gezogen|gewalzt|blank|oder|gleichwertig|schwarz|black|natur(?:al)?|white|weiß"
    r"|DIN|ISO|EN|ASTM|AMS|W\.?-?Nr\.?|T\d{1,4}|QT|[- +/(),;:]|\d{4,5}(?:-\d)?)",
    re.I,
)


CODED = re.compile(
    r"\b(?:material|werkstoff|matière|materiale|materiał|materiál|steel|stahl|acier|acciaio|acero|aço|stal|stali|ocel|oceli|staal|stål|teräs|acél|çelik|bronze|bronz[aoey]?|brąz\w{0,2}|brons|copper|brass|messing|laiton|ottone|latón|mosaz|mosiądz|cast iron|ghisa|fonte|gusseisen|inox|nerez|rvs|edelstahl|alumini(?:um|o)|alluminio|hliník|dural|titan\w{0,3})[ \t](?P<code>(?=[^\s,;()]{0,9}\d)(?=[^\s,;()]{0,9}[A-Za-z])(?![MGR]\d{1,3}(?:x|\b)|\d{1,4}(?:mm|pcs|stk|st|x)\b)[A-Za-z0-9][A-Za-z0-9.+/-]{1,9})(?=[ \t]*(?:[,;()\n|\t.]|$)|[ ]{2}|[ ][^\W\d_]{3})",
    re.I,
)
"""A family of materials and a code after it: the code is the grade, though no naming system knows it."""


def is_grade(text: str) -> bool:
    """Return whether the whole of ``text`` is the name of a grade, with no words other than those usually found beside grades."""
    if not _GRADE.search(text):
        return False
    rest = _GRADE.sub(" ", text)
    return not _BESIDE.sub("", rest).strip()
