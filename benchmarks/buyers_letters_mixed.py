"""Requests with orders of before, shares by month, weeks as four figures and totals beside prices; see ``buyers_letters``."""

from buyers_letters import Letter, add

MIXED_LETTERS: list[Letter] = []


add(
    MIXED_LETTERS,
    """Hello Nightmill team,

we build coffee roasters and need some bits for the 2027 model:

• Drum shaft – drawing RST-100-03 – 1.4104 – 30 pcs
• Bearing cap – drawing RST-100-07 – EN AW-6082 – 60 pcs – natural anodized
• Trunnion – drawing RST-100-11 – C45 – 60 pcs – nitrocarburized

Assembly starts on 1 March, so we would want everything here in Trieste two weeks earlier, i.e. by 15 February 2027.

Ciao
Davide""",
    lines=[("RST-100-03", [30], "1.4104"), ("RST-100-07", [60], "EN AW-6082"), ("RST-100-11", [60], "C45")],
    due="2027-02-15",
    place="Trieste",
    finishes=("natural anodized", "nitrocarburized"),
)

add(
    MIXED_LETTERS,
    """Anfrage per E-Mail

Firma: Stadtwerke Nordbach, Instandhaltung
Objekt: Rechenanlage KA West

Wir bitten um Abgabe eines Angebots:
4 St Kettenrad Z=12, Zeichn.-Nr. RA-0412-b, Werkstoff C45, induktiv gehärtet
8 St Kettenbolzen, Zeichn.-Nr. RA-0415, Werkstoff 1.4021
Angebotsabgabe: 10.12.2026
Ausführung: bis 29.01.2027
Lieferort: Kläranlage West, Auenweg 1, 37154 Northeim""",
    lines=[("RA-0412-b", [4], "C45"), ("RA-0415", [8], "1.4021")],
    due="2027-01-29",
    place="Northeim",
    finishes=("induktiv gehärtet",),
)

add(
    MIXED_LETTERS,
    """Hi Tracy,

Please see attached PO 10088 for $2,940.00. Summary for your convenience:
- 60 ea 7731-B-02 bracket @ $32.50
- 60 ea 7731-B-05 shim @ $16.50
Both in 5052-H32, clear chem film. Dock date 1/18/2027, Huntsville plant.

Let me know if any issue.
Ron""",
    lines=[("7731-B-02", [60], "5052-H32"), ("7731-B-05", [60], "5052-H32")],
    due="2027-01-18",
    place="Huntsville",
    price=32.5,
    kind="order",
    finishes=("chem film",),
)

add(
    MIXED_LETTERS,
    """Bonjour M. Tessier,

Nous relançons la fabrication de la série 2027 :

Pièce                Plan / ind.        Matière            Qté     Traitement
Support moteur       MT-445 / D         EN AW-2017A        150     OAS 15 µm
Couvercle            MT-446 / B         EN AW-5754         150     OAS 15 µm
Axe rotor            MT-450 / A         X5CrNiCuNb16-4     300     -

Cadencement : 1/3 fin janvier, 1/3 fin février, 1/3 fin mars.
Livraison : DAP Valence.

Cdlt
A. Bonnet""",
    lines=[("MT-445", [150], "EN AW-2017A"), ("MT-446", [150], "EN AW-5754"), ("MT-450", [300], "X5CrNiCuNb16-4")],
    due="2027-01-31",
    incoterm="DAP",
    place="Valence",
    finishes=("OAS 15 µm", "OAS 15 µm"),
)

add(
    MIXED_LETTERS,
    """Hey,

We had ordered 12 pcs of TB-9001 from you in May (PO 5512). We need 18 more now - same rev, same price hopefully (it was 63 EUR). Material 1.4404. By 22nd January to Lille please. Consider this the order, PO no. 5690.

Thanks
Elise""",
    lines=[("TB-9001", [18], "1.4404")],
    due="2027-01-22",
    place="Lille",
    kind="order",
)

add(
    MIXED_LETTERS,
    """您好!
请报价以下两款零件(图纸见附件):
零件一:图号 RB-7701,材料 7075-T651,数量 50/100/300 件,表面 硬质氧化 30um
零件二:图号 RB-7702,材料 17-4PH,数量 50/100/300 件,表面 钝化
交期:下单后 4 周。交货方式:FOB 深圳。
请在12月1日下班前回复,谢谢。
采购部 Jenny Wu""",
    lines=[("RB-7701", [50, 100, 300], "7075-T651"), ("RB-7702", [50, 100, 300], "17-4PH")],
    incoterm="FOB",
    place="深圳",
    finishes=("硬质氧化", "钝化"),
)

add(
    MIXED_LETTERS,
    """Goeiemorgen,

Voor ordernr. 88120 hebben we dringend nodig:
2x lagerhuis LH-2201-C (GG25)
2x as AS-2202-A (34CrNiMo6)
4x spie 12x8x63 (C45, DIN 6885) - geen tekening
We halen het op in Tilburg (bij jullie). Graag klaar vóór kerst, uiterlijk 23-12.

Groet, Bram""",
    lines=[("LH-2201-C", [2], "GG25"), ("AS-2202-A", [2], "34CrNiMo6")],
    due="2026-12-23",
)

