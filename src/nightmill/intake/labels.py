"""What mails write before a value or over a column of them: one vocabulary of labels, by kind, in the languages of the trade.

A label says what a value is whatever it looks like, and as much what it isn't: the number of an enquiry, a telephone's or a
revision's is no part's, the day of the offer isn't that of the parts. To extend: add a word to its kind.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

import msgspec

_NO = r"(?:[ .-]{0,3}(?:no|nos|nr|number|nummer|num|numéro|n°|nº|code|id|#))"
_KINDS: Mapping[str, str] = {
    "part": rf"(?:part|p/?n|item|product|component|article|artikel|art|teile?|ident|sach|material{_NO}|mat{_NO}|référence|réf|ref|referencia|codice|cod|código|code|pièce|peça|parça|artikkel|onderdeel|díl){_NO}?|(?:teile?|artikel|sach|material|ident)nummer|item code|part name and no|零件号|零件|料号|物料编码|物料号|品番|品目",
    "drawing": rf"(?:drawing|dwg|drg|print|plan|plano|disegno|dis|desenho|des|zeichnungs?|zeichng|zchng|zng|zg|ritn|ritning|tegn|tegning|tekening|výkres|rysunek|rys){_NO}?|zeichnungsnummer|(?:n°|no|nr|numéro)\.? (?:de |du |di |del )?(?:plan|disegno|plano)|图号|图纸|図番|図面番号",
    "quantity": r"(?:order |req(?:uired|'d)?\.? |total |quote |rfq )?(?:qty|q'ty|qnty|quantity|quantities|quantit(?:é|à)s?|qté|q\.?tà|pcs|pieces|units|nos|off)(?: \d)?|menge|anzahl|stückzahl(?:en)?|stück|stk|(?:bedarfs|bestell|anfrage|los|staffel)mengen?|(?:mengen|preis)?staffel(?:n|ung)?|losgrö(?:ß|ss)en?|(?:price|quantity) breaks?|cantidad|quantidade|qtde?|hoeveelheid|aantal|antal|ilość|množství|miktar|adet|batch(?: size)?(?: \d)?|lot size(?: \d)?|数量|订购数量|采购数量|件数",
    "annual": r"eau|(?:est(?:imated)?\.? )?annual (?:usage|quantity|qty|volume|demand)|jahres(?:menge|bedarf)|quantité annuelle|consommation annuelle|年用量",
    "material": r"(?:raw |part )?(?:material|mat'?l|mtl|mat)(?: (?:spec(?:ification)?|grade|type))?|werkstoff(?:e)?|matière|nuance|materiale|materiaal|materiál|materiał|malzeme|moc|grade|alloy|材料|材质|材質",
    "finish": r"(?:surface )?(?:finish(?:ing)?|coating|treatment|plating|paint(?:ing)?)|surface(?: finish)?|oberflächen?(?:behandlung|güte)?|(?:nach)?behandlung|beschichtung|traitement(?: de surface| thermique)?|finition|revêtement|trattamento(?: superficiale| termico)?|finitura|rivestimento|tratamiento|acabado|ytbehandling|表面处理|表面|处理",
    "due": r"(?:required |requested |desired |target |latest |req(?:'d|\.)? )?(?:delivery|dock|need|ship(?:ping|ment)?|due|arrival)(?: (?:date|required|time|requested|period|by))?|(?:required|req'd|needed|need|wanted)(?: (?:by|on site|on dock|date|for))?|req\.? date|due|eta|lead ?time|(?:wunsch|liefer|bedarfs)-?(?:termin|datum|lieferdatum)|lieferung|liefertermin gewünscht|termin|lieferzeit|wunschlieferdatum|(?:délai|date) de livraison(?: souhaitée?| impérative)?|livraison(?: souhaitée)?|délai(?: souhaité| de fabrication)?|(?:data |termine |termini )?(?:di )?consegna|plazo(?: de entrega)?|fecha de entrega|leverdatum|levering|leverans|termín(?: dodání)?|termin dostawy|teslim tarihi|term of delivery|交期|交货日期|交货期|交货时间|納期",
    "offer": r"(?:bid|rfq|quote|quotation|offer|tender|response|reply|answer|quotes?)s? (?:closes?|closing(?: date)?|due(?: date)?|deadline|by|until|date|required by|wanted by|must be received by)|due date of offer|closing date|(?:please )?(?:quote|reply|answer|respond) (?:by|until|before)|(?:last date|deadline) (?:for|of) (?:submission|offers?|quot\w+)|(?:offer |quote )?validity|angebots?(?:frist|abgabe|termin|schluss)(?: bis)?|abgabe(?:frist|termin)|bindefrist|remise des offres|réponse (?:avant|pour)|date limite|scadenza offerta|报价截止|截止日期",
    "dated": r"date|datum|data|fecha|date of (?:enquiry|rfq|issue)|日期",
    "place": r"place|ort|lieu|city|town|location|(?:ship|deliver|delivered|delivery|shipped|consign)(?: |-)?to|(?:delivery|ship|shipping)(?: to)? (?:address|place|location|point)|place of delivery|destination|liefer(?:ort|adresse|anschrift)|(?:lieferung|versand|anlieferung|zustellung)(?: bitte)? (?:an|nach)|empfangsort|lieu(?: de livraison)?|adresse de livraison|luogo(?: di consegna)?|destinazione|(?:lugar de )?entrega(?: en)?|afleveradres|leveringsadres|交货地点|交货地址|收货地址|送货地址",
    "terms": r"(?:inco)?terms?(?: 2020)?(?: of delivery)?|inco|(?:delivery|price|trade|shipping) (?:terms?|basis|parity|conditions?)|(?:liefer|versand)(?:bedingung|kondition)(?:en)?|resa|conditions?(?: de livraison)?|f\.?o\.?b\.?|贸易条款|价格条款",
    "tolerance": r"(?:general )?(?:tolerances?|tols?)|(?:allgemein)?toleranz(?:en)?(?: ohne angabe)?|tolérances?(?: générales?)?|tolleranze(?: generali)?|未注公差|一般公差|公差",
    "price": r"(?:target |unit |budget )?price(?:/unit)?|(?:ziel|einzel|stück|einheits)?preis|ep(?:[/ ]eur)?|prix(?: unitaire| cible)?|prezzo(?: unitario)?|单价|目标价",
    "total": r"total(?: price)?|summe(?: netto)?|gesamt(?:preis)?|gp(?:[/ ]eur)?|montant|importo|总价",
    "reference": rf"(?:our |your |unsere? |ihre? |notre |votre )?(?:ref|reference|zeichen)|(?:rfq|rfp|itq|enquiry|inquiry|quotation|quote|offer|order|p\.?o\.?|purchase order|tender|contract|project|event|supplier|vendor|customer|job|anfrage|angebots?|bestell(?:ung)?|auftrags?|lieferanten|kunden|projekt|vorgangs?|kostenstelle|demande|offre|commande|affaire|richiesta|offerta|ordine|rif|solicitud|oferta|cotação|account){_NO}?|(?:anfrage|bestell|auftrags|lieferanten|kunden|angebots)nummer|unsere bestell-?n(?:ummer|r)|nr|no|kostenstelle|询价单号|订单号|编号|合同号",
    "revision": rf"(?:rev(?:ision)?|index|indice|ind|issue|iss|version|ausgabe|stand|änderungsstand|sheet|sht|blatt|版本)(?:{_NO})?",
    "position": rf"(?:pos(?:ition)?|line|sl|s|sr|lfd|repère|rep|rang|job|lot|item)(?:{_NO})?|#|序号|项次",
    "contact": r"(?:tel|telefon|telephone|phone|fax|mobile|mob|cell|handy|direct line|direct|ext|ansprechpartner(?:/in)?|kontakt|contact|buyer|einkäufer(?:in)?|acheteur|tél|télécopie|e-?mail|mail|web|www|wechat|whatsapp|skype|[tmpfoc]|p\.? ?iva|vat(?: no)?|ust-?id(?:nr)?|siret|iban|bic|联系人|电话|手机|传真)",
    "name": r"description|desc|nomenclature|part name|name|designation|désignation|bezeichnung|benennung|kurztext|descrizione|descripción|omschrijving|(?:零件|产品)?名称|品名|remarks?|bemerkung|备注|einheit|unit|uom|me|udm|spec",
}  # fmt: skip
_KNOWN = {kind: re.compile(words, re.I) for kind, words in _KINDS.items()}
_CASE = re.compile(r"\([^)]{0,30}\)|\[[^\]]{0,30}\]|[*•>\"]")
_LABEL = re.compile(
    r"(?:^|(?<=[ \u4e00-\u9fff])(?=[\u4e00-\u9fff]{2,6}[ \t]{0,2}[:：])|[|\t,;，。；(•·*]|[.!?][ \t]|[-–—/][ \t]|[ \t]{2}|(?<!\w)\d{1,3}[.)][ \t]?|\b(?:item|pos\.?|detalj|line|job)[ \t]\d{1,3}[ \t.:)-]{1,3}(?=[A-Za-z]))[ \t>*•-]{0,80}"
    r"(?P<label>[^\W\d_](?:[^\s:：=|,;，；]| (?! )){0,48}?)[ \t]{0,40}(?:\.{2,60}[ \t]{0,9})?[:：=]",
    re.M | re.I,
)


class Told(msgspec.Struct, frozen=True):
    """A value with its kind: what the label before it, or the head of its column, says that it is; the place is that of the value."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Behind its last letter."""
        return self.start + len(self.text)


