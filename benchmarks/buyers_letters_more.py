"""More requests in the manner of real buyers; see ``buyers_letters``."""

from buyers_letters import Letter, add

MORE_LETTERS: list[Letter] = []

add(
    MORE_LETTERS,
    """Hello Sir,
Please send best price with lead time for attached drawings.

Drg. No. 5008-MC-112 Rev 2, Bearing Cover, Mtl: IS 2062 E250, 8 nos
Drg. No. 5008-MC-115 Rev 0, Spacer Ring, Mtl: SS 316, 24 nos

Delivery at our Pune works by 15th Feb 2027. DAP.
Regards
Amit""",
    lines=[("5008-MC-112", [8], "IS 2062 E250"), ("5008-MC-115", [24], "SS 316")],
    due="2027-02-15",
    incoterm="DAP",
    place="Pune",
)
add(
    MORE_LETTERS,
    """Sehr geehrte Frau Lindner,

im Anhang erhalten Sie die Zeichnung 47.110.3-2 (Lagerschale). Wir bitten um ein Angebot über 6, 12 und 24 Stück, Material CuSn12-C.
Gewünschter Liefertermin wäre Mitte März 2027, Lieferung FCA Werk Nürnberg.

Angebotsabgabe bitte bis Freitag, 11.12.2026.

Beste Grüße
Stefan Huber
Tel. 0911 / 55 66 77-12""",
    lines=[("47.110.3-2", [6, 12, 24], "CuSn12-C")],
    due="2027-03-15",
    incoterm="FCA",
    place="Nürnberg",
)
add(
    MORE_LETTERS,
    """Hi,

Q: can you do 500 of part 10-0045 (thumb nut) in 360 brass w/ bright nickel plate? PO will follow. We need these in our hands by Feb 1st.
Also looking for a quote on 500 of 10-0046, same material, no plate.

Ron
Ron Jacobs | Purchasing | Lakeside Instruments | 414.555.0199 x22""",
    lines=[("10-0045", [500], "360 brass"), ("10-0046", [500], "360 brass")],
    due="2027-02-01",
    finishes=("nickel plate",),
)
add(
    MORE_LETTERS,
    """Madame, Monsieur,

Nous vous prions de bien vouloir nous adresser votre offre de prix pour :

- 150 axes réf. AX-2207, acier 35NCD16 traité 1100 MPa
- 150 rondelles réf. RD-2208, acier XC48

Date de livraison impérative : 26 février 2027
Lieu de livraison : Saint-Nazaire
Conditions : DDP

Nous attendons votre réponse avant le 10/12/2026.

Veuillez agréer, Madame, Monsieur, nos salutations distinguées.
P. Girard""",
    lines=[("AX-2207", [150], "35NCD16"), ("RD-2208", [150], "XC48")],
    due="2027-02-26",
    incoterm="DDP",
    place="Saint-Nazaire",
)
add(
    MORE_LETTERS,
    """张经理你好,

我司需采购下列零件,请报含税单价:

图号	名称	材质	数量	表面处理
LX-0071	支撑板	Q345B	60	镀锌
LX-0072	转轴	42CrMo	30	发黑

要求2027年3月5日前交货,交货地点:无锡。
""",
    lines=[("LX-0071", [60], "Q345B"), ("LX-0072", [30], "42CrMo")],
    due="2027-03-05",
    place="无锡",
    finishes=(
        "镀锌",
        "发黑",
    ),
)
add(
    MORE_LETTERS,
    """<html><body><p>Hallo zusammen,</p><p>bitte um Preis und Lieferzeit:</p><table border=1><tr><th>Teilenummer</th><th>Bezeichnung</th><th>Werkstoff</th><th>Stückzahl</th><th>Oberfläche</th></tr><tr><td>A-33018</td><td>Flanschwelle</td><td>1.7225+QT</td><td>18</td><td>phosphatiert</td></tr><tr><td>A-33019</td><td>Gegenflansch</td><td>1.0503</td><td>18</td><td>brüniert</td></tr></table><p>Bedarf in KW 9/2027, Lieferung DAP Linz.</p><p>Danke!<br>LG Birgit</p></body></html>""",
    lines=[("A-33018", [18], "1.7225+QT"), ("A-33019", [18], "1.0503")],
    due="2027-03-05",
    incoterm="DAP",
    place="Linz",
    finishes=(
        "phosphatiert",
        "brüniert",
    ),
    html=True,
)
add(
    MORE_LETTERS,
    """Good afternoon,

Please find attached our order PO-88213 for:

15 x Guide rail GR-1180-L, EN AW-6082 T6, hard anodised, @ £42.00 each

Delivery: 20/01/2027 to Unit 5, Harlow
Terms: 30 days net, DAP

Regards,
Steve Marsh""",
    lines=[("GR-1180-L", [15], "EN AW-6082 T6")],
    due="2027-01-20",
    incoterm="DAP",
    place="Harlow",
    finishes=("hard anodised",),
    price=42.0,
    kind="order",
)
add(
    MORE_LETTERS,
    """Dear Partner,
We are interested in the following CNC parts, could you please offer:
Part name: Sensor bracket, Part no: SB-77-04, Quantity: 1000 pcs, Material: AL5052, Surface: clear anodizing, Tolerance: ISO2768-m
Part name: Lens ring, Part no: LR-12-01, Quantity: 1000 pcs, Material: C3604 brass, Surface: nickel plating
Trade term: FOB Shenzhen. Delivery in 30 days.
""",
    lines=[("SB-77-04", [1000], "AL5052"), ("LR-12-01", [1000], "C3604")],
    due="2026-12-26",
    incoterm="FOB",
    place="Shenzhen",
    finishes=(
        "clear anodizing",
        "nickel plating",
    ),
    tolerances=("ISO2768-m",),
)
add(
    MORE_LETTERS,
    """Moin Jens,

wie besprochen: vom Klemmring (KR-64.2) brauchen wir noch mal 400 Stück, Automatenstahl 11SMnPb30, verzinkt blau. Termin wie immer in 5 Wochen, ihr liefert an uns nach Kiel.

Gruß, Hauke""",
    lines=[("KR-64.2", [400], "11SMnPb30")],
    due="2026-12-31",
    place="Kiel",
    finishes=("verzinkt",),
)
add(
    MORE_LETTERS,
    """Hi Laura

Chasing the below - any update?

Thx, Ben

From: Ben Okoro
Sent: 18 November 2026 10:40
To: Laura Finch
Subject: RFQ pump parts

Hi Laura

Please could you quote the following:
P/N 62-4410 Impeller, CF8M, qty 12
P/N 62-4411 Wear ring, A439 D2, qty 24
Required ex works by 26 February 2027.

Ben""",
    lines=[("62-4410", [12], "CF8M"), ("62-4411", [24], "A439 D2")],
    due="2027-02-26",
    incoterm="EXW",
)
add(
    MORE_LETTERS,
    """Gentlemen,

RFQ# 2026-0457-R1
Quantity: 4
P/N: 8834-0021-02 (Yoke, nose gear)
Matl: 300M per AMS 6257
Finish: cadmium plate per AMS-QQ-P-416 Ty II Cl 2
Need by: March 12, 2027
Ship to: Wichita, KS
FAI per AS9102 required, DFARS compliant material.

Bid due 12/04/2026.""",
    lines=[("8834-0021-02", [4], "300M")],
    due="2027-03-12",
    place="Wichita",
    finishes=("cadmium plate",),
)
add(
    MORE_LETTERS,
    """Buongiorno, vi chiediamo offerta per n. 40 pezzi codice 7710.05 "flangia" in AISI 304, consegna entro il 15/02/2027 franco nostro stabilimento di Modena. Grazie, Paolo""",
    lines=[("7710.05", [40], "AISI 304")],
    due="2027-02-15",
    place="Modena",
)
add(
    MORE_LETTERS,
    """Hi team

Need a ballpark for a job: drawing no. E-9921 sheet 1, qty either 20, 40 or 80, 1045 steel, flame hardened teeth. No rush - sometime in April would be OK. Collection from your works (EXW).

Sal""",
    lines=[("E-9921", [20, 40, 80], "1045")],
    incoterm="EXW",
    finishes=("flame hardened",),
)
add(
    MORE_LETTERS,
    """Sehr geehrter Herr Kunz,

hiermit bestellen wir:

Pos. 10: 60 St. Art.-Nr. 110.45.07 Buchse 20x30x40, G-CuSn7ZnPb, 12,80 EUR/St.
Pos. 20: 60 St. Art.-Nr. 110.45.08 Buchse 25x35x40, G-CuSn7ZnPb, 13,90 EUR/St.

Liefertermin 08.02.2027, Lieferung frei Haus Gera.

Mit freundlichen Grüßen
Wolf Maschinenbau""",
    lines=[("110.45.07", [60], "CuSn7ZnPb"), ("110.45.08", [60], "CuSn7ZnPb")],
    due="2027-02-08",
    place="Gera",
    price=12.80,
    kind="order",
)
add(
    MORE_LETTERS,
    """Hello, this is Marta from Polmach. Please quote drawing nr PM.22.118 (Wałek), 70 pcs, material C45, nitrided, tolerance on seats k6. Transport: FCA your premises, ready 19.02.2027. Also tell us price for 140 pcs.""",
    lines=[("PM.22.118", [70, 140], "C45")],
    due="2027-02-19",
    incoterm="FCA",
    finishes=("nitrided",),
    tolerances=("k6",),
)
add(
    MORE_LETTERS,
    """Dear Mr. Tan,
Refer to your offer dated 12 Nov, we would like to change the qty of item HT-5500 from 100 to 150 pcs and the finish from zinc plating to black oxide. Material no change (SCM440). ETA still 2027-01-29 CIF Singapore. Please revise quotation.
Thanks
Wong""",
    lines=[("HT-5500", [150], "SCM440")],
    due="2027-01-29",
    incoterm="CIF",
    place="Singapore",
    finishes=("black oxide",),
)
add(
    MORE_LETTERS,
    """Bonjour, besoin urgent : 4 paliers plan n° 88-121 indice C, bronze UE12P, pour le 18 décembre. Enlèvement par nos soins (EXW). Merci. Jean-Marc""",
    lines=[("88-121", [4], "UE12P")],
    due="2026-12-18",
    incoterm="EXW",
)
add(
    MORE_LETTERS,
    """<div dir="ltr">Hi Chris,<br><br>Could we get pricing on these?<br><br>• CB-4001 Rev D – 17-4PH H900 – 35 ea<br>• CB-4002 Rev A – 17-4PH H900 – 35 ea<br>• CB-4003 Rev A – Delrin – 70 ea<br><br>Delivery to Tucson AZ by 1/22/27.<br><br>Thanks!<br>Dana<br><br><blockquote>On Mon, Nov 23, 2026 at 9:12 AM Chris Bell &lt;chris@shop.example&gt; wrote:<br>Sure, we quoted 25 of CB-3999 for you in June.</blockquote></div>""",
    lines=[("CB-4001", [35], "17-4PH"), ("CB-4002", [35], "17-4PH"), ("CB-4003", [70], "Delrin")],
    due="2027-01-22",
    place="Tucson",
    html=True,
)
add(
    MORE_LETTERS,
    """Anfrage Nr. AF-26-3391 vom 25.11.2026

Material-Nr.: 1002-77120
Bezeichnung: Druckstück
Werkstoff: 1.2379, gehärtet 60±1 HRC
Menge: 16 ST
Wunschlieferdatum: 29.01.2027
Incoterm: DAP Wolfsburg
Ansprechpartner: Fr. Yilmaz, Tel. 05361 9 12345

Bitte geben Sie in Ihrem Angebot unsere Anfragenummer an.""",
    lines=[("1002-77120", [16], "1.2379")],
    due="2027-01-29",
    incoterm="DAP",
    place="Wolfsburg",
    finishes=("gehärtet",),
)
add(
    MORE_LETTERS,
    """Pls quote

2 off  TL-8800-A   fixture plate   MIC6 alu   500x500x25
2 off  TL-8801     riser block     EN8
6 off  TL-8802     locator pin     EN36 case hardened

Needed w/c 11 January, delivered Coventry

cheers
Mo""",
    lines=[("TL-8800-A", [2], "MIC6"), ("TL-8801", [2], "EN8"), ("TL-8802", [6], "EN36")],
    due="2027-01-11",
    place="Coventry",
    finishes=("case hardened",),
)

