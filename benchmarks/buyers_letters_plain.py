"""Notes from the shop floor, enquiries of traders, forms and chats; see ``buyers_letters``."""

from buyers_letters import Letter, add

PLAIN_LETTERS: list[Letter] = []


add(
    PLAIN_LETTERS,
    """Hallo,

wir sind ein Ingenieurbüro aus Freiburg und benötigen für einen Prüfstand folgende Einzelteile:

Klemmblock (PS-0117)      1 Stück   EN AW-7075
Kugelpfanne (PS-0122)     2 Stück   1.2379, 60 HRC
Traverse (PS-0125)        1 Stück   S355J2C+N

Wir hätten die Teile gern vor Weihnachten, spätestens aber am 11.01.2027.
Können Sie bitte auch direkt die Versandkosten nach Freiburg angeben?

Beste Grüße
Dr.-Ing. Malte Kern""",
    lines=[("PS-0117", [1], "EN AW-7075"), ("PS-0122", [2], "1.2379"), ("PS-0125", [1], "S355J2C+N")],
    due="2027-01-11",
    place="Freiburg",
)

add(
    PLAIN_LETTERS,
    """Subject: RE: RE: FW: Quote 11902

Jeff,

Your number on the 2205 sleeves came in high. Can you sharpen the pencil at 150 pcs instead of 100? Same delivery (Mobile, AL by 3/5/27).

Kim

From: Jeff Stroud
Sent: Tuesday, November 24, 2026 9:02 AM
To: Kim Duval
Subject: RE: FW: Quote 11902

Kim - quote attached, 100 ea @ $212.40.

From: Kim Duval
Sent: Friday, November 20, 2026 3:47 PM
To: Jeff Stroud
Subject: FW: Quote 11902

Please quote 100 ea. sleeve P/N MRN-8814, duplex 2205, deliver Mobile, AL by 3/5/27.""",
    lines=[("MRN-8814", [150], "duplex 2205")],
    due="2027-03-05",
    place="Mobile",
)

add(
    PLAIN_LETTERS,
    """王工:

请报下列机加件:
1. 转轴 ZZ-0412-A 45#钢 调质 HRC28-32 数量20
2. 端盖 DG-0415-B HT200 数量20
3. 隔套 GT-0418-A 20#钢 发黑 数量40

以上请按未税价报,12月20日前交到无锡惠山工厂。

李健""",
    lines=[("ZZ-0412-A", [20], "45#钢"), ("DG-0415-B", [20], "HT200"), ("GT-0418-A", [40], "20#钢")],
    due="2026-12-20",
    place="无锡",
    finishes=("发黑",),
)

add(
    PLAIN_LETTERS,
    """Spett.le Officina,

con la presente si richiede offerta per la fornitura di:

POS.   CODICE         DESCRIZIONE            MAT.         Q.TA'
1      M22-0417-A     MANICOTTO              AISI 316     60
2      M22-0418-B     RACCORDO A T           AISI 316     60
3      M22-0425-A     TAPPO CIECO            OT58         120

CONSEGNA: 31/01/2027 FRANCO NS. MAGAZZINO DI TREVIGLIO
PAGAMENTO: 60 GG D.F.F.M.
VALIDITA' OFFERTA: 30 GG

DISTINTI SALUTI
UFFICIO ACQUISTI""",
    lines=[("M22-0417-A", [60], "AISI 316"), ("M22-0418-B", [60], "AISI 316"), ("M22-0425-A", [120], "OT58")],
    due="2027-01-31",
    place="TREVIGLIO",
)

add(
    PLAIN_LETTERS,
    """Bonjour M. Keller,

Dans le cadre du projet TRIMARAN nous consultons pour :

• Ferrure de cadène – plan TR-0331 ind. B – 316L – 12 pièces – électropolie
• Axe de ferrure – plan TR-0332 ind. A – TA6V – 12 pièces
• Platine – plan TR-0340 ind. A – 5083 H111 – 4 pièces – anodisée incolore 20 µm

Mise à disposition souhaitée : 12/02/2027 (Incoterm EXW).

Dans l'attente de votre retour avant le 03/12,
Maëlle""",
    lines=[("TR-0331", [12], "316L"), ("TR-0332", [12], "TA6V"), ("TR-0340", [4], "5083 H111")],
    due="2027-02-12",
    incoterm="EXW",
    finishes=("électropolie", "anodisée incolore"),
)

