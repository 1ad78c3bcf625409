"""Requests in the manner of real buyers, with what they ask: German, English, French, Chinese, Italian and Danish; chains, tables, signatures.

All were written by hand; names and firms are invented. The reader has been mended with them, so that they hold what it
can do and are no measure of what it does on others.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Letter:
    """A mail of 26 November 2026 and its truth: ``lines`` of part, quantities and material."""

    text: str
    lines: list[tuple[str, list[int], str | None]]
    due: str | None = None
    incoterm: str | None = None
    place: str | None = None
    finishes: tuple[str, ...] = ()
    tolerances: tuple[str, ...] = ()
    price: float | None = None
    kind: str = "rfq"
    html: bool = False


LETTERS: list[Letter] = []


def add(letters: list[Letter], text: str, **truth: object) -> None:
    """Another letter."""
    letters.append(Letter(text, **truth))  # type: ignore[arg-type]


add(
    LETTERS,
    """Sehr geehrte Damen und Herren,

für unser Projekt "Füllanlage Nord" bitten wir um Ihr Angebot für folgende Drehteile:

Pos. 1   Zeichnungs-Nr. 3-1104-028 Rev. C   Führungsbolzen   Werkstoff 1.4305   Menge: 120 Stück
Pos. 2   Zeichnungs-Nr. 3-1104-031 Rev. A   Distanzhülse     Werkstoff 1.4305   Menge: 240 Stück

Liefertermin: spätestens 22.01.2027
Lieferbedingung: DAP Bielefeld
Allgemeintoleranzen nach ISO 2768-mK

Bitte nennen Sie uns auch Ihre Mindermengenzuschläge. Wir erwarten Ihr Angebot bis 04.12.2026.

Mit freundlichen Grüßen
i.A. Katrin Möllers
Strategischer Einkauf
Hansen Abfülltechnik GmbH & Co. KG
Industriestraße 14, 33609 Bielefeld
Tel. +49 521 4477-218  Fax +49 521 4477-100
HRA 12345 Amtsgericht Bielefeld, USt-IdNr. DE123456789""",
    lines=[("3-1104-028", [120], "1.4305"), ("3-1104-031", [240], "1.4305")],
    due="2027-01-22",
    incoterm="DAP",
    place="Bielefeld",
    tolerances=("ISO 2768-mK",),
)

add(
    LETTERS,
    """FYI - can you get this quoted please? They need it back by Monday.

Thanks
Dave

-------- Forwarded Message --------
From: Priya Nair <pnair@aeroflow.example>
Sent: 24 November 2026 16:12
To: David Holt
Subject: RE: Bracket quote

Hi David,

As discussed please quote for 75 off bracket AF-20931-01 in 6082-T6, clear anodised. Need them by 15 January 2027, delivered to Filton (DDP).

Best regards,
Priya Nair
Buyer | AeroFlow Systems Ltd
T: 0117 496 0123 | M: 07700 900123
Registered in England No. 04412345""",
    lines=[("AF-20931-01", [75], "6082-T6")],
    due="2027-01-15",
    incoterm="DDP",
    place="Filton",
    finishes=("clear anodised",),
)

add(
    LETTERS,
    """Bonjour,

Pourriez-vous nous faire parvenir votre meilleure offre pour la pièce suivante :

Référence : SUP-4402-B (support moteur)
Matière : EN AW-7075 T6
Quantité : 60 pièces
Traitement : anodisation noire
Livraison souhaitée : 18/01/2027, franco Toulouse (DAP)
Tolérances générales : ISO 2768-mK

Dans l'attente de votre retour,
Cordialement,

Sophie Lambert
Service Achats
Mécavia SAS - 12 rue des Ateliers, 31200 Toulouse
Tél. : 05 61 00 12 34""",
    lines=[("SUP-4402-B", [60], "EN AW-7075 T6")],
    due="2027-01-18",
    incoterm="DAP",
    place="Toulouse",
    finishes=("anodisation noire",),
    tolerances=("ISO 2768-mK",),
)

add(
    LETTERS,
    """尊敬的供应商:

您好!请对以下零件报价:

1. 图号:KM-30217  名称:导向轴  材料:40Cr  数量:200件  热处理:调质HRC28-32
2. 图号:KM-30218  名称:衬套    材料:ZCuSn10P1  数量:400件

交期:2027年1月25日前
贸易条款:FOB 上海
未注公差按 GB/T 1804-m

