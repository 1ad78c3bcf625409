"""Requests of many trades, offices and phones; see ``buyers_letters``."""

from buyers_letters import Letter, add

FRESH_LETTERS: list[Letter] = []


add(
    FRESH_LETTERS,
    """Hallo Herr Pohl,

bitte kalkulieren Sie für uns:

100 Stck. Exzenterwelle EW-3391-1 (C60E, gehärtet)
100 Stck. Gegengewicht GG-3392-1 (S355J2)

Alternativ auch 250 Stck. je Teil.
Wunschliefertermin ist der 24.02.2027, Anlieferung Heilbronn.

Beste Grüße
Leon Arndt
Projekteinkauf""",
    lines=[("EW-3391-1", [100, 250], "C60E"), ("GG-3392-1", [100, 250], "S355J2")],
    due="2027-02-24",
    place="Heilbronn",
    finishes=("gehärtet",),
)

add(
    FRESH_LETTERS,
    """Good morning,

I am looking for pricing on a few machined items for an orbital satcom rig:

P/N SC-1001 Mast foot, 7075-T73, qty 4
P/N SC-1002 Hinge block, 7075-T73, qty 8
P/N SC-1009 Bushing, Vespel SP-21, qty 16

Type III hardcoat on SC-1001 and SC-1002.
Please quote delivered to Colorado Springs, CO no later than Mar 12, 2027.

Thank you!
Hannah Pierce
719-555-0186""",
    lines=[("SC-1001", [4], "7075-T73"), ("SC-1002", [8], "7075-T73"), ("SC-1009", [16], "Vespel SP-21")],
    due="2027-03-12",
    place="Colorado Springs",
    finishes=("hardcoat",),
)

add(
    FRESH_LETTERS,
    """李经理:

新项目询价,清单如下:
序号 图号 品名 材质 数量 备注
1 HG-3301-01 阀体 CF8M 50 抛光
2 HG-3301-02 阀杆 17-4PH 50
3 HG-3301-05 阀座 PTFE 100

请报含税价,2027年2月20日前送到天津港。

陈志远""",
    lines=[("HG-3301-01", [50], "CF8M"), ("HG-3301-02", [50], "17-4PH"), ("HG-3301-05", [100], "PTFE")],
    due="2027-02-20",
    place="天津",
    finishes=("抛光",),
)

add(
    FRESH_LETTERS,
    """Buongiorno,

vi chiedo quotazione per i seguenti particolari a disegno:

Disegno 5520.11  Leva comando   n. 20  Fe 510
Disegno 5520.12  Forcella       n. 20  Fe 510
Disegno 5520.18  Perno          n. 40  C45 bonificato

Leva e forcella zincate a caldo.
Data consegna: 5 febbraio 2027; porto assegnato.

Grazie, saluti
Elisa Rinaldi""",
    lines=[("5520.11", [20], "Fe 510"), ("5520.12", [20], "Fe 510"), ("5520.18", [40], "C45")],
    due="2027-02-05",
    finishes=("zincate",),
)

add(
    FRESH_LETTERS,
    """Bonjour Monsieur,

Veuillez nous faire parvenir votre meilleur prix pour :

- 2 corps de pompe, plan CP-7710 ind. C, en 1.4581
- 2 flasques, plan FL-7711 ind. A, en 1.4581
- 4 bagues d'usure, plan BU-7715, en CuSn12

Délai maximum : 15 janvier 2027. Livraison DAP Lorient.
Un certificat 3.1 est demandé.

Sincères salutations,
Gwenaëlle Caradec""",
    lines=[("CP-7710", [2], "1.4581"), ("FL-7711", [2], "1.4581"), ("BU-7715", [4], "CuSn12")],
    due="2027-01-15",
    incoterm="DAP",
    place="Lorient",
)

add(
    FRESH_LETTERS,
    """Dzień dobry,

w załączeniu rysunki do wyceny:
KR-1001.pdf - krzywka, 40HM, 8 szt., azotowana
RO-1004.pdf - rolka, ŁH15, 16 szt., hartowana 60 HRC

Potrzebujemy na 29 stycznia 2027 w Lublinie.

Pozdrawiam,
Ewelina""",
    lines=[("KR-1001", [8], "40HM"), ("RO-1004", [16], "ŁH15")],
    due="2027-01-29",
    place="Lublin",
    finishes=("azotowana", "hartowana"),
)

