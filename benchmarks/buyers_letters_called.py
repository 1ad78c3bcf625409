"""Parts called by their names, attachments by their files, offers put off and put on; see ``buyers_letters``."""

from buyers_letters import Letter, add

CALLED_LETTERS: list[Letter] = []


add(
    CALLED_LETTERS,
    """Moin Herr Claasen,

wir bräuchten mal wieder was von Ihnen:

- 6 x Laufrolle 417.22.1 aus C45, Lauffläche induktiv gehärtet
- 6 x Achse 417.22.4 aus 42CrMo4
- 12 x Buchse 417.22.7 aus CuSn12

Bis Ende Januar bei uns auf dem Hof in Cuxhaven wäre super.

Tschüss
Hauke Petersen
Fischereitechnik Petersen KG, Am Hafen 3, 27472 Cuxhaven
Fon 04721 555 31""",
    lines=[("417.22.1", [6], "C45"), ("417.22.4", [6], "42CrMo4"), ("417.22.7", [12], "CuSn12")],
    due="2027-01-31",
    place="Cuxhaven",
    finishes=("induktiv gehärtet",),
)

add(
    CALLED_LETTERS,
    """Hi Lena,

New RFQ for you. Two part numbers:

RX-4471-B "Piston" - 4032-T6 aluminium, qty 200 and 500
RX-4475-A "Wrist pin" - 9310 steel, carburised and ground, qty 200 and 500

Pistons get a Type III hard anodize on the crown only.

We need first pieces in Milton Keynes on 15/03/2027; DAP please.

Thanks,
Joel""",
    lines=[("RX-4471-B", [200, 500], "4032-T6"), ("RX-4475-A", [200, 500], "9310")],
    due="2027-03-15",
    incoterm="DAP",
    place="Milton Keynes",
    finishes=("carburised", "hard anodize"),
)

add(
    CALLED_LETTERS,
    """尊敬的供应商:

请就以下两个零件报价(含税,人民币):
1) 连接法兰,图号 FL-3320-02,材料 1.4404,数量 80 件
2) 密封座,图号 FL-3321-01,材料 PEEK,数量 160 件
第1项需钝化处理。
交货期:2027年2月10日,FCA 宁波。
请于12月1日前回复。

张琳
供应链管理部""",
    lines=[("FL-3320-02", [80], "1.4404"), ("FL-3321-01", [160], "PEEK")],
    due="2027-02-10",
    incoterm="FCA",
    place="宁波",
    finishes=("钝化",),
)

add(
    CALLED_LETTERS,
    """Buongiorno,

richiesta di offerta n. 2211/26 del 25/11/2026

Cod. 30-1180-05  Albero scanalato        39NiCrMo3 bon.    pz. 25
Cod. 30-1181-02  Ruota dentata m3 z42    18CrNiMo7-6       pz. 25
Cod. 30-1190-00  Coperchio               EN-GJL-250        pz. 50

Ruota cementata e temprata 58-62 HRC. Coperchio verniciato RAL 5010.
Termine di consegna richiesto: sett. 8/2027
Resa: DAP Imola

Saluti
G. Montanari""",
    lines=[("30-1180-05", [25], "39NiCrMo3"), ("30-1181-02", [25], "18CrNiMo7-6"), ("30-1190-00", [50], "EN-GJL-250")],
    due="2027-02-26",
    incoterm="DAP",
    place="Imola",
    finishes=("cementata", "temprata", "verniciato RAL 5010"),
)

add(
    CALLED_LETTERS,
    """Bonjour Sophie,

Peux-tu me faire un prix pour ce qui suit ?

10 supports réf. SU-2044-A en S235JR, galvanisés à chaud
10 contre-plaques réf. CP-2045-A, même matière, même traitement
40 entretoises réf. EN-2050-C en 1.4301

Il me les faut à Saint-Nazaire le 20 janvier. Franco.

Merci d'avance,
Yann Le Goff
Chantiers Le Goff - 02 40 55 01 73""",
    lines=[("SU-2044-A", [10], "S235JR"), ("CP-2045-A", [10], "S235JR"), ("EN-2050-C", [40], "1.4301")],
    due="2027-01-20",
    place="Saint-Nazaire",
    finishes=("galvanisés",),
)

