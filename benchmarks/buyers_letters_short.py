"""Requests in few words, with files, tables without heads and parts that replace others; see ``buyers_letters``."""

from buyers_letters import Letter, add

SHORT_LETTERS: list[Letter] = []


add(
    SHORT_LETTERS,
    """hi guys

see attached for 4 parts, all 303 stainless unless noted

    VF-2201-A    body       25
    VF-2201-B    bonnet     25
    VF-2202      stem       50
    VF-2210-C    nut, hex   100

everything passivated. dwgs are in the zip. need in house by jan 15 2027, our truck picks up

thx
Rick
Valley Flow Controls
559.555.0142""",
    lines=[
        ("VF-2201-A", [25], "303"),
        ("VF-2201-B", [25], "303"),
        ("VF-2202", [50], "303"),
        ("VF-2210-C", [100], "303"),
    ],
    due="2027-01-15",
    finishes=("passivated",),
)

add(
    SHORT_LETTERS,
    """Guten Morgen Frau Lindner,

danke für die schnelle Lieferung letzte Woche. Nun der nächste Bedarf:

- Lagerbock 27.114.03 (Rev. D), GJS-500-7, 36 Stk.
- Deckel 27.114.07 (Rev. B), S235JR, verzinkt, 36 Stk.
- Welle 27.115.01 (Rev. A), 42CrMo4+QT, 18 Stk.

Termin wäre KW 6/2027, frei Haus Kassel. Angebot bitte bis Ende nächster Woche.

Danke und Gruß
T. Brandt
Tel. 0561/9988-127""",
    lines=[("27.114.03", [36], "GJS-500-7"), ("27.114.07", [36], "S235JR"), ("27.115.01", [18], "42CrMo4+QT")],
    due="2027-02-12",
    place="Kassel",
    finishes=("verzinkt",),
)

add(
    SHORT_LETTERS,
    """Bonjour Mme Carlier,

Pouvez-vous nous chiffrer svp la réalisation de :
 * 60 x entretoise plan 44-2017 indice C en 2017A T4, anodisation incolore 10 µm
 * 60 x bride plan 44-2018 indice A en inox 316L, passivée

Livraison souhaitée semaine 4, DAP Grenoble. Merci de répondre pour le 2 décembre.

Cordialement,
Yann P.
04 76 00 11 22""",
    lines=[("44-2017", [60], "2017A T4"), ("44-2018", [60], "316L")],
    due="2027-01-29",
    incoterm="DAP",
    place="Grenoble",
    finishes=("anodisation incolore", "passivée"),
)

add(
    SHORT_LETTERS,
    """PURCHASE ORDER 4500218834

Vendor: 100233
Order date: 11/23/2026

Item  Material        Description          Qty  UoM   Unit Price   Delivery
10    330-1142-002    HOUSING, SENSOR      40   EA    86.40        01/29/2027
      Matl: 6061-T651
20    330-1142-005    CLAMP RING           80   EA    12.15        01/29/2027
      Matl: 17-4 PH H900

Net: 4,428.00 USD
Ship to: Kestrel Avionics, 4410 Airport Way, Wichita, KS 67209
Incoterms: FCA
""",
    lines=[("330-1142-002", [40], "6061-T651"), ("330-1142-005", [80], "17-4 PH")],
    due="2027-01-29",
    incoterm="FCA",
    place="Wichita",
    price=86.4,
    kind="order",
)

add(
    SHORT_LETTERS,
    """Goedemiddag Kees,

Kun je voor ons een prijs maken voor het volgende:
10 st. assen volgens tek. A-10553 rev 2, materiaal 1.4057
20 st. bussen volgens tek. A-10554 rev 1, materiaal CuSn12
Levertijd: uiterlijk 5 februari 2027 bij ons in Deventer.

Alvast bedankt,
Wouter""",
    lines=[("A-10553", [10], "1.4057"), ("A-10554", [20], "CuSn12")],
    due="2027-02-05",
    place="Deventer",
)

add(
    SHORT_LETTERS,
    """Please disregard my mail of this morning, I had the wrong quantity in it.

We need 80 (not 50) of P/N 7C-4410-1, rev F. Material stays 7075-T6, hard anodize per MIL-A-8625 Type III. Delivery 18 Jan 2027 to our Everett plant.

Sorry for the confusion
Megan""",
    lines=[("7C-4410-1", [80], "7075-T6")],
    due="2027-01-18",
    place="Everett",
    finishes=("hard anodize",),
)