add(
    FRESH_LETTERS,
    """Hi Tom,

sorry for the delay, here are the answers to your questions:

1. Material is 316L for both, not 304.
2. Quantities: 30 of TK-551-A and 60 of TK-551-B.
3. No finish, as machined.
4. Delivery to Rotterdam by 26 February 2027, DDP.

Looking forward to the quote.
Anouk""",
    lines=[("TK-551-A", [30], "316L"), ("TK-551-B", [60], "316L")],
    due="2027-02-26",
    incoterm="DDP",
    place="Rotterdam",
)

add(
    FRESH_LETTERS,
    """<html><body><div>Guten Morgen zusammen,</div><br>
<div>wir bitten um Angebot für die markierten Teile:</div>
<table>
<tr><td>Artikelnr.</td><td>Bezeichnung</td><td>Material</td><td>Anzahl</td><td>Behandlung</td></tr>
<tr><td>MZ-4411-0</td><td>Spindelkasten</td><td>EN-GJL-300</td><td>3</td><td>lackiert RAL 7035</td></tr>
<tr><td>MZ-4415-0</td><td>Pinole</td><td>16MnCr5</td><td>3</td><td>einsatzgehärtet</td></tr>
<tr><td>MZ-4420-0</td><td>Klemmring</td><td>C45</td><td>6</td><td>brüniert</td></tr>
</table>
<div>Bitte bis KW 8 nach Göppingen liefern.</div><div>Danke und Gruß<br>Werner Bach</div></body></html>""",
    lines=[("MZ-4411-0", [3], "EN-GJL-300"), ("MZ-4415-0", [3], "16MnCr5"), ("MZ-4420-0", [6], "C45")],
    due="2027-02-26",
    place="Göppingen",
    finishes=("lackiert RAL 7035", "einsatzgehärtet", "brüniert"),
    html=True,
)

add(
    FRESH_LETTERS,
    """Pete

Fwd from site. Can you do these by Thursday week?

> 2 off drive shaft (dwg 77-410) EN24T
> 2 off keys to suit
> 1 off coupling half (dwg 77-412) EN8, zinc plated

They're at the Immingham job, delivery there 18th December.

Si""",
    lines=[("77-410", [2], "EN24T"), ("77-412", [1], "EN8")],
    due="2026-12-18",
    place="Immingham",
    finishes=("zinc plated",),
)

add(
    FRESH_LETTERS,
    """REQUEST FOR QUOTATION NO. RFQ-2026-11-0917

Item No.    : 10
Our Part No.: 8021-554-03
Description : Cylinder liner
Material    : EN-GJL-250
Quantity    : 12 pcs
-----------------------------
Item No.    : 20
Our Part No.: 8021-560-01
Description : Liner seat ring
Material    : CuSn10
Quantity    : 24 pcs
-----------------------------
Delivery    : CIF Busan, ETD 15 Feb 2027
Payment     : T/T 30 days""",
    lines=[("8021-554-03", [12], "EN-GJL-250"), ("8021-560-01", [24], "CuSn10")],
    due="2027-02-15",
    incoterm="CIF",
    place="Busan",
)

add(
    FRESH_LETTERS,
    """Hello!

Could you quote two brackets for me please.
First one is "BR-LEFT-02", second "BR-RIGHT-02", they are mirror images. 6061-T6, clear anodize. I need 15 pairs, so 15 of each. Ship to Asheville, NC 28801. By the end of January would be fine.

Thanks so much,
Dana""",
    lines=[("BR-LEFT-02", [15], "6061-T6"), ("BR-RIGHT-02", [15], "6061-T6")],
    due="2027-01-31",
    place="Asheville",
    finishes=("clear anodize",),
)

add(
    FRESH_LETTERS,
    """Sehr geehrte Frau Lang,

bitte senden Sie uns Ihr Angebot zu folgendem Bedarf:

Materialnummer: 10098812
Zeichnung: 3.552.118-04
Bezeichnung: Verteilerplatte
Werkstoff: EN AW-5083 H111
Menge: 40 / 80 / 160 Stück
Eloxal: natur, 15 µm
Liefertermin: 02.03.2027
Lieferort: Werk Ditzingen

Angebotsabgabe bitte bis 08.12.2026.""",
    lines=[("10098812", [40, 80, 160], "EN AW-5083 H111")],
    due="2027-03-02",
    place="Ditzingen",
    finishes=("Eloxal",),
)

