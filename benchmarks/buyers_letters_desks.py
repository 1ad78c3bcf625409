"""Requests of forty more desks: forms, chats, orders by e-mail and lists; see ``buyers_letters``."""

from buyers_letters import Letter, add

DESK_LETTERS: list[Letter] = []


add(
    DESK_LETTERS,
    """Good afternoon Steve,

Hope you had a good weekend. Could we get a quote on the below please?

Dwg no. 7730-114-02 iss 3 - Clevis bracket - 6082-T651 - batches of 40 and 100
Dwg no. 7730-115-01 iss 1 - Clevis pin - EN8D - 80 off and 200 off

Sulphuric anodise for the bracket, pins left self colour.
Needed w/c 18 January 2027 at our Yeovil site. Carriage paid please.

Many thanks,
Bev Tanner
Buyer
Tel 01935 440022 ext 214""",
    lines=[("7730-114-02", [40, 100], "6082-T651"), ("7730-115-01", [80, 200], "EN8D")],
    due="2027-01-18",
    place="Yeovil",
    finishes=("Sulphuric anodise",),
)

add(
    DESK_LETTERS,
    """Hallo Team,

anbei unsere Anfrage Nr. 60021177.

Benötigt werden:
- Lagerdeckel LD-0815-A, Werkstoff EN-GJS-400-15, 25 Stk.
- Lagerdeckel LD-0815-B, gleicher Werkstoff, ebenfalls 25 Stk.
- Distanzring DR-0440, 1.0503, 100 Stk.

Liefertermin für alle Positionen: 29.01.2027, frei Haus Schweinfurt.
Angebot bitte bis Freitag, 04.12.

Grüße
T. Aumüller""",
    lines=[("LD-0815-A", [25], "EN-GJS-400-15"), ("LD-0815-B", [25], "EN-GJS-400-15"), ("DR-0440", [100], "1.0503")],
    due="2027-01-29",
    place="Schweinfurt",
)

add(
    DESK_LETTERS,
    """Bonjour,

Merci de nous chiffrer la pièce suivante :

Réf. : AX-22-0419 ind. D
Désignation : axe de pivot
Matière : 42CrMo4 traité 900-1100 MPa
Quantités : 50 / 100 / 250
Livraison : semaine 5 2027, franco Saint-Étienne
Protection : phosphatation

Cordialement,
Mireille Faure
04 77 00 11 22""",
    lines=[("AX-22-0419", [50, 100, 250], "42CrMo4")],
    due="2027-02-05",
    place="Saint-Étienne",
    finishes=("phosphatation",),
)

add(
    DESK_LETTERS,
    """PO 4500991234
Please accept this as our firm order against your quotation Q-26-1187 dated 12 Nov 2026.

Line 10  P/N 114-88210-3  SHIM, WEDGE   QTY 12 EA   UNIT PRICE 84.50 USD   TOTAL 1,014.00 USD
Material: 17-4PH H900
Passivate per ASTM A967
Ship by 12/18/2026, FCA Wichita
Packing: individually bagged

Acknowledge within 48 hours.
J. Coleman""",
    lines=[("114-88210-3", [12], "17-4PH H900")],
    due="2026-12-18",
    incoterm="FCA",
    place="Wichita",
    price=84.5,
    finishes=("Passivate",),
    kind="order",
)

add(
    DESK_LETTERS,
    """Buongiorno,

vi chiediamo offerta per n. 200 pz del particolare 0451.220.18 (boccola) in bronzo CuSn12 e n. 400 pz del particolare 0451.220.19 (perno) in C40.
Consegna richiesta: entro il 22/01/2027 resa DAP Reggio Emilia.

Restiamo in attesa di un cortese riscontro.
Distinti saluti
Ufficio Acquisti
Dott.ssa Elena Ferri""",
    lines=[("0451.220.18", [200], "CuSn12"), ("0451.220.19", [400], "C40")],
    due="2027-01-22",
    incoterm="DAP",
    place="Reggio Emilia",
)