请于本周五前回复,谢谢!
采购部 王丽
电话:0512-6688 7799""",
    lines=[("KM-30217", [200], "40Cr"), ("KM-30218", [400], "ZCuSn10P1")],
    due="2027-01-25",
    incoterm="FOB",
    place="上海",
    tolerances=("GB/T 1804-m",),
)

add(
    LETTERS,
    """<html><head><style>td{border:1px solid #ccc}</style></head><body><p>Hi Mike,</p><p>Please quote the following, pricing at each break:</p>
<table><tr><th>Item</th><th>Part Number</th><th>Rev</th><th>Description</th><th>Material</th><th>Qty</th><th>Finish</th></tr>
<tr><td>1</td><td>D4417-003</td><td>B</td><td>Manifold, valve</td><td>6061-T6</td><td>25 / 50 / 100</td><td>Black anodize</td></tr>
<tr><td>2</td><td>D4417-008</td><td>A</td><td>Cover plate</td><td>304 SS</td><td>50 / 100</td><td>Passivate</td></tr></table>
<p>Need date 2/12/2027. FOB destination Akron, OH.</p><p>Thanks,<br>Jennifer Kowalski<br>Sourcing Specialist<br>330-555-0148</p></body></html>""",
    lines=[("D4417-003", [25, 50, 100], "6061-T6"), ("D4417-008", [50, 100], "304 SS")],
    due="2027-02-12",
    incoterm="FOB",
    place="Akron",
    finishes=(
        "Black anodize",
        "Passivate",
    ),
    html=True,
)

add(
    LETTERS,
    """Hi Tom, how much for another 200 of the PX-77 spacers, same as last time (303 stainless)? End of January would do. Cheers, Gareth""",
    lines=[("PX-77", [200], "303 stainless")],
    due="2027-01-31",
)

add(
    LETTERS,
    """Hallo Herr Brandt,

wir planen einen Rahmenvertrag über 1.200 Stück/Jahr des Artikels 88-2041-7 (Ventilkörper, CuZn39Pb3), Abruf in Losen zu 300 Stück.
Zielpreis 8,40 EUR/Stück, Lieferung FCA Ihr Werk, erste Lieferung KW 6/2027.

Bis wann können wir mit einem Angebot rechnen?

Viele Grüße aus Ulm
Peter Krause""",
    lines=[("88-2041-7", [1200], "CuZn39Pb3")],
    due="2027-02-12",
    incoterm="FCA",
    place="Ihr Werk",
    price=8.40,
)

add(
    LETTERS,
    """PURCHASE ORDER 4500127733

Please supply against your quotation Q-26-0918:

Line 10: 40 EA, P/N 7721-A, Housing, AlSi10Mg, EUR 54.20 each
Delivery date: 2027-01-08
Incoterms 2020: DAP Eindhoven
Please confirm receipt within 24 h.

VDL-like Systems B.V.""",
    lines=[("7721-A", [40], "AlSi10Mg")],
    due="2027-01-08",
    incoterm="DAP",
    place="Eindhoven",
    price=54.20,
    kind="order",
)

add(
    LETTERS,
    """Bonjour Monsieur Petit,

Suite à notre échange téléphonique, merci de nous chiffrer 25 pièces du plan 5510-12 ind. B en 42CrMo4 traité à 30-34 HRC ainsi que 50 pièces du plan 5510-14 ind. A en S355.
Délai : semaine 5 2027. Incoterm FCA Grenoble.
Les pièces 5510-12 seront brunies.

Bien cordialement
J. Morel""",
    lines=[("5510-12", [25], "42CrMo4"), ("5510-14", [50], "S355")],
    due="2027-02-05",
    incoterm="FCA",
    place="Grenoble",
    finishes=("brunies",),
)

add(
    LETTERS,
    """Hello,

further to my mail of yesterday: the quantity for HX-4410 has gone up from 30 to 45 pcs. Material remains 1.4404. Finish: electropolished. Everything else as before, delivery still 12 Feb 2027, EXW.

Rgds
Oyvind""",
    lines=[("HX-4410", [45], "1.4404")],
    due="2027-02-12",
    incoterm="EXW",
    finishes=("electropolished",),
)

add(
    LETTERS,
    """李工,麻烦报下价:铝支架 ZJ-8812-A,6061-T6,阳极氧化黑色,首批50件,后续每月500件。交货地点深圳,2月10日前到货,含税含运费。谢谢""",
    lines=[("ZJ-8812-A", [50, 500], "6061-T6")],
    due="2027-02-10",
    place="深圳",
    finishes=("阳极氧化",),
)

add(
    LETTERS,
    """Dear supplier,

please quote our RFQ 2026-1187:

Pos	Article	Description	Qty	Material
10	A100-2231	Flange	80	P265GH
20	A100-2232	Stub	160	P265GH
30	A100-2240	Blind cover	20	1.4571

Required delivery: 05-FEB-2027 to our warehouse in Antwerp. Incoterm: DDP Antwerp.
Quote due 3 December 2026.

Kind regards
Lieve Maes""",
    lines=[("A100-2231", [80], "P265GH"), ("A100-2232", [160], "P265GH"), ("A100-2240", [20], "1.4571")],
    due="2027-02-05",
    incoterm="DDP",
    place="Antwerp",
)

add(
    LETTERS,
    """Hallo Frau Seidel,

danke für Ihr Angebot. Bitte bieten Sie stattdessen 80 Stück an, Rest unverändert.

Gruß
M. Vogt

Am 20.11.2026 um 09:14 schrieb Anja Seidel:
> Sehr geehrter Herr Vogt,
> gerne bieten wir an: 50 Stück Spannhebel SH-2210 aus C45, brüniert,
> Lieferzeit 6 Wochen, EXW Esslingen.""",
    lines=[("SH-2210", [80], "C45")],
    incoterm="EXW",
    place="Esslingen",
    finishes=("brüniert",),
)

add(
    LETTERS,
    """Good morning

Could I have a price for two dozen pump shafts to drawing PS/1180/4 in EN24T please. Bearing journals h6, Ra 0.4. General tolerances BS EN ISO 2768-mK. We'd want them w/c 1 February 2027, ex works is fine.

Many thanks
Alison""",
    lines=[("PS/1180/4", [24], "EN24T")],
    due="2027-02-01",
    incoterm="EXW",
    finishes=("Ra 0.4",),
    tolerances=(
        "h6",
        "ISO 2768-mK",
    ),
)

add(
    LETTERS,
    """<div>Guten Morgen Herr Roth,</div><div><br></div><div>anbei die Anfrage:</div><ul><li>Deckel D-5521, 1.4301, 30 Stk.</li><li>Gehäuse G-5520, 1.4301, 30 Stk.</li></ul><div>Oberfl&auml;che: glasperlengestrahlt. Termin: 29. Januar 2027.</div><div>Lieferung: CPT Graz</div><div>Mit besten Gr&uuml;&szlig;en<br>DI Martina Haas<br>Einkauf, Alpen&shy;mechanik GmbH<br>Tel: +43 316 123 456</div>""",
    lines=[("D-5521", [30], "1.4301"), ("G-5520", [30], "1.4301")],
    due="2027-01-29",
    incoterm="CPT",
    place="Graz",
    finishes=("glasperlengestrahlt",),
    html=True,
)

add(
    LETTERS,
    """Team - urgent. Machine is down at our site and we need 2 replacement couplings (part no. CPL-90-H, 4140 pre-hard) asap, ideally within 10 days. Whatever the cost. Ship DHL Express, EXW your dock.
Sent from my iPhone""",
    lines=[("CPL-90-H", [2], "4140")],
    due="2026-12-06",
    incoterm="EXW",
)

add(
    LETTERS,
    """Anfrage 77-2026

| Pos | Sachnummer | Benennung      | Werkstoff | Menge |
|-----|------------|----------------|-----------|-------|
| 1   | 104.332.01 | Lagerbock      | EN-GJS-400-15 | 16 |
| 2   | 104.332.02 | Deckel         | S235JR    | 16    |

Alle Teile grundiert RAL 7035. Lieferung bis 19.02.2027 frei Haus Augsburg, DAP.
""",
    lines=[("104.332.01", [16], "EN-GJS-400-15"), ("104.332.02", [16], "S235JR")],
    due="2027-02-19",
    incoterm="DAP",
    place="Augsburg",
    finishes=("grundiert RAL 7035",),
)

add(
    LETTERS,
    """Dear Sir,

Kindly provide your best competitive quotation for below mentioned items at the earliest:

1) Item code: BRG-HSG-110 | MOC: SG Iron 400/15 | Qty: 15 Nos.
2) Item code: BRG-CAP-110 | MOC: SG Iron 400/15 | Qty: 30 Nos.

