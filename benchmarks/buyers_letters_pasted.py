"""Requests pasted from web forms, spreadsheets and chats, with one material for all; see ``buyers_letters``."""

from buyers_letters import Letter, add

PASTED_LETTERS: list[Letter] = []


add(
    PASTED_LETTERS,
    """New message from your website contact form

Name: Aaron Whitlock
Company: Trailhead Bicycles LLC
Email: aaron@trailhead.example
Phone: (303) 555-0188
Service: CNC turning
Message: Looking for 300 axle caps (TH-AX-12, see upload) in 7075-T6, type II black anodize. Nothing tighter than +/-.002. Need by end of March 2027 in Boulder. Also curious about 1000 pricing.
Files: TH-AX-12.step, TH-AX-12.pdf
""",
    lines=[("TH-AX-12", [300, 1000], "7075-T6")],
    due="2027-03-31",
    place="Boulder",
    finishes=("black anodize",),
    tolerances=("+/-.002",),
)

add(
    PASTED_LETTERS,
    """Hallo,
Preisanfrage:

Rohrflansch nach Zeichnung 7-2217-4a
1.4404
Stückzahl 10 / 20 / 50
Liefertermin: schnellstmöglich, spätestens 22.12.26
Lieferung: ab Werk

Kleine Bitte: Schweißnahtvorbereitung nicht vergessen.

Mit besten Grüßen
Anlagenbau Petry""",
    lines=[("7-2217-4a", [10, 20, 50], "1.4404")],
    due="2026-12-22",
    incoterm="EXW",
)

add(
    PASTED_LETTERS,
    """Hi Mark,

Per our call, pls quote the below (all A2 tool steel unless stated, hardened 58-60 HRC):

1) D-4410-01 punch, 12 pcs
2) D-4410-02 die button, 12 pcs
3) D-4410-07 stripper plate - 4140 prehard, 3 pcs, not hardened

Tool kick-off is Dec 9 so we need pricing by Dec 4. Parts due at the shop in Rockford no later than Jan 22.

Don""",
    lines=[("D-4410-01", [12], "A2"), ("D-4410-02", [12], "A2"), ("D-4410-07", [3], "4140")],
    due="2027-01-22",
    place="Rockford",
    finishes=("hardened",),
)

add(
    PASTED_LETTERS,
    """Bonjour,

commande ferme n° CF26-1187

1 - Réf 55.310.12 - Moyeu cannelé - Qté : 20 - PU HT : 78,50 € - 42CD4 traité
2 - Réf 55.310.14 - Arbre de sortie - Qté : 20 - PU HT : 112,00 € - 42CD4 traité

Délai : 22/01/2027
Livraison : franco Bourges
Accusé de réception sous 48 h svp.

Sylvie M.""",
    lines=[("55.310.12", [20], "42CD4"), ("55.310.14", [20], "42CD4")],
    due="2027-01-22",
    place="Bourges",
    price=78.5,
    kind="order",
)

add(
    PASTED_LETTERS,
    """Dear Mr Tan

we would like to invite your quotation for the following medical components:

Component          Drawing no / rev      Material                   Annual qty     MOQ to quote
Pump plunger       MD-20114 / 03         316LVM (ASTM F138)         12,000         1,000
Cannula hub        MD-20118 / 01         PEEK Optima                24,000         2,000

Passivation per ASTM A967 on item 1.
Delivery: first lot by 30 April 2027, DAP Penang.
Please reply by 11 December.

Best regards,
Lim Wei Ling""",
    lines=[("MD-20114", [1000], "316LVM"), ("MD-20118", [2000], "PEEK Optima")],
    due="2027-04-30",
    incoterm="DAP",
    place="Penang",
    finishes=("Passivation",),
)

add(
    PASTED_LETTERS,
    """Buongiorno, in allegato i disegni 8831 e 8832. Fare offerta per 5 pezzi cad., acciaio C40, brunitura. Consegna entro il 18/12. Grazie, Officine Ferri (BS)""",
    lines=[("8831", [5], "C40"), ("8832", [5], "C40")],
    due="2026-12-18",
    finishes=("brunitura",),
)

add(
    PASTED_LETTERS,
    """hej Morten

har du plads til 30 stk af den sædvanlige låseplade (tegn 1204-88 rev E) i december?
materiale S355, elforzinket. skal bruges d. 17/12 hos os i Vejle
pris som sidst?

/Bo""",
    lines=[("1204-88", [30], "S355")],
    due="2026-12-17",
    place="Vejle",
    finishes=("elforzinket",),
)

