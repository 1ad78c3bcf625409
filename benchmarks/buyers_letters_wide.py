"""Requests of buyers of many trades and countries, labelled, tabled and in prose; see ``buyers_letters``."""

from buyers_letters import Letter, add

WIDE_LETTERS: list[Letter] = []


add(
    WIDE_LETTERS,
    """Anfrage 6000184412                                   Datum: 25.11.2026
Lieferantennummer: 104772
Ansprechpartner/in: Hr. Dietz   Telefon: 07141 55-3210

Bitte bieten Sie uns bis zum 03.12.2026 an.

Position   Material          Bezeichnung
           Menge   Einheit   Lieferdatum
-----------------------------------------------------------
00010      R902441873        SPINDELMUTTER TR28X5
           48      ST        12.02.2027
           Werkstoff: CuSn7Zn4Pb7-C
           Zeichnung: R902441873 Index 02
00020      R902441880        LAGERFLANSCH
           48      ST        12.02.2027
           Werkstoff: 11SMn30+C
           Zeichnung: R902441880 Index 00

Lieferbedingung: FCA Lohr am Main (Incoterms 2020)
Allgemeintoleranzen: ISO 2768-mH
""",
    lines=[("R902441873", [48], "CuSn7Zn4Pb7-C"), ("R902441880", [48], "11SMn30+C")],
    due="2027-02-12",
    incoterm="FCA",
    place="Lohr am Main",
    tolerances=("ISO 2768-mH",),
)

add(
    WIDE_LETTERS,
    """Alright Pete,

Got one for you. Customer wants the SWP-0416 valve stem again but in duplex this time, 1.4462, not the 316 we had before. Can you do me prices at 5s, 10s and 25s? They're after them for the back end of February (26th Feb at the latest). I'll collect.

General tols BS 8888 / ISO 2768-m, thread as drawn.

Ta
Col

Colin Whitby
Director, Whitby Valve Spares
Unit 7 Eastfield Ind Est, Scarborough YO11 3UT
m 07700 900 418""",
    lines=[("SWP-0416", [5, 10, 25], "1.4462")],
    due="2027-02-26",
    tolerances=("ISO 2768-m",),
)

add(
    WIDE_LETTERS,
    """RFQ NO: RQ26-33108     REV: -     DATE: 11/24/2026
BUYER: M. ALVAREZ  EXT 4471
PLEASE QUOTE NO LATER THAN 12/03/2026

LINE 001
  PART NUMBER.......: 65C31204-7
  NOMENCLATURE......: FITTING, HINGE, LH
  MATERIAL..........: 7050-T7451 PLATE PER AMS4050
  QTY...............: 12 / 24 / 48 EA
  FINISH............: CHEM FILM PER MIL-DTL-5541 TYPE II CLASS 3
LINE 002
  PART NUMBER.......: 65C31204-8
  NOMENCLATURE......: FITTING, HINGE, RH
  MATERIAL..........: 7050-T7451 PLATE PER AMS4050
  QTY...............: 12 / 24 / 48 EA
  FINISH............: CHEM FILM PER MIL-DTL-5541 TYPE II CLASS 3

REQUIRED DOCK DATE: 03/15/2027
FOB: ORIGIN
QUALITY CLAUSES Q1, Q7, Q22 APPLY. FIRST ARTICLE PER AS9102.
""",
    lines=[("65C31204-7", [12, 24, 48], "7050-T7451"), ("65C31204-8", [12, 24, 48], "7050-T7451")],
    due="2027-03-15",
    incoterm="FOB",
    finishes=("CHEM FILM", "CHEM FILM"),
)

add(
    WIDE_LETTERS,
    """Bonjour Nathalie,

Petite correction sur ma demande d'hier : il nous faut 36 chapes (plan CH-118-05 indice D) et non 30, toujours en 1.4542 vieilli H1025. Les entretoises ET-118-09 restent à 72 pièces, en EN AW-2017A, anodisation incolore 15 µm.

Tout doit être chez nous à Bourges au plus tard le 5 mars 2027, rendu droits acquittés (DDP).

Bonne fin de journée,
Élodie Garnier
Acheteuse projets – Aéro Centre Mécanique
02 48 00 11 22 | 06 12 34 56 78""",
    lines=[("CH-118-05", [36], "1.4542"), ("ET-118-09", [72], "EN AW-2017A")],
    due="2027-03-05",
    incoterm="DDP",
    place="Bourges",
    finishes=("anodisation incolore",),
)

