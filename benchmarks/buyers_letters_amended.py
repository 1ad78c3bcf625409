"""Requests with columns of a year, amendments, dialects and narrow prints; see ``buyers_letters``."""

from buyers_letters import Letter, add

AMENDED_LETTERS: list[Letter] = []


add(
    AMENDED_LETTERS,
    """<html><body><p>Hi Craig,</p><p>Please quote the attached:</p>
<table border=1><tr><th>#</th><th>Part Number</th><th>Rev</th><th>Material</th><th>Finish</th><th>EAU</th><th>Lot Qty</th></tr>
<tr><td>1</td><td>0450-22177</td><td>04</td><td>6061-T6</td><td>Clear anodize</td><td>600</td><td>50</td></tr>
<tr><td>2</td><td>0450-22178</td><td>02</td><td>SST 316L</td><td>Electropolish</td><td>600</td><td>50</td></tr>
<tr><td>3</td><td>0450-22190</td><td>01</td><td>PTFE, virgin</td><td>-</td><td>1200</td><td>100</td></tr></table>
<p>Lead time target 5 weeks ARO. Ship to Hillsboro, OR.</p><p>Dana Kerr<br>Commodity Manager<br>(971) 555-0144</p></body></html>""",
    lines=[("0450-22177", [50], "6061-T6"), ("0450-22178", [50], "316L"), ("0450-22190", [100], "PTFE")],
    place="Hillsboro",
    finishes=("Clear anodize", "Electropolish"),
    html=True,
)

add(
    AMENDED_LETTERS,
    """Servus Franz,

mir bräuchten nochmal de Zwischenplatten wie im Sommer, ZP-180-3, aber diesmal 40 Stück und net in S235 sondern in 1.4301. Gestrahlt wie immer. Bis Mitte Januar wär super, I hol's ab.

Pfiat di
Sepp (Mobil 0664 1234567)""",
    lines=[("ZP-180-3", [40], "1.4301")],
    due="2027-01-15",
    finishes=("Gestrahlt",),
)

add(
    AMENDED_LETTERS,
    """GOOD MORNING
NEED PRICE AND LEAD TIME
QTY 3 PN 4-2290-1 SHAFT 416SS HT 30-35RC
QTY 3 PN 4-2290-2 SLEEVE 440C HT 55RC MIN
QTY 6 PN 4-2290-5 KEY 1018
CUSTOMER IS DOWN - NEED BY DEC 11
THANKS
GENE
MIDSTATE RECON PARTS
SALINA KS""",
    lines=[("4-2290-1", [3], "416SS"), ("4-2290-2", [3], "440C"), ("4-2290-5", [6], "1018")],
    due="2026-12-11",
)

add(
    AMENDED_LETTERS,
    """Bonjour Patrice,

Voici notre besoin pour le projet Hermès :

Repère 1 : platine support (HRM-01-B) – 2 exemplaires – EN AW-5083 – surfaçage 2 faces
Repère 2 : équerre (HRM-02-A) – 4 exemplaires – EN AW-5083
Repère 3 : axe Ø20 g6 (HRM-05-A) – 8 exemplaires – 100Cr6 trempé 60 HRC

Anodisation noire sur repères 1 et 2 uniquement.
On monte le proto le 18 janvier, il nous faut donc tout pour le vendredi 15 janvier au plus tard, à l'atelier de Lannion.

À bientôt,
Gaëlle""",
    lines=[("HRM-01-B", [2], "EN AW-5083"), ("HRM-02-A", [4], "EN AW-5083"), ("HRM-05-A", [8], "100Cr6")],
    due="2027-01-15",
    place="Lannion",
    finishes=("Anodisation noire", "trempé"),
    tolerances=("20 g6",),
)

add(
    AMENDED_LETTERS,
    """Dear Supplier,

Kindly note that PO 4700031188 has been amended as follows:
Line 10: P/N 61-20447 quantity changed from 200 to 350 EA
Line 20: P/N 61-20448 cancelled
Line 30: P/N 61-20460 delivery date changed from 15-Jan-2027 to 05-Feb-2027 (quantity 100 EA unchanged)

Please send an amended order acknowledgement.

Regards,
Anita Bose""",
    lines=[("61-20447", [350], None), ("61-20460", [100], None)],
    due="2027-02-05",
    kind="order",
)

add(
    AMENDED_LETTERS,
    """Hola Luis,

¿me puedes pasar precio para lo siguiente?

50 ud PLT-114 placa base, acero S275JR, granallada y pintada RAL 5015
50 ud PLT-115 tapa, acero S275JR, ídem
200 ud separador SEP-20, aluminio 6082

Lo necesitamos para el 22/01 en Zaragoza. Portes a vuestro cargo.

Gracias, Marta
Dpto. Compras - Tel 976 123 456""",
    lines=[("PLT-114", [50], "S275JR"), ("PLT-115", [50], "S275JR"), ("SEP-20", [200], "6082")],
    due="2027-01-22",
    place="Zaragoza",
    finishes=("granallada", "pintada RAL 5015"),
)