add(
    MIXED_LETTERS,
    """REQUEST FOR PROPOSAL / CNC MACHINED COMPONENTS

Ref. RFP-2026-0419. Issue date: November 25, 2026. Proposals due: December 15, 2026, 17:00 CET.

Component 1: Manifold block. Drawing: HX-5501 rev 3. Material: EN AW-6082 T651. Estimated quantity: 200 units.
Component 2: Valve spool. Drawing: HX-5507 rev 1. Material: 1.4112, hardened 56±2 HRC. Estimated quantity: 800 units.
Component 3: End cap. Drawing: HX-5512 rev 1. Material: EN AW-6082 T651. Estimated quantity: 400 units.

All aluminium components to be hard anodized 25 µm. Deliveries to Linköping, Sweden, DDP, starting 1 April 2027.""",
    lines=[("HX-5501", [200], "EN AW-6082 T651"), ("HX-5507", [800], "1.4112"), ("HX-5512", [400], "EN AW-6082 T651")],
    due="2027-04-01",
    incoterm="DDP",
    place="Linköping",
    finishes=("hardened", "hard anodized"),
)

add(
    MIXED_LETTERS,
    """Hallo Herr Yilmaz,

hier die Korrektur unserer Anfrage 26-771: Bei Pos. 2 war der Werkstoff falsch, richtig ist 1.4571 (nicht 1.4301). Also nochmals komplett:

Pos. 1 – 2211-004 Flansch – 1.4571 – 12 Stk
Pos. 2 – 2211-005 Stutzen – 1.4571 – 12 Stk
gebeizt und passiviert, Liefertermin 25.01.2027, frei Haus Speyer

Sorry und Gruß
N. Behrens""",
    lines=[("2211-004", [12], "1.4571"), ("2211-005", [12], "1.4571")],
    due="2027-01-25",
    place="Speyer",
    finishes=("gebeizt", "passiviert"),
)

add(
    MIXED_LETTERS,
    """Hi Ola

Trenger 6 stk av bolt 7100-B-33 (S165M / 1.4418), lengde 220 mm, og 12 stk foring 7100-F-34 i JM7.
Må være i Stavanger torsdag 10. desember. Pris?

Hilsen Geir, Rigg Vedlikehold""",
    lines=[("7100-B-33", [6], "1.4418"), ("7100-F-34", [12], "JM7")],
    due="2026-12-10",
    place="Stavanger",
)

add(
    MIXED_LETTERS,
    """Dear all,

pls quote our P/N 3100889 (old P/N 2900457), bushing, CuAl10Ni5Fe4, qty: 2,500 pcs per delivery, 4 deliveries in 2027.
First delivery needed 03.05.2027 at our plant in Vsetín.
Price EXW and DAP, please.

Lenka Malá""",
    lines=[("3100889", [2500], "CuAl10Ni5Fe4")],
    due="2027-05-03",
    incoterm="EXW",
    place="Vsetín",
)

add(
    MIXED_LETTERS,
    """Steve,

as per my voicemail:
qty 1 - jig plate per our sketch SK-26-118, MIC-6
qty 1 - drill bushing plate per sketch SK-26-119, D2 hardened 60-62
qty 4 - standoff per sketch SK-26-120, 12L14, zinc
By the 9th if at all possible. I'll send a guy.

Hal""",
    lines=[("SK-26-118", [1], "MIC-6"), ("SK-26-119", [1], "D2"), ("SK-26-120", [4], "12L14")],
    due="2026-12-09",
    finishes=("hardened", "zinc"),
)

add(
    MIXED_LETTERS,
    """Estimado Sr. Prieto:

Rogamos coticen lo siguiente para nuestra planta de Celaya, Gto.:

Part. 1: 24 pzas, flecha estriada, dib. FE-2301 rev. 4, acero 4340 templado y revenido
Part. 2: 48 pzas, buje, dib. BU-2302 rev. 1, bronce SAE 64
Fecha requerida en planta: 18-ene-2027. Condiciones DDP.
Cotización a más tardar el 4 de diciembre.

Ing. Claudia Rocha""",
    lines=[("FE-2301", [24], "4340"), ("BU-2302", [48], "SAE 64")],
    due="2027-01-18",
    incoterm="DDP",
    place="Celaya",
    finishes=("templado",),
)

add(
    MIXED_LETTERS,
    """Hej Jonas,

vi vill gärna ha pris på:

Pos  Ritn.nr      Benämning     Material        Antal
1    40-1187-2    Lagerhus      EN-GJS-500-7    40
2    40-1188-0    Lock          S355J2          40
3    40-1190-1    Spindel       SS 2541-03      20

Pos 2 varmförzinkas. Leveransvecka 2706. Leveransadress: Verkstadsgatan 4, 521 30 Falköping.

Hälsningar Camilla""",
    lines=[("40-1187-2", [40], "EN-GJS-500-7"), ("40-1188-0", [40], "S355J2"), ("40-1190-1", [20], "SS 2541-03")],
    due="2027-02-12",
    place="Falköping",
    finishes=("varmförzinkas",),
)
