"""The labels found in mails before a value or above a column of values: one vocabulary, by kind, in the languages of the trade.

A label tells what a value is, whatever the value looks like, and also what it is not: an enquiry, telephone or revision number is not a
part number, and the date of the offer is not the delivery date. To extend the vocabulary, add a word to its kind.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

import msgspec

_NO = r"(?:[ .-]{0,3}(?:no|nos|nr|number|nummer|num|numéro|n°|nº|code|id|#))"
_KINDS: Mapping[str, str] = {
    "part": rf"(?:part|p/?n|item|product|component|article|artikel|art|teile?|ident|sach|material{_NO}|mat{_NO}|référence|réf|ref|referencia|codice|cod|código|code|pièce|peça|parça|artikkel|onderdeel|díl|detalj|referência|pieza|vare|osa|nimike){_NO}?|(?:onderdeel|del|vare|artikkel|detalj|osa)nummer|(?:nr|numer|č|číslo) (?:części|detalu|artykułu|dílu|položky|součásti)|cikkszám|alkatrész(?:szám)?|parça no|(?:teile?|artikel|sach|material|ident)nummer|item code|part name and no|零件号|零件|料号|物料编码|物料号|品番|品目",
    "drawing": rf"(?:drawing|dwg|drg|print|plan|plano|disegno|dis|desenho|des|zeichnungs?|zeichng|zchng|zchg|zng|zg|ritn|ritning|tegn|tegning|tekening|výkres|rysunek|rys|dibujo|piirustus|rajz|tegnings|ritnings){_NO}?|(?:tekening|tegnings|ritnings)nummer|rajzszám|(?:nr|numer|č|číslo) (?:rys(?:unku)?|výkresu)|(?:teknik )?resim no|zeichnungsnummer|(?:n°|no|nr|numéro)\.? (?:de |du |di |del )?(?:plan|disegno|plano)|图号|图纸|図番|図面番号",
    "quantity": r"(?:order |req(?:uired|'d)?\.? |total |quote |rfq )?(?:qty'?s?|q'ty|qnty|quantity|quantities|quantit(?:é|à)s?|qté|q\.?tà|pcs|pieces|units|nos|off)(?: (?:\d|now|required|needed|wanted|neu))?|menge|anzahl|anz|stückzahl(?:en)?|stück|stk|(?:bedarfs|bestell|anfrage|los|staffel|gesamt|liefer)(?:mengen?|stückzahl)|(?:mengen|preis)?staffel(?:n|ung)?|losgrö(?:ß|ss)en?|(?:price|quantity|qty) breaks?(?: \d)?|(?:qty|quantity|menge) (?:per|/|pro|je) (?:release|order|lot|batch|call-?off|abruf|los|bestellung|lieferung)|数量|個数|zu bestellen|to order|à commander|da ordinare|te bestellen|(?:qté|qtés|quantité|qty|q'ty|menge|q\.?tà|quantità|cantidad) (?:[A-D]|série|series|serie|mini|proto\w*|tier ?\d|lot ?\d|initiale?|first|erst\w*|muster|pilote?|prove)|(?:moq|qty|quantity|quantities) to quote|cantidad(?:es)?|cant|quantidade|quant|qtde?|uds?|hoeveelheid|aantal|antal|antall|ant|ilość|liczba sztuk|množství|počet(?: kusů)?|darabszám|mennyiség|määrä|miktar|adet|stuks|sztuk|kusů|volumes|(?:batch|order|lot) volume|moq|amount|batch(?: size)?(?: \d)?|lot size(?: \d)?|数量|订购数量|采购数量|件数",
    "annual": r"eau|monthly (?:qty|quantity|requirement)|(?:est(?:imated)?\.? )?(?:annual|yearly) (?:usage|quantity|qty|q'ty|volume|demand|requirements?|needs?)|jahres(?:menge|bedarf|stückzahl|abnahme)|quantité annuelle|consommation annuelle|年用量",
    "material": r"(?:raw |part )?(?:material|mat'?l|mtl|mat)(?: (?:spec(?:ification)?|grade|type))?|werkstoff(?:e)?|matière|nuance|materiale|matr|materiaal|materiál|materiał|materiaali|werkstof|gatunek|jakost|anyag(?:minőség)?|malzeme|moc|grade|alloy|steel|stahl|acier|acciaio|acero|stal|ocel|材料|材质|材質",
    "finish": r"(?:surface )?(?:finish(?:ing)?|coating|treatment|plating|paint(?:ing)?)|surface(?: finish)?|oberfl|oberflächen?(?:behandlung|güte)?|(?:nach)?behandlung|beschichtung|traitement(?: de surface| thermique)?|finition|revêtement|tratt(?:amento)?(?: superficiale| termico)?|finitura|rivestimento|tratamiento|acabado|ytbehandling|overflade(?:behandling)?|oppervlak(?:tebehandeling)?|afwerking|behandeling|obróbka (?:powierzchni|cieplna)|powłoka|wykończenie|povrch(?:ová úprava)?|tepelné zpracování|pintakäsittely|felület(?:kezelés)?|hőkezelés|acabamento|tratamento(?: térmico| superficial)?|kaplama|ısıl işlem|表面处理|表面|处理",
    "due": r"(?:required |requested |desired |target |latest |req(?:'d|\.)? )?(?:delivery|dock|need|ship(?:ping|ment)?|due|arrival)(?: (?:date|required|time|requested|period|by))?|(?:required|req'd|needed|need|wanted)(?: (?:by|on site|on dock|date|for))?|req\.? date|(?:reqd|req'd|required|needed|wanted)(?: at| on)? site|due|eta|lead ?time|(?:wunsch|liefer|bedarfs)-?(?:termin|datum|lieferdatum)|lieferung|liefertermin gewünscht|termin|lieferzeit|wunschlieferdatum|(?:délai|date) de livraison(?: souhaitée?| impérative)?|livraison(?: souhaitée)?|délai(?: souhaité| de fabrication)?|(?:data |termine |termini )?(?:di )?consegna|plazo(?: de entrega)?|fecha de entrega|leverdatum|lever(?:week|vecka)|leverings?(?:uge|uke)|liefer(?:woche|-?kw)|(?:delivery|ship(?:ping)?) week|levering|leverans|(?:požadovaný |dodací )?termín(?: dodání)?|(?:wymagany )?termin (?:dostawy|realizacji|wykonania)|data dostawy|(?:gewenste )?(?:leverdatum|levertijd|levertermijn)|levering(?:sdato|stid)?|leverans(?:datum|tid)?|dostawa|dodání|dodanie|termín dodania|toimitus|szállítás|leveranse|teslimat|toimitus(?:aika|päivä)|(?:szállítási )?határidő|data de entrega|prazo(?: de entrega)?(?: pretendido)?|teslim tarihi|term of delivery|交期|交货日期|交货期|mise à disposition(?: souhaitée)?|bereitstellung|abholbereit|ready date|disponibilit[éà]|交货时间|要货时间|要货日期|交付日期|需求日期|到货日期|納期",
    "offer": r"(?:bid|rfq|quote|quotation|offer|tender|response|reply|answer|quotes?)s? (?:closes?|closing(?: date)?|due(?: date)?|deadline|by|until|date|required by|wanted by|must be received by)|due date of offer|closing date|(?:please )?(?:quote|reply|answer|respond) (?:by|until|before)|(?:last date|deadline) (?:for|of) (?:submission|offers?|quot\w+)|(?:offer |quote )?validity|angebots?(?:frist|abgabe|termin|schluss)(?: bis)?|abgabe(?:frist|termin)|bindefrist|remise des offres|réponse (?:avant|pour)|date limite|scadenza offerta|ofert[aęy] do|termin (?:składania ofert|oferty)|nabídk[ay] do|termín (?:nabídky|podání nabídky)|offerte (?:voor|vóór|uiterlijk)|tilbud(?:sfrist)?(?: senest)?|offert senast|prazo da proposta|ajánlat(?:i|tételi) határidő|fecha límite(?: de oferta)?|报价截止|截止日期",
    "dated": r"date|datum|data|fecha|date of (?:enquiry|rfq|issue)|日期",
    "place": r"place|ort|werk|plant|standort|abladestelle|deliver|lieu|city|town|location|(?:ship|deliver|delivered|delivery|shipped|consign)(?: |-)?to|(?:delivery|ship|shipping)(?: to)? (?:address|place|location|point)|place of delivery|dest|destination|liefer(?:ort|adresse|anschrift)|(?:lieferung|versand|anlieferung|zustellung)(?: bitte)? (?:an|nach)|empfangsort|lieu(?: de livraison)?|adresse de livraison|luogo(?: di consegna)?|destinazione|(?:lugar de )?entrega(?: en)?|afleveradres|leverings?adres(?:se)?|dostawa do|dodání (?:do|na adresu)|dostawa na adres|levering (?:naar|til|aan|te)|leverans till|entrega em|consegna (?:a|presso)|livraison à|(?:site |dock )delivery|on[- ]dock|toimituspaikka|leveringsplass|leverplaats|plaats(?: van levering)?|leveringssted|leverans(?:adress|ort)|miejsce dostawy|adres dostawy|místo(?: (?:dodání|plnění|určení))?|miesto (?:dodania|plnenia)|dodací adresa|toimitusosoite|szállítási (?:cím|hely)|local(?: de entrega)?|morada(?: de entrega)?|lugar|dirección de entrega|teslim (?:yeri|adresi)|where|交货地|交货地点|交货地址|收货地址|送货地址|地点|目的地|目的港|納入先|納入場所",
    "terms": r"(?:inco)?terms?(?: 2020)?(?: of delivery)?|inco|(?:delivery|price|trade|shipping) (?:terms?|basis|parity|conditions?)|(?:liefer|versand)(?:bedingung|kondition)(?:en)?|resa|conditions?(?: de livraison)?|warunki dostawy|dodací (?:podmínky|parita)|leverings?(?:voorwaarden|conditie|betingelser)|leveransvillkor|toimitusehto|paritás|condiç(?:ões|ão)(?: de entrega)?|condiciones(?: de entrega)?|teslim şekli|f\.?o\.?b\.?|贸易条款|价格条款",
    "tolerance": r"(?:general )?(?:tolerances?|tols?)|(?:allgemein)?toleranz(?:en)?(?: ohne angabe)?|tolérances?(?: générales?)?|tolleranze(?: generali)?|未注公差|一般公差|公差",
    "number": r"number|nummer|numéro|número|numero|číslo|numer",
    "packing": r"preiseinheit|price unit|packing|packaging|verpackung(?:seinheit)?|emballage|conditionnement|imball(?:o|aggio)|embala(?:je|gem)|verpakking|opakowanie|balení|包装",
    "former": r"(?:last|previous|old|former|current) price|(?:letzter|alter|bisheriger) preis|(?:dernier|ancien) prix|(?:ultimo|vecchio) prezzo|(?:último|anterior) precio|precio anterior|vorige prijs|ostatnia cena|poslední cena|上次(?:单价|价格)",
    "price": r"(?:unit|target) (?:\$|€|£|eur|usd|gbp|chf)|(?:target |unit |budget |net )?price(?:/unit|/pc| each| per (?:unit|piece|each))?|unit cost|each|price ea\.?|(?:ziel|einzel|stück|einheits)?preis|ep(?:[/ ]eur)?|prix(?: unitaire| cible)?|cena(?: jednostkowa| za kus)?|prijs|pris|preço(?: unitário)?|precio(?: unitario)?|fiyat|prezzo(?: unitario)?|单价|目标价",
    "total": r"total(?: price)?|summe(?: netto)?|gesamt(?:preis)?|gp(?:[/ ]eur)?|montant|importo|razem|celkem|totaal|totalt|összesen|importe|toplam|总价",
    "reference": rf"(?:our |your |unsere? |ihre? |notre |votre )?(?:ref|reference|zeichen)|(?:rfq|rfp|itq|enquiry|inquiry|quotation|quote|offer|order|p\.?o\.?|purchase order|tender|contract|project|event|supplier|vendor|customer|job|anfrage|angebots?|bestell(?:ung)?|auftrags?|lieferanten|kunden|projekt|vorgangs?|kostenstelle|demande|offre|commande|affaire|richiesta|offerta|ordine|rif|solicitud|oferta|cotação|account|zapytani[ea](?: ofertowe)?|zamówienie|poptávka|objednávka|(?:offerte)?aanvraag|bestelling|inkooporder|forespørgsel|förfrågan|tarjouspyyntö|ajánlatkérés|teklif){_NO}?|(?:nr|č) (?:zapytania|zamówienia|poptávky|objednávky)|(?:anfrage|bestell|auftrags|lieferanten|kunden|angebots)nummer|unsere bestell-?n(?:ummer|r)|nr|no|kostenstelle|询价单号|订单号|编号|合同号",
    "revision": rf"(?:rev(?:ision)?|index|indeks|rewizja|revize|revisie|revisjon|revisão|indice|ind|issue|iss|version|ausgabe|stand|änderungsstand|sheet|sht|blatt|版本)(?:{_NO})?",
    "position": rf"(?:pos(?:ition)?|line|ln|sl|s|sr|lfd|repère|rep|rang|job|lot|item)(?:{_NO})?|#|序号|项次",
    "contact": r"(?:tel|telefon|telephone|phone|fax|mobile|mob|cell|handy|direct line|direct|ext|ansprechpartner(?:/in)?|kontakt|contact|buyer|einkäufer(?:in)?|acheteur|tél|télécopie|e-?mail|mail|web|www|wechat|whatsapp|skype|[tmpfoc]|p\.? ?iva|vat(?: no)?|ust-?id(?:nr)?|siret|iban|bic|联系人|电话|手机|传真)",
    "name": r"description|desc|nomenclature|part name|name|designation|désignation|bezeichnung|benennung|kurztext|descrizione|descripción|omschrijving|benaming|benævnelse|benevnelse|beskrivelse|benämning|nimitys|megnevezés|nazwa|název|descrição|denominação|tanım|uwagi|poznámka|opmerking(?:en)?|(?:零件|产品)?名称|品名|remarks?|bemerkung|备注|单位|规格|einheit|unit|uom|me|udm|spec",
}  # fmt: skip
_KNOWN = {kind: re.compile(words, re.I) for kind, words in _KINDS.items()}
_STEP = re.compile(r"[ -]?(?:\d|[A-E]|\b(?:pcs|pieces|stk|stück|ks|szt|st|ea|units?|db|nos|uds|pz|adet|kpl)\.?)$", re.I)
"""Words that distinguish price breaks, or state the unit of a count: ``Menge 1``, ``Menge 2``, ``Počet ks``."""
_OF_QUANTITY = re.compile(
    r"(?!.*\b(?:annual|year\w*|est\w*|eau|stock|box|pack\w*|kit|min\w*|max\w*|jahres\w*|last|prev\w*|old|per|annu\w*|open|received|shipped|delivered)\b)(?:[^\W\d_][\w.'/]{0,14} ){1,2}(?:qty|q'ty|quantity|quantities|menge|anzahl|stückzahl|quantité|qté|q\.?tà|quantità|cantidad|quantidade|aantal|antal|ilość|množství|数量)",
    re.I,
)
_QUANTITY_OF = re.compile(
    r"(?:qty|q'ty|quantity|quantities|mengen?|stückzahl(?:en)?|quantités?|quantità|cantidad(?:es)?|quantidades?|aantal(?:len)?|ilość|ilości|množství) (?:to (?:be )?(?:quoted?|priced?)|required|wanted|requested|for (?:quote|quotation|pricing)|anzufragen|anzubieten|zur anfrage|gewünscht|à (?:chiffrer|coter|fabriquer)|demandée?s?|souhaitée?s?|da (?:quotare|offrire)|richiest[ae]|a (?:cotizar|ofertar)|solicitadas?|pretendidas?|te offreren|gevraagd|do wyceny|zamawiana|k nacenění)",
    re.I,
)
"""Labels that combine a word for pieces with a word for requesting: ``Lot Qty``, ``Sample quantity``; ``Quantities to
quote``.
"""
_WHOSE = re.compile(
    r"(?:new|neue[rs]?|nouve(?:l|lle|au)|nuov[ao]|nuev[ao]|nowy|nowa|nov[ýáé]|nieuwe|our|your|unsere?|ihre?|notre|votre|vs|ns|nostro|vostro|nuestr[oa]|onze?|uw|naš|nasz|customer|kunden)'?s? ",
    re.I,
)
_SHORT = re.compile(r"(?<=\w)\.(?= \w)")
"""The full stop after an abbreviated word: ``č. výkresu``, ``nr. rysunku``."""
_STAYS = re.compile(
    r" (?:is |remains? |stays? |wie |as |bleibt |comme )?(?:unchanged|the same|unverändert|(?:wie )?(?:bisher|gehabt)|as before|inchangée?s?|avant|invariat[oa]|sin cambios?|ongewijzigd|bez zmian|beze změny|oförändra[dt]|uændret)$",
    re.I,
)
"""Words after a label which say that the value is unchanged."""
_CASE = re.compile(r"\([^)]{0,30}\)|\[[^\]]{0,30}\]|[*•>\"]")
_LABEL = re.compile(
    r"(?:^|(?<=[ \u4e00-\u9fff])(?=[\u4e00-\u9fff]{2,6}[ \t]{0,2}[:：])|[|\t,;，。；(•·*]|[.!?][ \t]|[-–—/][ \t]|[ \t]{2}|(?<!\w)\d{1,3}[.)][ \t]?|\b(?:item|pos\.?|detalj|line|job)[ \t]\d{1,3}[ \t.:)-]{1,3}(?=[A-Za-z]))[ \t>*•-]{0,80}"
    r"(?P<label>[^\W\d_](?:[^\s:：=|,;，；]|(?<!\w{4}[.!?]) (?! )){0,48}?)[ \t]{0,40}(?:\.{2,60}[ \t]{0,9}[:：=]?|[:：=])",
    re.M | re.I,
)


_SPACED = re.compile(
    r"^[ \t>*•-]{0,8}(?P<label>[^\W\d_](?:[^\s:：=|,;，；]| (?! )){0,30})(?:[ ]{2,40}|\t{1,4}[ ]{0,9})(?=(?P<value>\S[^\n\t|]{0,80}$))",
    re.M,
)
"""A label on a line of its own, with a gap instead of a colon before its value."""


class Told(msgspec.Struct, frozen=True):
    """A value with its kind, as given by the label before it or by its column heading; the position is that of the value."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Return the position after the value's last letter."""
        return self.start + len(self.text)