add(
    AMENDED_LETTERS,
    """Beste,

Zoals besproken willen we graag een prijs voor 2 varianten van de koppelflens:
variant 1: KF-330-01, staal C45, 25 stuks
variant 2: KF-330-02, RVS 1.4418, 25 stuks
Let op: toleranties volgens ISO 2768-fH, gat Ø30 H7.
Offerte graag voor 4 december, levering in week 5 te Apeldoorn.

mvg, Rik""",
    lines=[("KF-330-01", [25], "C45"), ("KF-330-02", [25], "1.4418")],
    due="2027-02-05",
    place="Apeldoorn",
    tolerances=("ISO 2768-fH", "30 H7"),
)

add(
    AMENDED_LETTERS,
    """Hi All

RFQ-2611-077

We are looking for budgetary pricing on a housing (drawing 22-0147 sheet 1-3), aluminium casting A356-T6 machined from our casting 22-0146.
Volume scenarios: 500, 2k and 5k pcs per annum.
Timing: PPAP samples Q2/2027, SOP 1 September 2027.
DAP Coventry, UK.

thanks
Vikram""",
    lines=[("22-0147", [500, 2000, 5000], "A356-T6")],
    due="2027-09-01",
    incoterm="DAP",
    place="Coventry",
)

add(
    AMENDED_LETTERS,
    """Witam,

potrzebuję na szybko:
- 4 szt. wałek WA-77/2, stal 1.4021, hartowany 48-52 HRC, szlifowany
- 4 szt. tuleja TU-77/3, brąz B101

Odbiór własny w piątek 11.12. Proszę o cenę.

Zbyszek, 601 222 333""",
    lines=[("WA-77/2", [4], "1.4021"), ("TU-77/3", [4], "B101")],
    due="2026-12-11",
    finishes=("hartowany",),
)

add(
    AMENDED_LETTERS,
    """Ladies and gentlemen,

please send us your quotation for

Article            Drawing              Pieces      Raw material
Tappet             MV 204-118-01 b      4 000       16MnCr5
Rocker shaft       MV 204-131-00 c      2 000       C35E, drawn
Rocker bracket     MV 204-140-02        2 000       EN-GJS-600-3

Case hardening of the tappets shall be included.
Delivery in two lots (half mid of March 2027, half mid of June 2027), free our works Steyr.

Kind regards
Purchasing department""",
    lines=[
        ("MV 204-118-01", [4000], "16MnCr5"),
        ("MV 204-131-00", [2000], "C35E"),
        ("MV 204-140-02", [2000], "EN-GJS-600-3"),
    ],
    due="2027-03-15",
    place="Steyr",
    finishes=("Case hardening",),
)

add(
    AMENDED_LETTERS,
    """Ahoj Petře,

můžeš nacenit:
1) deska 450x300x20, v.č. D-118/A, dural 7075, eloxovat černě, 2 ks
2) držák v.č. D-119/A, nerez 1.4301, 4 ks
3) kolík v.č. D-125/B, 14 220.4, cementovat, 20 ks
Potřebuji to do 18. prosince, vyzvednu si sám v Brně.
Díky, Honza""",
    lines=[("D-118/A", [2], "7075"), ("D-119/A", [4], "1.4301"), ("D-125/B", [20], "14 220.4")],
    due="2026-12-18",
    finishes=("eloxovat", "cementovat"),
)

add(
    AMENDED_LETTERS,
    """Hello, this is a reminder that we still wait for your offer for our enquiry 26-1904 (sent 12 Nov.):

- 12 pcs of the guide rail GR-880-02, steel 1.2842 hardened 58+2 HRC and ground
- 24 pcs of the clamping claw SP-881-00, steel 1.7131, case hardened

Offer needed today! Delivery would be calendar week 4, EXW.

Thank you
Matej Zupan
Ljubljana""",
    lines=[("GR-880-02", [12], "1.2842"), ("SP-881-00", [24], "1.7131")],
    due="2027-01-29",
    incoterm="EXW",
    finishes=("hardened", "case hardened"),
)

add(
    AMENDED_LETTERS,
    """FROM: AP/Procurement bot
TO: Vendor 88120
REQ: 0094417

LN QTY UOM ITEM           DESC                         NEED-BY
01 24  EA  C-7701-0042    SPACER, 304 SS               22JAN2027
02 24  EA  C-7701-0043    SPACER, 304 SS, LONG         22JAN2027
03 2   EA  C-7702-0001    PLATE, MTG, AL 6061-T6       22JAN2027

SHIP VIA: FEDEX GROUND COLLECT
DELIVER TO: BLDG 4, HUNTSVILLE AL 35806
""",
    lines=[("C-7701-0042", [24], "304 SS"), ("C-7701-0043", [24], "304 SS"), ("C-7702-0001", [2], "6061-T6")],
    due="2027-01-22",
    place="HUNTSVILLE",
)