add(
    CALLED_LETTERS,
    """Witam,

Zapytanie ofertowe ZO/411/2026

Prosimy o podanie ceny i terminu na:
1. Wałek napędowy, rys. WN-2204 — 10 szt. i 50 szt., stal 42CrMo4, hartowanie indukcyjne
2. Piasta, rys. PI-2206 — 10 szt. i 50 szt., stal C45, ocynk galwaniczny

Dostawa: DAP Bielsko-Biała, najpóźniej 26 lutego 2027.
Ofertę prosimy przesłać do 4.12.2026.

Pozdrawiam
Krzysztof Maj""",
    lines=[("WN-2204", [10, 50], "42CrMo4"), ("PI-2206", [10, 50], "C45")],
    due="2027-02-26",
    incoterm="DAP",
    place="Bielsko-Biała",
    finishes=("hartowanie indukcyjne", "ocynk"),
)

add(
    CALLED_LETTERS,
    """<html><body><p>Hello,</p><p>please find our inquiry <b>#Q-88121</b>:</p>
<table><thead><tr><th>Pos</th><th>Drawing no.</th><th>Name</th><th>Material</th><th>Pcs</th></tr></thead>
<tbody>
<tr><td>10</td><td>55.204-11</td><td>Bearing housing</td><td>EN-GJS-400-15</td><td>16</td></tr>
<tr><td>20</td><td>55.204-12</td><td>Cover</td><td>S355J2+N</td><td>16</td></tr>
<tr><td>30</td><td>55.207-03</td><td>Labyrinth ring</td><td>EN AW-5083</td><td>32</td></tr>
</tbody></table>
<p>Delivery: CIP Linz, not later than <span style="color:red">19 Feb 2027</span>.<br>All parts primed RAL 7035 except pos. 30.</p>
<p>Best regards<br/>Eva Horvat<br/>Strategic Purchasing<br/>T +43 732 5550 118</p></body></html>""",
    lines=[("55.204-11", [16], "EN-GJS-400-15"), ("55.204-12", [16], "S355J2+N"), ("55.207-03", [32], "EN AW-5083")],
    due="2027-02-19",
    incoterm="CIP",
    place="Linz",
    finishes=("primed",),
    html=True,
)

add(
    CALLED_LETTERS,
    """Hello Dan

Correction on my mail of this morning - the valve cap should be 316L not 304, and make it 75 instead of 60.

So: 75 off VC-118-R3 in 316L, delivered to Grimsby by 12th February.

Apologies for the confusion.
Steph""",
    lines=[("VC-118-R3", [75], "316L")],
    due="2027-02-12",
    place="Grimsby",
)

add(
    CALLED_LETTERS,
    """RFQ 2026-4471

Supplier: please complete columns F-H and return by Dec 4.

Item;Part Number;Rev;Description;Qty;UoM;Material;Need Date
1;B1088-2201;C;SHAFT, INPUT;30;EA;AISI 8620;2027-02-15
2;B1088-2202;A;GEAR, IDLER;60;EA;AISI 9310;2027-02-15
3;B1088-2210;-;SPACER;120;EA;AISI 1018;2027-02-15

Terms: FCA supplier dock. Gears and shaft carburized per print.""",
    lines=[("B1088-2201", [30], "AISI 8620"), ("B1088-2202", [60], "AISI 9310"), ("B1088-2210", [120], "AISI 1018")],
    due="2027-02-15",
    incoterm="FCA",
    finishes=("carburized",),
)

add(
    CALLED_LETTERS,
    """Grüß Gott,

im Anhang 4 PDF:
 - HT-1001.pdf
 - HT-1002.pdf
 - HT-1003.pdf
 - HT-1004.pdf

Je 20 Stück, alles 1.4301, HT-1004 zusätzlich elektropoliert. Wunschtermin 15. Jänner, Versand nach Steyr.

Lg
Toni""",
    lines=[
        ("HT-1001", [20], "1.4301"),
        ("HT-1002", [20], "1.4301"),
        ("HT-1003", [20], "1.4301"),
        ("HT-1004", [20], "1.4301"),
    ],
    due="2027-01-15",
    place="Steyr",
    finishes=("elektropoliert",),
)