add(
    WIDE_LETTERS,
    """Spett.le Officina,

con la presente Vi chiediamo la Vs. migliore offerta per i seguenti particolari a disegno:

Codice          Descrizione           Materiale     Q.tà    Trattamento
-----------------------------------------------------------------------
AL.0231.04      Albero conduttore     18NiCrMo5     20      Cementazione
AL.0231.05      Mozzo                 C45           20      Brunitura
AL.0231.09      Distanziale           AISI 303      60      -

Consegna: entro il 26/02/2027
Resa: franco Vs. stabilimento (EXW)
Tolleranze generali: ISO 2768-mK

In attesa di cortese riscontro, porgiamo distinti saluti.

Ufficio Acquisti
Rag. Davide Colombo
Tel. 030 555 0147 - P.IVA 01234567890""",
    lines=[("AL.0231.04", [20], "18NiCrMo5"), ("AL.0231.05", [20], "C45"), ("AL.0231.09", [60], "AISI 303")],
    due="2027-02-26",
    incoterm="EXW",
    finishes=("Cementazione", "Brunitura"),
    tolerances=("ISO 2768-mK",),
)

add(
    WIDE_LETTERS,
    """Dear Sir/Madam,

Good day! This is Vivian from Ningbo Haotian Trading. We have one customer in Germany who need below CNC parts, kindly check and offer us your best price:

1. Drawing No.: HT26-0917 (motor shaft), material: SUS420J2, heat treatment HRC48-52, order quantity: 2,000pcs
2. Drawing No.: HT26-0918 (gear cover), material: ADC12, order quantity: 2,000pcs, surface: sand blasting + black anodizing

MOQ acceptable. Lead time: before 10th March, 2027. Price term: FOB Ningbo.
Sample 5pcs each for free if possible.

Looking forward to your favorable reply.

Best regards
Vivian Xu
Tel: 0086-574-8888 1234   Wechat: vivianxu2020""",
    lines=[("HT26-0917", [2000], "SUS420J2"), ("HT26-0918", [2000], "ADC12")],
    due="2027-03-10",
    incoterm="FOB",
    place="Ningbo",
    finishes=("sand blasting", "black anodizing"),
)

add(
    WIDE_LETTERS,
    """陈工:

您好。附件是新项目的三张图纸,麻烦核一下价:
底座 DZ-2601-01,材料HT250,20件;
滑板 DZ-2601-02,材料45#,调质,40件;
丝杆螺母 DZ-2601-03,材料QSn10-1,20件。
外购件不用报。最迟2027年3月12日到货,送到东莞长安工厂。
一般公差按GB/T 1804-2000 m级。

宏达机械 采购 林小姐 137-0000-1234""",
    lines=[("DZ-2601-01", [20], "HT250"), ("DZ-2601-02", [40], "45#"), ("DZ-2601-03", [20], "QSn10-1")],
    due="2027-03-12",
    place="东莞",
    tolerances=("GB/T 1804-2000 m",),
)

add(
    WIDE_LETTERS,
    """<html><body style="font-family:Calibri"><p>Hi Bas,</p><p>Can you quote these for us? Price at both batch sizes please.</p>
<table border="1" cellspacing="0"><tbody><tr style="background:#ddd"><td><b>#</b></td><td><b>Article</b></td><td><b>Rev.</b></td><td><b>Name</b></td><td><b>Material</b></td><td><b>Batch 1</b></td><td><b>Batch 2</b></td></tr>
<tr><td>1</td><td>4022.636.1187</td><td>03</td><td>Flexure mount</td><td>Ti6Al4V</td><td>4</td><td>12</td></tr>
<tr><td>2</td><td>4022.636.1190</td><td>01</td><td>Mirror block</td><td>EN AW-6061 T651</td><td>4</td><td>12</td></tr></tbody></table>
<p>All parts to be cleaned Grade 4, vacuum packed. Requested delivery week 10, 2027 &ndash; DAP Veldhoven.</p><p>Met vriendelijke groet / kind regards,<br>Ilse van Dongen<br>+31 40 555 0199</p></body></html>""",
    lines=[("4022.636.1187", [4, 12], "Ti6Al4V"), ("4022.636.1190", [4, 12], "EN AW-6061 T651")],
    due="2027-03-12",
    incoterm="DAP",
    place="Veldhoven",
    html=True,
)