add(
    SHORT_LETTERS,
    """Buongiorno,

vi chiediamo offerta per i seguenti particolari a disegno:

codice        descrizione       materiale        q.tà
MX0410-22     pignone Z=18      18NiCrMo5        30/60/120
MX0411-08     corona Z=54       C45              30/60/120

Trattamento: cementazione per il pignone.
Consegna richiesta: 28/02/2027 franco ns. stabilimento di Carpi
Tolleranze generali ISO 2768-mK

Grazie
Uff. acquisti, Elena""",
    lines=[("MX0410-22", [30, 60, 120], "18NiCrMo5"), ("MX0411-08", [30, 60, 120], "C45")],
    due="2027-02-28",
    place="Carpi",
    finishes=("cementazione",),
    tolerances=("ISO 2768-mK",),
)

add(
    SHORT_LETTERS,
    """Hi Dave - quick one. Can you turn me 6 of the spindle again, same as PO 20771 from March? Dwg SP-118, EN24T. Would want them by 14th Dec if you can squeeze it in. What's the damage?

Sent from my iPhone""",
    lines=[("SP-118", [6], "EN24T")],
    due="2026-12-14",
)

add(
    SHORT_LETTERS,
    """Dzień dobry,

Proszę o wycenę elementów wg załączonych rysunków:
1. Tuleja prowadząca, rys. TP-0032, mat. 40HM, 200 szt.
2. Kołnierz, rys. KL-0118, mat. S355J2, ocynk galwaniczny, 100 szt.

Termin realizacji: do 15.02.2027. Dostawa: DAP Rzeszów.

Pozdrawiam
Marek Wilk
tel. 17 555 01 02""",
    lines=[("TP-0032", [200], "40HM"), ("KL-0118", [100], "S355J2")],
    due="2027-02-15",
    incoterm="DAP",
    place="Rzeszów",
    finishes=("ocynk galwaniczny",),
)

add(
    SHORT_LETTERS,
    """您好,王经理

附件是3款新零件,麻烦报价:
1. JY-2206 支架 AL6061-T6 黑色阳极 500PCS
2. JY-2207 垫块 POM 白色 1000PCS
3. JY-2208 轴 SUS303 500PCS
交期要求:2027年1月20日到深圳,含税含运费报价。
一般公差 ±0.05mm

张工 13800138000""",
    lines=[("JY-2206", [500], "AL6061-T6"), ("JY-2207", [1000], "POM"), ("JY-2208", [500], "SUS303")],
    due="2027-01-20",
    place="深圳",
    finishes=("黑色阳极",),
    tolerances=("±0.05mm",),
)

add(
    SHORT_LETTERS,
    """Hello,

We are a university lab and need one off each of the attached parts for a vacuum chamber:

  chamber_flange_v3.step  - 304L, 1 pc
  sample_stage_v7.step    - OFHC copper (C10100), 1 pc
  viewport_ring_v2.step   - 304L, 2 pcs

Please no zinc or brass anywhere. Electropolish on the 304L parts would be nice. We have budget until 20 December so an invoice dated before then is essential, parts can come end of January.

Best,
Dr. Ines Fahl
Physics Dept., Room 2.114""",
    lines=[("chamber_flange", [1], "304L"), ("sample_stage", [1], "C10100"), ("viewport_ring", [2], "304L")],
    due="2027-01-31",
    finishes=("Electropolish",),
)

add(
    SHORT_LETTERS,
    """Estimados señores:

Necesitamos cotización para 250 uds. del eje ref. EJ-5502 (plano rev. 3), material F-1140 (C45E), templado por inducción 55-60 HRC y rectificado. Plazo: 12 de marzo de 2027. Entrega en nuestra planta de Vitoria, portes pagados.

Asimismo, precio para 500 y 1.000 uds.

Un saludo,
Ainhoa""",
    lines=[("EJ-5502", [250, 500, 1000], "C45E")],
    due="2027-03-12",
    place="Vitoria",
    finishes=("templado por inducción",),
)

add(
    SHORT_LETTERS,
    """From: Procurement <noreply@ariba.example>
Subject: RFQ Event 88231904 - Machined Parts Q1

You have been invited to participate in event 88231904.

Lot 1
Item name: Bracket LH
Supplier part no.: n/a
Buyer part no.: 5580-7741-01
Quantity: 1,500 each
Commodity: 73181500
Material: ASTM A36
Surface treatment: Powder coat RAL 7016
Required delivery date: 2027-03-01
Ship-to: Tulsa, OK

Lot 2
Item name: Bracket RH
Buyer part no.: 5580-7741-02
Quantity: 1,500 each
Material: ASTM A36
Surface treatment: Powder coat RAL 7016
Required delivery date: 2027-03-01
Ship-to: Tulsa, OK

Response deadline: 2026-12-04 17:00 CST
""",
    lines=[("5580-7741-01", [1500], "ASTM A36"), ("5580-7741-02", [1500], "ASTM A36")],
    due="2027-03-01",
    place="Tulsa",
    finishes=("Powder coat RAL 7016", "Powder coat RAL 7016"),
)