add(
    PLAIN_LETTERS,
    """Cześć Marek,

potrzebuję na wczoraj ;)
4 szt. tulei RT-77/1 z brązu B101
2 szt. wałka RT-77/3 ze stali 40H ulepszanej cieplnie

Realnie: do 10.12 u nas w Gdyni.

Dzięki, Paweł
+48 601 555 017""",
    lines=[("RT-77/1", [4], "B101"), ("RT-77/3", [2], "40H")],
    due="2026-12-10",
    place="Gdyni",
)

add(
    PLAIN_LETTERS,
    """RFQ - Machined castings

Dear Partner,

please find below our annual requirement, to be delivered in equal monthly lots:

Part No.      Name            Annual qty   Lot    Material
CX-9011-0     Bracket LH      6000         500    EN-GJS-500-7
CX-9012-0     Bracket RH      6000         500    EN-GJS-500-7

First lot: 01.06.2027
Delivery condition: DAP Gliwice
Surface: KTL coating black

Best regards, Beata Nowak""",
    lines=[("CX-9011-0", [500], "EN-GJS-500-7"), ("CX-9012-0", [500], "EN-GJS-500-7")],
    due="2027-06-01",
    incoterm="DAP",
    place="Gliwice",
    finishes=("KTL coating",),
)

add(
    PLAIN_LETTERS,
    """hi mate
any chance of a price on 30 M16 special studs, drg MS-1604 iss 2, EN16T, cut thread both ends, zinc plate & yellow passivate. also 30 nuts to suit MS-1605 in EN8. need em weds 16th dec in Hull if poss
ta
Baz @ Humber Fab 07700 900217""",
    lines=[("MS-1604", [30], "EN16T"), ("MS-1605", [30], "EN8")],
    due="2026-12-16",
    place="Hull",
    finishes=("zinc plate", "passivate"),
)

add(
    PLAIN_LETTERS,
    """Sehr geehrte Frau Brandl,

bezugnehmend auf Ihr Angebot 2026-0931 teilen wir mit, dass wir uns für die Ausführung in 1.4404 (statt 1.4301) entschieden haben. Bitte überarbeiten Sie das Angebot für Art. 600-771-02 "Sensorhalter", Menge 1.000 und 2.500 Stück.

Liefertermin: 15. März 2027 / Lieferort: Unterföhring / Parität: DDP

Für Rückfragen: DW -4471

Freundliche Grüße""",
    lines=[("600-771-02", [1000, 2500], "1.4404")],
    due="2027-03-15",
    incoterm="DDP",
    place="Unterföhring",
)

add(
    PLAIN_LETTERS,
    """Good afternoon Estimating,

Please price the following against the attached drawings. All 304L unless stated.

DWG 7100-01  Qty 1   Frame adapter
DWG 7100-02  Qty 2   Side plate LH
DWG 7100-03  Qty 2   Side plate RH
DWG 7100-09  Qty 8   Spacer (Acetal)

Bead blast finish on the frame adapter & side plates.
Lead time is key: the line goes down 21 December, so delivery to Carlisle must be 18 December.

Many thanks
Rhona Bell""",
    lines=[("7100-01", [1], "304L"), ("7100-02", [2], "304L"), ("7100-03", [2], "304L"), ("7100-09", [8], "Acetal")],
    due="2026-12-18",
    place="Carlisle",
    finishes=("Bead blast",),
)

add(
    PLAIN_LETTERS,
    """<div dir="ltr">Hola Jordi,<div><br></div><div>Me puedes cotizar esto porfa:</div><ul><li>50 u. - BRA-2210 - brazo - aluminio 7075-T6 - anodizado negro</li><li>50 u. - BRA-2211 - tapa - aluminio 6082-T6 - anodizado negro</li><li>100 u. - BRA-2215 - casquillo - Iglidur G</li></ul><div>Lo necesito en Terrassa el 22 de enero.</div><div><br></div><div>Gracias!</div><div>Núria · 93 555 01 88</div></div>""",
    lines=[("BRA-2210", [50], "7075-T6"), ("BRA-2211", [50], "6082-T6"), ("BRA-2215", [100], "Iglidur G")],
    due="2027-01-22",
    place="Terrassa",
    finishes=("anodizado negro", "anodizado negro"),
    html=True,
)