add(
    DESK_LETTERS,
    """Hi there

We've had a breakdown on line 2 and need a replacement drive shaft made from our old drawing DS-1997-04. One only, in 4140 prehard. Keyway both ends as per drawing.

We can pick it up ourselves in your works, ideally before Christmas - say Dec 21st.

Phone me on 555-0142 if anything's unclear.

Rick""",
    lines=[("DS-1997-04", [1], "4140")],
    due="2026-12-21",
)

add(
    DESK_LETTERS,
    """Dobrý den,

prosíme o cenovou nabídku:

č. výkresu        název         materiál   ks
P-30-112-4        Příruba       11 523     60
P-30-113-4        Čep           14 220     120

Povrchová úprava: zinkováno.
Termín dodání 15. 2. 2027 do Plzně.

S pozdravem
Ing. Pavel Hora""",
    lines=[("P-30-112-4", [60], "11 523"), ("P-30-113-4", [120], "14 220")],
    due="2027-02-15",
    place="Plzně",
    finishes=("zinkováno",),
)

add(
    DESK_LETTERS,
    """Dear supplier,

RFQ ref: MD/2026/771

We request your best prices for two parts of our new infusion pump:
Part A: IP-440-11 (cam follower), material PEEK, annual volume 6,000, first call-off 500 pcs.
Part B: IP-440-12 (cam disc), material 1.4112, annual volume 6,000, first call-off 500 pcs.

First call-off due 26 February 2027 DDP Galway. Please state tooling separately.

Regards
Orla Keane""",
    lines=[("IP-440-11", [500], "PEEK"), ("IP-440-12", [500], "1.4112")],
    due="2027-02-26",
    incoterm="DDP",
    place="Galway",
)

add(
    DESK_LETTERS,
    """Hej!

Kan du räkna på följande:
Art 118204 rev B Fäste, S355J2, 15 st
Art 118205 rev A Platta, S355J2, 30 st
Ytbehandling: varmförzinkas
Leverans vecka 4 till Jönköping.

Mvh Lars-Göran""",
    lines=[("118204", [15], "S355J2"), ("118205", [30], "S355J2")],
    due="2027-01-29",
    place="Jönköping",
    finishes=("varmförzinkas",),
)

add(
    DESK_LETTERS,
    """您好!

我司需加工以下零件:
1) 图号 HLX-2026-033 连接轴 40Cr 调质 数量 150
2) 图号 HLX-2026-034 法兰盘 Q235B 数量 75
表面:发黑
交货期:2027年1月20日,送货至苏州工厂
请在本周五前报价。

谢谢!
采购部 陈工""",
    lines=[("HLX-2026-033", [150], "40Cr"), ("HLX-2026-034", [75], "Q235B")],
    due="2027-01-20",
    place="苏州",
    finishes=("发黑",),
)

add(
    DESK_LETTERS,
    """Guten Tag Herr Böhm,

Vielen Dank für Ihr Angebot 2026-0871. Wir bestellen hiermit:

40 Stück  Führungsleiste  Zng. FL-220-7c   zum Preis von 31,20 €/Stück
Material wie angeboten: 16MnCr5, einsatzgehärtet
Lieferung: KW 3/2027, DAP Ravensburg

Unsere Bestellnummer: 2026/44-118

MfG
Sonja Wild""",
    lines=[("FL-220-7c", [40], "16MnCr5")],
    due="2027-01-22",
    incoterm="DAP",
    place="Ravensburg",
    price=31.2,
    kind="order",
    finishes=("einsatzgehärtet",),
)

add(
    DESK_LETTERS,
    """Hi Marta,

following our call: we'd take the long version (TRN-800-L) in duplex 1.4462, 6 pieces, and the short one (TRN-400-S) in 316L, 18 pieces. No coating. Drop them at our Aberdeen yard by 10 Feb 2027.

Can you let me have a number by Monday?

Cheers
Ewan""",
    lines=[("TRN-800-L", [6], "1.4462"), ("TRN-400-S", [18], "316L")],
    due="2027-02-10",
    place="Aberdeen",
)