add(
    CALLED_LETTERS,
    """Team,

Customer X just released rev E. Same part - P/N 7103-22-118 - different material: was 2024-T351, is now 7050-T7451. Everything else the same as the last RFQ: 12 ea, chem film, need 'em on dock Wichita 1/22/27.

Re-quote please.

R/
Marcus Bell, CPSM""",
    lines=[("7103-22-118", [12], "7050-T7451")],
    due="2027-01-22",
    place="Wichita",
    finishes=("chem film",),
)

add(
    CALLED_LETTERS,
    """Estimado Sr. Ruiz:

Le ruego nos pase precio de las siguientes piezas según planos adjuntos:

Plano 1120-04   Soporte motor      Acero S275JR, pintado RAL 9005     5 uds
Plano 1120-07   Eje tensor         Acero F-114, cincado               5 uds
Plano 1120-09   Polea              Aluminio 6082-T6                   10 uds

Entrega en nuestra planta de Vitoria antes del 29 de enero de 2027.

Atentamente,
Amaia Etxeberria
Dpto. Compras""",
    lines=[("1120-04", [5], "S275JR"), ("1120-07", [5], "F-114"), ("1120-09", [10], "6082-T6")],
    due="2027-01-29",
    place="Vitoria",
    finishes=("pintado", "cincado"),
)

add(
    CALLED_LETTERS,
    """Dear Sir,

Sub: Enquiry for machined components - reg.

With reference to the above, kindly submit your most competitive offer for the following:

Sl.No  Drg. No.          Description         Matl.        Qty
01     TPL/MC/4471       Crank Pin           EN24         150 Nos.
02     TPL/MC/4472       Con Rod Bush        PB2          150 Nos.
03     TPL/MC/4480 R1    Thrust Washer       EN8          600 Nos.

Heat treatment: Crank Pin - Nitrided.
Delivery: 8 weeks from date of PO at our Coimbatore works.
Offer validity: 60 days. Due date of offer: 08.12.2026.

Yours faithfully,
for Turbo Power Ltd.,
(S. Venkatesan)
Dy. Manager - Purchase""",
    lines=[("TPL/MC/4471", [150], "EN24"), ("TPL/MC/4472", [150], "PB2"), ("TPL/MC/4480", [600], "EN8")],
    place="Coimbatore",
    finishes=("Nitrided",),
)

add(
    CALLED_LETTERS,
    """Hallo Tim,

ich hab hier eine Anfrage von Kunde reinbekommen, kannst du die schnell kalkulieren?

Gruß Jens

Von: einkauf@agrimont.example
Gesendet: Dienstag, 24. November 2026 17:31
An: info@zerspanung.example
Betreff: Anfrage Messerhalter

Guten Tag,
bitte um Angebot Messerhalter 0088-4410 (Hardox 450) in den Losgrößen 100/250/500 Stk.
Zeichnung im Anhang (0088-4410_Messerhalter.pdf). Bedarf ab KW 10/2027, frei Haus 94315 Straubing.
Oberfläche: roh, nur gestrahlt.
MfG
Agrimont""",
    lines=[("0088-4410", [100, 250, 500], "Hardox 450")],
    due="2027-03-12",
    place="Straubing",
    finishes=("gestrahlt",),
)

add(
    CALLED_LETTERS,
    """Hi Amy, hope you had a good Thanksgiving!

Quick one - the 5120-88 bracket (0.125 5052-H32, brushed + clear anodize). Last time we bought 40 at $31.50. Could you do 60 this time and get us closer to $28? Need them in Reno the week of Jan 11.

Thx!
Kaylee""",
    lines=[("5120-88", [60], "5052-H32")],
    due="2027-01-11",
    place="Reno",
    finishes=("clear anodize",),
    price=28.0,
)

add(
    CALLED_LETTERS,
    """Auftrag Nr. 77-20261126

Wir erteilen Ihnen hiermit den Auftrag über:

2 Stk. Grundplatte GP-880-1, S355J2+N, spannungsarm geglüht     à 1.480,00 €
4 Stk. Führungsleiste FL-881-2, 1.2842, gehärtet 58 HRC         à   215,00 €

Liefertermin: 22. Dezember 2026, Lieferanschrift: Prüfstandsbau Kaiser, Halle 2, 73430 Aalen
Zahlung: 14 Tage 2 % Skonto""",
    lines=[("GP-880-1", [2], "S355J2+N"), ("FL-881-2", [4], "1.2842")],
    due="2026-12-22",
    place="Aalen",
    finishes=("gehärtet",),
    price=1480.0,
    kind="order",
)