add(
    AMENDED_LETTERS,
    """Moin Herr Claasen,

für die Fähre "Nordstern" brauchen wir 1 Satz Lagerschalen (bestehend aus 2 Halbschalen, Zeichn. LS-0455) aus Rg7 sowie 1 Stück Welle WE-0456 aus 1.4462. Das Schiff liegt vom 14. bis 20. Dezember im Dock, wir brauchen das Material also am 14.12. in Emden.

Gruß von der Küste
Hinnerk""",
    lines=[("LS-0455", [1], "Rg7"), ("WE-0456", [1], "1.4462")],
    due="2026-12-14",
    place="Emden",
)

add(
    AMENDED_LETTERS,
    """各位供应商:
以下为我司2027年一季度外协件,请按附件图纸报含税单价。
1. 图号 QX-01-203 名称 主轴 材料 40Cr 数量 60 调质+高频淬火
2. 图号 QX-01-204 名称 轴承座 材料 HT250 数量 60
3. 图号 QX-01-209 名称 端盖 材料 Q235B 数量 120 发黑
要求:2027年2月5日前送至苏州工厂。报价请于11月30日前回复。
谢谢!""",
    lines=[("QX-01-203", [60], "40Cr"), ("QX-01-204", [60], "HT250"), ("QX-01-209", [120], "Q235B")],
    due="2027-02-05",
    place="苏州",
    finishes=("高频淬火", "发黑"),
)

add(
    AMENDED_LETTERS,
    """Hi, me again :)

Forget the brackets (BK-12), we found stock. But I still need the pins: PN-0331, 303, quantity 150, and the bushes: PN-0340, C932, 75 of them. Jan 29th at our Moline shop.

Greg""",
    lines=[("PN-0331", [150], "303"), ("PN-0340", [75], "C932")],
    due="2027-01-29",
    place="Moline",
)

add(
    AMENDED_LETTERS,
    """Spett.le ditta,

ordine n. 2026/00871 del 24/11/2026

Vi ordiniamo quanto segue:
Cod. 40.118.22 Perno Ø25 L=140    Mat. 39NiCrMo3   Q.tà 60   Prezzo € 14,20   Consegna 22/01/27
Cod. 40.118.23 Distanziale        Mat. C40         Q.tà 120  Prezzo €  3,85   Consegna 22/01/27

Resa: franco Modena. Imballo compreso.
Si prega di rinviare copia firmata per accettazione.

Ufficio Acquisti""",
    lines=[("40.118.22", [60], "39NiCrMo3"), ("40.118.23", [120], "C40")],
    due="2027-01-22",
    place="Modena",
    price=14.2,
    kind="order",
)

add(
    AMENDED_LETTERS,
    """Hei igjen

Vi trenger tilbud på følgende deler til Hydro-prosjektet:
Flens tegning H-2210-1, 2 stk, Super Duplex F53
Aksel tegning H-2210-2, 2 stk, 17-4PH
Pakning holder tegning H-2210-7, 4 stk, PEEK
Levering Kongsberg senest 5. februar.

mvh Trond""",
    lines=[("H-2210-1", [2], "F53"), ("H-2210-2", [2], "17-4PH"), ("H-2210-7", [4], "PEEK")],
    due="2027-02-05",
    place="Kongsberg",
)

add(
    AMENDED_LETTERS,
    """Please quote:

Our drawing 118-40-0092, Rev. AB "Nozzle body". Material per drawing (Inconel 625). 5 pieces, alternatively 10 pieces.
Inspection report 3.1 (EN 10204) must be enclosed.
Delivery terms: DAP Zwijndrecht, The Netherlands (Incoterms 2020).
Requested delivery: beginning of March 2027.

Yours sincerely,
J. de Wit""",
    lines=[("118-40-0092", [5, 10], "Inconel 625")],
    due="2027-03-10",
    incoterm="DAP",
    place="Zwijndrecht",
)

add(
    AMENDED_LETTERS,
    """Hallo,

im Auftrag der Fa. Reinl bitte ich um ein Angebot:

Kupplungsnabe li.  K-201.05.1   1.7225   vergütet   nitriert   12
Kupplungsnabe re.  K-201.05.2   1.7225   vergütet   nitriert   12
Passfeder          K-201.09     C45K                           24

Wunschtermin: 5. KW, Lieferung an Fa. Reinl, 94315 Straubing

LG, Ing.-Büro Huber""",
    lines=[("K-201.05.1", [12], "1.7225"), ("K-201.05.2", [12], "1.7225"), ("K-201.09", [24], "C45K")],
    due="2027-02-05",
    place="Straubing",
    finishes=("nitriert", "nitriert"),
)