add(
    FRESH_LETTERS,
    """Dear Nightmill team,

Please update quotation QN-5521 as follows:
- part SL-2207-C: quantity 90 (was 60)
- part SL-2209-A: delete
- part SL-2212-B: no change (120 pcs)
Both remaining parts in 1.4542 H1025. New required date: 19 March 2027. FCA as before.

Kind regards,
Hugo Lindqvist""",
    lines=[("SL-2207-C", [90], "1.4542"), ("SL-2212-B", [120], "1.4542")],
    due="2027-03-19",
    incoterm="FCA",
)

add(
    FRESH_LETTERS,
    """Buenos días,

Adjunto plano PL-3307-2 (brida) para presupuestar 50, 100 y 200 unidades en S275JR con zincado electrolítico.
La entrega sería en Getafe el 10 de marzo de 2027, portes incluidos.

Saludos cordiales,
Raúl Cano
Tel. 91 555 02 37""",
    lines=[("PL-3307-2", [50, 100, 200], "S275JR")],
    due="2027-03-10",
    place="Getafe",
    finishes=("zincado",),
)

add(
    FRESH_LETTERS,
    """Rob,

Need 6 more of the 4402-17 rollers, same as the ones we got in spring (4140, chromed) and 2 of the 4402-18 shafts (1045 TGP). Truck goes out Dec 14 so have 'em ready for pick up then.

Bill""",
    lines=[("4402-17", [6], "4140"), ("4402-18", [2], "1045")],
    due="2026-12-14",
    finishes=("chromed",),
)

add(
    FRESH_LETTERS,
    """ORDER CONFIRMATION REQUEST

We hereby order as per your offer 26/2207:
Pos 1: 20 pcs Guide bush GB-1180, CuAl10Ni5Fe4, EUR 34.20 each
Pos 2: 20 pcs Guide rod GR-1181, 42CrMo4 hard chrome plated, EUR 61.00 each
Delivery date: 5 February 2027
Delivery: DAP Trieste
Please confirm by return.""",
    lines=[("GB-1180", [20], "CuAl10Ni5Fe4"), ("GR-1181", [20], "42CrMo4")],
    due="2027-02-05",
    incoterm="DAP",
    place="Trieste",
    price=34.2,
    kind="order",
    finishes=("hard chrome plated",),
)

add(
    FRESH_LETTERS,
    """Hallo Susi,

hier der Nachtrag zur Anfrage von Dienstag (Klammer = neu):
KX-101 Halteblech, DC01, 300 Stk. (400 Stk.)
KX-102 Abdeckung, DC01, 300 Stk. (400 Stk.)
Beide verzinkt. Termin unverändert 12.02.2027 DAP Gotha.

Grüße Micha""",
    lines=[("KX-101", [400], "DC01"), ("KX-102", [400], "DC01")],
    due="2027-02-12",
    incoterm="DAP",
    place="Gotha",
    finishes=("verzinkt",),
)

add(
    FRESH_LETTERS,
    """Dear Sirs,

Please quote your best for below:

S.No | Part No      | Part Name        | Qty (Nos) | Material Grade
1    | GTX-0091-A   | Blade root block | 12        | X22CrMoV12-1
2    | GTX-0092-A   | Locking plate    | 48        | Inconel X-750
3    | GTX-0095-B   | Shim             | 96        | SS 321

Delivery: FOB Chennai, within 6 weeks from PO.
Bid validity 90 days. Bid due 10-12-2026 17:00 IST.

Regards,
Lakshmi Narayan""",
    lines=[("GTX-0091-A", [12], "X22CrMoV12-1"), ("GTX-0092-A", [48], "Inconel X-750"), ("GTX-0095-B", [96], "SS 321")],
    incoterm="FOB",
    place="Chennai",
)

add(
    FRESH_LETTERS,
    """Hej,

Vi behöver offert på följande:
Pos 1: Kolvstång KS-2201, 20MnV6 hårdförkromad, 16 st
Pos 2: Kolv KO-2202, S355J2, 16 st
Leverans till Skellefteå senast 2027-02-15.

Vänligen återkom före fredag.
Mvh Lars""",
    lines=[("KS-2201", [16], "20MnV6"), ("KO-2202", [16], "S355J2")],
    due="2027-02-15",
    place="Skellefteå",
    finishes=("hårdförkromad",),
)