def kind_of(label: str) -> str | None:
    """What a label announces; a label in two languages (``Werkstoff / Matière``) is one."""
    whole = _bare(_CASE.sub(" ", label))
    for text in (whole, *(_bare(piece) for piece in whole.split("/"))):
        for kind, known in _KNOWN.items():
            if text and known.fullmatch(text):
                return kind
    return None


def _bare(label: str) -> str:
    return " ".join(label.replace("_", " ").split()).strip(" .:：-–—#") or ("#" if "#" in label else "")


def labelled(body: str) -> tuple[Told, ...]:
    """Every value that a known label announces, with the rest of its line up to the next known label."""
    return tuple(_values(body))


def _values(body: str) -> Iterator[Told]:
    known = [(match, kind) for match in _LABEL.finditer(body) if (kind := kind_of(match["label"])) is not None]
    ends = [following.start() for (_, _), (following, _) in pairwise(known)]
    for (match, kind), stop in zip(known, [*ends, len(body)][: len(known)], strict=True):
        start = match.end()
        line_end = body.find("\n", start)
        end = min(stop, line_end if line_end >= 0 else len(body))
        text = re.split(r"[|\t]", body[start:end].lstrip(" \t"))[0] if body[start:end].strip() else ""
        at = start + len(body[start:end]) - len(body[start:end].lstrip(" \t"))
        if text.strip():
            yield Told(kind, text.rstrip(), at)