add(
    PLAIN_LETTERS,
    """REQUEST FOR QUOTE
Date: 11/25/2026          Buyer: T. Okonkwo
RFQ #: 40-11877           Respond by: 12/02/2026 2:00 PM CST

LINE 001
  PART NUMBER ......... 65-40118-3
  DESCRIPTION ......... FITTING ASSY, PYLON
  REVISION ............ H
  QUANTITY ............ 6 / 12 / 24
  MATERIAL ............ 7050-T7451 PLATE, AMS 4050
  FINISH .............. ANODIZE BAC5019, PRIME BMS10-11
  DELIVER ............. 04/30/2027
LINE 002
  PART NUMBER ......... 65-40118-4
  DESCRIPTION ......... FITTING ASSY, PYLON (OPP)
  REVISION ............ H
  QUANTITY ............ 6 / 12 / 24
  MATERIAL ............ 7050-T7451 PLATE, AMS 4050
  FINISH .............. ANODIZE BAC5019, PRIME BMS10-11
  DELIVER ............. 04/30/2027
SHIP TO: BLDG 22, 1800 AIRFIELD RD, TULSA OK 74115""",
    lines=[("65-40118-3", [6, 12, 24], "7050-T7451"), ("65-40118-4", [6, 12, 24], "7050-T7451")],
    due="2027-04-30",
    place="TULSA",
    finishes=("ANODIZE", "ANODIZE"),
)

add(
    PLAIN_LETTERS,
    """Hi Sandra

Further to my voicemail - customer has now approved the drawings. Can I get firm prices on:

GV-2201 gate, CF3M, 2 off
GV-2204 stem, 431, 2 off
GV-2205 yoke bush, aluminium bronze AB2, 2 off

plus a spare stem please (so 3 stems in total).

Required Teesport 29th January. Carriage paid.

Rgds
Alan""",
    lines=[("GV-2201", [2], "CF3M"), ("GV-2204", [3], "431"), ("GV-2205", [2], "AB2")],
    due="2027-01-29",
    place="Teesport",
)

add(
    PLAIN_LETTERS,
    """Anfrage über Ihr Webformular

Firma: Seilbahnen Hochtal AG
Name: Gian Caduff
PLZ/Ort: 7050 Arosa
Telefon: 081 555 01 44
Teilenummer: SH-4410-3
Stückzahl: 8
Werkstoff: 1.7225 vergütet
Oberfläche: chemisch vernickelt
Wunschtermin: 18.01.2027
Nachricht: Bitte auch Preis für 16 Stück. Danke.
Datenschutz: akzeptiert""",
    lines=[("SH-4410-3", [8, 16], "1.7225")],
    due="2027-01-18",
    place="Arosa",
    finishes=("chemisch vernickelt",),
)

add(
    PLAIN_LETTERS,
    """Dear Nightmill,

We are trading company in Dubai and have enquiry from our end user as follow:

1- Impeller nut, drawing No: ADN-4471-09, Material Super Duplex UNS S32760, Qty: 3 Nos
2- Shaft sleeve, drawing No: ADN-4471-11, Material Super Duplex UNS S32760, Qty: 3 Nos
3- Casing ring, drawing No: ADN-4471-15, Material Bronze C95800, Qty: 6 Nos

Please offer us your best price with delivery time CFR Jebel Ali Port, and ex-works also.
Our closing date is 10th December 2026.

Best regards
Mohammed Farouk""",
    lines=[("ADN-4471-09", [3], "UNS S32760"), ("ADN-4471-11", [3], "UNS S32760"), ("ADN-4471-15", [6], "C95800")],
    incoterm="CFR",
    place="Jebel Ali",
)