add(
    FRESH_LETTERS,
    """Hi,

We're quoting a job with rack housings RKH-88-1 through RKH-88-3. Please give us a number for 25 each:
RKH-88-1: A380 casting supplied by us, machining only
RKH-88-2: same
RKH-88-3: 6061-T651 from billet

FCA your dock, ready 2027-03-01.

Best,
Ines""",
    lines=[("RKH-88-1", [25], "A380"), ("RKH-88-2", [25], "A380"), ("RKH-88-3", [25], "6061-T651")],
    due="2027-03-01",
    incoterm="FCA",
)

add(
    FRESH_LETTERS,
    """Guten Abend,

Privatanfrage: Für meinen Oldtimer (Adler Trumpf) brauche ich 4 Radbolzen nach Muster und 1 Bremstrommel, Skizze BT-1 hängt an. Bremstrommel bitte aus EN-GJL-250, Bolzen 42CrMo4 vergütet und phosphatiert. Versand nach 97070 Würzburg. Es eilt nicht, bis Ende März reicht.

Vielen Dank
Herbert Vogel""",
    lines=[("BT-1", [1], "EN-GJL-250")],
    due="2027-03-31",
    place="Würzburg",
    finishes=("phosphatiert",),
)

add(
    FRESH_LETTERS,
    """您好,

请按附件图纸报价:
DK-2207-A.step 120件
DK-2209-A.step 120件
材料都是ADC12,表面喷粉黑色。
交货到佛山,1月30日。

谢谢
小吴""",
    lines=[("DK-2207-A", [120], "ADC12"), ("DK-2209-A", [120], "ADC12")],
    due="2027-01-30",
    place="佛山",
    finishes=("喷粉",),
)

add(
    FRESH_LETTERS,
    """Please quote attached.

PART            REV   QTY          MATL
A10447-001      B     5/10/25      CRES 303
A10447-003      B     5/10/25      CRES 303
A10449-001      -     10/20/50     NYLON 6/6

FINISH PER DWG. DEL: 3 WEEKS ARO. FOB ORIGIN. SHIP TO HUNTSVILLE, AL 35806.

M. TRAN""",
    lines=[
        ("A10447-001", [5, 10, 25], "303"),
        ("A10447-003", [5, 10, 25], "303"),
        ("A10449-001", [10, 20, 50], "NYLON 6/6"),
    ],
    incoterm="FOB",
    place="HUNTSVILLE",
)

add(
    FRESH_LETTERS,
    """Dobrý den,

prosím o nacenění:
- 50 ks kolík KO-3301, ocel 14 220.4, cementovaný a kalený
- 50 ks pouzdro PO-3302, bronz CuSn12
- 100 ks podložka PD-3305, 1.4301

Termín dodání 5. února 2027, DAP Pardubice.

Děkuji, Radek Novotný""",
    lines=[("KO-3301", [50], "14 220.4"), ("PO-3302", [50], "CuSn12"), ("PD-3305", [100], "1.4301")],
    due="2027-02-05",
    incoterm="DAP",
    place="Pardubice",
    finishes=("cementovaný", "kalený"),
)

add(
    FRESH_LETTERS,
    """Hallo liebes Team,

wir hätten gern für die Zeichnung DR-0055-B ein Angebot über 1.500 Stück, Automatenstahl 11SMn30, gleitgeschliffen und verzinkt-blau. Zusätzlich bitte Staffelpreise bei 3.000 und 5.000 Stück.
Lieferung in 3 Teillieferungen à 500 Stück, erstmals zum 15.02.2027 nach Olpe.

Freundliche Grüße
Sabine Hoppe""",
    lines=[("DR-0055-B", [1500, 3000, 5000], "11SMn30")],
    due="2027-02-15",
    place="Olpe",
    finishes=("verzinkt",),
)

add(
    FRESH_LETTERS,
    """Hello Ed,

I've got a customer asking about wear strips, drawing WS-220-01, made of Hardox 450, 10mm thick. They'd want 40 to start. If we can get to £11.50 each they'll go ahead. Delivery to Port Talbot, ASAP but end of January at the outside.

Regards,
Megan Rees""",
    lines=[("WS-220-01", [40], "Hardox 450")],
    due="2027-01-31",
    place="Port Talbot",
    price=11.5,
)

add(
    FRESH_LETTERS,
    """Bom dia,

Solicitamos proposta para o fabrico das seguintes peças:
1) Flange FLG-221, material AISI 304, 40 unidades
2) Casquilho CSQ-224, material POM, 80 unidades
Entrega: DAP Maia, até 12/02/2027
Condições de pagamento: 60 dias

Melhores cumprimentos
Joana Matos""",
    lines=[("FLG-221", [40], "AISI 304"), ("CSQ-224", [80], "POM")],
    due="2027-02-12",
    incoterm="DAP",
    place="Maia",
)