add(
    DESK_LETTERS,
    """Estimados señores:

Rogamos oferta de:

Posición 1: Eje ranurado, plano ER-5520/2, acero F-1252, 35 unidades
Posición 2: Casquillo, plano CQ-5521/1, bronce, 70 unidades

Plazo: 5 de febrero de 2027. Entrega en Vitoria-Gasteiz, portes pagados.
Tratamiento del eje: nitrurado.

Un saludo,
Iñaki Etxebarria""",
    lines=[("ER-5520/2", [35], "F-1252"), ("CQ-5521/1", [70], "bronce")],
    due="2027-02-05",
    place="Vitoria-Gasteiz",
    finishes=("nitrurado",),
)

add(
    DESK_LETTERS,
    """Subject: spare gears

Hello,
for our extruder we need spares:

 qty  item
  2   gear wheel GW-44-Z71 (18CrNiMo7-6, case hardened and ground)
  2   pinion GP-44-Z19 (same material and treatment)
  4   key 8x7x40 DIN 6885 - only if you stock them

Delivery asap but no later than 8th January 2027, EXW your works.
thx
Uwe""",
    lines=[("GW-44-Z71", [2], "18CrNiMo7-6"), ("GP-44-Z19", [2], "18CrNiMo7-6")],
    due="2027-01-08",
    incoterm="EXW",
    finishes=("case hardened",),
)

add(
    DESK_LETTERS,
    """Szanowni Państwo,

proszę o wycenę wykonania:
a) tuleja TU-118-02, mosiądz CW614N, 300 szt.
b) trzpień TR-118-05, C45, 300 szt., oksydowany
Termin realizacji: do 19.02.2027, dostawa do Rzeszowa (DAP).

Z poważaniem
Anna Lis""",
    lines=[("TU-118-02", [300], "CW614N"), ("TR-118-05", [300], "C45")],
    due="2027-02-19",
    incoterm="DAP",
    place="Rzeszowa",
    finishes=("oksydowany",),
)

add(
    DESK_LETTERS,
    """Dear Mr Novak,

Please quote for machining from our free-issue forgings: part number 905-2210 (forging no. 905-2210F supplied by us, material 30CrNiMo8). Lots of 120. We'd need the first lot by 1 March 2027 in Ostrava.

Best regards
K. Dvořák""",
    lines=[("905-2210", [120], "30CrNiMo8")],
    due="2027-03-01",
    place="Ostrava",
)

add(
    DESK_LETTERS,
    """Beste,

Graag prijs en levertijd voor:
- 10x montageplaat MP-3300-12 uit EN AW-5083, vlakgefreesd
- 20x afstandsbus AB-3300-14 uit RVS 304
Aanleveren in Eindhoven, uiterlijk 18-01-2027.
Graag offerte voor 2-12.

Groeten, Joost""",
    lines=[("MP-3300-12", [10], "EN AW-5083"), ("AB-3300-14", [20], "304")],
    due="2027-01-18",
    place="Eindhoven",
)

add(
    DESK_LETTERS,
    """Hello,

Revised request - please disregard the one I sent yesterday.

Part: VLV-BDY-25 rev 4
Was 30 pcs, now 45 pcs.
Material changed from brass to 316L stainless.
Date unchanged: 14 January 2027
Destination unchanged: Cork

Sorry for the confusion!
Niamh""",
    lines=[("VLV-BDY-25", [45], "316L")],
    due="2027-01-14",
    place="Cork",
)

add(
    DESK_LETTERS,
    """Sehr geehrte Damen und Herren,

bitte um Angebot für Frästeile gemäß beigefügter Liste:

Teilenr.;Benennung;Material;Menge;Oberfläche
99-1201;Halter links;EN AW-7075;4;schwarz eloxiert
99-1202;Halter rechts;EN AW-7075;4;schwarz eloxiert
99-1207;Anschlag;C45;8;brüniert

Liefertermin 11.01.2027 nach Dornbirn.

Freundliche Grüße
Hannes Rüscher""",
    lines=[("99-1201", [4], "EN AW-7075"), ("99-1202", [4], "EN AW-7075"), ("99-1207", [8], "C45")],
    due="2027-01-11",
    place="Dornbirn",
    finishes=("schwarz eloxiert", "schwarz eloxiert", "brüniert"),
)