add(
    PLAIN_LETTERS,
    """Hej,

Tack för senast! Här kommer förfrågan:

Axel, ritn. 1174-22-B, 34CrNiMo6, 15 st
Nav, ritn. 1174-25-A, SS 2244, 15 st
Distans, ritn. 1174-31-A, POM, 60 st

Härdning av axeln enligt ritning (induktion).
Önskad leverans: vecka 7, Trollhättan.

Med vänlig hälsning
Fredrik Ek
070-555 01 23""",
    lines=[("1174-22-B", [15], "34CrNiMo6"), ("1174-25-A", [15], "SS 2244"), ("1174-31-A", [60], "POM")],
    due="2027-02-19",
    place="Trollhättan",
    finishes=("Härdning",),
)

add(
    PLAIN_LETTERS,
    """Hallo Frau Wirth,

die Teile aus Bestellung 4500-7711 sind gut angekommen, danke!

Jetzt bräuchten wir Nachschub: vom Spannhebel SPH-220 noch 40 Stück und vom Exzenter EXZ-118 noch 60. Werkstoffe wie zuletzt (Hebel 42CrMo4, Exzenter 100Cr6 gehärtet). Bitte Angebot, Lieferung bis 5. Februar nach Velbert.

Grüße
O. Stein""",
    lines=[("SPH-220", [40], "42CrMo4"), ("EXZ-118", [60], "100Cr6")],
    due="2027-02-05",
    place="Velbert",
    finishes=("gehärtet",),
)

add(
    PLAIN_LETTERS,
    """PO# 26-88471  -  Rev 1 (replaces PO issued 11/23)

Ship To: Dock 3, 400 Foundry Way, Bethlehem PA 18015
Terms: Net 45   FOB: Destination

Ln  Item            Qty   Unit $    Due
1   HD-4410-07      75    38.20     01/15/2027
    Latch, 17-4 PH H1025, passivated
2   HD-4412-02      75    11.65     01/15/2027
    Pin, 17-4 PH H900, passivated

Acknowledge within 24 hrs.""",
    lines=[("HD-4410-07", [75], "17-4 PH"), ("HD-4412-02", [75], "17-4 PH")],
    due="2027-01-15",
    incoterm="FOB",
    place="Bethlehem",
    finishes=("passivated", "passivated"),
    price=38.20,
    kind="order",
)

add(
    PLAIN_LETTERS,
    """Bonsoir,

Pouvez-vous refaire 6 galets comme ceux de mars dernier ? Référence gravée dessus : G-5520. Acier 100Cr6 trempé. Et tant qu'à faire, 2 axes A-5521 en 42CD4.

Livraison à l'atelier de Thiers, première quinzaine de janvier, disons le 15 au plus tard.

Merci
Didier""",
    lines=[("G-5520", [6], "100Cr6"), ("A-5521", [2], "42CD4")],
    due="2027-01-15",
    place="Thiers",
    finishes=("trempé",),
)

add(
    PLAIN_LETTERS,
    """Dear Sirs

ENQUIRY NO. E/26/3390 - SPARES FOR CRUSHER

Please quote by return for:

6 (six) off Pitman Bearing Retainers to Drg. 3390/R/14 in EN8D
2 (two) off Eccentric Bushes to Drg. 3390/E/02 in LB2
1 (one) pair Toggle Seats to Drg. 3390/T/08 in manganese steel

Delivery required: Shap Quarry, week commencing 18th January 2027.
Please state weights.

Yours faithfully
J D Armstrong""",
    lines=[("3390/R/14", [6], "EN8D"), ("3390/E/02", [2], "LB2"), ("3390/T/08", [2], "manganese steel")],
    due="2027-01-18",
    place="Shap",
)

add(
    PLAIN_LETTERS,
    """Hello,

Quote request (JSON export from our PLM, sorry):

item=TCU-4471-A; rev=03; qty=35; material=AlSi10Mg T6; finish=chromate
item=TCU-4475-A; rev=01; qty=35; material=EN AW-6082; finish=chromate
need_by=2027-02-12; ship_to=Göteborg; incoterm=DAP

/ PLM bot""",
    lines=[("TCU-4471-A", [35], "AlSi10Mg"), ("TCU-4475-A", [35], "EN AW-6082")],
    due="2027-02-12",
    incoterm="DAP",
    place="Göteborg",
    finishes=("chromate", "chromate"),
)

