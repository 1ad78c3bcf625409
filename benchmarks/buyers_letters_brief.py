"""Requests with volumes of years, orders in Chinese, numbers in groups and parts without one; see ``buyers_letters``."""

from buyers_letters import Letter, add

BRIEF_LETTERS: list[Letter] = []


add(
    BRIEF_LETTERS,
    """Guten Morgen,

unser Lieferant ist ausgefallen, deshalb brauchen wir kurzfristig Ersatz:

Artikel: Ventilstößel
Zeichnung: 0 281 004 117 (Stand 03)
Material: X45CrSi9-3
Bedarf: 2.000 Stück sofort, danach monatlich 1.500
Oberfläche: tenifer-behandelt
Anlieferung: Werk Zuffenhausen, spätestens 15.12.2026

Bitte um Rückruf: 0711 / 811-4455

Beste Grüße
S. Haller""",
    lines=[("0 281 004 117", [2000], "X45CrSi9-3")],
    due="2026-12-15",
    place="Zuffenhausen",
    finishes=("tenifer",),
)

add(
    BRIEF_LETTERS,
    """Hello

Pls find enquiry from our client (drydock Jan).

1. Liner flange CW-1188-2 / duplex UNS S31803 / 2 pcs
2. Gland ring CW-1188-5 / gunmetal LG2 / 2 pcs
3. Tie rod CW-1190-1 / EN24T, zinc plated / 16 pcs
All to be with us Gdynia latest 11 January 2027.
Best price pls, and how many kilos?

B.rgds
Tomasz / Baltic Marine Spares""",
    lines=[("CW-1188-2", [2], "S31803"), ("CW-1188-5", [2], "LG2"), ("CW-1190-1", [16], "EN24T")],
    due="2027-01-11",
    place="Gdynia",
    finishes=("zinc plated",),
)

add(
    BRIEF_LETTERS,
    """Purchase request forwarded by workflow

PR 100448211 / item 10
Short text: SUPPORT,BEARING,LOWER
Mfr part no.: BRG-SUP-4410L
Qty / UoM: 6 / EA
Material spec: ASTM A36 per dwg
Coating: hot dip galvanized
Delivery date: 02/12/2027
Plant: 4410 Baytown
PR 100448211 / item 20
Short text: SUPPORT,BEARING,UPPER
Mfr part no.: BRG-SUP-4410U
Qty / UoM: 6 / EA
Material spec: ASTM A36 per dwg
Coating: hot dip galvanized
Delivery date: 02/12/2027
Plant: 4410 Baytown
Please submit your quote in the portal by 12/08/2026.""",
    lines=[("BRG-SUP-4410L", [6], "ASTM A36"), ("BRG-SUP-4410U", [6], "ASTM A36")],
    due="2027-02-12",
    place="Baytown",
    finishes=("hot dip galvanized", "hot dip galvanized"),
)

add(
    BRIEF_LETTERS,
    """Chère Madame,

Merci de bien vouloir nous coter, à l'identique de votre offre D-2611 mais pour 40 pièces au lieu de 25, le carter réf. CR-5512-B en AS7G06 (EN AC-42100 T6), alodiné. Livraison au 8 février 2027, EXW vos ateliers.

Bien cordialement,
Thomas""",
    lines=[("CR-5512-B", [40], "EN AC-42100")],
    due="2027-02-08",
    incoterm="EXW",
    finishes=("alodiné",),
)

add(
    BRIEF_LETTERS,
    """hi, can u do 8 of these? (see pic, no drawing sorry) it's the carb flange off a 1972 Commando, 6082 ally. no rush. Rgds Nev""",
    lines=[("", [8], "6082")],
)

add(
    BRIEF_LETTERS,
    """Hallo Eva,

bitte Preise für folgende Teile:

Teilenr.        Bez.          Mat.            Stk. (1. Los)   Stk. (2. Los)
P-77-0112-A     Hebel         42CrMo4         60              120
P-77-0113-C     Bolzen        16MnCr5         60              120
P-77-0120-A     Scheibe       PA6-GF30        240             480

Hebel brüniert, Bolzen einsatzgehärtet 58-62 HRC
1. Los: 01.02.2027, 2. Los: 01.06.2027, DAP Ried im Innkreis

Danke
Gerald""",
    lines=[
        ("P-77-0112-A", [60, 120], "42CrMo4"),
        ("P-77-0113-C", [60, 120], "16MnCr5"),
        ("P-77-0120-A", [240, 480], "PA6-GF30"),
    ],
    due="2027-02-01",
    incoterm="DAP",
    place="Ried im Innkreis",
    finishes=("brüniert", "einsatzgehärtet"),
)