add(
    MORE_LETTERS,
    """Guten Tag Herr Fiedler,

könnten Sie uns bitte kurzfristig ein Angebot für 35 Stk. Adapterplatten (Zeichnung 2044-118-A, 1.4571) machen? Oberfläche elektropoliert, Liefertermin 12.02.2027 nach Erlangen (DAP).

Danke und viele Grüße
Jana Petersen
Einkauf | MedTech Systems GmbH | +49 9131 700-55""",
    lines=[("2044-118-A", [35], "1.4571")],
    due="2027-02-12",
    incoterm="DAP",
    place="Erlangen",
    finishes=("elektropoliert",),
)
add(
    MORE_LETTERS,
    """Hi Paul,

Attached two prints. Looking for pricing on:
 1. 660-1177 rev C, 12L14, zinc plated, 250 pcs
 2. 660-1181 rev B, 303 SS, 250 pcs & 1,000 pcs

Parts due at our dock in Toledo 02/26/2027. FOB Toledo.

Thanks,
Kim""",
    lines=[("660-1177", [250], "12L14"), ("660-1181", [250, 1000], "303 SS")],
    due="2027-02-26",
    incoterm="FOB",
    place="Toledo",
    finishes=("zinc plated",),
)
add(
    MORE_LETTERS,
    """Bonjour,

Voici notre demande de prix n° DP-2611-07 :

Repère | Désignation | Référence | Matière | Quantité
1 | Entretoise | ENT-450 | 2017A | 80
2 | Platine | PLT-451 | S235JR | 40

Finition platine : zinguée blanc. Délai souhaité : 19/02/2027. Livraison franco Nantes.
Merci de votre retour pour le 7 décembre.

Claire Moreau""",
    lines=[("ENT-450", [80], "2017A"), ("PLT-451", [40], "S235JR")],
    due="2027-02-19",
    place="Nantes",
    finishes=("zinguée",),
)
add(
    MORE_LETTERS,
    """刘先生:

请报价以下零件(附图纸):
零件号 GT-5567-03,法兰盘,材料 304不锈钢,数量 80 个,表面喷砂。
零件号 GT-5568-01,连接轴,材料 45#钢调质,数量 160 个。
希望2027年2月28日前交货,EXW。

谢谢!""",
    lines=[("GT-5567-03", [80], "304"), ("GT-5568-01", [160], "45#")],
    due="2027-02-28",
    incoterm="EXW",
    finishes=("喷砂",),
)
add(
    MORE_LETTERS,
    """Hello again,

please update your quote Q11873: instead of 20 we now need 32 pcs of clamp ring CR-4412-2 (1.4404). Delivery date stays 5 February 2027, DDP Aarhus.

Mette""",
    lines=[("CR-4412-2", [32], "1.4404")],
    due="2027-02-05",
    incoterm="DDP",
    place="Aarhus",
)
add(
    MORE_LETTERS,
    """<html><body><p>Dear Supplier,</p><p>RFQ No. 6100048812</p><table><tr><td><b>Material No.</b></td><td><b>Description</b></td><td><b>Drawing</b></td><td><b>Qty</b></td><td><b>UoM</b></td><td><b>Req. date</b></td></tr><tr><td>A0045112</td><td>PLATE, BASE</td><td>DW-11-450</td><td>6</td><td>EA</td><td>2027-02-15</td></tr><tr><td>A0045113</td><td>PLATE, TOP</td><td>DW-11-451</td><td>6</td><td>EA</td><td>2027-02-15</td></tr></table><p>Material: EN AW-5083. Incoterms 2020: CPT Gothenburg.</p><p>Quotation deadline: 2026-12-09</p></body></html>""",
    lines=[("A0045112", [6], "EN AW-5083"), ("A0045113", [6], "EN AW-5083")],
    due="2027-02-15",
    incoterm="CPT",
    place="Gothenburg",
    html=True,
)
add(
    MORE_LETTERS,
    """Servus Max,

brauch ma wieder 150 von den Hülsen H-3390 aus Messing CuZn39Pb3, aber diesmal vernickelt. Bis Ende Jänner wär super. Abholung bei euch.

LG Toni""",
    lines=[("H-3390", [150], "CuZn39Pb3")],
    due="2027-01-31",
    finishes=("vernickelt",),
)
add(
    MORE_LETTERS,
    """Good day,

Purchase Order 77-10235
Supplier: Your Shop Ltd
Item 1  Part ZX-9001  Qty 24  Unit price USD 118.00  Mat. Ti-6Al-4V ELI
Deliver to: Leeds by 12 January 2027
DDP

Please acknowledge.""",
    lines=[("ZX-9001", [24], "Ti-6Al-4V ELI")],
    due="2027-01-12",
    incoterm="DDP",
    place="Leeds",
    price=118.0,
    kind="order",
)
add(
    MORE_LETTERS,
    """Hi there, we are a small e-bike brand. Need 3 dozen dropouts, our drawing DO-12R3, 7075-T6, black anodised. Before Easter would be good, say 19 March 2027. We're in Utrecht.
Best, Joris""",
    lines=[("DO-12R3", [36], "7075-T6")],
    due="2027-03-19",
    place="Utrecht",
    finishes=("black anodised",),
)
add(
    MORE_LETTERS,
    """Von: Lager Nord
Gesendet: Mittwoch, 25. November 2026 15:02
An: Einkauf
Betreff: WG: Ersatzteil Presse 4

Bitte anfragen: Exzenterbolzen EB-77-210, 2 Stück, 42CrMo4 vergütet, gehärtet 54+4 HRC. Anlage steht, daher so schnell wie möglich, spätestens 04.12.2026. Lieferung an Werk Salzgitter.""",
    lines=[("EB-77-210", [2], "42CrMo4")],
    due="2026-12-04",
    place="Salzgitter",
    finishes=("gehärtet",),
)
add(
    MORE_LETTERS,
    """Dear Sirs,
Ref: Enquiry ENQ/26/1142
We require quotation for 5 nos. of Gear Blank to Drg. GB-2210 in EN19 (forged), and 10 nos. of Key to Drg. GB-2214 in C45.
Delivery period: 8 weeks. Price basis: FOR our works Chennai.
Due date of offer: 08-12-2026.""",
    lines=[("GB-2210", [5], "EN19"), ("GB-2214", [10], "C45")],
    due="2027-01-21",
    place="Chennai",
)
add(
    MORE_LETTERS,
    """Hej,
Vi skal bruge: pos 1: 60 stk. bøsning tegn. nr. 55012-3 i POM-C sort; pos 2: 60 stk. aksel tegn. nr. 55012-4 i 1.4305. Levering uge 6 2027, DAP Odense. Mvh Lars""",
    lines=[("55012-3", [60], "POM-C"), ("55012-4", [60], "1.4305")],
    due="2027-02-12",
    incoterm="DAP",
    place="Odense",
)