add(
    PLAIN_LETTERS,
    """Guten Tag,

bitte bieten Sie an:

Lagerschild, Zeichnung Nr. 4 711 0815 03, Ausführung links, 25 Stück
Lagerschild, Zeichnung Nr. 4 711 0816 03, Ausführung rechts, 25 Stück

Beide aus EN-GJL-250, grundiert RAL 7032. DAP Bautzen, Liefertermin KW 11.

MfG
Schulze""",
    lines=[("4 711 0815 03", [25], "EN-GJL-250"), ("4 711 0816 03", [25], "EN-GJL-250")],
    due="2027-03-19",
    incoterm="DAP",
    place="Bautzen",
    finishes=("grundiert RAL 7032",),
)

add(
    PLAIN_LETTERS,
    """Hi Jo,

Can you beat 41 euros on the 8mm plate version? We'd take 80 this time. Part is WLD-0098-C, S700MC, laser + 2 bends + weld nut. Paint by us.

By 22 January at our Tallinn warehouse.

Cheers
Kristjan""",
    lines=[("WLD-0098-C", [80], "S700MC")],
    due="2027-01-22",
    place="Tallinn",
    price=41.0,
)

add(
    PLAIN_LETTERS,
    """各位供应商好,

项目:L8 产线
零件清单见下:
零件号 | 名称 | 数量(套) | 材料 | 备注
L8-A01-003 | 定位块 | 16 | SKD11 | 淬火HRC58
L8-A01-004 | 压板 | 32 | S50C | 发黑
L8-A01-009 | 导向套 | 16 | 锡青铜 QSn7-0.2 |

交货:2027/01/08 之前,送货上门(东莞松山湖)
报价截止:11/30

谢谢配合""",
    lines=[("L8-A01-003", [16], "SKD11"), ("L8-A01-004", [32], "S50C"), ("L8-A01-009", [16], "QSn7-0.2")],
    due="2027-01-08",
    place="东莞",
    finishes=("淬火", "发黑"),
)

add(
    PLAIN_LETTERS,
    """Buongiorno Alessia,

per il ns. cliente tedesco:
albero cod. WE-30117 rev.2 - 1.7131 - cementato - 200 pz
mozzo cod. NA-30118 rev.0 - C45 - 200 pz
Se possibile quotare anche lotto da 400.

Consegna 12 marzo '27, porto franco Verona.
Ci serve risposta per lunedì.

Stefano""",
    lines=[("WE-30117", [200, 400], "1.7131"), ("NA-30118", [200, 400], "C45")],
    due="2027-03-12",
    place="Verona",
    finishes=("cementato",),
)

add(
    PLAIN_LETTERS,
    """Hello,

Reference your quotation Q26-5512 (valid until 15 December), please increase lot size of item 2 (PLN-0441-B) to 240. Item 1 (PLN-0440-B) stays at 120. Item 3 is cancelled.

Material both 16MnCrS5. Delivery unchanged, 12 February 2027 FCA.

Regards
Wim""",
    lines=[("PLN-0441-B", [240], "16MnCrS5"), ("PLN-0440-B", [120], "16MnCrS5")],
    due="2027-02-12",
    incoterm="FCA",
)

add(
    PLAIN_LETTERS,
    """Tere / Hello,

We kindly ask for quotation:
Detail: Roller body RB-2210, qty 10+40+100 pcs, material S355J2, zinc electroplated Fe/Zn 12
Detail: Roller cap RC-2212, qty 20+80+200 pcs, material S235JR, zinc electroplated Fe/Zn 12
Delivery: DAP Pärnu, 26.02.2027

Tervitades
Marju Tamm
Ostujuht""",
    lines=[("RB-2210", [10, 40, 100], "S355J2"), ("RC-2212", [20, 80, 200], "S235JR")],
    due="2027-02-26",
    incoterm="DAP",
    place="Pärnu",
    finishes=("zinc", "zinc"),
)