add(
    CALLED_LETTERS,
    """Good Morning,

Please provide pricing & lead time:

P/N          QTY    QTY    QTY
             TIER 1 TIER 2 TIER 3
SLK-3010-1   10     25     50
SLK-3011-1   10     25     50
SLK-3012-3   20     50     100

MATL: 6061-T651 PLATE, ALL ITEMS
FINISH: BLACK ANODIZE TYPE II CLASS 2
SHIP VIA: UPS GROUND COLLECT TO CHATSWORTH CA 91311
REQ DATE: 02/05/2027""",
    lines=[
        ("SLK-3010-1", [10, 25, 50], "6061-T651"),
        ("SLK-3011-1", [10, 25, 50], "6061-T651"),
        ("SLK-3012-3", [20, 50, 100], "6061-T651"),
    ],
    due="2027-02-05",
    place="Chatsworth",
    finishes=("BLACK ANODIZE",),
)

add(
    CALLED_LETTERS,
    """Hej Mikkel,

Vi skal bruge:
8 stk. flange, tegn. 40-2210-1, AISI 304
8 stk. rørstykke, tegn. 40-2211-1, AISI 304
16 stk. bolt M20x90 specialhoved, tegn. 40-2215-0, A4-80

Elektropoleres alle sammen undtagen boltene.
Levering uge 4, Esbjerg.

/Birgitte""",
    lines=[("40-2210-1", [8], "AISI 304"), ("40-2211-1", [8], "AISI 304"), ("40-2215-0", [16], "A4-80")],
    due="2027-01-29",
    place="Esbjerg",
    finishes=("Elektropoleres",),
)

add(
    CALLED_LETTERS,
    """Guten Tag Frau Sommer,

wie heute telefonisch besprochen erhöht sich unser Bedarf beim Gehäusedeckel DK-7715 von 300 auf 450 Stück. Werkstoff bleibt EN AC-46000 (AlSi9Cu3), der Termin rutscht auf den 19.03.2027 (bisher 05.03.). Bitte aktualisieren Sie Ihr Angebot entsprechend, Lieferung weiterhin FCA.

Mit freundlichen Grüßen
Ulrike Thoma""",
    lines=[("DK-7715", [450], "EN AC-46000")],
    due="2027-03-19",
    incoterm="FCA",
)

add(
    CALLED_LETTERS,
    """Hi all

we're a small e-bike startup & need some cnc parts:

crank_spider_v7.step - 100pcs, 7075-T6, black ano
chainring_adapter_v3.step - 100pcs, 7075-T6, black ano
motor_mount_L_v12.step - 50pcs, 6061, raw is fine

budget approx 14 EUR per spider. Ship to Utrecht NL mid feb.

cheers
Bram""",
    lines=[
        ("crank_spider", [100], "7075-T6"),
        ("chainring_adapter", [100], "7075-T6"),
        ("motor_mount_L", [50], "6061"),
    ],
    due="2027-02-15",
    place="Utrecht",
    finishes=("black ano", "black ano"),
    price=14.0,
)

add(
    CALLED_LETTERS,
    """Vážený pane Dvořáku,

poptáváme výrobu:
Páka, výkres PK-1180-03, materiál S355J2, 40 ks
Čep, výkres CP-1182-01, materiál 16MnCr5 cementováno a kaleno, 80 ks
Povrchová úprava páky: žárově zinkováno.
Termín: 12.2.2027, dodání DAP Zlín.
Děkuji za nabídku do konce týdne.

Jitka Malá
nákupčí
mobil 602 555 014""",
    lines=[("PK-1180-03", [40], "S355J2"), ("CP-1182-01", [80], "16MnCr5")],
    due="2027-02-12",
    incoterm="DAP",
    place="Zlín",
    finishes=("cementováno", "kaleno", "žárově zinkováno"),
)