add(
    WIDE_LETTERS,
    """To,
M/s Precision Machining

Sub: Enquiry for machined components - reg.
Ref: Our tender ref. BHX/PUR/26-27/0881

Sir,
You are requested to quote your lowest rates for supply of the following as per our drawing and specification:

Sl.No.   Description                     Drg. No.           Material          Qty (Nos)
1        Coupling Half (Male)            3-14-201-04417     IS 1570 40Cr1Mo28   16
2        Coupling Half (Female)          3-14-201-04418     IS 1570 40Cr1Mo28   16
3        Coupling Bolt                   4-14-201-02209     EN 24               128

Delivery: within 10 weeks from date of LOI, FOR Tiruchirappalli.
Offer validity: 90 days. Last date for submission: 14.12.2026, 14:00 hrs.

Yours faithfully,
K. Srinivasan
DGM (Purchase)""",
    lines=[
        ("3-14-201-04417", [16], "40Cr1Mo28"),
        ("3-14-201-04418", [16], "40Cr1Mo28"),
        ("4-14-201-02209", [128], "EN 24"),
    ],
    place="Tiruchirappalli",
)

add(
    WIDE_LETTERS,
    """Dear Mr. Schneider,

Thank you always for your cooperation.
We would like to receive your quotation for the following items.

- Item: Guide post
- Drawing No.: K7-20331-B
- Material: SUJ2 (JIS G 4805)
- Hardness: HRC 58 to 62
- Quantity: 30 pcs and 60 pcs
- Surface: hard chrome plating 10 micron

- Item: Guide bush
- Drawing No.: K7-20332-A
- Material: SCM415
- Quantity: 30 pcs and 60 pcs

Desired delivery: end of February 2027, CIP Nagoya.
General tolerance: JIS B 0405-m

Sincerely yours,
Kenji Watanabe""",
    lines=[("K7-20331-B", [30, 60], "SUJ2"), ("K7-20332-A", [30, 60], "SCM415")],
    due="2027-02-28",
    incoterm="CIP",
    place="Nagoya",
    finishes=("hard chrome plating",),
    tolerances=("JIS B 0405-m",),
)

add(
    WIDE_LETTERS,
    """Guten Morgen Frau Albers,

aufgrund Ihres Angebotes Nr. 26/3341 vom 17.11.2026 bestellen wir:

400 Stück Stützhülse, unsere Art.-Nr. 7-220-4180, Zeichnung 7-220-4180 Blatt 1, Material 9SMnPb28K
Preis: 3,15 EUR / Stück netto
Lieferung: KW 04/2027, frei unser Werk Bocholt
Bestell-Nr.: 4500 331 877

Wir bitten um Auftragsbestätigung.

Mit freundlichem Gruß
ppa. Heinz Terhorst""",
    lines=[("7-220-4180", [400], "9SMnPb28K")],
    due="2027-01-29",
    place="Bocholt",
    price=3.15,
    kind="order",
)

add(
    WIDE_LETTERS,
    """Hi Sam, can you get this one out to the usual three suppliers today? Thanks. J

________________________________
From: Rob Tennant <rob.tennant@northarm.example>
Date: Wednesday, 25 November 2026 at 17:20
To: Jo Pickering <jo@buyco.example>
Subject: Fwd: gearbox spares

Jo - see below from site. Budget is £180 per off max.

> From: Site Stores
> Date: 25 November 2026 11:04
>
> Please order qty 6 off output shaft GBX-5507-OS to rev F, material 817M40T,
> and qty 6 off spacer GBX-5507-SP, material 080M40. Phosphate all over.
> Must be on site (Immingham) by 29/01/2027 ready for the shutdown.""",
    lines=[("GBX-5507-OS", [6], "817M40T"), ("GBX-5507-SP", [6], "080M40")],
    due="2027-01-29",
    place="Immingham",
    finishes=("Phosphate",),
    price=180.0,
)

add(
    WIDE_LETTERS,
    """Hello!

We're a small robotics team at ETH and need some parts turned. The drawing is attached (ARM_J3_flange_v7.pdf), part is called ARM-J3-FL. We'd like 8 of them in aluminium 7075 (T651 if you have it) with a natural anodise. Tolerance on the bearing seat is 62 H7, otherwise ISO 2768-fH is fine.

When could we have them? Ideally by 18.12., but early January works as well.

Thanks a lot,
Mira & the ARM team
Leonhardstrasse 21, 8092 Zürich""",
    lines=[("ARM-J3-FL", [8], "7075")],
    due="2026-12-18",
    finishes=("natural anodise",),
    tolerances=("H7", "ISO 2768-fH"),
)