add(
    PLAIN_LETTERS,
    """Kris,

got your voicemail. Drawing no. is 0017-4408 rev D. They want 22 of 'em. Stainless, 15-5 I think - yes 15-5PH H1025 per the note. Plus 5 extra without the tapped holes (0017-4409). Jan 29th, ship to Huntsville AL.

D.""",
    lines=[("0017-4408", [22], "15-5PH"), ("0017-4409", [5], "15-5PH")],
    due="2027-01-29",
    place="Huntsville",
)

add(
    PLAIN_LETTERS,
    """Sehr geehrte Damen und Herren,

wir planen die Beschaffung von 3 Baugruppen. Pro Baugruppe werden benötigt: 2x Wange WG-1100 (S235JR), 1x Steg ST-1101 (S235JR), 4x Zapfen ZP-1105 (C45). Bitte bieten Sie die Gesamtmenge an, pulverbeschichtet RAL 7016, Zapfen blank.

Lieferung DAP Lübeck bis 26.02.2027.

Mit freundlichen Grüßen
Peer Hinrichs""",
    lines=[("WG-1100", [6], "S235JR"), ("ST-1101", [3], "S235JR"), ("ZP-1105", [12], "C45")],
    due="2027-02-26",
    incoterm="DAP",
    place="Lübeck",
    finishes=("pulverbeschichtet RAL 7016",),
)

add(
    PLAIN_LETTERS,
    """Hi there, we met at Fabtech. Attached: 1) SEAT_RAIL_LH.pdf 2) SEAT_RAIL_RH.pdf 3) SR-BLOCK-02.pdf. Quantities 250 / 250 / 500 respectively. 6005A-T6 extrusion supplied by us (free issue), block from 6082. Machining + deburr only. Please quote ex works and delivered Coventry. 1st delivery April 6th 2027.

Ash Patel
Programme Buyer""",
    lines=[("SEAT_RAIL_LH", [250], "6005A-T6"), ("SEAT_RAIL_RH", [250], "6005A-T6"), ("SR-BLOCK-02", [500], "6082")],
    due="2027-04-06",
    incoterm="EXW",
    place="Coventry",
    finishes=("deburr",),
)

add(
    PLAIN_LETTERS,
    """Dobrý den,

objednáváme u Vás na základě nabídky N-26/871:
12 ks příruba PR-4410 (1.4571) á 890 Kč
24 ks čep CE-4412 (14 220, cementovat) á 145 Kč
Dodání do 15. 1. 2027 na adresu závodu Třinec.

S pozdravem,
Hana Svobodová""",
    lines=[("PR-4410", [12], "1.4571"), ("CE-4412", [24], "14 220")],
    due="2027-01-15",
    place="Třinec",
    finishes=("cementovat",),
    price=890.0,
    kind="order",
)

add(
    PLAIN_LETTERS,
    """Quick q: what's your price for (a) 10 and (b) 50 of CR-0071 (cradle, 6082T6, hard ano)? If we go for b we can wait till end March, otherwise need them 12 Feb. To Filton, Bristol.

Sent from Outlook for Android""",
    lines=[("CR-0071", [10, 50], "6082T6")],
    due="2027-02-12",
    place="Filton",
    finishes=("hard ano",),
)

add(
    PLAIN_LETTERS,
    """Zapytanie

Nazwa: Koło zębate z=38 m=4
Nr rys.: KZ-2214-01
Materiał: 18HGT, nawęglane i hartowane
Ilość: 6 szt. (ewentualnie 12)
Termin: 3 tygodnie od zamówienia, najpóźniej 8 stycznia
Odbiór: Katowice

tel. 32 555 01 77""",
    lines=[("KZ-2214-01", [6, 12], "18HGT")],
    due="2027-01-08",
    finishes=("nawęglane", "hartowane"),
)

add(
    PLAIN_LETTERS,
    """Dear Helena,

Please see our forecast and RFQ:

          Part A: 4411-0071-X     Part B: 4411-0072-X
Material  EN AW-6060 T66          EN AW-6060 T66
2027      12,000                  6,000
2028      20,000                  10,000
Finish    clear anodised          clear anodised

SOP 3 May 2027, DAP Tychy. Quotation by 14 Dec please.

Kind regards
Lukas Baier""",
    lines=[("4411-0071-X", [12000, 20000], "EN AW-6060 T66"), ("4411-0072-X", [6000, 10000], "EN AW-6060 T66")],
    due="2027-05-03",
    incoterm="DAP",
    place="Tychy",
    finishes=("clear anodised", "clear anodised"),
)