add(
    FRESH_LETTERS,
    """Hi Steve,

Quote please:
Qty 500, part 60-1188 Rev C, sensor boss, 12L14, zinc clear.
Qty 500, part 60-1189 Rev A, sensor cap, 6262-T6511, no finish.
Need on our dock (Elkhart, IN) the week of January 25.

Thanks,
Mary Jo""",
    lines=[("60-1188", [500], "12L14"), ("60-1189", [500], "6262-T6511")],
    due="2027-01-25",
    place="Elkhart",
    finishes=("zinc",),
)

add(
    FRESH_LETTERS,
    """Betreff: Terminverschiebung und Mengenänderung BANF 4471

Sehr geehrte Damen und Herren,

unsere Anfrage vom 18.11. (Lagerzapfen LZ-1170-B, 42CrMo4+QT, 20 Stück, Termin 15.01.2027) ändert sich wie folgt:
Neue Menge: 32 Stück
Neuer Termin: 05.02.2027

Alles andere bleibt, Lieferung FCA.

MfG
Nadine Krüger""",
    lines=[("LZ-1170-B", [32], "42CrMo4+QT")],
    due="2027-02-05",
    incoterm="FCA",
)

add(
    FRESH_LETTERS,
    """Goedemiddag,

Voor een lopend project zoeken wij een leverancier voor:
- 24 st. koppelflens KF-1104, S355J2
- 24 st. tussenring TR-1105, 1.4404
- 96 st. pasbout PB-1110, 42CrMo4 vernikkeld
Gewenste leverdatum 26 februari 2027, leveradres Moerdijk.

Met vriendelijke groet,
Joost""",
    lines=[("KF-1104", [24], "S355J2"), ("TR-1105", [24], "1.4404"), ("PB-1110", [96], "42CrMo4")],
    due="2027-02-26",
    place="Moerdijk",
    finishes=("vernikkeld",),
)

add(
    FRESH_LETTERS,
    """Team,

We have received the new revision of the pump shaft (PS-4471 rev 5). Material goes from 1.4021 to 1.4462. We still need 10 and as an option 20. Please also offer the sleeve PS-4472 in the same material, 10 pcs.
Deadline on site in Antwerp: 22 January 2027.

Filip""",
    lines=[("PS-4471", [10, 20], "1.4462"), ("PS-4472", [10], "1.4462")],
    due="2027-01-22",
    place="Antwerp",
)

add(
    FRESH_LETTERS,
    """Salut Fred,

Un petit chiffrage stp : 30x entretoise ET-12-A (EN AW-2017A, anodisée noire), 30x patte PT-14-B (S235, zinguée). Pour le 29/01/2027 à Vénissieux.

A+
Karim""",
    lines=[("ET-12-A", [30], "EN AW-2017A"), ("PT-14-B", [30], "S235")],
    due="2027-01-29",
    place="Vénissieux",
    finishes=("anodisée noire", "zinguée"),
)

add(
    FRESH_LETTERS,
    """Quotation request

Vendor code 20117
1. Drawing: D-88-1140 / Body / ASTM A182 F51 / 3 pcs
2. Drawing: D-88-1141 / Bonnet / ASTM A182 F51 / 3 pcs
3. Drawing: D-88-1150 / Stem / ASTM A276 S31803 / 6 pcs
Delivery term: DDP Stavanger. Delivery time: week 10/2027.
Documentation: NORSOK M-650.

Regards
Solveig Aas""",
    lines=[("D-88-1140", [3], "A182 F51"), ("D-88-1141", [3], "A182 F51"), ("D-88-1150", [6], "S31803")],
    due="2027-03-12",
    incoterm="DDP",
    place="Stavanger",
)

add(
    FRESH_LETTERS,
    """Ciao,
come da accordi ti mando l'ordine:
ORDINE N. 771 DEL 26/11/2026
art. BC-2201 boccola conica 100Cr6 temprata q.tà 60 prezzo 12,40
art. BC-2202 boccola cilindrica 100Cr6 temprata q.tà 60 prezzo 10,90
consegna 18/12/2026 a Modena
Marco""",
    lines=[("BC-2201", [60], "100Cr6"), ("BC-2202", [60], "100Cr6")],
    due="2026-12-18",
    place="Modena",
    price=12.4,
    kind="order",
    finishes=("temprata", "temprata"),
)