add(
    CALLED_LETTERS,
    """Please see attached req from maintenance:

Qty 2 - roller shaft, print M-40118, 4140 HT, chrome OD per print
Qty 4 - roller end cap, print M-40119, 1018
Qty 1 - sprocket 60B24 w/ keyway per sketch M-40125, 1045 flame hardened teeth

Machine #4 is limping so ASAP - Friday Dec 4 latest, we'll pick up.

Cody / Maintenance Planner / Riverbend Paper / x2214""",
    lines=[("M-40118", [2], "4140"), ("M-40119", [4], "1018"), ("M-40125", [1], "1045")],
    due="2026-12-04",
    finishes=("chrome", "flame hardened"),
)

add(
    CALLED_LETTERS,
    """Bom dia Sr. Almeida,

Agradecia cotação para:
- 25 veios, desenho VE-0088-2, em aço 34CrNiMo6
- 25 casquilhos, desenho CS-0089-1, em bronze CuSn12
- 50 anilhas, desenho AN-0090-1, em aço inox AISI 316

Entrega na nossa fábrica em Braga até 5 de março de 2027.

Obrigada,
Teresa Lopes""",
    lines=[("VE-0088-2", [25], "34CrNiMo6"), ("CS-0089-1", [25], "CuSn12"), ("AN-0090-1", [50], "AISI 316")],
    due="2027-03-05",
    place="Braga",
)

add(
    CALLED_LETTERS,
    """ANFRAGE 8800123

Bestellanforderung: 10044871
Werk: 1200 Homburg
Material-Nr.: F00VC45200
Kurztext: ANKERPLATTE
Menge: 25.000 ST / Jahr
Losgröße: 2.500 ST
Werkstoff: 100Cr6 (1.3505)
Wärmebehandlung: gehärtet und angelassen
Bedarfstermin: 15.04.2027
Lieferbedingung: FCA Lieferantenwerk
Preiseinheit: 100 ST""",
    lines=[("F00VC45200", [2500], "100Cr6")],
    due="2027-04-15",
    incoterm="FCA",
    place="Homburg",
    finishes=("gehärtet",),
)

add(
    CALLED_LETTERS,
    """Hello,

I need a quote on 3 items for a food line (all 316L, 2B or better, passivated):

A. Hopper flange – FDL-220 – 6
B. Scraper blade – FDL-224 – 24
C. Pivot pin – FDL-229 – 12

Timing: 3 weeks after order would be great.
Deliver: Sligo, Ireland (DDP)

Regards
Niamh""",
    lines=[("FDL-220", [6], "316L"), ("FDL-224", [24], "316L"), ("FDL-229", [12], "316L")],
    incoterm="DDP",
    place="Sligo",
    finishes=("passivated",),
)

add(
    CALLED_LETTERS,
    """您好 王经理,

转发客户的询价,请今天核一下:

> From: Erik
> Part: HJ-6601-A bracket, 2 mm SPCC, powder coat black, 2000 pcs
> Part: HJ-6602-A cover, 1.5 mm SPCC, same coating, 2000 pcs
> FOB Shenzhen, ready by Jan 25

单价请用美金报。

小陈""",
    lines=[("HJ-6601-A", [2000], "SPCC"), ("HJ-6602-A", [2000], "SPCC")],
    due="2027-01-25",
    incoterm="FOB",
    place="Shenzhen",
    finishes=("powder coat",),
)

add(
    CALLED_LETTERS,
    """Sehr geehrtes Team,

bitte unterbreiten Sie uns ein Angebot für nachstehende Teile gemäß Zeichnung:

Zeichnungsnr.: 1-22-3310.00
Bezeichnung: Kolbenstange
Stückzahl: 18
Material: 1.4462
Rauheit: Ra 0,2 / hartverchromt 30 µm

Zeichnungsnr.: 1-22-3311.00
Bezeichnung: Kolben
Stückzahl: 18
Material: 1.4462

Gewünschte Lieferzeit: 6-8 Wochen
Lieferadresse: Wehrtechnik Nord, Kanalstr. 88, 24159 Kiel

Freundliche Grüße
i. V. Rolf Jessen""",
    lines=[("1-22-3310.00", [18], "1.4462"), ("1-22-3311.00", [18], "1.4462")],
    place="Kiel",
    finishes=("Ra 0,2", "hartverchromt"),
)