def kind_of(label: str) -> str | None:
    """Return the kind that a label announces; a label in two languages (``Werkstoff / Matière``) counts as one."""
    whole = _bare(_CASE.sub(" ", label))
    for text in (whole, *(_bare(piece) for piece in whole.split("/") if len(piece.strip()) > 1)):
        for kind, known in _KNOWN.items():
            if text and known.fullmatch(text):
                return kind
        if text and _KNOWN["quantity"].fullmatch(_STEP.sub("", text).rstrip()):
            return "quantity"
    if _OF_QUANTITY.fullmatch(whole) or _QUANTITY_OF.fullmatch(whole):
        return "quantity"
    plain = _SHORT.sub("", _WHOSE.sub("", whole, count=1))
    if (stays := _STAYS.search(plain)) is not None:
        told = kind_of(plain[: stays.start()])
        return "due" if told == "dated" else told  # the date of the mail itself can't be "as before"
    return kind_of(plain) if plain != whole else None


def _bare(label: str) -> str:
    return " ".join(label.replace("_", " ").split()).strip(" .:：-–—#") or ("#" if "#" in label else "")


def labelled(body: str) -> tuple[Told, ...]:
    """Return every value with a known label, with the rest of its line up to the next known label."""
    return tuple(_values(body))


def _values(body: str) -> Iterator[Told]:
    known = []
    for match in _LABEL.finditer(body):
        kind = kind_of(match["label"]) or kind_of(re.split(r"[.!?][ \t]", match["label"])[-1])
        if kind is not None:
            known.append((match, kind))
    taken = {match.start("label") for match, _ in known}
    for match in _SPACED.finditer(body):
        kind = kind_of(match["label"]) if match.start("label") not in taken else None
        if kind is not None and "  " not in match["value"] and kind_of(match["value"]) is None:
            known.append((match, kind))
    known.sort(key=lambda each: each[0].start())
    ends = [following.start() for (_, _), (following, _) in pairwise(known)]
    for (match, kind), stop in zip(known, [*ends, len(body)][: len(known)], strict=True):
        start = match.end()
        line_end = body.find("\n", start)
        end = min(stop, line_end if line_end >= 0 else len(body))
        text = re.split(r"[|\t]", body[start:end].lstrip(" \t"))[0] if body[start:end].strip() else ""
        at = start + len(body[start:end]) - len(body[start:end].lstrip(" \t"))
        if text.strip():
            yield Told(kind, text.rstrip(), at)