add(
    WIDE_LETTERS,
    """Hi,

quote please, list below (semicolon separated, from our ERP):

part;rev;description;material;qty;uom
TRX-10441;A;Cam plate;1.2842;10;pcs
TRX-10442;C;Follower arm;1.7131;10;pcs
TRX-10447;A;Bush;2.1020;20;pcs

ship to: Trondheim, Norway - DAP
need by: 2027-02-19

regards, purchasing@trx.example""",
    lines=[("TRX-10441", [10], "1.2842"), ("TRX-10442", [10], "1.7131"), ("TRX-10447", [20], "2.1020")],
    due="2027-02-19",
    incoterm="DAP",
    place="Trondheim",
)

add(
    WIDE_LETTERS,
    """Dear colleagues,

we ask you for price offer:

Pos. 1 - Hřídel / Shaft, dwg. 1-3207-115, mat. 1.7227 (42CrMoS4), 14 ks / pcs
Pos. 2 - Příruba / Flange, dwg. 1-3207-118, mat. 1.0577, 14 ks / pcs, zinc + black chromate

Term of delivery: 20. 2. 2027
Delivery parity: EXW your factory
Drawings: see attachment (2x PDF)

S pozdravem / Best regards
Ing. Pavel Dvořák""",
    lines=[("1-3207-115", [14], "1.7227"), ("1-3207-118", [14], "1.0577")],
    due="2027-02-20",
    incoterm="EXW",
    finishes=("zinc",),
)

add(
    WIDE_LETTERS,
    """Hey Dan -

Slammed over here, any chance you can take some overflow? Two jobs:

Job 1: P/N 0047-2213 Rev G, 4340 NORM, make 150. We supply the material. Black ox after.
Job 2: P/N 0047-2290 Rev B, 6Al-4V, make 20, no finish.

Need Job 1 by 1/18, Job 2 can slip to 2/1. Ship to Waukesha. Target for Job 1 is around $38 a pop.

Lmk
Trish

On Tue, Nov 24, 2026 at 3:02 PM Dan Roche <dan@rochecnc.example> wrote:
> Hey Trish, we've got two VMCs open till mid December if you need us. Shop rate is $95/hr.""",
    lines=[("0047-2213", [150], "4340"), ("0047-2290", [20], "6Al-4V")],
    due="2027-01-18",
    place="Waukesha",
    finishes=("Black ox",),
    price=38.0,
)

add(
    WIDE_LETTERS,
    """Sehr geehrte Damen und Herren / Mesdames, Messieurs

Offertanfrage / Demande d'offre Nr. 26-1190

Artikel / Article:        30.4471.02
Bezeichnung / Désignation: Zahnradwelle / Arbre denté
Werkstoff / Matière:      1.6587 (18CrNiMo7-6)
Stückzahl / Quantité:     100 / 250 / 500
Oberfläche / Surface:     einsatzgehärtet / cémenté
Termin / Délai:           KW 12 / 2027
Lieferort / Lieu:         2540 Grenchen
Lieferkonditionen / Conditions: DDP

Freundliche Grüsse / Meilleures salutations
U. Aebi""",
    lines=[("30.4471.02", [100, 250, 500], "1.6587")],
    due="2027-03-26",
    incoterm="DDP",
    place="Grenchen",
    finishes=("einsatzgehärtet", "cémenté"),
)

add(
    WIDE_LETTERS,
    """<html><body><div style="background:#003366;color:#fff"><h2>SupplyBridge</h2></div><p>You have been invited to bid on event <b>EV-20984</b> by <b>Kestrel Hydraulics Inc.</b></p><p>Bid closes: Dec 4, 2026 5:00 PM CST</p><div><b>Line 1</b><br>Item: KH-77120-3<br>Description: SPOOL, 3-POSITION<br>Material: 8620<br>Quantity: 500 EA<br>Delivery date: Mar 1, 2027</div><hr><div><b>Line 2</b><br>Item: KH-77125-1<br>Description: SLEEVE<br>Material: 52100<br>Quantity: 500 EA<br>Delivery date: Mar 1, 2027</div><hr><p>Ship to: Kestrel Hydraulics, 2200 Industrial Pkwy, Rockford, IL 61109<br>Terms of delivery: FCA</p><p style="font-size:9px">Do not reply to this email. Need help? Call 1-800-555-0100. &copy; 2026 SupplyBridge Ltd</p></body></html>""",
    lines=[("KH-77120-3", [500], "8620"), ("KH-77125-1", [500], "52100")],
    due="2027-03-01",
    incoterm="FCA",
    place="Rockford",
    html=True,
)