add(
    CALLED_LETTERS,
    """Ciao Luca,

mi servono entro il 18 dicembre:
15 perni P-330/A (C40 bonificato) e 15 boccole P-331/A (B14).
Come l'altra volta, li passo a prendere io.

Grazie,
Beppe - 348 555 0127""",
    lines=[("P-330/A", [15], "C40"), ("P-331/A", [15], "B14")],
    due="2026-12-18",
)

add(
    CALLED_LETTERS,
    """Dear supplier,

Kindly quote as per below requirement for our Jebel Ali workshop:

Item 1: Wear ring, case. Dwg: PMP-22-118. Mat: ASTM A743 CA6NM. Qty: 4 nos.
Item 2: Wear ring, impeller. Dwg: PMP-22-119. Mat: ASTM A743 CA6NM. Qty: 4 nos.
Item 3: Throttle bush. Dwg: PMP-22-125. Mat: Ni-resist D2. Qty: 2 nos.

Required on site by 20-Dec-2026. Price basis: CPT Jebel Ali.
Offer validity min. 30 days.

Thanks & Regards
Imran Qureshi
+971 4 555 0163""",
    lines=[("PMP-22-118", [4], "CA6NM"), ("PMP-22-119", [4], "CA6NM"), ("PMP-22-125", [2], "Ni-resist D2")],
    due="2026-12-20",
    incoterm="CPT",
    place="Jebel Ali",
)

add(
    CALLED_LETTERS,
    """Goedendag,

Kunt u ons een offerte sturen voor 250 stuks afstandsbus (tek.nr. AB-1174, CuZn39Pb3, vernikkeld) en 250 stuks schroefoog (tek.nr. SO-1180, 1.4401)?

Alternatief voor AB-1174 graag ook 1000 stuks.

Gewenste levering: week 6, franco Eindhoven.

Groet, Loes""",
    lines=[("AB-1174", [250, 1000], "CuZn39Pb3"), ("SO-1180", [250], "1.4401")],
    due="2027-02-12",
    place="Eindhoven",
    finishes=("vernikkeld",),
)

add(
    CALLED_LETTERS,
    """Purchase Order 4501188 - please confirm receipt

Line 1: 18 pcs 7740-2201 rev B Manifold block, 316L, unit price GBP 142.00
Line 2: 36 pcs 7740-2208 rev A Blanking plug, 316L, unit price GBP 9.85
Delivery: 29 January 2027, DAP our Aberdeen stores
Material certs 3.1 required.

Authorised by: P. Strachan""",
    lines=[("7740-2201", [18], "316L"), ("7740-2208", [36], "316L")],
    due="2027-01-29",
    incoterm="DAP",
    place="Aberdeen",
    price=142.0,
    kind="order",
)

add(
    CALLED_LETTERS,
    """Bonjour,

Demande d'offre :

Article          Plan             Qté mini    Qté série
Levier           LV-3308-B        10          150
Biellette        BI-3310-A        10          150

Matière : 35NCD16 pour le levier, 7075 T7351 pour la biellette.
Traitement : levier cadmié, biellette anodisée (OAC interdite).
Livraison : au plus tôt, maxi fin février 2027, Mérignac.

Cordialement""",
    lines=[("LV-3308-B", [10, 150], "35NCD16"), ("BI-3310-A", [10, 150], "7075 T7351")],
    due="2027-02-28",
    place="Mérignac",
    finishes=("cadmié", "anodisée"),
)

add(
    CALLED_LETTERS,
    """Hallo Ralf,

für den Messestand (Messe ist am 20.04.) brauchen wir 2 Schnittmodelle vom Ventil: einmal Gehäuse M-2210-S und einmal Kegel M-2212-S, beide aus CW617N, poliert und vernickelt. Müssen spätestens am 09.04.2027 in Frankenthal sein.

Danke dir
Sven""",
    lines=[("M-2210-S", [1], "CW617N"), ("M-2212-S", [1], "CW617N")],
    due="2027-04-09",
    place="Frankenthal",
    finishes=("poliert", "vernickelt"),
)

