"""Requests of another twenty buyers: portals, hurried notes, orders and lists; see ``buyers_letters``."""

from buyers_letters import Letter, add

HELD_LETTERS: list[Letter] = []


add(
    HELD_LETTERS,
    """Good morning,

We'd like your quotation for the following turned parts please:

Drg 20-4471 issue 2, valve spindle, 431 S29 stainless, 60 off
Drg 20-4472 issue 1, gland nut, CZ121 brass, 120 off

Delivery to our Rochdale works by Friday 5th February. Prices to include carriage.

Kind regards
Alan Hargreaves
Buying Office
01706 555 019""",
    lines=[("20-4471", [60], "431"), ("20-4472", [120], "CZ121")],
    due="2027-02-05",
    place="Rochdale",
)

add(
    HELD_LETTERS,
    """Sehr geehrter Herr Maurer,

wir haben einen dringenden Bedarf und bitten um Ihr kurzfristiges Angebot:

Artikel-Nr.: 0815.4471
Bezeichnung: Spannzange
Material: 58CrV4, gehärtet und geschliffen
Bedarf: 30 Stk.
Wunschliefertermin: 18.12.2026
Lieferort: Gosheim

Alternativ wären 50 Stk. interessant, bitte ebenfalls anbieten.

Viele Grüße
Tanja Hermle""",
    lines=[("0815.4471", [30, 50], "58CrV4")],
    due="2026-12-18",
    place="Gosheim",
    finishes=("gehärtet", "geschliffen"),
)

add(
    HELD_LETTERS,
    """Bonjour,

Pourriez-vous nous faire parvenir votre meilleure offre pour 40 supports réf. SUP-2204-B (aluminium 5083) et 40 contre-plaques réf. CPL-2204-C (même matière) ?
Anodisation incolore 15 µm.
Livraison DAP Mulhouse pour le 29 janvier 2027.

D'avance merci.
Thierry Wendling
Acheteur""",
    lines=[("SUP-2204-B", [40], "5083"), ("CPL-2204-C", [40], "5083")],
    due="2027-01-29",
    incoterm="DAP",
    place="Mulhouse",
    finishes=("Anodisation incolore",),
)

add(
    HELD_LETTERS,
    """Buongiorno Luca,

ci servirebbe un preventivo per:
- 6 pz albero AL-330-07 in 39NiCrMo3 bonificato
- 6 pz ruota dentata RD-330-08 in 18NiCrMo5 cementata e temprata
- 12 pz chiavetta CH-330-09 in C40

consegna a Cento (FE) entro fine gennaio 2027, porto franco.
Fammi sapere entro venerdì.

Ciao
Davide""",
    lines=[("AL-330-07", [6], "39NiCrMo3"), ("RD-330-08", [6], "18NiCrMo5"), ("CH-330-09", [12], "C40")],
    due="2027-01-31",
    place="Cento",
    finishes=("bonificato", "cementata", "temprata"),
)

add(
    HELD_LETTERS,
    """王工:

请按以下要求报价:
零件名称:导向轴
图号:DX-8830-02
材料:SUJ2
热处理:淬火 HRC58-62
数量:200件 / 500件 / 1000件
交期:2027年2月8日
交货地点:无锡

顺祝商祺
赵倩""",
    lines=[("DX-8830-02", [200, 500, 1000], "SUJ2")],
    due="2027-02-08",
    place="无锡",
    finishes=("淬火",),
)

add(
    HELD_LETTERS,
    """Buenas tardes:

Adjunto planos para cotización.

Ref. 4471-01  Rodillo tensor   Acero F-125   20 ud
Ref. 4471-02  Eje rodillo      Acero F-125   20 ud
Ref. 4471-03  Tapa lateral     Aluminio 6082 40 ud

Acabado: pavonado para los rodillos y ejes; anodizado para las tapas.
Entrega: 12/02/2027 en Sabadell.

Gracias y saludos,
Jordi Puig""",
    lines=[("4471-01", [20], "F-125"), ("4471-02", [20], "F-125"), ("4471-03", [40], "6082")],
    due="2027-02-12",
    place="Sabadell",
    finishes=("pavonado", "anodizado"),
)

