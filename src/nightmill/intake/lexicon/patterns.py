"""Patterns of trade language in order mails, in English, German, French and Chinese: to support another language, add an entry."""

import re

# every repetition is bounded: a mail crafted to be slow must cost no more than any other
NUMBER = r"(?<!\d)(?:\d{1,3}(?:[.,' ]\d{3}){1,3}(?!\d)|\d{1,9}(?!\d))"
UNIT_WORD = r"pcs?|pieces?|parts?(?!\s{0,3}(?:no|nr|#|:|\x00|[A-Z]{1,4}-?\d))|units?|sets?|off|ea|each|nos|of(?=[.\n,]|\sin\b)|stk|stck|st(?:ü|ue)ck|teile|sätze|satz|pièces?|pces?|pçs|exemplaires?|ex(?=\.?\s*$|\.?[,;)])|un(?=\.|\s[-–])|pezzi|pz|piezas|uds?|unidades?|unités?|esemplari|pe[çc]as?|pzas?|szt(?:uk\w?)?|stuks?|kus[yů]?|ks|kpl|(?-i:db)|styck(?:en)?|buc|kos|adet|no\.?(?=\s+(?-i:(?!paint|coat|burr|plat|finish|treat|sharp|deburr|anodi|scratch|mark|later|more|long|less|chang|tool|heat|weld|chamfer|thread|hole)[a-z]{2}))|(?<=1\s)no"
UNIT = rf"(?:{UNIT_WORD}|st|x(?!\s?\d(?!\d{{0,7}}(?:[-.]\w{{0,9}}(?-i:[A-Z])\w{{0,9}}\b|-\d{{3}}))))"
QUANTITY_WORD = r"q\.?tà|cant\.?|quant\.?|qtd[ae]?|anz\.?|stückzahlen|mengen|qty|q'ty|quantity|quantities|menge|anzahl|stückzahl|losgrößen?|(?:mengen|preis)?staffel(?:n|ung)?|(?:price|quantity|qty) breaks?|quantités?|qté|cantidad(?:es)?|quantità|quantidades?|ilość|ilości|množství|počet|aantal(?:len)?|antall?|määrä|mennyiség|darabszám|miktar|(?<!annual )volumes"
_NO = r"(?:[.\s-]{0,3}(?:no|number|nr|n°|num|code|id|#))"
LABEL = (
    rf"(?:part|p/n|pn|drawings?|dwg|drg|item|article|component|material{_NO}|art{_NO}|art\.){_NO}?|artikel(?:s|nummer|-?nr)?|art(?=\.?\s\d{{4,10}}\s(?:rev|ind|iss|utg))|zeichnungen|zeichnung{_NO}|disegni|codici|planos|desenhos|tekeningen|rysunki|výkresy|ritningar|tegninger|(?:teile?|ident|material|zeichnungs?)-?(?:nummer|nr)|(?:bau)?teil(?=\s\d[\w.-]{3})|zeichnung|zeichn\.?[- ]?n(?:r|ummer)|zeichn\.|zch?ng|zn(?=\s\d)|(?:no\.?|número|n[º°]\.?) de (?:parte|pieza|plano)|sachnummer|ritn{_NO}?|ritning(?:s(?:nr|nummer))?|tegn{_NO}?|tegning(?:s(?:nr|nummer))?|tekening(?:nummer|nr)?|výkres\w{{0,2}}|rysun(?:ek|ku)|rys|piirustus|rajz(?:szám)?|cikkszám|díl\w?|detalj|onderdeel|varenr|plano|dibujo|desenho|repère|referência|referencia"
    rf"|réf(?:érence)?|plan{_NO}?|pièce{_NO}|sketch|skizze|croquis|schizzo|cod(?:e|ice|igo)?|disegno|dis\.|des\.|parça{_NO}?|图号|零件号|零件|料号|图纸"
)
NO_PIECES = r"(?:days?|weeks?|wks?|months?|years?|tagen?|wochen?|monaten?|jours?|semaines?|mois|giorni|settimane|business|working|%|mm|usd|eur|€|\$|£|gbp|h\b|hours?|hrs|stunden|x\s?\d(?!\d{0,7}(?:[-.]\w{0,9}(?-i:[A-Z])\w{0,9}\b|-\d{3})))"
PIECES = re.compile(rf"{NUMBER}\s?{UNIT}(?!\w)", re.I)
"""A number of pieces, for text after a label that has no value."""
DOZENS = re.compile(
    r"(?<![\w/.,])(?:(?P<n>\d{1,4}|an?|one|two|three|four|five|six|ein|zwei|drei|vier|une|deux|trois)\s+)?(?:dozen|dutzend|douzaines?)\b",
    re.I,
)
DOZEN_OF = {
    "two": 2,
    "zwei": 2,
    "deux": 2,
    "three": 3,
    "drei": 3,
    "trois": 3,
    "four": 4,
    "vier": 4,
    "five": 5,
    "six": 6,
}
CORRECTS = re.compile(
    r"\b(?:sorry|i mean(?:t)?|scrap that|correction|no,? wait|my mistake|ach nein|nein,|korrektur|besser gesagt|vielmehr|entschuldig\w*|pardon|je voulais dire|plutôt|et non(?: pas)?|anzi|scusa\w*|errata)\b|不对|更正",
    re.I,
)
"""Words after which the writer corrects an earlier statement."""
RELATIVE = re.compile(
    r"\b(?:twice|double|half|doppelt\w*|halbe|same (?:qty|quantity|number|amount)|(?:gleiche|selbe) (?:menge|anzahl|stückzahl)|ebenso ?viele|même quantité|le double|doppi[oa]|stessa quantità|pairs?|paare?|paires?|paia)\b|相同数量|各",
    re.I,
)
"""Words that state a number in terms of another number, or in units of several pieces."""
PACK = r"(?:VE|boxes|box|packs?|packages?|packets?|bags?|cartons?|crates?|kits|bundles?|kartons?|packungen|pakete?|gebinde|scatole|sacs?|cajas|cartoni|hundred|thousand|hundert|tausend|tsd|cent(?:aines?)?|mille|milliers?|million(?:en|s)?|mio|gross|gros)\b"
"""Units of several pieces."""
PACKED = re.compile(
    rf"{NUMBER}\s?{PACK}|{NUMBER}\s?(?:sets?|lots?|batch(?:es)?|satz|sätze|jeux)\s(?:of|à|zu|von|de|je)\s\d"
    rf"|(?<![\w.,/-])\d{{1,6}}(?:[.,]\d{{1,2}})?\s?k(?=\s?(?:{UNIT}\b|[.,;]?\s|[.,;]?$))|\d\s?[½¼¾百千万]|(?<![\w.,/-])\d{{1,4}}\s?[x×*]\s?{NUMBER}\s?{UNIT}(?!\w)"
    rf"|(?<![\w.,/-])\d{{1,6}}(?:[-–]|\s(?:to|bis|à|až)\s){NUMBER}\s?{UNIT}(?!\w)|\bmin\.?\s?\d{{1,6}}\D{{1,12}}max\.?\s?\d|\bsets?\s?[(:](?:each|1|a)\s(?:set\s)?(?:=|of|is)\s?\d"
    r"|\d/\d\s?(?:dozen|dutzend|douzaines?)\b"
    rf"|{NUMBER}\s?{UNIT}\.?\s(?:per|a|every|pro|im|par|al?|por|miesięcznie|/)\s?(?:week|month|quarter|woche|monat|quartal|semaine|mois|mese|settimana|mes|semana)\b",
    re.I,
)
"""A number of packs, sets, thousands or part of a dozen, a number per month, or a range."""
FORMER = re.compile(
    r"\b(?:last (?:time|price|order|year|spring|summer|autumn|fall|winter|month|quarter|batch|lot|delivery|purchase)|previous(?:ly)?|formerly|you (?:made|supplied|delivered|quoted|machined|sold|charged|did)|we(?:'ve| have| had)? (?:previously |already |once )?(?:bought|paid|ordered|purchased)|(?:it|price|that|which) was(?= ?[$€£]?\d)"
    r"|zuletzt|letzte[nrsm]? (?:bestellung|lieferung|preis|jahr|mal|auftrag|charge|los|angebot|woche|monat)|damals|seinerzeit|(?:im )?vorjahr|bisher(?:ige\w*)?|(?:hatten|haben|hattet|habt)\b[^;\n]{0,80}\b(?:bezogen|bestellt|gekauft|bezahlt|geliefert|gefertigt|angeboten)"
    r"|derni(?:er|ère)s? (?:prix|achats?|commande|livraison|fois|devis|année|série)|précédent\w*|l'an (?:dernier|passé)|l'année (?:dernière|passée)|prix actuel|current price|aktuelle[rn]? preis|derzeitige[rn]? preis|prezzo attuale|precio actual|[uú]ltim[oa] (?:vez|volta|ordine|prezzo|fornitura|pedido|precio|compra|oferta|encomenda|preço)|l'anno scorso|precedente|anterior(?:es)?|año pasado|ano passado"
    r"|poprzedni\w*|ostatni\w*|ubiegł\w*|minul\w*|posledn\w*|loni|vorige?|laatste|sidste|förra|forrige|senaste|geçen)(?!\w)|上次|去年|以前|之前(?=[^交回到前]{0,12}[做买订报价])",
    re.I,
)
"""Words for earlier purchases, production or payments."""
AGAIN = re.compile(
    r"[;!?]|[.](?=\s)|\b(?:but|now|today|jetzt|nun|heute|aujourd'hui|oggi|hoy|hoje|dziś|dnes|vandaag|idag|diesmal|dieses mal|this time|aber|mais|maintenant|cette fois|ma|adesso|ora|questa volta|pero|ahora|esta vez|mas|agora|maar|deze keer|ale|teraz|tym razem|nyní|tentokrát|men|denna gång|and we|und wir|und brauchen|wir brauchen|we(?:'d| would)? (?:need|like|want)|nous (?:avons besoin|voudrions|souhaitons))(?!\w)|这次|现在|改[为成版]|新图号|新版",
    re.I,
)
"""Words that return from an earlier order to the current request."""
COUNTS_PARTS = re.compile(
    r"\s{0,2}(?:[^\W\d_]{2,14}\s){0,2}(?:parts?|items?|components?|positions?|teile\w?|bauteile\w?|positionen|artikel|pièces?|articles?|références|particolari|pezzi|articoli|piezas|artículos|peças|onderdelen|artikelen|części|pozycj\w|díl[yůu]|položk\w|dele|delar|osaa)(?!\w)|[款种个]\w{0,3}(?:零件|产品|工件)",
    re.I,
)
"""Text after a number that may count the parts in the mail."""
NO_COUNT = re.compile(r"[.,]\d|[½¼¾]|e\d|[-–]\d|\s(?:to|bis|à)\s\d", re.I)
"""Signs that a number is not a count of pieces: a fraction, a power of ten, the start of a range."""
CANCELS = re.compile(
    r"\b(?:gar nicht|drop|cancel\w*|delete|remove|leave out|skip|exclude|no longer need\w*|not needed|don't need|discontinued|obsolete|superseded|abgekündigt|ausgelaufen|withdraw\w*|entfällt|entfallen|streichen|stornier\w*|nicht mehr benötigt|annul\w*|supprim\w*|retir(?:er|ez)|plus besoin|elimin\w*|toglie\w*)\b|取消|删除|不需要",
    re.I,
)
"""Words that remove a part from the request."""
DROPS = re.compile(
    r"\b(?:ignore (?:it|that|this|the)|please ignore|disregard|forget (?:about|the|it|that)|scratch (?:it|that|this|the)|cancel(?:led|s)?|no longer (?:need\w*|required|wanted)|gar nicht|entfällt|stornier\w*|streichen|nicht mehr (?:benötigt|gebraucht|nötig)|hinfällig|annul(?:er|ez|é\w*|la\w*|lat[aeio])|plus besoin|à supprimer|ignorer|ignorare|ignoriere\w*|non serve più|non servono più|anulować|anulujemy|rušíme)\b|取消|不需要|作废",
    re.I,
)
"""Words that definitely withdraw the item in their sentence."""
ADDS = re.compile(
    r"\b(?:also|as well|too|in addition|additionally|auch|zusätzlich|außerdem|ebenfalls|aussi|également|en plus|anche|inoltre|también|además|também|ook|tevens|też|również|także|také|rovněž|også|också)(?!\w)|另外|还要|同时",
    re.I,
)
"""Words for something in addition to an earlier statement."""
# text between quantities in one list
RESPECTIVE = re.compile(
    r"\b(?:resp|bzw|respectively|beziehungsweise|respectivement|respectivamente|rispettivamente|respektive|odpowiednio)\b",
    re.I,
)
"""Words for values listed in the same order as the things they belong to."""
LIST_MARK = r"\s{0,3}(?:,|/|&|\+|;|\b(?:and|or|und|oder|bzw\.?|resp\.?|respektive|sowie|et|ou|puis|then|dann|e|o|y)\b|、|和|或)\s{0,3}(?:(?:then|puis|dann|et|and|und)\s)?"
NEXT_OF_LIST = re.compile(
    rf"(?:\s{{0,2}}{UNIT}\b\.?)?{LIST_MARK}(?P<n>{NUMBER})(?=\s{{0,3}}(?:{UNIT}\b|[,;/&)]|:?\s*$|\.?\s*$|\.\s|\s{{2}}|\t|\x00|\b(?:and|or|und|oder|et|ou|e|y|og|och|oraz|of|von|for|für|resp|respectively|bzw)\b|(?:in|aus|from|en|z)\s\x01|[件个個套只台根支条片块颗枚、和或]))",
    re.I | re.M,
)
NEXT_OF_VALUE = re.compile(
    rf"\s{{0,2}}(?:{UNIT}\b\.?|[件个個套只台根支条片块颗枚])?\s{{0,2}}(?:\([^)\d]{{0,24}}\))?{LIST_MARK}(?P<n>{NUMBER})(?!\s?{NO_PIECES}|\d|[.,]\d)",
    re.I,
)
"""The continuation of a labelled quantity: ``1 (prototype), puis 20 et 50``."""
QUANTITY_LIST = re.compile(
    rf"(?<![\w.])(?P<list>(?:{NUMBER})(?:\s{{0,3}}(?:/|,|、|\+|or|and|und|oder|resp\.?|bzw\.?|respektive|och|og|et|ou|y|e|en|oraz|a)\s{{0,3}}(?:{NUMBER})){{1,8}})\s{{0,3}}(?:{UNIT}\b|[件个個只套台支片块])",
    re.I,
)
_NUMBERED = r"(?=[\w./-]{0,40}\d)[A-Za-z0-9](?:[\w./-]{0,40}[A-Za-z0-9])"
NUMBERED = re.compile(r"(?<![^\W\u4e00-\u9fff]|[@./-])(?=[\w./-]{0,40}\d)[A-Za-z0-9][\w./-]{2,40}(?<![./-])(?![\w@])")
"""Any text that may be an identifying number."""
PART_LABELLED = re.compile(
    rf"(?:\b|(?<=[\u4e00-\u9fff，。：]))(?:{LABEL})\.?\s*+[:：#=]?\s*(?P<part>(?:[A-Z] )?\d{{1,4}}(?: \d{{2,4}}){{2,5}}(?=[ ]?[,;\n(]|$)|{_NUMBERED}|(?-i:[A-Z]{{1,3}}) \d{{2,6}}-\d{{2,6}})",
    re.I,
)
PART_LISTED = re.compile(
    rf"\s?(?:\([^)\n\d]{{1,30}}\)\s?)?(?:,|&|\+|/|\b(?:and|und|sowie|et|e|y|og|och|en|oraz|i|a)\b)\s?(?P<part>{_NUMBERED})(?!\s?{UNIT}(?!\w)|\s?%)",
    re.I,
)
"""Another number after a labelled one: ``drawings 8831 and 8832``."""
# except an enquiry's own number
PART_ASKED_FOR = re.compile(r"\b(?:(?:rfq|quotation|quote|anfrage|angebot|price)\s+(?:for|für|zu|über|of|von)|nach|\d{1,9}\s?(?:stück|stk\.?|st\.|pcs|pieces)(?:\s+(?:of|von|der|vom))?)\s*+:?\s*(?P<part>(?:\d{2,8}-[\w-]{2,20}|[A-Z]+-?\d[\w.-]{1,20}))", re.I)  # fmt: skip
PART_FILE = re.compile(r"(?<![^\W\u4e00-\u9fff]|[@./-])(?P<part>[\w-]{1,60})\.(?:step|stp|dxf|pdf|sldprt)\b", re.I)
"""A model or drawing file, which names a part if nothing else does."""
PART = (
    PART_ASKED_FOR,
    re.compile(r"(?<![^\W\u4e00-\u9fff]|[@./-])(?P<part>(?:[A-Z]{2,6}[-_]?\d{2,9}|[A-Z]{2,6}[-_]\d|[A-Z]\d{4,9})(?:[-_][A-Z0-9]{1,12}){0,4})(?![^\W\u4e00-\u9fff]|[@-])"),
    # "25 Stück Halter 4711-B": a number with a letter after its dash, after the name of the requested part
    re.compile(r"\d\s?(?:stück|stk\.?|st\.|pcs|pieces|parts|off)\s+(?:(?:of|der|vom|von|the)\s+)?(?:[^\W\d_][\w-]{2,24}\s+){1,3}(?P<part>\d{3,8}-[A-Z][\w-]{0,12})(?![\w@])", re.I),
    # after its position number: Item 1, followed by 10-7714-A and its name
    re.compile(r"^[ \t>*•-]{0,9}(?:item|pos(?:ition)?\.?|line|lot)[ \t]?\d{1,4}[ \t]?[:.)][ \t]{0,9}(?P<part>\d{1,8}(?:-\w{1,8}){1,4})(?![\w@.])", re.I | re.M),
    # 20x 4471-C: a number with a letter after its dash, directly after a number of pieces
    re.compile(r"(?<![\w.,/-])\d{1,6} ?(?:[x×]|st(?:ü|ue)ck|stk\.?|st\.|pcs|pieces|off|ea|szt\.?|ks|pz\.?|uds?\.?|stuks?)[ ]{1,2}(?P<part>\d{3,8}-[A-Z][A-Z0-9]{0,3})(?![\w@./-])", re.I),
    # in brackets after its noun, as in: the attached component (292-4926)
    re.compile(r"\b(?:parts?|components?|pieces?|items?|drawing|teile?s?|bauteile?s?|werkstücke?s?|zeichnung)\s{0,3}\((?P<part>(?=[^)]{0,12}\d{2})[A-Z0-9][\w.-]{2,24})\)", re.I),
    # letters and figures between dashes or strokes
    re.compile(r"(?<![^\W\u4e00-\u9fff]|[@./-])(?P<part>(?=[A-Z0-9/_-]{0,24}\d)[A-Z]{1,6}\d{0,6}(?:[-_/](?:[A-Z]{1,6}\d{0,8}|\d{1,8}[A-Z]?)){1,4})(?![^\W\u4e00-\u9fff]|[@-]|[.,]\d)"),
    re.compile(r"(?<![^\W\u4e00-\u9fff]|[@./-])(?P<part>[A-Z]{1,3} \d{2,6}-\d{2,6}(?:-\d{1,4})?)(?![^\W\u4e00-\u9fff]|[@-])"),
)  # fmt: skip
PART_CONFIDENCE = (0.85, 0.6, 0.7, 0.85, 0.7, 0.85, 0.6, 0.6)
PART_IN_LINE = re.compile(
    r"(?<![\w@./+-])(?P<part>\d{1,8}(?:[-.]\d{1,8}){1,3}(?:-?[A-Z])?)(?![\w@%-]|[.,]\d|\s?(?:%|°|mm|µm|HRC|HB|HV|(?:business |working )?(?:days?|weeks?|months?)|tagen?|wochen?|jours?|semaines?)(?!\w))"
)
"""Groups of figures that are a part number only in a line that requests pieces."""
NOT_OURS = re.compile(
    r"\b(?:rfq|rfp|itq|event|demande|solicitud|cotação|cotizaci[oó]n|richiesta|package|anfrage|angebot(?:s|es)?|quotation|quote|offer|bestell(?:ung|nummer)|order|p\.?o\.?|auftrag(?:s|snummer)?|projekt|project|invoice|rechnung|lieferschein|contract|agreement|frame(?:work)?|accord|vertrag|rahmenvertrag|rahmen|devis|commande|consultation|serial|s/n|charge|lot|heat|machine|maschine|anlage|gearbox|getriebe|presse|macchina|máquina|model|modell|tag"
    r"|mil|norm|din|iso|en|astm|ams)\W{0,3}(?:nr|no|number|n°|ref|id)?\W{0,4}$|(?:询价单?|报价单?|订单)\W{0,4}$"
    r"|\b(?:material|mat'?l|mat\.|werkstoff|matière|acier|materiale|acciaio|acero|aço|stal|ocel|staal|stål|steel|alloy|grade)[ \t]{1,2}$",
    re.I,
)
"""Text before the number of an enquiry, an order or a standard."""
ASKS = re.compile(
    r"\b(?:(?:please|pls|kindly|you|to|us|we|also|just)\s(?:re-?)?|re-?)quote\W{1,2}$|(?:请|麻烦|帮忙)[^\n]{0,6}报价\W{0,3}$"
    r"|\b(?:bitten?|erbitten|um|please|pls|kindly|request|need|want|merci|souhait\w*|vogliate|solicit\w*)\b[^\n:.]{0,24}\b(?:angebot|offerte|quot(?:e|ation)|offer|devis|offert[ae]|oferta|cotización)[ \t]?:\s{0,3}$",
    re.I,
)
"""Text in which ``quote`` requests a quotation instead of naming one."""
DENIES = re.compile(
    r"\b(?:drop|dropping|forget|skip|scratch|not|no longer|instead of|rather than|nicht(?: mehr)?|net|statt|anstatt|anstelle|non|no|pas|plus|au lieu d[eu]|invece d[ei]|en vez de|en lugar de|não|em vez de|niet|geen|in plaats van|nie|zamiast|ne|místo|ikke|inte|i stedet for|istället för)[ \t](?:(?:in|en|aus|from|of|di|z|van|de|av|af|the|von|made of|made from)[ \t]){0,2}$|(?:而不是|不是|不要用|不用)\s?$",
    re.I,
)
"""Words before a material or similar which say that it is not wanted."""
IN_PLACE_OF = re.compile(
    r"\b(?:replac(?:es|ed|ing)|replacement (?:for|of)|supersed(?:es|ing)|supersession of|formerly|previously|old|former|prev(?:ious)?\.?|alte?[rns]?|ancienne?|vecchi[oa]|antigu[oa]|oude?|star[ýáa]|stary|gammel|gammal|(?:same|identical|similar|equal|comparable|equivalent) (?:as|to)|alike|based on|derived from|instead of|in place of|in lieu of|not(?: for| to be confused with)?|(?:from|out of|using|aus|à partir d[eu]|partendo da|da) (?:(?:our|your|the|unser\w*|ihr\w*|dem|der|nostro|nostra|notre|la|le) )?(?:raw )?(?:castings?|forgings?|blanks?|rohteil\w*|gussteil\w*|gussrohling\w*|rohling\w*|schmiedeteil\w*|brut|ébauche|grezz[oa]|fusione|getto)(?: (?:no\.?|nr\.?))?"
    r"|ersetzt(?! durch)|als ersatz für|ersatz für|anstelle (?:von|der|des)?|anstatt|statt|früher|vormals|ehemals|bisher|ähnlich(?: wie| zu)?|analog(?: zu)?|nicht"
    r"|remplac(?:e|ant|era)|en remplacement d[eu]|anciennement|au lieu d[eu]|similaire (?:à|au)|sostituisce|in sostituzione d[ei]l?|simile (?:a|al)|invece d[ei]l?|sustituye (?:a|al)|reemplaza (?:a|al)|en lugar de|similar (?:a|al)|substitui|em vez de"
    rf"|vervangt|in plaats van|zastępuje|zamiast|nahrazuje|místo|erstatter|ersätter|istället för|i stedet for|korvaa|helyett)(?: (?:the|der|die|das|den|le|la|il|lo|el|o|a|de|our|your|old|alte[nr]?))?\s{{0,2}}[:(]?\s{{0,2}}(?:(?:{LABEL})\.?\s{{0,2}}[:#]?\s{{0,2}})?$|(?:代替|替代|取代|原|而不是)(?:图号|件号|型号)?[:：]?\s{{0,2}}$",
    re.I,
)
"""Text before the number of a part that this one replaces or resembles, and that isn't requested."""
CELL_OF_PART = re.compile(r"(?=.{0,24}\d)[A-Za-z0-9](?:[\w./-]| (?! )){1,40}")
NOT_PARTS = re.compile(
    r"^(?:17-4|15-5|17-7|13-8)$|^(?:ISO|DIN|EN|AISI|RFQ|PO|SAE|UNS|ASTM|AMS|MIL|DDP|EXW|FCA|DAP|CPT|FOB|CIF|TEL|RAL|NCS)[-_ ]?\d|^(?:GF|CF)[-_ ]?\d{2}$|^(?:DN|NPS|SCH|IP|AL|PA|GJL|GJS|HV|RA|RZ|KW|CW|SUS|TI|AW|NO|NR|POS|QTY|REV)[-_. ]{0,2}\d{1,4}$|^(?:HB|HRC)[. ]{0,2}\d{1,3}$",
    re.I,
)
MATERIAL_LABELLED = re.compile(
    r"(?:\b(?:material|mat'?l|mat|werkstoff|matière|matiere|materiale|moc)\b\.?|(?:材料|材质)(?=\s*[A-Z\d:：=]))\s*(?:(?<=[料质])|[:：=])\s*+[:：=]?\s*(?P<material>[^\n\t|,;，；。(]{2,40})",
    re.I,
)
# words by which a mail withdraws a value stated in this or an earlier mail
REPLACES = re.compile(
    r"\b(?:instead of|rather than|no longer|not any ?more|last time|previously|formerly|used to be|old rev\w*|changed (?:from|to)"
    r"|should (?:now )?be|chang\w* [^.\n]{0,60}\bfrom|make (?:it|that)|(?:increas|rais|reduc|cut)\w* (?:it )?to|now|erhöh\w* (?:sich )?auf|reduzier\w* (?:sich )?auf|jetzt|nunmehr|statt|anstatt|anstelle|nicht mehr|nicht länger|bisher|zuletzt|letztes mal|früher|geändert|ändert sich|neu(?:e menge)?:|et non|non pas|and not|sondern|anziché|invece di|au lieu de|à la place de|corre[ck]tion\w*|sorry|i meant|scrap that|ach nein)(?!\w)"
    r"|而不是|不再|改为|改成|上次|之前是|原来",
    re.I,
)
# pieces in addition to the order's own
SAMPLES = re.compile(
    rf"(?P<n>{NUMBER}|\b(?:one|two|three|an?|ein(?:e[nrs]?)?|zwei|drei))\s{{1,3}}(?:[a-zäöü]{{2,14}}\s)?(?P<what>samples?|prototypes?|first articles?|spares?|(?:erst)?muster(?:teile?)?|prototypen?|ersatzteile?)\b"
    r"|(?:samples?|prototypes?|muster|échantillons?|campioni|muestras?|wzory|vzorky)\s{0,2}[:=]\s{0,2}\d|(?P<zh>样件|样品|首件)",
    re.I,
)
_BIG = "A-ZÀ-ÖØ-Þ" + "".join(letter for letter in map(chr, range(0x100, 0x180)) if letter.isupper())
_MONTHS = "Jan|Feb|Mar|Mär|Apr|Ma[iy]|Jun|Jul|Aug|Sep|O[ck]t|Nov|De[cz]"
TOWN = rf"[{_BIG}][\w'-]{{1,60}}(?:[ \t](?:am|an der|im|sur|les?|la|de|di|upon|on)[ \t](?=[{_BIG}])|[ \t]+(?!(?:EXW|FCA|CPT|CIP|DAP|DPU|DDP|FAS|FOB|CFR|CIF)\b)(?=[{_BIG}]))?(?:(?<=[ \t])[{_BIG}][\w'-]{{1,60}})?(?:[ \t]+(?!(?:EXW|FCA|CPT|CIP|DAP|DPU|DDP|FAS|FOB|CFR|CIF)\b)[{_BIG}][\w'-]{{1,60}})?|[\u4e00-\u9fff]{{2}}(?=[市省县区])|[\u4e00-\u9fff]{{2}}(?=[\u4e00-\u9fff]{{2,8}}(?:工厂|厂|公司|仓库|园))|[\u4e00-\u9fff]{{2,6}}(?=[\s,，。、]|前|$)"
INCOTERM = re.compile(
    r"(?<![A-Za-z])(?<!\d )(?P<term>EXW|FCA|CPT|CIP|DAP|DPU|DDP|FAS|FOB|CFR|CIF|F\.O\.B\.|C\.I\.F\.|D\.D\.P\.|D\.A\.P\.)(?![A-Za-z])"
)
EX_WORKS = re.compile(
    r"\bex[- ]works?\b|\bab werk\b|\baf fabriek\b|\bz zakładu\b|\bdépart (?:usine|atelier)\b|\bfranco (?:fabbrica|(?:vs|vostro)\.? stabilimento)\b|工厂交货",
    re.I,
)
BROUGHT = r"(?:[Vv]ersand|[Vv]ersenden|[Ll]ev\.|[Dd]eliver\w*|[Ss]hip\w*|[Zz]?u?[LlGg]e?liefer\w*|[Aa]nliefer\w*|[Ll]iefer\w*|[Ll]ivrais\w*|[Ll]ivr(?:er|é\w*|able\w*)|[Cc]onsegn\w*|[Ee]ntreg\w*|(?:[Aa]f)?[Ll]ever\w*|[Dd]osta(?:w|rcz)\w*|[Dd]od(?:án|a[tc]|áv)\w*|[Tt]oimit\w*|[Ss]zállít\w*|[Ee]xpédi\w*|[Ss]pedi(?:re|zione)\w*|[Ee]nviar|[Ee]nvío)"
"""Stems of words for delivering the parts."""
PLACE = (
    re.compile(
        r"\b(?:deliver(?:y|ed)?(?: address)?(?:\s+to\s*:?|\s*:)|ship(?:ped)?\s+to\s*:?|lieferort\s*:?|lieferadresse\s*:?|lieferung\s+(?:nach|an)|lieu de livraison\s*:?)\s*(?P<place>[A-ZÄÖÜ\d][^\n,;.(\x00\x01]{1,60}?)(?=\s+(?:by|no later|before|bis|until|on|avant)\b|[\n,;.(\x00\x01]|$)",
        re.I,
    ),
    re.compile(rf"\b{BROUGHT}(?:[^\n.]{{0,60}}?\s(?:to|nach|at|in|à|a|en|em|til|till|naar|te|do|w|v|ve|na|para|presso)\s+(?:our\s+)?(?:[Uu]nit \d+,\s*)?|(?<=elivered)\s+)(?!(?:Auftrag|Erhalt|Bestell|Zeichn|Muster|Absprache|Vereinbar|Eingang|Freigabe|ISO|DIN|{_MONTHS}))(?P<place>{TOWN})"),
    re.compile(rf"(?:\b(?:[Ff]rei (?:[Hh]aus|[Bb]austelle|[Ll]ager|[Ee]mpfänger|[Ww]erk|[Bb]estimmungsort|[Vv]erwendungsstelle)|[Ff]ritt?(?: levere(?:rat|t))?|[Ff]ree (?:(?:our|buyer'?s?|customer'?s?) )?(?:works|site|factory|plant|warehouse|house)(?: at| in)?|[Vv]apaasti|[Oo]p locatie|[Rr]endue?s?|(?:[Ff]ran[ck]o|[Ff]\.?co)(?: (?:[Dd]omizil|[Dd]omicil(?:e|io)|[Dd]estin\w+|(?:[nv]s\.?|nostr[oa]|vostr[oa]) (?:sede|stabilimento|magazzino|mag\.|stab\.)(?: di)?|fabriek|huis))?|[Ww]arehouse in|[Ww]orks in|[Pp]lant in|[Ss]ite in|[Ww]e're in|I'm (?:based )?in|[Ww]e are (?:based )?in|[Ll]ivr(?:aison|er|é|ée|ées)[^\n.]{{0,40}} à|(?:an|in) unser Werk(?: in)?|(?:[Mm]iejsc[eu] dostawy|[Mm]íst[oě] (?:dodání|plnění)|[Mm]iest[oe] dodania|[Ll]everingssted|[Ll]everans(?:ort|adress)|[Ll]everplaats|[Ll]everadres|[Aa]fleveradres|[Ll]ugar de entrega|[Ll]ocal de entrega|[Ll]uogo di consegna|[Ll]ieu de livraison|[Ll]ieferort|[Ee]mpfangsort|[Dd]estinazione|[Dd]estino|[Dd]estination|[Pp]lace of delivery)(?: (?:ist|is|est|è|es|é|je|to))?|(?:an|in|zu|nach) unser\w{{0,2}} (?:Werk|Lager|Standort|Niederlassung|Zweigwerk)(?: \d| in)?|Werk) |(?<![A-Z]\s)\bF\.?O\.?R\.? (?:our works,? |destination,? )?|交货地点[:：]?\s?|交货到|(?<=[日号底初前周\x00])到(?=[\u4e00-\u9fff]{{2,3}}[。，,;；\s])|送(?:货?(?:到|至|往)|达|(?!货|样|检)(?=[\u4e00-\u9fff]{{2,3}}(?:[。，,;；\n]|[\u4e00-\u9fff]{{2,8}}(?:工厂|厂|公司|仓库|园))))|交付?(?:到|至)|寄(?:到|至|往)|(?:运|送)抵|发(?:到|至|往)|运费?(?:到|至))(?:(?:[A-Z]{{1,2}}-)?\d{{4,5}}[ ])?(?P<place>{TOWN})"),
)  # fmt: skip
MONEY = r"(?:(?<![\w.,'/-])\d{1,3}(?: \d{3}){1,3}(?:[.,]\d{1,4})?(?![\d.,'])|\d[\d.,']{0,14}\d|\d)"
PRICE = (
    re.compile(rf"(?<![A-Za-z])(?P<currency>USD|EUR|GBP|CHF|CNY|RMB|\$|€|£|¥|￥)[^\S\n]?(?P<n>{MONEY})", re.I),
    re.compile(
        r"(?<![\w.,/-])(?<!\d )(?P<n>\d{1,5}[.,]\d{2})\s?(?P<currency>each\b|(?:/|per |pro |je |la |al |à la )\s?(?:pcs?|pce|ea|each|unit|piece|part|st|stk|stück|pièce|pezzo|pz|unidad|szt|ks|stuk)\b)",
        re.I,
    ),
    re.compile(
        r"(?:(?<=prezzo )|(?<=price )|(?<=preis )|(?<=prix )|(?<=precio )|(?<=cena ))(?P<n>\d{1,6}[.,]\d{2})(?P<currency>)(?![\d.,])",
        re.I,
    ),
    re.compile(
        rf"(?P<n>{MONEY})\s?(?P<currency>USD|EUR|Euros?|GBP|CHF|€|£|\$|Kč|CZK|PLN|zł|SEK|NOK|DKK|HUF|RON|CNY|RMB|元)(?![A-Za-z])",
        re.I,
    ),
)
TOLERANCE = re.compile(
    r"(?:ISO\s?|EN[ -]?2)2768(?:-[fmcv][HKL]?K?)?|JIS\s?B\s?0405(?:-[fmcv])?|DIN\s?7168(?:-?[fmg])?|GB/T\s?1804(?:-[fmcv])?|(?:±|\+/-|\+-)\s?(?:\d{1,6}(?:[.,]\d{1,6})?|\.\d{1,5})\s?(?:mm|µm|um|in)?(?![\d.,]*\s?(?:%|H(?:RC|B|V)|°|deg|per ?cent|Prozent))"
    r"|(?:Ø|dia\.?\s?)?\d{1,6}(?:[.,]\d{1,6})?\s?[A-Za-z]{1,2}(?:[5-9]|1[0-3])\b(?=\s*(?:fit|bore|hole|shaft|passung|bohrung|welle))"
    r"|(?:(?<![\w.-])|(?:Ø|⌀)\s?\d{1,4}(?:[.,]\d{1,3})?\s?)(?-i:h|H|f|g|k|m|n|p|js|JS)[5-9](?![\w-])",
    re.I,
)
ORDERS_SURELY = re.compile(
    r"\b(?:(?:convert|turn)\b[^.\n]{0,40}\b(?:to|into) an order|commande ferme|firm order|ordine fermo|pedido en firme|fest(?:e|er) (?:bestellung|auftrag)|we hereby order|hiermit bestellen|wir bestellen hiermit|nous vous commandons|confermiamo (?:l'|il |il n[so]s?\.? |il nostro )(?:ordine|acquisto)|ordiniamo|(?:confirmons (?:la|notre)|passons) commande|ci-joint(?:e)?,? (?:notre|la|une) commande|(?:inviamo|trasmettiamo)(?: il| l'| nostro)* ?ordine|confirmamos (?:el|nuestro|o nosso) pedido|encomendamos|zamawiamy|objednáváme|wij bestellen|objednáv\w{1,4} u |objednávame|vi (?:bestiller|beställer)|megrendeljük|(?:po|purchase order|order) (?:is )?(?:attached|enclosed)|(?:attached|enclosed|herewith)(?: please find)?(?: is)?(?: our| the)? (?:po|purchase order|order)|please find (?:attached |enclosed )?(?:our )?(?:po|purchase order))\b|订单如下|请安排生产|^\W{0,3}(?:purchase order|bestellung|bon de commande|zamówienie|objednávka|orden de compra|pedido (?:de compra|n[º°.o])|ordine (?:d'acquisto|n)|encomenda|inkooporder|bestelling|indkøbsordre|inköpsorder|ostotilaus|megrendelés)\b|采购订单",
    re.I | re.M,
)
ORDER = re.compile(
    r"^\W{0,3}order (?:no\.?\s?|#\s?)?\d[\w-]{3}|\bplease supply (?:as per|against|the following)|\b(?:(?:purchase|our|formal|firm|automated|this|new) (?:\w+ )?order(?! (?:quantity|qty|size))|plac(?:e|ing) (?:a|an|our|this|the) (?:\w+ )?order|^order(?: no\.?| number)?\s?:|^\W{0,3}(?:p\.?o\.?)\s?(?:no\.?|#|:)?\s?\d[\w-]{3,20}|ordered quantity|we (?:hereby |would like to )?order|please accept this order|order (?:confirmation|acknowledge?ment|amendment)|amended order|auftragsbestätigung|bestell(?:ung|en wir|nummer)|wir bestellen|(?:unser\w{0,2}|neue[rn]?|hiermit|erteilen wir|wir erteilen)(?: \w{1,12})? auftrag|auftrag(?:snummer| nr\.?)?\s?:)(?!\w)",
    re.I | re.M,
)
OF_AN_ORDER = re.compile(
    r"(?<!in )(?<!minimum )(?<!to )(?<!of )\border(?:ed)?\b(?! (?:quantity|qty|size|to\b))|\bbestell(?:en|t|ung)\b|\bauftrag\b|\bcommand(?:e|ons)\b|\bordin(?:e|iamo)\b|\bpedido\b|订购单|订单",
    re.I,
)
"""Words about an order that a request for a price may contain as well."""
THEIR_OFFER = re.compile(
    r"\b(?:your|ihr(?:e[msnr]?|es)?|votre|auf basis(?: ihres)?|against|as per|gemäß|laut)\s+(?:our\s+)?(?:quot(?:e|ation)|offer|angebot\w*|devis|offre)\b",
    re.I,
)
RFQ = re.compile(
    r"\b(?:rfq|request for quot\w*|quot(?:e|ation)|offer|(?:best |your )?price (?:for|on)|anfrage|angebot\w*|preis für|(?:bitte )?bieten sie|anbieten|anzubieten|offerte|devis|chiffrer|offerta|preventivo|oferta|cotiza\w*|presupuesto|orçamento|preço para|wycen\w*|nabídk\w+|offert|tilbud|prijsopgave|ajánlat\w*)\b|报价|询价",
    re.I,
)
HOSTILE = re.compile(
    r"\b(?:ignore|disregard|forget)\b[^.\n]{0,40}\b(?:previous|prior|above|all|earlier)\b[^.\n]{0,30}\b(?:instructions?|rules?|prompts?|messages?)|\byou are (?:now|an?) [^.\n]{0,30}(?:assistant|ai|system|agent|admin)|\bsystem prompt\b|\b(?:approve|release|confirm|execute|run)\b[^.\n]{0,30}\b(?:automatically|without (?:asking|review|approval|questions))|\bignorier\w*\b[^.\n]{0,40}\b(?:anweisung\w*|regeln)|</?(?:system|script|instructions?)\b|\bset (?:the )?(?:price|quantity|offset|status) to\b",
    re.I,
)