add(
    PASTED_LETTERS,
    """DEAR SIR/MADAM,

TENDER NO. MW/2026/0447 - SUPPLY OF MACHINED SPARES FOR BALL MILL

ITEM 1: PINION SHAFT, DRG NO. BM-S-1107 REV 2, MATL 817M40 (EN24) COND. T, QTY 2 NO.
ITEM 2: THRUST COLLAR, DRG NO. BM-S-1108 REV 1, MATL LB2, QTY 4 NO.
ITEM 3: TIE BOLT, DRG NO. BM-S-1121 REV 0, MATL A193 B7, QTY 48 NO.

DELIVERY: CIF DAR ES SALAAM, REQUIRED ON SITE 30/04/2027
TENDERS CLOSE 12:00 HRS ON 14/12/2026. TENDERS TO BE VALID 120 DAYS.

PROCUREMENT MANAGER
P.O. BOX 1123""",
    lines=[("BM-S-1107", [2], "817M40"), ("BM-S-1108", [4], "LB2"), ("BM-S-1121", [48], "A193 B7")],
    due="2027-04-30",
    incoterm="CIF",
    place="DAR ES SALAAM",
)

add(
    PASTED_LETTERS,
    """Guten Tag Herr Ebner,

wir möchten bei Ihnen folgende Teile anfragen (Zeichnungen + STEP im Anhang):

Teil A: 40045-10 Gehäuse, AlSi10Mg bzw. alternativ EN AW-6060, 25 Stk.
Teil B: 40045-11 Deckel, wie Teil A, 25 Stk.
Teil C: 40045-20 Distanzring, 1.4305, 75 Stk.

Teile A und B chromatieren (gelb), Teil C blank.
Wir planen den Einbau am 8. März 2027, die Ware sollte also spätestens am 1. März in Villach sein.

Mit lieben Grüßen
DI Katharina Moser""",
    lines=[("40045-10", [25], "AlSi10Mg"), ("40045-11", [25], "AlSi10Mg"), ("40045-20", [75], "1.4305")],
    due="2027-03-01",
    place="Villach",
    finishes=("chromatieren",),
)

add(
    PASTED_LETTERS,
    """RFQ attached in spreadsheet, copied here for convenience:

"Part No","Rev","Desc","Qty 1","Qty 2","Qty 3","Material"
"TZ-0091-B","C","Lever, brake","50","100","250","Ti-6Al-4V Gr 5"
"TZ-0092-A","A","Pivot pin","100","200","500","17-4PH H1025"

Due on dock 2027-02-22, FCA Ghent. Quote by 12/07/2026 please.

Karel""",
    lines=[("TZ-0091-B", [50, 100, 250], "Ti-6Al-4V"), ("TZ-0092-A", [100, 200, 500], "17-4PH")],
    due="2027-02-22",
    incoterm="FCA",
    place="Ghent",
)

add(
    PASTED_LETTERS,
    """Merhaba,

Aşağıdaki parçalar için fiyat teklifinizi rica ederiz:

1. Mil, resim no: ML-2040, malzeme: 4140, 50 adet, indüksiyonla sertleştirilmiş
2. Burç, resim no: BR-2041, malzeme: CuSn12, 100 adet

Teslim tarihi: 15.02.2027
Teslim yeri: Bursa

Saygılarımla
Emre""",
    lines=[("ML-2040", [50], "4140"), ("BR-2041", [100], "CuSn12")],
    due="2027-02-15",
    place="Bursa",
    finishes=("indüksiyonla sertleştirilmiş",),
)

add(
    PASTED_LETTERS,
    """Good day Lindiwe

Can you assist with the following urgently for Rand Crushers:

* 2 off eccentric bush RC/EB/44 in PB1
* 2 off mainshaft sleeve RC/MS/12 in EN8, hard chromed 0.15mm
* 8 off wedge bolt RC/WB/03 in EN19T

Driver can collect from you on Friday 11 December. Rates ex works please, excl VAT.

Thanks, Pieter
082 555 0193""",
    lines=[("RC/EB/44", [2], "PB1"), ("RC/MS/12", [2], "EN8"), ("RC/WB/03", [8], "EN19T")],
    due="2026-12-11",
    incoterm="EXW",
    finishes=("hard chromed",),
)

add(
    PASTED_LETTERS,
    """Hallo Jan,

Graag offerte voor onderstaande, tekeningen zitten in de bijlage.

Artikel 88-1120-A: 15 stuks, S355J2+N, stralen en poedercoaten RAL 7035
Artikel 88-1121-B: 30 stuks, RVS 316, gebeitst
Artikel 88-1130-A: 15 stuks, PE-HD 500 naturel

Gewenste leverdatum 29-01-2027, franco Venlo.
Prijzen ook graag voor het dubbele aantal.

Gr. Sanne""",
    lines=[("88-1120-A", [15, 30], "S355J2+N"), ("88-1121-B", [30, 60], "316"), ("88-1130-A", [15, 30], "PE-HD 500")],
    due="2027-01-29",
    place="Venlo",
    finishes=("stralen", "poedercoaten RAL 7035", "gebeitst"),
)