add(
    HELD_LETTERS,
    """PURCHASE ORDER

PO No.: 88-20417          Date: 26 Nov 2026
Supplier quote: Q5521

Item 1
  Part: 6610-2204-1 Rev D  ADAPTER, HYDRAULIC
  Material: 15-5PH per AMS 5659, H1025
  Qty: 75 EA
  Unit price: USD 46.20
  Extended: USD 3,465.00
Passivate per AMS 2700
Delivery: 02/12/2027
Ship to: Dock 4, Savannah, GA 31408
Terms: FCA

Certificate of conformance required with shipment.""",
    lines=[("6610-2204-1", [75], "15-5PH")],
    due="2027-02-12",
    incoterm="FCA",
    place="Savannah",
    price=46.2,
    finishes=("Passivate",),
    kind="order",
)

add(
    HELD_LETTERS,
    """Moin Jens,

Kunde hat's eilig: kannst du uns 2 Wellenstümpfe nach Zeichnung WS-4410-2 aus 34CrNiMo6 drehen? Dazu 2 Gegenflansche GF-4410-3, S355J2G3.
Liefern nach Rendsburg bis spätestens Mittwoch, 9. Dezember.
Preis bitte heute noch.

Gruß
Ole""",
    lines=[("WS-4410-2", [2], "34CrNiMo6"), ("GF-4410-3", [2], "S355J2G3")],
    due="2026-12-09",
    place="Rendsburg",
)

add(
    HELD_LETTERS,
    """Hello Maria,

hope all is well. For our new gripper we need quotes on three parts, each in lots of 10, 50 and 250:

* GRP-001-A finger left, 7075-T6
* GRP-002-A finger right, 7075-T6
* GRP-003-B palm, 6082-T6

Hard anodize on the fingers, the palm stays raw. Standard tolerances ISO 2768-mK.
Delivery of the first lot: 22 Jan 2027, DAP Odense.

Thanks!
Søren""",
    lines=[
        ("GRP-001-A", [10, 50, 250], "7075-T6"),
        ("GRP-002-A", [10, 50, 250], "7075-T6"),
        ("GRP-003-B", [10, 50, 250], "6082-T6"),
    ],
    due="2027-01-22",
    incoterm="DAP",
    place="Odense",
    finishes=("Hard anodize",),
    tolerances=("ISO 2768-mK",),
)

add(
    HELD_LETTERS,
    """Witam,

proszę o ofertę na wykonanie następujących detali:

Nr rysunku: W-220-15, wałek, stal 40HM, 25 szt.
Nr rysunku: K-220-16, koło pasowe, EN-GJL-250, 25 szt.

Termin dostawy: 29 stycznia 2027, DAP Gliwice.
Wałki ulepszane cieplnie.

Pozdrawiam
Marek Zieliński""",
    lines=[("W-220-15", [25], "40HM"), ("K-220-16", [25], "EN-GJL-250")],
    due="2027-01-29",
    incoterm="DAP",
    place="Gliwice",
    finishes=("ulepszane cieplnie",),
)

add(
    HELD_LETTERS,
    """FYI Robert, bitte anbieten, Termin ist machbar laut Fertigung.

Gruß, Simone

Von: Einkauf <einkauf@muehlenbau.example>
Gesendet: Mittwoch, 25. November 2026 14:02
An: Vertrieb
Betreff: Anfrage 60-1177

Sehr geehrte Damen und Herren,

wir bitten um Angebot über

16 Stk. Lagerschale LS-60-4 aus CuSn12-C
 8 Stk. Lagerdeckel LD-60-5 aus EN-GJS-500-7

Anlieferung 15.01.2027 in Braunschweig, Lieferbedingung DAP.

Mit freundlichen Grüßen
Karl Ahrens""",
    lines=[("LS-60-4", [16], "CuSn12-C"), ("LD-60-5", [8], "EN-GJS-500-7")],
    due="2027-01-15",
    incoterm="DAP",
    place="Braunschweig",
)

add(
    HELD_LETTERS,
    """Hi Bob - need a ballpark on the attached.

part: 100-2231-07 (manifold)
matl: 6061-T651
qty: 20 now, another 20 in June
finish: black anodize, MIL-A-8625 Type II Class 2
due: 1/15/27
ship to: San Jose, CA

Also do you stock the 1/8 NPT plugs? Need 80.

thx
Dana""",
    lines=[("100-2231-07", [20], "6061-T651")],
    due="2027-01-15",
    place="San Jose",
    finishes=("black anodize",),
)

add(
    HELD_LETTERS,
    """Estimados,

solicitamos cotización de 500 piezas del código BUJ-118 (bronce SAE 64) y de 250 piezas del código PER-119 (acero 1045).
Lugar de entrega: Monterrey, N.L. Fecha requerida: 5 de febrero de 2027.
Favor de cotizar en USD, DDP.

Saludos cordiales
Ing. Ramón Treviño""",
    lines=[("BUJ-118", [500], "SAE 64"), ("PER-119", [250], "1045")],
    due="2027-02-05",
    incoterm="DDP",
    place="Monterrey",
)