add(
    DESK_LETTERS,
    """Hi,

can you do 3 prototypes of part PX-0091 (alu 6061) in two weeks? If they pass, series of 500 would follow in Q2. Delivery to Lund. Target price for the prototypes: 120 EUR each.

/Elin""",
    lines=[("PX-0091", [3], "6061")],
    due="2026-12-10",
    place="Lund",
    price=120.0,
)


add(
    DESK_LETTERS,
    """Hi Tom,

Pls see below our requirement for the Q1 build:

TB-60-118 top bar, 6063 T6, 24 nos
TB-60-119 bottom bar, 6063 T6, 24 nos
TB-60-122 spacer, acetal, 96 nos

Clear anodise on the bars only. Need these delivered to Leighton Buzzard by the 29th of January.

Rgds
Karen""",
    lines=[("TB-60-118", [24], "6063 T6"), ("TB-60-119", [24], "6063 T6"), ("TB-60-122", [96], "acetal")],
    due="2027-01-29",
    place="Leighton Buzzard",
    finishes=("Clear anodise",),
)

add(
    DESK_LETTERS,
    """Sehr geehrter Herr Kern,

für den Umbau unserer Presse 4 fragen wir an:

1 Stück Stößelplatte SP-4-2210 aus 1.2312
2 Stück Führungssäule FS-4-2211 aus 1.7225, induktiv gehärtet
2 Stück Führungsbuchse FB-4-2212 aus CuAl10Ni5Fe4

Wunschtermin: 05.02.2027. Lieferung frei Haus nach Plettenberg.
Bitte Angebot mit Angabe der Lieferzeit bis 07.12.2026.

Mit freundlichen Grüßen
Dirk Schulte-Hengesbach""",
    lines=[("SP-4-2210", [1], "1.2312"), ("FS-4-2211", [2], "1.7225"), ("FB-4-2212", [2], "CuAl10Ni5Fe4")],
    due="2027-02-05",
    place="Plettenberg",
    finishes=("induktiv gehärtet",),
)

add(
    DESK_LETTERS,
    """Hello,

REQUEST FOR QUOTE
-----------------
RFQ #            : 26-4471
Part number      : 8834-002-REV B
Part name        : Manifold block
Qty              : 10 / 50 / 200
Material         : 316L bar
Surface          : electropolished
Inspection       : FAI required
Need date        : Feb 19, 2027
Ship to          : Minneapolis, MN

Please include lead time and any NRE.

Thank you,
Procurement Desk""",
    lines=[("8834-002", [10, 50, 200], "316L")],
    due="2027-02-19",
    place="Minneapolis",
    finishes=("electropolished",),
)

add(
    DESK_LETTERS,
    """Bonjour Madame,

Nous souhaitons recevoir votre meilleure offre pour 80 flasques FL-7714 et 80 contre-flasques FL-7715, tous deux en S355J2, grenaillés et peints RAL 7016. La livraison devra se faire à Saint-Nazaire avant le 12 février 2027.

Sincères salutations
Yann Le Goff""",
    lines=[("FL-7714", [80], "S355J2"), ("FL-7715", [80], "S355J2")],
    due="2027-02-12",
    place="Saint-Nazaire",
    finishes=("grenaillés", "peints"),
)

add(
    DESK_LETTERS,
    """Dzień dobry,

w załączeniu przesyłam rysunki. Potrzebujemy:
- rys. 30.12.007 wałek, stal 40H, 12 sztuk, hartowanie do 50 HRC
- rys. 30.12.008 koło pasowe, żeliwo EN-GJL-250, 6 sztuk
Dostawa do Gliwic najpóźniej 20 stycznia 2027.

Pozdrawiam
Marek""",
    lines=[("30.12.007", [12], "40H"), ("30.12.008", [6], "EN-GJL-250")],
    due="2027-01-20",
    place="Gliwic",
    finishes=("hartowanie",),
)