add(
    PASTED_LETTERS,
    """老板,上次做的那批法兰 (FL-80-3) 再来 200 个,材料还是 304,这次要抛光。月底前发到宁波北仑仓库。单价按 23.5 元算可以吗?""",
    lines=[("FL-80-3", [200], "304")],
    due="2026-11-30",
    place="宁波",
    finishes=("抛光",),
    price=23.5,
)

add(
    PASTED_LETTERS,
    """Fwd: Parts for the March build

---------- Forwarded message ---------
From: Olga Petrenko <olga@sat.example>
Date: Tue, Nov 24, 2026 at 6:02 PM
Subject: Parts for the March build
To: Ben <ben@broker.example>

Ben,

for the March build we need flight hardware as follows

SAT-STR-0410 rev B   panel insert       qty 64    Al 7075-T7351
SAT-STR-0411 rev B   panel insert long  qty 32    Al 7075-T7351
SAT-STR-0415 rev A   hinge bracket      qty 8     Ti 6Al-4V

surface: alodine 1200 on alu parts. Deliver 2027-02-19 to our cleanroom in Kiruna.

Olga
""",
    lines=[
        ("SAT-STR-0410", [64], "7075-T7351"),
        ("SAT-STR-0411", [32], "7075-T7351"),
        ("SAT-STR-0415", [8], "Ti 6Al-4V"),
    ],
    due="2027-02-19",
    place="Kiruna",
    finishes=("alodine 1200",),
)

add(
    PASTED_LETTERS,
    """Bom dia,

Segue pedido de cotação nº 2026/3381.

Item: 001
Código: 77.12.0045
Descrição: Eixo excêntrico
Material: SAE 4340
Quantidade: 15 pç
Tratamento: têmpera e revenimento 32-36 HRC

Item: 002
Código: 77.12.0046
Descrição: Bucha
Material: SAE 660
Quantidade: 30 pç

Prazo de entrega: 20/02/2027
Local de entrega: Joinville - SC
Frete: CIF
""",
    lines=[("77.12.0045", [15], "SAE 4340"), ("77.12.0046", [30], "SAE 660")],
    due="2027-02-20",
    incoterm="CIF",
    place="Joinville",
    finishes=("têmpera",),
)

add(
    PASTED_LETTERS,
    """Hi

Just following up on the below, we haven't received a quote yet. Also please make it 12 instead of 10 for the -003.

Regards
Nisha

From: Nisha Rao
Sent: 18 November 2026 10:12
To: sales@shop.example
Subject: RFQ valve guides

Please quote 10 ea of the following:
VG-5512-001, bronze C63000
VG-5512-003, bronze C63000
Delivery 20 Jan 2027, DDP Coventry
""",
    lines=[("VG-5512-001", [10], "C63000"), ("VG-5512-003", [12], "C63000")],
    due="2027-01-20",
    incoterm="DDP",
    place="Coventry",
)

add(
    PASTED_LETTERS,
    """Dobrý deň,

prosíme o cenovú ponuku:

Názov: čap, výkres č. 3-5501-12, materiál 16MnCr5, množstvo 120 ks, cementovať a kaliť
Názov: puzdro, výkres č. 3-5501-14, materiál 1.0503, množstvo 120 ks

Termín dodania: 5.2.2027
Miesto dodania: Žilina

S pozdravom
Ing. Hudák""",
    lines=[("3-5501-12", [120], "16MnCr5"), ("3-5501-14", [120], "1.0503")],
    due="2027-02-05",
    place="Žilina",
    finishes=("cementovať", "kaliť"),
)

add(
    PASTED_LETTERS,
    """Hi Roy,

three jobs for you this week:

Job 1 - bearing housing 6614-H2, SG iron 500/7, 4 off, castings free issue from us
Job 2 - shaft 6614-S1, 4 off, EN19T, keyways to BS4235
Job 3 - gland 6614-G5, 8 off, 316

all wanted Tues 15th Dec. Let me have a price each by Monday please

cheers
Phil, Tamar Pumps""",
    lines=[("6614-H2", [4], "SG iron 500/7"), ("6614-S1", [4], "EN19T"), ("6614-G5", [8], "316")],
    due="2026-12-15",
)

add(
    PASTED_LETTERS,
    """Sehr geehrter Herr Winter,

für die Maschine 4711 (Bj. 1998) benötigen wir als Ersatzteil die Kurvenscheibe, Zeichnungsnummer 0-334-118, Material 100Cr6, gehärtet 60+2 HRC, geschliffen. Menge: 1 Stück, optional 2 Stück (bitte Preis für beide Varianten). Der Termin ist uns wichtig: 20. Dezember!

Lieferanschrift: Weberei Seidl, Am Bach 3, 95213 Münchberg

Freundliche Grüße
i. V. Seidl""",
    lines=[("0-334-118", [1, 2], "100Cr6")],
    due="2026-12-20",
    place="Münchberg",
    finishes=("gehärtet",),
)