add(
    WIDE_LETTERS,
    """Hallo Herr Nowak,

könnten Sie uns die Grundplatte (Zchng. GP-6-1120, Rev. B) einmal in S355J2+N und alternativ in EN AW-5083 anbieten? Losgrößen wären jeweils 3 und 10 Stück. Die Flächen bitte plan 0,05, Rest nach ISO 2768-mK. Farbe brauchen wir nicht, nur leicht geölt.

Lieferzeit? Wir müssten die Teile am 15. Februar hier in Rheine haben.

Danke & Gruß
S. Overbeck
Overbeck Sondermaschinen, Tel. 05971 / 4400-17""",
    lines=[("GP-6-1120", [3, 10], "S355J2+N")],
    due="2027-02-15",
    place="Rheine",
    tolerances=("ISO 2768-mK",),
)

add(
    WIDE_LETTERS,
    """Good afternoon,

Please find below our request for quotation (Solicitud de oferta SO-26-0417):

Ref.: EJ-3390/2   Eje motriz   Material: F-1252 (42CrMo4)   Cantidad: 45 uds.
Ref.: TP-3391/1   Tapa         Material: F-114 (C45)        Cantidad: 90 uds.

Plazo de entrega / Delivery: 19/03/2027
Entrega en / Delivered to: Zaragoza, DAP
Un saludo,
Marta Ibáñez""",
    lines=[("EJ-3390/2", [45], "42CrMo4"), ("TP-3391/1", [90], "C45")],
    due="2027-03-19",
    incoterm="DAP",
    place="Zaragoza",
)

add(
    WIDE_LETTERS,
    """Hello,

I need a quote on the following plates, all 304L, 2B finish one side:
  (a) 12 pcs  PL-4480-12   480 x 220 x 12 mm
  (b) 12 pcs  PL-4480-16   480 x 220 x 16 mm
  (c) 6 pcs   PL-5210-20   520 x 300 x 20 mm
Holes per drawing, M8 and M10, edges broken 0.5.

Delivery 8-10 weeks is OK, latest 12 March 2027, CPT Turku.

BR
Jari Lehtonen  +358 40 555 1212""",
    lines=[("PL-4480-12", [12], "304L"), ("PL-4480-16", [12], "304L"), ("PL-5210-20", [6], "304L")],
    due="2027-03-12",
    incoterm="CPT",
    place="Turku",
    finishes=("2B",),
)

add(
    WIDE_LETTERS,
    """Hi Anna,

following up on RFQ 1142: please drop item 2 (cover, DX-2202) - design isn't frozen. Only the housing DX-2201 is needed now, qty 24 in A380 or equal... sorry, I meant machined from 6082, and hard anodised 40 µm. Delivered Gothenburg DDP by 2027-02-08.

//Henrik""",
    lines=[("DX-2201", [24], "6082")],
    due="2027-02-08",
    incoterm="DDP",
    place="Gothenburg",
    finishes=("hard anodised",),
)

add(
    WIDE_LETTERS,
    """BESTELLUNG
Nr.: B26-10077
Datum: 26.11.2026
Kostenstelle 4410

Menge  Einheit  Artikel      Bezeichnung         EP/EUR     GP/EUR
    5  Stk      FX-22-701    Aufnahme Roboter    118,00     590,00
    5  Stk      FX-22-702    Greiferbacke         42,50     212,50

Material jeweils EN AW-7075, hartcoatiert.
Liefertermin 22.01.2027, DAP Steyr
Summe netto 802,50""",
    lines=[("FX-22-701", [5], "EN AW-7075"), ("FX-22-702", [5], "EN AW-7075")],
    due="2027-01-22",
    incoterm="DAP",
    place="Steyr",
    finishes=("hartcoatiert",),
    price=118.0,
    kind="order",
)

add(
    WIDE_LETTERS,
    """Bonjour,

Dans le cadre du projet LUNA, merci de nous faire une offre pour la pièce ci-dessous :

    Désignation : Corps de vanne
    N° de plan : LUN-VAN-0031
    Indice : C
    Quantités : 1 (prototype), puis 20 et 50
    Matière : X2CrNiMo17-12-2 (316L)
    Passivation après usinage
    Tolérances générales : ISO 2768-fH
    Délai : T0 + 8 semaines
    Incoterm : FCA vos ateliers

Remise des offres : 11 décembre 2026, 12h00.
Ce message et ses pièces jointes sont confidentiels. Si vous n'êtes pas le destinataire, merci de le détruire et d'appeler le 01 40 00 00 00.

Bien à vous,
Karim Belaïd""",
    lines=[("LUN-VAN-0031", [1, 20, 50], "X2CrNiMo17-12-2")],
    incoterm="FCA",
    finishes=("Passivation",),
    tolerances=("ISO 2768-fH",),
)