add(
    DESK_LETTERS,
    """Dear Ms. Zhou,

We plan to place a trial order of 300 pcs for each of the following three items:

Item 1  GX-1001  brass knob   C36000
Item 2  GX-1002  brass ring   C36000
Item 3  GX-1003  steel insert 12L14, zinc plated

Please quote FOB Ningbo. Target shipment: 28 February 2027.

Best,
Amir Haddad""",
    lines=[("GX-1001", [300], "C36000"), ("GX-1002", [300], "C36000"), ("GX-1003", [300], "12L14")],
    due="2027-02-28",
    incoterm="FOB",
    place="Ningbo",
    finishes=("zinc plated",),
)

add(
    DESK_LETTERS,
    """Moin,

kurze Anfrage: Ich brauch von der Kupplungsnabe KN-38-H7 nochmal 6 Stück, diesmal aber in 42CrMo4 statt C45. Bis Mitte Januar wäre super, Abholung durch uns.

Gruß
Hinnerk""",
    lines=[("KN-38-H7", [6], "42CrMo4")],
    due="2027-01-15",
)

add(
    DESK_LETTERS,
    """Good morning

Purchase Order 88-20417

Item  Description            Your ref     Qty    Unit price   Total
1     Rotor shaft            RS-5501-B    4      GBP 312.00   GBP 1,248.00
Material to EN19T, certificate 3.1 required.

Deliver to: Unit 7, Castle Bromwich
Required: 22/01/2027
DDP

Authorised by P. Whitlock""",
    lines=[("RS-5501-B", [4], "EN19T")],
    due="2027-01-22",
    incoterm="DDP",
    place="Castle Bromwich",
    price=312.0,
    kind="order",
)

add(
    DESK_LETTERS,
    """Ciao Luca,

avrei bisogno di un preventivo per:
- 30 ghiere GH-M45, acciaio inox AISI 420
- 30 distanziali DS-45-10, alluminio 6082
Tempra delle ghiere a 48-52 HRC.
Mi servono per il 25 gennaio 2027 a Modena, franco nostro stabilimento.

A presto
Davide""",
    lines=[("GH-M45", [30], "AISI 420"), ("DS-45-10", [30], "6082")],
    due="2027-01-25",
    place="Modena",
    finishes=("Tempra",),
)

add(
    DESK_LETTERS,
    """Hi,

Two things:
1) The housing HS-330 we ordered last month arrived fine, thanks.
2) We now need a quote for the cover HS-331: 250 pcs in ADC12, and for gasket plate HS-332: 250 pcs in 1.4310.

Delivery early March (say 5 March 2027) to Gothenburg.

Regards
Sofia""",
    lines=[("HS-331", [250], "ADC12"), ("HS-332", [250], "1.4310")],
    due="2027-03-05",
    place="Gothenburg",
)

add(
    DESK_LETTERS,
    """Estimado proveedor,

Solicitamos cotización:

| Plano | Descripción | Material | Cant. |
| ZT-1140 | Tapa ciega | AISI 304 | 16 |
| ZT-1141 | Tapa con visor | AISI 304 | 8 |
| ZT-1150 | Tornillo regulador | F-1250 | 24 |

Entrega: 15/02/2027 en Zaragoza.
Incoterm: DAP
Gracias.""",
    lines=[("ZT-1140", [16], "AISI 304"), ("ZT-1141", [8], "AISI 304"), ("ZT-1150", [24], "F-1250")],
    due="2027-02-15",
    incoterm="DAP",
    place="Zaragoza",
)

add(
    DESK_LETTERS,
    """Hei,

Tarvitsemme tarjouksen osasta 77-1203-4 (laippa). Materiaali 1.4462, määrä 20 kpl. Toimitus Ouluun 5.2.2027 mennessä.

Terveisin
Jukka""",
    lines=[("77-1203-4", [20], "1.4462")],
    due="2027-02-05",
    place="Ouluun",
)

add(
    DESK_LETTERS,
    """李工,你好:

请帮忙核价:
图号:WX-3302-07,名称:齿轮轴,材料:20CrMnTi,数量:80件,渗碳淬火
图号:WX-3302-08,名称:端盖,材料:HT250,数量:80件
交货日期:2027-02-10
交货地点:无锡

王莉""",
    lines=[("WX-3302-07", [80], "20CrMnTi"), ("WX-3302-08", [80], "HT250")],
    due="2027-02-10",
    place="无锡",
    finishes=("渗碳淬火",),
)

