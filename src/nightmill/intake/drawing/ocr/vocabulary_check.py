"""The allowed content of a drawing's fields: the form of each, and the words of finishes, treatments and part names.

OCR may cut off or misread free text without any sign of it. Free text from a scan is therefore accepted only if it
consists entirely of known words, and a field with a fixed form (a date, a scale) only in that form.
"""

import re
from datetime import date

from nightmill.intake.lexicon.material_grades import is_grade

_FORMS = {
    "scale": re.compile(r"1\s*:\s*\d{1,4}(?:[.,]\d)?|\d{1,3}\s*:\s*1|NTS|-"),
    "sheet": re.compile(r"\d{1,3}(?:\s*(?:/|of|von|共)\s*\d{1,3})?", re.I),
    "size": re.compile(r"(?:DIN\s*)?A[0-6]|[A-E]"),
    "revision": re.compile(r"[A-Z]{1,2}|\d{1,3}|[A-Z]\d{1,2}|\d{1,2}[A-Z]|-"),
    "quantity": re.compile(r"\d{1,6}(?:\s*(?:pcs?|Stk?\.?|St(?:ü|ue)ck|ea|off|件))?\.?", re.I),
    "weight": re.compile(r"[~≈]?\s*\d{1,6}(?:[.,]\d{1,4})?\s*(?:kg|g|lbs?)?", re.I),
    "unit": re.compile(r"mm|in(?:ch(?:es)?)?|millimet(?:er|re)s?|毫米", re.I),
    "drawn_by": re.compile(r"(?:[A-Z]\.\s?){0,2}[^\W\d_]{2,20}(?:[ -][^\W\d_]{2,20}){0,2}|[A-Z]{2,4}"),
    "general_tolerance": re.compile(
        r"ISO 2768-[fmcv][HKL]?E?|GB/T 1804-[fmcv]|ISO 22081.*|(?:[0X]?[.,]?X+ ±\d*[.,]?\d+(?:; )?)+", re.I
    ),
}
_FORMS |= dict.fromkeys(("checked_by", "approved_by"), _FORMS["drawn_by"])
_LETTER_FOR_FIGURE = re.compile(r"(?<![A-Za-z])(?:Al|Cu|Cr|Mn|Ni|Mo|Ti|Mg|Si|Zn|Sn|Pb|Fe|V|\d){2,12}[lIO|]")
"""A letter that is misread as a figure in a material name made of chemical symbols: ``AlMgSil``."""
_ISO_DATE = re.compile(r"(?P<y>\d{4})[-./](?P<m>\d{1,2})[-./](?P<d>\d{1,2})")
_DAY_FIRST = re.compile(r"(?P<d>\d{1,2})[-./](?P<m>\d{1,2})[-./](?P<y>\d{4}|\d{2})")
_MONTH_NAMED = re.compile(
    r"\d{1,2}[-. ]{0,2}(?:jan|feb|mar|mär|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-zä]{0,7}[-. ,]{0,2}(?:19|20)?\d{2}",
    re.I,
)
FIRST_YEAR, LAST_YEAR = 1950, 2099
_FINISHES = re.compile(
    r"(?:hard|black|clear|natural|plain|matt?e?|satin|white|yellow|blue|red|green|gold|silver|grey|gray|schwarz|natur|farblos|blau|rot|gelb|weiß|silber"
    r"|anodi[sz](?:ed|ing|e)|anodi[sz]ation|coat(?:ed|ing)|powder|paint(?:ed)?|prim(?:ed|er)|plat(?:ed|ing)|zinc|nickel|chrom(?:e|ium|ated?)|tin|cadmium|copper"
    r"|electroless|chemical(?:ly)?|electropolish(?:ed)?|polish(?:ed)?|oxid(?:e|i[sz]ed)|passivat(?:ed?|ion)|phosphat(?:ed?|ing)|blast(?:ed)?|bead|glass|sand|shot|peen(?:ed)?|grit"
    r"|tumbled?|deburr(?:ed)?|brushed|ground|lapped|honed|turned|milled|as|machined|oiled|degreased|cleaned|galvani[sz]ed|hot|dip|alodine|iridite|irridite|film|burnished|none"
    r"|eloxiert|harteloxiert|hartanodisiert|anodisiert|verzinkt|feuerverzinkt|galvanisch|vernickelt|verchromt|hartverchromt|verzinnt|vergoldet|brüniert|passiviert|phosphatiert|chromatiert|pulverbeschichtet|lackiert|grundiert"
    r"|gestrahlt|glasperlengestrahlt|sandgestrahlt|kugelgestrahlt|poliert|elektropoliert|geschliffen|entgratet|gebeizt|geölt|blank|chemisch|roh|unbehandelt"
    r"|type|class|typ|klasse|per|to|nach|and|und|with|mit|RAL|ISO|DIN|EN|MIL-?[A-Z]{0,4}-?\d*|ASTM|AMS|B|A|I{1,3}|Ra|Rz|Fe|Zn|Ni|Cr|µm|um|mm|micron|mil|all|over|allseitig)",
    re.I,
)
_TREATMENTS = re.compile(
    r"(?:quench(?:ed)?|temper(?:ed)?|harden(?:ed)?|through|case|induction|flame|surface|nitrid(?:ed|ing)|nitrocarburi[sz]ed|carbonitrided|carburi[sz]ed|normali[sz]ed|anneal(?:ed)?|soft|full|solution|treated|treatment|heat"
    r"|aged|age|stress|reliev(?:ed?|ing)|precipitation|cryogenic|plasma|gas|vacuum|austenitized|austempered|and|to|per|none|pre-?hard(?:ened)?"
    r"|vergütet|einsatzgehärtet|induktiv|gehärtet|randschichtgehärtet|angelassen|nitriert|plasmanitriert|gasnitriert|karbonitriert|spannungsarm|geglüht|normalgeglüht|weichgeglüht|lösungsgeglüht|warmausgelagert|und|auf|nach"
    r"|HRC|HRB|HRA|HBW?|HV|CHD|Eht|Rht|Nht|min|max|mm|ISO|DIN|EN|AMS|ASTM|T\d{1,4}|QT)",
    re.I,
)
_STEMS = re.compile(
    r"achse|adapter|anker|ansatz|anschlag|arm|aufnahme|auge|ausgleich|backe|bahn|balken|basis|block|bock|boden|bohr|bolzen|brems|brücke|"
    r"buchse|bund|bügel|deckel|dicht|distanz|doppel|dorn|dreh|druck|düse|eck|ein|einsatz|end|entlüft|exzenter|fach|feder|finger|fixier|"
    r"flach|flansch|form|fuß|führung|gabel|gehäuse|gelenk|gestell|getriebe|gewinde|gleit|griff|grund|gummi|haken|halb|halte|halter|"
    r"halterung|haupt|hebel|hinter|hohl|hub|hülse|innen|joch|kabel|kammer|kanal|kappe|kegel|keil|kern|kette|klammer|klappe|klemm|knebel|"
    r"kolben|konsole|kontakt|kopf|korb|kragen|kreuz|kugel|kupplung|kurbel|lager|lasche|lauf|leiste|leit|linear|linke|links|loch|lüfter|"
    r"mantel|maschinen|mitnehmer|mitte|mittel|motor|mutter|nabe|nadel|niet|nocken|nut|ober|platte|pleuel|profil|pumpe|pumpen|rad|rahmen|"
    r"rand|rast|rechte|rechts|riegel|riemen|ring|ritzel|rohr|rolle|rotor|rund|sattel|schaft|schale|schalter|scharnier|scheibe|schelle|"
    r"schiebe|schieber|schiene|schlauch|schlitten|schnecke|schraube|schutz|schwenk|seiten|sensor|sitz|sockel|spann|spanner|spindel|stab|"
    r"stange|steck|steg|stell|stempel|steuer|stift|stirn|stopfen|strebe|ständer|stößel|stütze|stützen|support|säule|teil|teller|trag|"
    r"trieb|trommel|träger|turbine|unter|ventil|verbindung|verschluss|versteifung|verteiler|vier|vor|vorder|vorrichtung|wand|wange|"
    r"wanne|welle|wellen|werkstück|werkzeug|widerlager|winkel|zahn|zange|zapfen|zentrier|ziel|zug|zwischen|zylinder|ölring|über"
)
_LINKS = ("", "s", "n", "en", "e", "er", "ungs")
_NAMES = re.compile(
    r"(?:actuator|adapter|adaptor|anchor|angle|anvil|arm|assembly|axle|back|ball|bar|barrel|base|beam|bearing|bell|bellows|blade|blank|block|body|bolt|bore|boss|bottom|box|brace|bracket|bridge|bush(?:ing)?|button|cable|cage|cam|camera"
    r"|cap|carriage|carrier|case|casing|center|centre|chain|chamber|channel|chuck|clamp(?:ing)?|clevis|clip|collar|collet|column|cone|connect(?:or|ing)|console|contact|control|cooling|coupling|coupler|cover|crank(?:shaft)?|cross|cup|cylinder|damper|deck"
    r"|detector|die|disc|disk|distributor|dowel|drive|driver|drum|duct|ear|eccentric|edge|elbow|electrode|end|engine|extension|eye|face|fan|fastener|feed|female|fin|finger|fitting|fixed|fixture|flange|flanged|flat|follower|foot|fork|frame|front|fuel|gasket|gate"
    r"|gear|gearbox|gib|gland|gripper|grip|guard|guide|gusset|half|hammer|handle|hand|hanger|head|heat|heatsink|heater|holder|holding|hook|hopper|housing|hose|hub|idler|impeller|index|inlet|inner|input|insert|insulator|jaw|joint|journal|key|knob|knuckle|latch|lead"
    r"|left|leg|lens|lever|lid|lift|lifting|limit|liner|link|linear|linkage|lock|locking|locknut|long|lower|lug|machine|main|male|mandrel|manifold|mast|middle|mold|mould|motor|mount|mounting|needle|nose|nozzle|nut|oil|orifice|outer|outlet|output|pad|panel|part|pawl|pedestal"
    r"|pilot|pillar|pin|pinion|pipe|piston|pivot|plate|platform|plinth|plug|plunger|pole|port|post|press|pressure|probe|pulley|pump|punch|push|rack|rail|ram|ratchet|reducer|retainer|retaining|rib|right|ring|rivet|rocker|rod|roller|rotary|rotor|round|saddle|screw|seal|seat|sealing|segment"
    r"|sensor|shaft|shell|shield|shim|shoe|short|shoulder|side|sleeve|slide|slider|sliding|slot|small|large|socket|spacer|spider|spigot|spindle|spline|splined|spool|spring|sprocket|square|stand|standoff|stator|stem|step|stepped|stop|stopper|strap|strip|strut|stub|stud|support|swivel"
    r"|table|tail|tang|tank|tappet|tee|tensioner|test|thread|threaded|thrust|tie|tilt|tool|tooling|top|track|transfer|tray|trigger|tube|turbine|turret|union|upper|valve|vane|vent|vise|volute|wall|washer|web|wedge|weight|wheel|wing|worm|yoke|and|for|of|with|with|to)s?",
    re.I,
)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_MEASURES = re.compile(r"\d+(?:[.,]\d+)?")