add(
    FRESH_LETTERS,
    """Dear Ms Albers,

our drawing office has released the parts for the test bench. Kindly send your quotation for:

Part                Qty     Remarks
TB-100 Base plate   1       S355, stress relieved
TB-110 Column       4       C45, ground
TB-120 Crosshead    1       EN AW-7022
TB-135 Clamp        8       1.2312, black oxide

Assembly starts 1 April, so all parts are to be at our site in Geesthacht by 24 March 2027 (DAP).

Yours sincerely
Dr. K. Thomsen""",
    lines=[("TB-100", [1], "S355"), ("TB-110", [4], "C45"), ("TB-120", [1], "EN AW-7022"), ("TB-135", [8], "1.2312")],
    due="2027-03-24",
    incoterm="DAP",
    place="Geesthacht",
    finishes=("black oxide",),
)

add(
    FRESH_LETTERS,
    """Morning! Can u price up 25 x HB-07 handrail brackets (316, satin polish) and 50 x HB-09 end caps (316 also satin) for delivery Falmouth w/e 30 Jan? Cheers, Kev""",
    lines=[("HB-07", [25], "316"), ("HB-09", [50], "316")],
    due="2027-01-30",
    place="Falmouth",
    finishes=("polish",),
)

add(
    FRESH_LETTERS,
    """Sehr geehrte Damen und Herren,

zur Ausschreibung "Ersatzteile Schleuse Uelzen" fragen wir an:

Los 1: 8 Laufräder, Zeichnung WSV-2207-1, 42CrMo4+QT, Lauffläche gehärtet
Los 2: 8 Achsen, Zeichnung WSV-2207-2, 1.4462
Los 3: 16 Gleitlagerbuchsen, Zeichnung WSV-2207-5, CuAl11Ni6Fe5

Ausführungszeitraum: Lieferung spätestens 30.04.2027 frei Baustelle Uelzen.
Angebotsfrist: 11.12.2026, 10:00 Uhr.""",
    lines=[("WSV-2207-1", [8], "42CrMo4+QT"), ("WSV-2207-2", [8], "1.4462"), ("WSV-2207-5", [16], "CuAl11Ni6Fe5")],
    due="2027-04-30",
    place="Uelzen",
    finishes=("gehärtet",),
)

add(
    FRESH_LETTERS,
    """Hello,

Pls see the new req:
Part# 5-2201-77 – Latch bolt – qty 2k – 4140, QPQ
Part# 5-2202-77 – Latch housing – qty 2k – 8620, carburize + black oxide
Need samples (5 pcs each) by Jan 15, production by Apr 9 2027. Ship to Laredo TX.

Tnx
Javier""",
    lines=[("5-2201-77", [2000], "4140"), ("5-2202-77", [2000], "8620")],
    due="2027-04-09",
    place="Laredo",
    finishes=("QPQ", "carburize", "black oxide"),
)

add(
    FRESH_LETTERS,
    """Hei,

Kan dere gi tilbud på 14 stk. aksling AK-3301 (34CrNiMo6) og 14 stk. lagerhus LH-3302 (EN-GJS-400-15, malt RAL 5010)? Levering Kongsberg innen 26. februar 2027, DAP.

Hilsen Tor Egil""",
    lines=[("AK-3301", [14], "34CrNiMo6"), ("LH-3302", [14], "EN-GJS-400-15")],
    due="2027-02-26",
    incoterm="DAP",
    place="Kongsberg",
    finishes=("malt",),
)

add(
    FRESH_LETTERS,
    """To: sales
RFQ for spares - vessel MV Baltic Heron (IMO 9123456)

1) Piston crown pin / our ref BH-1180 / 34CrNiMo6 / 2 pcs
2) Valve guide / our ref BH-1184 / GGG40 / 8 pcs
3) Spindle nut / our ref BH-1190 / AlBz10 / 4 pcs
Vessel ETA Hamburg 19.12.2026, pls deliver on board 20.12.2026.
Pls advise weight and dims.

Brgds
Fleet Purchasing""",
    lines=[("BH-1180", [2], "34CrNiMo6"), ("BH-1184", [8], "GGG40"), ("BH-1190", [4], "AlBz10")],
    due="2026-12-20",
    place="Hamburg",
)