add(
    HELD_LETTERS,
    """Dear Mr. Tanaka,

With reference to our meeting on 19 November, we kindly request your quotation as follows.

Part name: Rotor hub
Part number: RH-9007-3
Material: Ti-6Al-4V Grade 5
Quantity: 24 pcs per year, delivered in four lots of 6
First delivery: 31 March 2027
Price basis: CIP Toulouse
General tolerance: ISO 2768-m

Please submit your offer by 18 December 2026.

Sincerely,
Claire Fontaine""",
    lines=[("RH-9007-3", [6], "Ti-6Al-4V")],
    due="2027-03-31",
    incoterm="CIP",
    place="Toulouse",
    tolerances=("ISO 2768-m",),
)

add(
    HELD_LETTERS,
    """Hallo zusammen,

Teile-Nr.;Bezeichnung;Werkstoff;Stück;Bemerkung
4.401.22;Grundplatte;AlMg4,5Mn;1;plan 0,02
4.401.23;Säule;C45;4;brüniert
4.401.24;Konsole;S235JR;2;lackiert RAL 7035

Termin: KW 2/2027
Versand: ab Werk, wir holen ab.

VG
Nadine Röhrig""",
    lines=[("4.401.22", [1], "AlMg4,5Mn"), ("4.401.23", [4], "C45"), ("4.401.24", [2], "S235JR")],
    due="2027-01-15",
    incoterm="EXW",
    finishes=("brüniert", "lackiert"),
)

add(
    HELD_LETTERS,
    """Hi Priyanka,

Correction to the qty on PO request 3381: bracket BKT-3381-R goes from 40 to 60 pieces. Material is still mild steel A36, zinc plated, and it's still due 11 January 2027 into Leeds. Please re-quote.

Best
Harriet""",
    lines=[("BKT-3381-R", [60], "A36")],
    due="2027-01-11",
    place="Leeds",
    finishes=("zinc plated",),
)

add(
    HELD_LETTERS,
    """Bonjour Nadia,

Peux-tu chiffrer ceci stp :
10 axes 55-0071 en 35NCD16, nickelage chimique 20 µm
10 bagues 55-0072 en UE12P
C'est pour le chantier de Fos-sur-Mer, il me les faut là-bas le mardi 12 janvier.

Merci, Karim""",
    lines=[("55-0071", [10], "35NCD16"), ("55-0072", [10], "UE12P")],
    due="2027-01-12",
    place="Fos-sur-Mer",
    finishes=("nickelage chimique",),
)

add(
    HELD_LETTERS,
    """Hei,

Vi ønsker pris på følgende:

Tegn.nr    Benevnelse     Materiale       Antall
B-3301     Brakett        S355J2          50
B-3302     Brakett, speil S355J2          50
P-3310     Plugg          AISI 316L       100

Brakettene varmforsinkes.
Levering Stavanger innen 1. mars 2027.

Mvh
Ingrid Haugland""",
    lines=[("B-3301", [50], "S355J2"), ("B-3302", [50], "S355J2"), ("P-3310", [100], "AISI 316L")],
    due="2027-03-01",
    place="Stavanger",
    finishes=("varmforsinkes",),
)

add(
    HELD_LETTERS,
    """Gentlemen,

Request for proposal, subject: replacement spline shafts for mill stand No. 3.

Our drawing: 7-SM3-0118, sheet 1 of 2
Steel: AISI 4340, quenched and tempered 302-341 BHN
Number required: two (2)
Required on site (Youngstown, Ohio): on or before the twenty-second of January 2027

Bidders shall state the shop's capacity for turning over 3,000 mm between centres.

Paul Kowalski, Maintenance Planner""",
    lines=[("7-SM3-0118", [2], "AISI 4340")],
    due="2027-01-22",
    place="Youngstown",
    finishes=("quenched and tempered",),
)

add(
    HELD_LETTERS,
    """Hoi Reto

Chasch mer bitte für die zwei Teile en Priis mache:
Art. 330.118 Hebel, 1.4571, 12 Stk
Art. 330.119 Bolzen, 1.4571, 24 Stk
Lieferig uf Winterthur bis 22.1.27.

Merci, Urs""",
    lines=[("330.118", [12], "1.4571"), ("330.119", [24], "1.4571")],
    due="2027-01-22",
    place="Winterthur",
)