Delivery required: on or before 28.02.2027
Price basis: CIF Nhava Sheva
Payment terms: 100% within 45 days

Thanks & Regards,
Rajesh Kulkarni
Dy. Manager - Purchase""",
    lines=[("BRG-HSG-110", [15], "SG Iron 400/15"), ("BRG-CAP-110", [30], "SG Iron 400/15")],
    due="2027-02-28",
    incoterm="CIF",
    place="Nhava Sheva",
)

add(
    LETTERS,
    """<p>Bonjour,</p><p>Merci de nous transmettre votre devis pour :</p><table><tr><td>Réf.</td><td>Désignation</td><td>Matière</td><td>Qté</td></tr><tr><td>FR-0091</td><td>Axe</td><td>X30Cr13</td><td>100</td></tr><tr><td>FR-0092</td><td>Bague</td><td>CuSn12</td><td>100</td></tr></table><p>Livraison pour le 10 f&eacute;vrier 2027 &agrave; Lyon, incoterm DAP.</p><p>Cordialement,<br>Luc Bernard</p>""",
    lines=[("FR-0091", [100], "X30Cr13"), ("FR-0092", [100], "CuSn12")],
    due="2027-02-10",
    incoterm="DAP",
    place="Lyon",
    html=True,
)

add(
    LETTERS,
    """Hey folks!