add(
    PLAIN_LETTERS,
    """Geachte heer De Vries,

Wij ontvangen graag een aanbieding voor onderstaande:

Artikel        Omschrijving      Materiaal      Aantal
VK-33017       Flensbus          CuSn7ZnPb      40
VK-33018       Drukring          1.4462         40
VK-33025       Spanbout M24      42CrMo4+QT     160

Spanbouten thermisch verzinkt. Levering op locatie Delfzijl, uiterlijk 19-02-2027.

Hoogachtend,
R. Bosma""",
    lines=[("VK-33017", [40], "CuSn7ZnPb"), ("VK-33018", [40], "1.4462"), ("VK-33025", [160], "42CrMo4+QT")],
    due="2027-02-19",
    place="Delfzijl",
    finishes=("thermisch verzinkt",),
)

add(
    PLAIN_LETTERS,
    """Hi guys. Same as PO 11482 but 3 changes: qty 64 not 48; material now 6082 not 6061; deliver to Swindon not Didcot. Part 22-7718 obviously. When can you do? We need 5 Feb.

Ellie""",
    lines=[("22-7718", [64], "6082")],
    due="2027-02-05",
    place="Swindon",
)

add(
    PLAIN_LETTERS,
    """Hallo Team Vertrieb,

Kundenanfrage aus dem Portal:
Kunde 10477 / Anfrage 2026-3391
Los 1: Drehteil DT-11807, Ø42 x 118, 9SMnPb28k, 5.000 / 10.000 / 20.000 Stk
Los 2: Frästeil FT-11820, 80x40x12, AlMgSi1 F28, 1.000 / 2.000 Stk, naturfarben eloxiert
Gewünschte Anlieferung 14.04.2027 Kufstein (AT), DAP
Frist Angebotsabgabe: Freitag 10:00 Uhr

VG Leitstand""",
    lines=[("DT-11807", [5000, 10000, 20000], "9SMnPb28"), ("FT-11820", [1000, 2000], "AlMgSi1")],
    due="2027-04-14",
    incoterm="DAP",
    place="Kufstein",
    finishes=("eloxiert",),
)

add(
    PLAIN_LETTERS,
    """Please advise cost and availability

Item        : Seal housing
Our stock # : 100-44718
Mfg dwg     : SH-2207-4 R2
Matl        : Hast C-276
Qty reqd    : 2 EA
Qty on hand : 0
Need        : 14-Dec-2026 (breakdown!)
Dest        : Port Arthur TX""",
    lines=[("SH-2207-4", [2], "Hast C-276")],
    due="2026-12-14",
    place="Port Arthur",
)

add(
    PLAIN_LETTERS,
    """Hei Jari,

tarvitsemme tarjouksen seuraavista:
- akseli, piir. AX-3301-2, 42CrMo4, 10 kpl
- laippa, piir. LA-3305-1, S355J2, sinkitty, 20 kpl
Toimitus viikolla 6 Seinäjoelle.

terveisin
Minna""",
    lines=[("AX-3301-2", [10], "42CrMo4"), ("LA-3305-1", [20], "S355J2")],
    due="2027-02-12",
    place="Seinäjo",
    finishes=("sinkitty",),
)

add(
    PLAIN_LETTERS,
    """Bonjour,

Veuillez trouver notre demande de cotation :
Pièce : Noix de cardan, plan NC-771-A, 20NiCrMo2 cémenté trempé, quantités : 100, 250 et 500.
Livraison en deux fois : moitié le 1er mars 2027, moitié le 3 mai 2027. DAP Saint-Étienne.
Prix objectif à 250 : 38,50 € HT.

Cordialement, service achats""",
    lines=[("NC-771-A", [100, 250, 500], "20NiCrMo2")],
    due="2027-03-01",
    incoterm="DAP",
    place="Saint-Étienne",
    finishes=("cémenté",),
    price=38.5,
)