add(
    BRIEF_LETTERS,
    """Hi Pete, Following items required for the Shetland job -

20 no. padeye PE-05 rev 2 (S355J2+N, shot blast & prime)
20 no. padeye PE-08 rev 1 (ditto)
4 no. spreader bush SB-11 (LG2)

Wanted Lerwick by 5th Feb. Weights & lead time with quote pls. Site contact Magnus 01595 555 010.""",
    lines=[("PE-05", [20], "S355J2+N"), ("PE-08", [20], "S355J2+N"), ("SB-11", [4], "LG2")],
    due="2027-02-05",
    place="Lerwick",
    finishes=("shot blast",),
)

add(
    BRIEF_LETTERS,
    """Buonasera,

come anticipato al telefono Vi confermiamo l'acquisto di:
100 pz  part. 7.220.118  albero portafresa  18NiCrMo5 cementato temprato rettificato   € 46,00
100 pz  part. 7.220.119  bussola            100Cr6 temprata 60-62 HRC                  € 21,50
cons. 5 marzo 2027 f.co ns. mag. Vignola
pag. RB 60 gg

Sara - ufficio acquisti""",
    lines=[("7.220.118", [100], "18NiCrMo5"), ("7.220.119", [100], "100Cr6")],
    due="2027-03-05",
    place="Vignola",
    price=46.0,
    kind="order",
    finishes=("cementato", "temprato", "temprata"),
)

add(
    BRIEF_LETTERS,
    """您好,李总:
订单如下,请安排生产:
订单号 PO261126-03
1、BT-5501 轴套 CuSn10 300PCS 单价¥8.6
2、BT-5502 法兰 304 150PCS 单价¥22
交期 2027/1/15,送货到东莞长安。
谢谢 王芳""",
    lines=[("BT-5501", [300], "CuSn10"), ("BT-5502", [150], "304")],
    due="2027-01-15",
    place="东莞",
    price=8.6,
    kind="order",
)

add(
    BRIEF_LETTERS,
    """Dear Sales,

As an approved supplier you are requested to quote PRODUCTION + TOOLING for our new part 4D-1187-220 "Carrier, planet".
Blank: forged, supplied by you, steel 20MnCr5.
Volumes: 2027: 5,000 / 2028: 12,000 / 2029: 15,000
Heat treat: gas carburized CHD 0.7-1.0
Incoterm: FCA supplier. SOP week 18/2027.
Deadline for your quote: January 8th, 2027.

Commodity Buyer Transmission""",
    lines=[("4D-1187-220", [5000, 12000, 15000], "20MnCr5")],
    due="2027-05-07",
    incoterm="FCA",
    finishes=("gas carburized",),
)

add(
    BRIEF_LETTERS,
    """Dzień dobry, proszę o ofertę na wykonanie 3 kompletów szczęk (1 kpl. = 2 szt.) wg rys. SZ-0440 ze stali NC11LV hartowanej 60 HRC, oraz 6 szt. prowadnic wg rys. PR-0441 z brązu B102. Termin do 18 grudnia, odbiór osobisty. Kazimierz""",
    lines=[("SZ-0440", [6], "NC11LV"), ("PR-0441", [6], "B102")],
    due="2026-12-18",
    finishes=("hartowanej",),
)

add(
    BRIEF_LETTERS,
    """Hi Nightmill,

Quote needed for R&D build (ITAR - US persons only):

   PN               QTY      MATERIAL             NOTES
   X2-7701-101      3        15-5PH H1025         passivate per AMS 2700
   X2-7701-103      3        6061-T651            chem film, Type II Class 1A
   X2-7701-105      6        Vespel SP-1          -

Target delivery 8 weeks ARO, no later than March 5, 2027. Ship FedEx collect to El Segundo, CA.
Prices valid 60 days please.

Regards
Min-Ji Park, Sr. Buyer""",
    lines=[("X2-7701-101", [3], "15-5PH"), ("X2-7701-103", [3], "6061-T651"), ("X2-7701-105", [6], "Vespel SP-1")],
    due="2027-03-05",
    place="El Segundo",
    finishes=("passivate", "chem film"),
)