We're building a robot gripper and need finger blanks machined: drawing GRP-FNG-07, PEEK natural, 10 prototypes first and then 500/yr if all goes well. Tolerances +/-0.05 on the dovetail. Can you do mid January? We're in Berlin, DDP would be awesome.

Cheers
Lena (CTO)""",
    lines=[("GRP-FNG-07", [10, 500], "PEEK")],
    due="2027-01-15",
    incoterm="DDP",
    place="Berlin",
    tolerances=("+/-0.05",),
)

add(
    LETTERS,
    """Sehr geehrter Herr Weiß,

bitte unterbreiten Sie uns ein Angebot für die Welle W 30-118 nach beiliegender Zeichnung.
Staffel: 10 / 50 / 200 Stück
Material: 34CrNiMo6+QT
Oberfläche: Lagersitze geschliffen Ra 0,4, Rest phosphatiert
Liefertermin: 6 Wochen nach Auftragseingang
Lieferkondition: EXW

Mit freundlichem Gruß
Tobias Renner""",
    lines=[("W 30-118", [10, 50, 200], "34CrNiMo6+QT")],
    incoterm="EXW",
    finishes=("Ra 0,4", "phosphatiert"),
)

add(
    LETTERS,
    """<div>Dear Sir / 您好,</div><div>Pls quote 报价 as below:</div><div>P/N: QX-220-5 轴承座 bearing seat, material QT450-10, qty 120 pcs 件</div><div>P/N: QX-220-6 端盖 end cover, material Q235B, qty 120 pcs 件</div><div>Delivery 交期: 2027-02-28 CIF Hamburg</div><div>B.R. / Chen Wei</div>""",
    lines=[("QX-220-5", [120], "QT450-10"), ("QX-220-6", [120], "Q235B")],
    due="2027-02-28",
    incoterm="CIF",
    place="Hamburg",
    html=True,
)

add(
    LETTERS,
    """Bestellung Nr. 26-4471

Hiermit bestellen wir auf Basis Ihres Angebots A2611-38:
25 Stück Kupplungsnabe KN-70-2, 16MnCr5, einsatzgehärtet 58+4 HRC, zu je 61,50 €
Liefertermin: 14.01.2027, DAP Kassel

Bitte senden Sie uns eine Auftragsbestätigung.
Bernhardt Antriebe GmbH""",
    lines=[("KN-70-2", [25], "16MnCr5")],
    due="2027-01-14",
    incoterm="DAP",
    place="Kassel",
    finishes=("einsatzgehärtet",),
    price=61.50,
    kind="order",
)

add(
    LETTERS,
    """Please see below, customer wants it in titanium now.

> From: Ken
> We'd like 12 units of part no. SUB-330-2 in Ti-6Al-4V (previously 316L). As-machined, no coating.
> Required on dock 1 March 2027, DAP Aberdeen.

CONFIDENTIALITY NOTICE: This e-mail and any attachments are intended for the named recipient only. If you have received it in error please delete it and call 01224 000111.""",
    lines=[("SUB-330-2", [12], "Ti-6Al-4V")],
    due="2027-03-01",
    incoterm="DAP",
    place="Aberdeen",
)

add(
    LETTERS,
    """Buongiorno,
we kindly ask you offer for:
- n. 8 pcs cod. 0451.220.3 "piastra base" mat. C40, nickel plated
- n. 16 pcs cod. 0451.220.4 "perno" mat. 39NiCrMo3
Delivery ex-works, ready goods on 20.01.2027.
Best regards / Cordiali saluti
Giulia Ferri""",
    lines=[("0451.220.3", [8], "C40"), ("0451.220.4", [16], "39NiCrMo3")],
    due="2027-01-20",
    incoterm="EXW",
    finishes=("nickel plated",),
)