add(
    DESK_LETTERS,
    """Dear all,

Please find our needs for the wind tunnel model. All parts in 7075-T7351 unless noted.

WT-01 nose cone, 1 off
WT-02 wing root LH, 1 off
WT-03 wing root RH, 1 off
WT-04 sting adapter, 2 off, 17-4PH H1025

All black hard anodised except WT-04. Needed in Delft by 15 January 2027.

Kind regards
Pieter""",
    lines=[
        ("WT-01", [1], "7075-T7351"),
        ("WT-02", [1], "7075-T7351"),
        ("WT-03", [1], "7075-T7351"),
        ("WT-04", [2], "17-4PH H1025"),
    ],
    due="2027-01-15",
    place="Delft",
    finishes=("black hard anodised",),
)

add(
    DESK_LETTERS,
    """Hallo,

unser Kunde hat die Stückzahl für ABX-220-1 von 50 auf 80 erhöht, bitte Angebot entsprechend anpassen. Rest wie gehabt (Material 1.4571, Termin 18.12.2026, DAP Linz).

LG
Verena""",
    lines=[("ABX-220-1", [80], "1.4571")],
    due="2026-12-18",
    incoterm="DAP",
    place="Linz",
)

add(
    DESK_LETTERS,
    """Bom dia,

Solicito orçamento para 60 unidades da peça PÇ-2040-A, aço 1045, com zincagem, entrega até 29/01/2027 em Aveiro.

Obrigado
Rui""",
    lines=[("PÇ-2040-A", [60], "1045")],
    due="2027-01-29",
    place="Aveiro",
    finishes=("zincagem",),
)

add(
    DESK_LETTERS,
    """Hello Sales,

Quote request from Marlow Optics:

P/N MO-55-210, lens barrel, qty 15
P/N MO-55-211, retaining ring, qty 15
P/N MO-55-212, focus ring, qty 15

Material for all: 6061-T651
Finish for all: black anodize, Type II
Delivery: 4 weeks ARO, FOB your dock

Thanks! Dana""",
    lines=[("MO-55-210", [15], "6061-T651"), ("MO-55-211", [15], "6061-T651"), ("MO-55-212", [15], "6061-T651")],
    incoterm="FOB",
    finishes=("black anodize",),
)

add(
    DESK_LETTERS,
    """Guten Tag,

bitte bieten Sie uns folgende Drehteile an (Jahresmenge 12.000, Abruflose zu 1.000 Stück):

Artikel 600-4410 Ventilsitz, 1.4034, gehärtet
Artikel 600-4411 Ventilkegel, 1.4112, gehärtet

Erster Abruf 01.03.2027, Anlieferung Werk Bruchsal.

Freundliche Grüße
i. V. Ralf Kiefer""",
    lines=[("600-4410", [1000], "1.4034"), ("600-4411", [1000], "1.4112")],
    due="2027-03-01",
    place="Bruchsal",
    finishes=("gehärtet", "gehärtet"),
)

add(
    DESK_LETTERS,
    """Hej,

Vi önskar offert på 8 st axel AX-9-117 i SS 2244 och 8 st bussning BU-9-118 i JM3. Leverans senast 22 januari 2027, fritt Västerås.

Med vänlig hälsning
Ulla Ek""",
    lines=[("AX-9-117", [8], "SS 2244"), ("BU-9-118", [8], "JM3")],
    due="2027-01-22",
    place="Västerås",
)

add(
    DESK_LETTERS,
    """Team,

Following parts are short for the customer build, can you expedite?

PN 41-2207-1 / need 3 / have drawing rev D / 4340
PN 41-2209-1 / need 6 / have drawing rev B / 4340

Nitride both. We'd take them at $145 ea if you hit 12/14/2026. Ship to Dayton.

Mike""",
    lines=[("41-2207-1", [3], "4340"), ("41-2209-1", [6], "4340")],
    due="2026-12-14",
    place="Dayton",
    price=145.0,
    finishes=("Nitride",),
)