def odd_form(name: str, value: str) -> str | None:
    """Return why ``value`` can't be the content of the field ``name`` of a scan; None if it can, or the field has no form."""
    if name == "date" and not _is_date(value):
        return "this is not a date"
    form = _FORMS.get(name)
    if form is not None and not form.fullmatch(value.strip()):
        return f"a {name.replace('_', ' ')} has another form"
    if name == "material" and (not is_grade(value) or _LETTER_FOR_FIGURE.search(value)):
        return "this material is unknown"
    if name in ("finish", "heat_treatment", "title") and not _all_known(name, value):
        return "it has unknown words: one may be misread or cut off"
    return None


def _is_date(value: str) -> bool:
    if _MONTH_NAMED.fullmatch(value.strip()):
        return True
    match = _ISO_DATE.fullmatch(value.strip()) or _DAY_FIRST.fullmatch(value.strip())
    if match is None:
        return False
    year, month, day = int(match["y"]), int(match["m"]), int(match["d"])
    year += 2000 if year < 100 else 0
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return False
    try:
        date(year, month, day)
    except ValueError:
        return _possible(year, day, month)  # month first, as in the United States
    return True


def _possible(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _all_known(name: str, value: str) -> bool:
    words = _WORD.findall(_MEASURES.sub(" ", value))
    if not words:
        return False
    vocabulary = {"finish": _FINISHES, "heat_treatment": _TREATMENTS, "title": _NAMES}[name]
    heard = (part for word in words for part in ([word] if vocabulary.fullmatch(word) else word.split("-")))
    return all(vocabulary.fullmatch(word) or (name == "title" and _compound(word.lower())) for word in heard)


def _compound(word: str) -> bool:
    """Return whether a German word is composed of known stems."""
    ends = {0}
    for at in range(len(word)):
        if at in ends:
            for after in (end for end in range(at + 2, len(word) + 1) if _STEMS.fullmatch(word, at, end)):
                ends |= {after + len(link) for link in _LINKS if word.startswith(link, after)}
    return len(word) in ends
