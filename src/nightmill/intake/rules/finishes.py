"""Read the finishes in a mail: treatments and coatings by their word stems, and any text that a label or column calls a finish."""

import re

from nightmill.intake.lexicon.order_draft import Extracted
from nightmill.intake.rules.annotations import Typed

_COLOUR = r"(?:(?:clear|black|hard|natural|bright|white|red|blue|grey|gray|silver|gold|matt|schwarz|blau|hart|farblos|natur|noire?|incolore|dure?|nero|trasparente)[- ])"
_TAIL = r"(?:[ ,/(-]{1,2}(?:clear|black|natural|red|blue|grey|gray|gold|schwarz|blau|natur|farblos|noire?|incolore|dure|blanche?|noir|nera?|type I{1,3}B?|typ I{1,3}|RAL[ -]?\d{4}|a caldo|a freddo)\b\)?)?"
_METAL = (
    r"(?:zinc(?:[- ]nickel)?|nickel|electroless nickel|cad(?:mium)?|tin|silver|gold|copper|chrome|chromium|hard chrome)"
)
_STEMS = (
    r"\bR[az]\s?[=<≤:]?\s?\d{1,6}(?:[.,]\d{1,6})?(?:\s?(?:µm|um))?",
    # English
    rf"{_COLOUR}?(?:hard[- ]?)?anodi[sz](?:ed?|ing|ation)|(?:clear|black|hard|red|blue|gold|purple|green|orange) ano|ano(?:d|di[sz]ed?)? (?:clear|black|red|blue|gold|purple|green|orange|natural)",
    rf"{_COLOUR}?(?:electroless |hard |bright )?{_METAL}[- ]plat(?:ed?|ing)|electroless nickel|hard[- ]chrom(?:ed?|e)|chrom(?:e[- ]plated|ed)",
    r"(?:powder|e-|PTFE |teflon |DLC |TiN |epoxy )[- ]?coat(?:ed|ing)?|powder[- ]?coat(?:ed|ing)?|xylan(?: \d{4})?(?: blue| black)?",
    r"zinc electroplat\w+|zinc ?(?:\+|and|&|with|/) ?(?:black |blue |clear |yellow |trivalent )?(?:chromat|passivat)\w*|zinc(?= ?(?:\+|and|&|with|/|,|-) ?(?:black |blue |clear |yellow )?(?:chromat|passiv|trivalent))|galv(?:\.|'d)?(?= |,|;|$)|galvani[sz](?:ed?|ing)|passivat(?:ed?|ion|ing)|(?:glass[- ]?)?(?:bead|sand|shot|grit)[- ]?blast(?:ed|ing)?",
    r"(?:case|flame|induction|through|surface)[- ]harden(?:ed|ing)|hardened(?: to)?(?:\s\d+(?:-\d+)? ?HRC)?|carburi[sz](?:e[ds]?|ing|ation)|(?:gas |plasma |salt bath )?nitrid(?:ed?|ing)|nitrocarburi[sz]ed|tufftrid(?:ed?|ing)",
    r"black[- ]?(?:oxid(?:e[ds]?|i[sz]ed|ing)|ox|ened|ening)|burnished|phosphat(?:ed?|ing)|chromat(?:ed?|ing)|chem(?:ical)?[- ]?film|hard[- ]?coat(?:ed|ing)?|satin polish(?:ed)?|malt(?= RAL| i\b)|zinc(?= clear)|elox(?:al\w*)?|shot[- ]?peen(?:ed|ing)?|chrome(?= (?:OD|ID|plat\w+|rod|shaft))|cadmi(?:ée?s?|age)|QPQ|cad(?:mium)? (?:plate|per|yellow|II)|alodined?|iridit(?:ed?|e)|electro-?polish(?:ed|ing)?|polish(?:ed|ing)|deburred",
    r"(?:2[- ]pack )?(?:epoxy |zinc )?primer|(?:primed|painted|powder)(?:\s+(?:in\s+)?RAL\s?\d{4})?|2B(?= finish)",
    r"zinc[- ](?:nickel|iron)(?: plat(?:ed|ing))?|zn-?ni|temple(?= (?:\d\d|por|superf))|zink-?nickel\w{0,8}",
    # German
    rf"{_COLOUR}?[a-zäöü]{{0,14}}(?:eloxiert|anodisiert|coatiert)|(?:[A-Z]{{1,4}}[A-Za-z]{{0,6}}-)?[a-zäöü]{{0,14}}beschichtet(?:e[mnrs]?)?|(?:pulver)?beschichtung|lackierung|eloxierung|verzinkung",
    r"(?:galvanisch |chemisch )?[a-zäöü]{0,12}(?:verzinkt|vernickelt|verchromt|verkupfert|verzinnt|versilbert|vergoldet|brüniert|phosphatiert|chromatiert|passiviert|gebeizt|entgratet)",
    r"[a-zäöü]{0,14}(?:gestrahlt|gehärtet|nitriert|nitrieren|nitrierung)|(?:einsatz|induktiv|induktions|flamm|rand)?(?:härten|härtung)|(?:ver)?(?:zinken|nickeln|chromen)|brünieren|eloxieren|lackieren|phosphatieren|pulverbeschichten|passivieren|(?:elektro)?poliert|(?:grundiert|lackiert)(?:\s+(?:in\s+)?RAL\s?\d{4})?",
    # French
    rf"passiv(?:ée?s?|ation)|anodis(?:ée?s?|age|ation){_TAIL}|brun(?:ie?s?|issage)|zingu(?:ée?s?|age)|nickel(?:ée?s?|age)|chrom(?:ée?s?|age)(?: dur)?|sabl(?:ée?s?|age)|thermolaqu(?:ée?s?|age)|cément(?:ée?s?|ation)|nitrur(?:ée?s?|ation)|phosphat(?:ée?s?|ation)|galvanis(?:ée?s?|ation)|électropoli(?:e?s?|ssage)|(?:trempée?s?|trempe) (?:superficiel\w*|par induction|induction|HF|(?:à )?\d{{2}}(?:[-/–]\d{{2}}|\+\d)? HRC)",
    # Italian, Spanish, Portuguese
    r"zincat(?:[aeio]|ura)|nichelat(?:[aeio]|ura)|cromat(?:[aeio]|ura)|brunit(?:[aeio]|ura)|anodizzat(?:[aeio]|ura|zione)?|anodizzazione|cement(?:at[aeio]|azione)|nitrur(?:at[aeio]|azione)|verniciat(?:[aeio]|ura)|fosfat(?:at[aeio]|azione)|sabbiat(?:[aeio]|ura)|passivat(?:[aeio]|ura)",
    r"anodizad[oa]s?|cincad[oa]s?|zincad[oa]s?|niquelad[oa]s?|oxidad[oa]s?(?: negr[oa]s?)?|cromo duro|pintura|peinture|chromage(?: dur)?|hartchrom|cromad[oa]s?|pavonad[oa]s?|cementad[oa]s?|templad[oa]s?|têmpera|pintad[oa]s?|fosfatad[oa]s?|nitrurad[oa]s?|nitretad[oa]s?|galvanizad[oa]s?|pasivad[oa]s?|passivad[oa]s?|pulid[oa]s?|granallad[oa]s?|granalhad[oa]s?|decapad[oa]s?|lacad[oa]s?|temperad[oa]s?|lucidat[aeio]|burattat[aeio]|decapat[aeio]|ossidat[aeio](?: ner[aeio])?|tempra(?= (?:di |del |dei |delle |della |a |ad |hrc|\d))|temp(?:rat[aeio]|ra) (?:ad? induzione|superficial\w+)|(?:niquel|crom|anodiz|fosfat|pint|galvaniz)agem|peinte?s?(?= (?:en |ral|noir|gris|blanc|époxy))",
    # Dutch; Danish, Norwegian, Swedish
    r"(?:(?:blank|zwart|naturel|hard|kleurloos)[- ])?(?:hard)?(?:ge)?anodiseer(?:d|en)|(?:thermisch |galvanisch |elektrolytisch )?verzink(?:t|en)|vernikkel(?:d|en)|(?:hard)?verchroom[dt]?|gepoedercoat|poedercoat(?:en|ing)?|(?:zwart )?gelakt|(?:inductie|inzet)?gehard|genitreerd|nitreren|gebeitst|gepassiveerd|gestraald|gebruneerd|gepolijst|gefosfateerd|ontbraamd",
    r"(?:(?:natur|sort|svart|hård|hard)[- ]?)?(?:anodiser(?:e[dt]|ing|ad|at)|eloxer(?:e[dt]|ing|ad|at))|(?:(?:var|el|varm)[a-zæøåäö]{0,6})?(?:forzinke[dt]|förzinka[dt])|galvaniser(?:e[dt]|a[dt])|forkrome[dt]|förkroma[dt]|fornikle[dt]|förnickla[dt]|pulverlak(?:er)?e[dt]|pulverlackera[dt]|(?:induktions|sæt|sätt|inds[aæ]ts)?(?:hærde[dt]|härda[dt]|herde[dt])|nitrer(?:e[dt]|a[dt])|bruner(?:e[dt]|a[dt])|(?:sand|glas)?(?:blæst|blästra[dt]|blåst)|passiver(?:e[dt]|a[dt])|bejdse[dt]|betat|måla[ds]|lakere[dt]|lackera[dt]|pulverlakkert",
    # Polish, Czech
    r"(?:twardo )?anodowan\w{1,3}|(?:o)?cynkowan\w{1,3}(?: (?:ogniowo|galwanicznie))?|niklowan\w{1,3}|chromowan\w{1,3}|czerni(?:on|eni)\w{1,3}|oksydowan\w{1,3}|hartowan\w{1,3}(?: (?:indukcyjnie|powierzchniowo))?|nawęglan\w{1,3}|azotowan\w{1,3}|malowan\w{1,3}(?: proszkowo)?|lakierowan\w{1,3}|piaskowan\w{1,3}|śrutowan\w{1,3}|pasywowan\w{1,3}|fosforanowan\w{1,3}|polerowan\w{1,3}",
    r"(?:tvrdě |přírodní )?eloxov[aá]n\w{0,2}|(?:žárově |galvanicky )?(?:po)?zinkov[aá]n\w{0,2}|(?:po)?niklov[aá]n\w{0,2}|chromov[aá]n\w{0,2}|(?:za|na)?černěn\w{0,2}|(?:induktivně |povrchově )?kalen[oýáéí]|cementov[aá]n\w{0,2}|nitridov[aá]n\w{0,2}|(?:práškově )?lakov[aá]n\w{0,2}|pískov[aá]n\w{0,2}|tryskán\w{0,2}|pasivov[aá]n\w{0,2}|fosfátov[aá]n\w{0,2}|brunýrov[aá]n\w{0,2}|leštěn\w{0,2}",
    # Finnish, Hungarian, Turkish
    r"anodisoi\w{2,4}|(?:kuuma|sähkö)?sinkit\w{2,4}|maalat\w{2,3}|karkaist\w{1,2}|nitrat\w{2,3}|passivoi\w{2,4}|(?:kemény)?eloxál(?:t|va|ás)|(?:tűzi)?horganyz(?:ott|va|ás)|nikkelez\w{2,4}|krómoz\w{2,4}|(?:betét)?edz(?:ett|ve|és)|nitridál\w{1,3}|por(?:festett|szórt)|brüníroz\w{2,4}|(?:sert )?eloksal|galvaniz kaplama|nikel kaplama|krom kaplama|nitrasyon|sementasyon|karartma",
)
_PROCESS = (
    r"anodi[sz]|anodow|anodoi|eloxi|eloxov|eloxer|eloksal|hartcoat|alodin|irridit|galvani[sz]|verzink|forzink|förzink|varmforsink|elforsink|cynk(?:ow|uj|[ ,.;)\n])|ocynk|zinkov|zincat|zincad|cincad|zingu|zincag|horgany|sinkit"
    r"|vernick|vernikk|fornikl|förnickl|niklow|niklov|nichelat|niquelad|nikkelez|verchrom|forkrom|förkrom|chromow|chromov|chromati|chromaté|cromat|cromad|krómoz|brünier|bruner|brüníroz|brunit|bruniss|gebruneer|pavonad|czernion|černěn|oksydow"
    r"|phosphati|phosphaté|fosfat|fosforan|passivi|passivat|passivé|pasivad|pasivov|pasywow|nitrier|nitrid|nitrur|nitrer|nitrera|azotow|genitreer|carburi|cementa[tdz]|cementov|cémenta|nawęgl|gehärte|härtung|härda[dt]|hærde[dt]|herde[dt]|härdning|karkais|kalen[íoáýé]|kali[tť]|sertleştir|stralen|parelstral|hartow|edzett|edzve|templad|temprat|tratament[oi] termic"
    r"|beschicht|pulverlack|pulverlak|poedercoat|gelakt|lackier|lackera|lakierow|lakov[aá]n|lakere[dt]|malowan|målad|malet|maalat|maalau|verniciat|pintad|thermolaq|festett|gestrahl|gestraal|blästra|blæst|piaskow|śrutow|pískov|tryskán|sabbiat|pallinat|granall|grenaill|microbill|arenad|homokszór|szemcseszór"
    r"|elektropol|électropol|elettropol|electropol|elektrolytpol|polerow|polijst|lucidat|burattat|trowal|gebeizt|gebeitst|decapat|decapad|bejds|betad|mořen|verkupfert|verzinnt|versilbert|vergoldet|cínován|srebrzon|tuftrid|tenifer|vakuumhärt|plasmanitr|geomet|dacromet|delta-?ton|teflonier|parkeris"
)
"""Stems of treatments and coatings in the languages of the trade: words built on them are finishes, regardless of the text around them.
"""
_OF_PROCESS = rf"(?:[^\W\d_]{{0,16}}-)?[^\W\d_]{{0,16}}(?:{_PROCESS})[^\W\d_]{{0,10}}"
_DYES = "(?:[黑本红蓝金银灰白]色|硬质|导电|哑光)"
_CHINESE = rf"{_DYES}?阳极(?:氧化)?(?:处理)?{_DYES}?|(?:硬质|微弧|导电|化学|黑色?|本色|[红蓝金银灰]色)氧化|镀[铜银金锡镉]|化学镀镍|发黑|发蓝|镀锌|镀镍|镀硬?铬|喷砂|钝化|喷涂|喷粉|喷漆|(?:电解?)?抛光|拉丝|达克罗|热镀锌|喷塑|烤漆|电泳|磷化|氮化|渗氮|软氮化|渗碳(?:淬火)?|高频淬火|淬火|电镀"
FINISH = re.compile(
    rf"(?:(?<![\w-])(?!un(?:ge|be|ver))(?:(?:{'|'.join(_STEMS)}){_TAIL}(?!\w)|{_OF_PROCESS}{_TAIL}(?!\w)))|{_CHINESE}",
    re.I,
)
_NOT = re.compile(
    r"(?:\b(?:sig(?:\.?(?:ra|na)|nor[ae]?)?|mme|mlle|mrs?|ms|frau|herrn?|dott|pan[ií]?|señora?)\.?\s+|\b(?:no|not|without|ohne|keine?|nicht|sans|pas|senza|non|sin|un|não|sem|zonder|niet|geen|uden|utan|uten|ikke|inte|ej|bez|nie|není|ei|ilman|nem)\s+(?:\w+\s)?|不|无需?)$",
    re.I,
)
_DENIED = re.compile(
    r"\s+(?:(?:(?:is|are|ist|sind|wird|est|sont|è|sono|es|são|is het|er|är)\s+)?(?:not|no longer|nicht|pas|non|no|não|niet|ikke|inte)\s+(?:mehr\s+|longer\s+)?"
    r"(?:required|needed|necessary|wanted|nötig|erforderlich|notwendig|gewünscht|gebraucht|benötigt|nécessaires?|requise?s?|necessari[oae]|richiest[oae]|necesari[oa]s?|necessári[oa]s?|nodig|vereist|nødvendig\w*|nödvändig\w*)"
    r"|lassen wir|machen wir|übernehmen wir|erledigen wir|erfolgt bei uns|(?:is )?done by us|by us|we do|faisons nous|facciamo noi|is out|are out|is dropped|has been (?:dropped|removed|deleted)|entfällt|entfallen|nélkül|değil|olmadan|yok|(?:ej|inte|ikke|nicht|niet|not|non|pas|nie|ne)(?=[ \t]*(?:[.,;!\n]|$)))\b",
    re.I,
)
"""Words after a finish which say that it isn't wanted."""
_NONE = re.compile(
    r"(?:none|no\b.*|n/?a|nil|without.*|keine?\b.*|ohne.*|blank.*|roh.*|as[- ]machined.*|plain|sans|aucun.*|nessun[oa]?.*|senza.*|sin\b.*|sem\b.*|nenhum\w*|zonder.*|geen\b.*|uden\b.*|utan\b.*|ingen\b.*|bez\b.*|brak|žádn\w*|ei\b.*|ilman\b.*|nincs|yok|bare|natural|nat(?:ur)?|无|/|[-–—. ]*)",
    re.I,
)
HARDNESS = r"(?:HRC[ ]?\d{2}(?:[ ]?(?:\+/-|[-–+±/])[ ]?\d{1,2})?|\d{2,3}(?:[ ]?(?:\+/-|[-–+±/])[ ]?\d{1,3})?[ ]?(?:HRC|HV(?:[ ]?\d{1,2}(?:[.,]\d{1,3})?)?|HBW?|BHN))(?![\w-])"
"""A Rockwell, Vickers or Brinell hardness (ISO 6508, 6507, 6506), with its limits."""
_HARDENS = re.compile(
    r"harden|härt|tremp|cément|nitr|carburi|templad|têmpera|temperad|tempr|cement|gehard|hærd|härd|herd|karkai|kalen|hartow|nawęgl|azotow|edz",
    re.I,
)
_TO = re.compile(
    r"(?:[ ](?:and|und|et|e|y|en|og|och|i|a)[ ](?:tempered|angelassen|revenue?s?|rinvenut[oaei]|revenid[oa]s?|ontlaten|odpuszczon\w+|popuštěn\w+))?"
    rf"(?:[ ,:]{{1,2}}(?:to|auf|à|a|at|op|til|till|na|min\.?))?[ ,:]{{0,2}}{HARDNESS}",
    re.I,
)
"""Text that may continue a hardening: tempering, and the hardness."""
_LONGEST = 60


def finishes_of(text: Typed) -> tuple[Extracted, ...]:
    """Return every finish that is stated and not excluded; a labelled value without a known word is used as written."""
    body = text.body
    found = [
        match
        for match in FINISH.finditer(body)
        if not _NOT.search(body, max(0, match.start() - 24), match.start()) and not _DENIED.match(body, match.end())
    ]
    made = {match.start(): _with_hardness(body, match) for match in found}
    for told in text.told:
        value = re.split(r"[;,(]| per | nach | gem| selon | acc|  ", told.text)[0].strip()
        if told.kind != "finish" or not 1 < len(value) <= _LONGEST or _NONE.fullmatch(value):
            continue
        if not any(told.start <= start < told.end for start in made):
            made[told.start] = Extracted(value, value, told.start, told.start + len(value), 0.7)
    return tuple(made[start] for start in sorted(made))


def _with_hardness(body: str, match: re.Match[str]) -> Extracted:
    """Return the finish; for a hardening, include the hardness after it."""
    behind = _TO.match(body, match.end()) if _HARDENS.search(match[0]) else None
    source = body[match.start() : behind.end() if behind else match.end()]
    return Extracted(source.strip(), source, match.start(), match.start() + len(source), 0.8)