add(
    CALLED_LETTERS,
    """Hey Greg,

Disregard PN 31-4471 from the last email, engineering killed it. Just these two now:

31-4472 — 80 pcs — 303 SS
31-4475 — 160 pcs — Delrin, natural

Still Feb 1 to Tempe, AZ.

--
Nick Alvarado | Buyer II | Sunwest Controls
480-555-0139""",
    lines=[("31-4472", [80], "303 SS"), ("31-4475", [160], "Delrin")],
    due="2027-02-01",
    place="Tempe",
)

add(
    CALLED_LETTERS,
    """Tisztelt Partnerünk!

Kérjük ajánlatukat az alábbi alkatrészekre:
Rajzszám: TG-4410-02, megnevezés: tengely, anyag: 42CrMo4, mennyiség: 24 db
Rajzszám: PS-4412-01, megnevezés: persely, anyag: CuSn12, mennyiség: 48 db
Szállítási határidő: 2027.02.19., DAP Győr

Üdvözlettel:
Kovács Péter""",
    lines=[("TG-4410-02", [24], "42CrMo4"), ("PS-4412-01", [48], "CuSn12")],
    due="2027-02-19",
    incoterm="DAP",
    place="Győr",
)

add(
    CALLED_LETTERS,
    """Hi

can you make us another 500 of the little brass inserts (our ref BI-M4-6, CZ121)? And what would it be per thousand if we took 5000?

Delivery to Redditch end of next month pls.

Mick""",
    lines=[("BI-M4-6", [500, 5000], "CZ121")],
    due="2026-12-31",
    place="Redditch",
)

add(
    CALLED_LETTERS,
    """Sehr geehrter Herr Wolff,

für die Wintersaison benötigen wir Ersatzteile lt. Liste:

Ident-Nr.    | Bezeichnung        | Werkstoff   | Bedarf | Lager | zu bestellen
SB-30114     | Seilrolle          | PA6G        | 40     | 12    | 28
SB-30118     | Rollenachse        | C45 verzinkt| 40     | 0     | 40
SB-30125     | Lagerdeckel        | AlMgSi1     | 20     | 5     | 15

Lieferung bitte bis 15.12. nach Sölden.

Mit freundlichen Grüßen
Martin Gstrein""",
    lines=[("SB-30114", [28], "PA6G"), ("SB-30118", [40], "C45"), ("SB-30125", [15], "AlMgSi1")],
    due="2026-12-15",
    place="Sölden",
    finishes=("verzinkt",),
)

add(
    CALLED_LETTERS,
    """Hello Purchasing Dept.,

oops, you're the supplier :) - ok so: need price for LQ-77 cooling plate, 2 versions:
LQ-77-01 in 6063-T5: 20 pcs
LQ-77-02 in C110 copper: 20 pcs, nickel plated

Vacuum brazed, leak tested. Ex works ok. 26.02.2027.

best
Jonas""",
    lines=[("LQ-77-01", [20], "6063-T5"), ("LQ-77-02", [20], "C110")],
    due="2027-02-26",
    incoterm="EXW",
    finishes=("nickel plated",),
)

add(
    CALLED_LETTERS,
    """陈工你好,
之前报的 KM-2201 底座改版了,新图号 KM-2201B,数量从 50 改为 80,材料不变还是 QT450-10,表面改为喷塑。
另外加一个 KM-2207 盖板,80 件,Q235,发黑。
元旦后第二周(1月15日)前到合肥。
谢谢""",
    lines=[("KM-2201B", [80], "QT450-10"), ("KM-2207", [80], "Q235")],
    due="2027-01-15",
    place="合肥",
    finishes=("喷塑", "发黑"),
)

add(
    CALLED_LETTERS,
    """To whom it may concern,

We require your quotation for the supply of:

(a) One (1) coupling half, drawing HYD-4471/1, forged steel 34CrNiMo6
(b) Two (2) thrust collars, drawing HYD-4471/2, material as (a)
(c) Twelve (12) fitted bolts, drawing HYD-4471/5, 42CrMo4+QT

Delivery DAP Glenrothes power station, required on site 1 March 2027.
Offers to reach us before noon on 11 December 2026.

Yours faithfully
A. McKinnon
Procurement Officer""",
    lines=[("HYD-4471/1", [1], "34CrNiMo6"), ("HYD-4471/2", [2], "34CrNiMo6"), ("HYD-4471/5", [12], "42CrMo4")],
    due="2027-03-01",
    incoterm="DAP",
    place="Glenrothes",
)