add(
    SHORT_LETTERS,
    """Hej Anders,

Vi behöver offert på 40 st axlar enligt ritning 910-2231 rev B, material SS 2541, seghärdat. Leverans senast v. 8, fritt Borås. Allmänna toleranser ISO 2768-m.

Mvh
Lena Åkesson
Inköp""",
    lines=[("910-2231", [40], "SS 2541")],
    due="2027-02-26",
    place="Borås",
    finishes=("seghärdat",),
    tolerances=("ISO 2768-m",),
)

add(
    SHORT_LETTERS,
    """Hallo zusammen,

wir bestellen wie telefonisch besprochen:

Art.-Nr. 8-40-1177   Spannhebel    150 Stück   à 7,85 EUR
Art.-Nr. 8-40-1178   Exzenter      150 Stück   à 4,20 EUR

Material beide: 1.0503, brüniert.
LT: 15.01.2027, Versand an unser Werk Suhl.
Unsere Bestellnummer: B-26-4471

VG
M. Thiele""",
    lines=[("8-40-1177", [150], "1.0503"), ("8-40-1178", [150], "1.0503")],
    due="2027-01-15",
    place="Suhl",
    price=7.85,
    kind="order",
    finishes=("brüniert",),
)

add(
    SHORT_LETTERS,
    """Dear Sirs

Kindly submit your lowest offer for the supply of below mentioned items as per attached drgs.

Sr.No | Drg.No.      | Item            | MOC          | Qty
1     | BHP-4-1021   | Impeller nut    | SS 410       | 15 Nos.
2     | BHP-4-1022   | Shaft sleeve    | EN 8         | 15 Nos.
3     | BHP-4-1040   | Neck ring       | LTB 4        | 30 Nos.

Delivery: Within 6 weeks from date of PO
Price basis: FOR Vadodara
Offer validity: 90 days
Last date of submission: 05.12.2026

For Bharat Hydro Pumps
Purchase officer""",
    lines=[("BHP-4-1021", [15], "SS 410"), ("BHP-4-1022", [15], "EN 8"), ("BHP-4-1040", [30], "LTB 4")],
    place="Vadodara",
)

add(
    SHORT_LETTERS,
    """Morning,

could you look at the attached (QX3-00871 iss 4) pls.
volumes: 1st batch 20, then 4 x 50 over the year
mat: PEEK natural
fair + CoC required
we'd need the first batch w/c 25th January

Cheers
Priya
Orbis Medical, Galway""",
    lines=[("QX3-00871", [20], "PEEK natural")],
    due="2027-01-25",
)

add(
    SHORT_LETTERS,
    """Dobrý den,

poptáváme výrobu těchto dílů:
příruba č.v. 2-18-0445, ocel 11 523, 12 ks
hřídel č.v. 2-18-0446, 42CrMo4, kaleno, 6 ks
Termín: nejpozději do 29.1.2027
Místo dodání: Zlín
Nabídku prosím zašlete do 3.12.

S pozdravem
Novotný""",
    lines=[("2-18-0445", [12], "11 523"), ("2-18-0446", [6], "42CrMo4")],
    due="2027-01-29",
    place="Zlín",
    finishes=("kaleno",),
)

add(
    SHORT_LETTERS,
    """FW: FW: brackets

See below, can you price? 100 and 250 off. CIF not needed, they collect.

> From: Hugo Stern
> To: Sales
>
> We now have the go ahead for bracket HS-BRK-19 (rev 2, supersedes HS-BRK-17). Aluminium 5083-H111.
> Powder coated black. Want them on the 1st of March 2027.
""",
    lines=[("HS-BRK-19", [100, 250], "5083-H111")],
    due="2027-03-01",
    finishes=("Powder coated black",),
)

add(
    SHORT_LETTERS,
    """Liebes Team,

anbei die Zeichnung 100457-03_b.pdf zum Ventilblock. Wir bräuchten zunächst 2 Prototypen bis 18.12.2026 und danach 50 Stück Serie. EN AW-6082 T6, hart-coatiert 30 µm, Toleranz ISO 2768-fH. Bitte beides anbieten.

Viele Grüße aus Esslingen
Sebastian""",
    lines=[("100457-03", [2, 50], "EN AW-6082 T6")],
    due="2026-12-18",
    finishes=("hart-coatiert",),
    tolerances=("ISO 2768-fH",),
)
