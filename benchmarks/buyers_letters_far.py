"""More requests of buyers of many trades and countries; see ``buyers_letters``."""

from buyers_letters import Letter, add

FAR_LETTERS: list[Letter] = []


add(
    FAR_LETTERS,
    """Hallo zusammen,

bitte folgende Teile anbieten (Zeichnungen im Anhang):

- 12x Kurvenscheibe / 2-88-1017 / 1.2842, gehärtet 58+2 HRC
- 12x Kurvenrolle / 2-88-1018 / 100Cr6
- 6x Abstandsrohr / 2-88-1022 / E235+N, verzinkt

Wir brauchen die Teile Anfang März (spätestens 05.03.2027) in Rosenheim. Versand übernehmen wir, also FCA.

Beste Grüße, Korbinian Ostermeier
P.S.: Die 2-88-1019 vom letzten Mal ist noch nicht geliefert!""",
    lines=[("2-88-1017", [12], "1.2842"), ("2-88-1018", [12], "100Cr6"), ("2-88-1022", [6], "E235+N")],
    due="2027-03-05",
    incoterm="FCA",
    place="Rosenheim",
    finishes=("gehärtet", "verzinkt"),
)

add(
    FAR_LETTERS,
    """Invitation to Quote ITQ/2026/0774

Your organisation is invited to quote for the manufacture of:

    Item:       Bearing Pedestal
    Drg:        NR-5521-104 Issue 3
    Spec:       BS EN 1563 EN-GJS-500-7
    Qty:        9 off
    Paint:      2 pack epoxy primer
    Required:   Week commencing 8th March 2027
    Deliver to: Newport Works, Gwent

Quotations must be received by noon on Monday 14th December 2026. Please state carriage terms (DAP preferred).

Procurement Services
Direct line 01633 555 0100""",
    lines=[("NR-5521-104", [9], "EN-GJS-500-7")],
    due="2027-03-08",
    incoterm="DAP",
    place="Newport",
    finishes=("epoxy primer",),
)

add(
    FAR_LETTERS,
    """Team,

See our Q1 buy below. Quote all lines or no-bid individually.

Line\tPN\tDesc\tMtl Spec\tEAU\tOrder Qty\tDue
1\t211-40087-1\tBODY, REGULATOR\t316L BAR ASTM A276\t1200\t300\t2/22/2027
2\t211-40090-1\tCAP, REGULATOR\t316L BAR ASTM A276\t1200\t300\t2/22/2027
3\t211-40111-2\tSTEM\t17-4 PH H1150\t2400\t600\t2/22/2027

Electropolish lines 1 and 2. INCOTERMS: FCA seller's dock.
Thank you,
Rosa Delgado, CPSM""",
    lines=[("211-40087-1", [300], "316L"), ("211-40090-1", [300], "316L"), ("211-40111-2", [600], "17-4 PH")],
    due="2027-02-22",
    incoterm="FCA",
    finishes=("Electropolish",),
)

add(
    FAR_LETTERS,
    """Messieurs,

Dans le cadre du renouvellement de notre contrat annuel, nous souhaitons recevoir votre meilleure proposition pour l'article suivant :

Article : 900.447-B « pignon arbré »
Nuance : 20MnCr5
Quantité annuelle : 4 800 pièces, livrables par lots de 400
Traitement : cémenté trempé, profondeur 0,6 à 0,8 mm
Première livraison : semaine 11 de 2027 sur notre site de Cluses, port payé (CPT)

Votre offre devra nous parvenir sous 10 jours.
Salutations distinguées,
Le service achats – Tél. 04 50 55 01 02 – Fax 04 50 55 01 03""",
    lines=[("900.447-B", [4800], "20MnCr5")],
    due="2027-03-19",
    incoterm="CPT",
    place="Cluses",
    finishes=("cémenté",),
)

add(
    FAR_LETTERS,
    """Ciao Marco,
mi servirebbe un preventivo per 30 pz. della staffa ST-1180/A in S275JR zincata a caldo e 30 pz. della piastra ST-1181/A in S275JR verniciata RAL 5010. Consegna per fine febbraio 2027 presso Brescia.
Mi fai sapere entro martedì? Grazie mille
Luca 335 555 0100""",
    lines=[("ST-1180/A", [30], "S275JR"), ("ST-1181/A", [30], "S275JR")],
    due="2027-02-28",
    place="Brescia",
    finishes=("zincata a caldo", "verniciata RAL 5010"),
)

add(
    FAR_LETTERS,
    """Hi friend,
new inquiry pls check:
part no HQ-CNC-0088 pulley, alu 6061, qty 500/1000/3000pcs, anodize red
part no HQ-CNC-0089 hub, brass H59, qty 500/1000/3000pcs, no surface treatment
EXW price & FOB Shenzhen price both
delivery date: 2027/3/20
tks
Jack Liu""",
    lines=[("HQ-CNC-0088", [500, 1000, 3000], "6061"), ("HQ-CNC-0089", [500, 1000, 3000], "H59")],
    due="2027-03-20",
    place="Shenzhen",
    incoterm="FOB",
    finishes=("anodize red",),
)

add(
    FAR_LETTERS,
    """询 价 单
编号:XJ20261125-03

| 序号 | 物料编码 | 名称 | 图号 | 材料 | 数量 | 单位 | 备注 |
| 1 | 10203-0041 | 主轴 | ZZ-350-01 | 38CrMoAl | 5 | 件 | 氮化 |
| 2 | 10203-0042 | 轴承座 | ZZ-350-02 | HT200 | 10 | 件 | |

要求:
1、交货期:2027年4月10日
2、交货地点:洛阳市涧西区
3、报价截止:2026年12月2日
联系人:赵工 0379-5555 0101""",
    lines=[("10203-0041", [5], "38CrMoAl"), ("10203-0042", [10], "HT200")],
    due="2027-04-10",
    place="洛阳",
    finishes=("氮化",),
)

add(
    FAR_LETTERS,
    """Hi!

We need help with 3 details for a test rig, quick turnaround:

Detalj 1: axel, ritn.nr 1-550-2231, material SS 2541 (34CrNiMo6), 2 st
Detalj 2: hylsa, ritn.nr 1-550-2232, material SS 2333, 2 st
Detalj 3: lock, ritn.nr 1-550-2235, material EN AW-6026, 4 st

Delivery to Västerås no later than Dec 18. Freight on us.

Mvh
Kristoffer""",
    lines=[("1-550-2231", [2], "34CrNiMo6"), ("1-550-2232", [2], "SS 2333"), ("1-550-2235", [4], "EN AW-6026")],
    due="2026-12-18",
    place="Västerås",
)

add(
    FAR_LETTERS,
    """Purchase order PO 26-55102

Part:     BX-9920-4 Valve plate
Rev:      E
Material: 1.4112
Price:    EUR 27,80 / pc

Delivery schedule:
  200 pcs  15.01.2027
  200 pcs  15.02.2027
  200 pcs  15.03.2027

Delivery terms: DAP Turnhout
Payment: 60 days end of month
Please return a signed copy.""",
    lines=[("BX-9920-4", [600], "1.4112")],
    due="2027-01-15",
    incoterm="DAP",
    place="Turnhout",
    price=27.8,
    kind="order",
)

add(
    FAR_LETTERS,
    """Hi Helen,

Thanks, price looks fine but our customer has pushed the programme. Could you requote on the basis of 60 off with delivery by 9 April 2027?

Kind regards
Tim Rowe

From: Helen Marsh <helen@shop.example>
Sent: 23 November 2026 14:55
To: Tim Rowe
Subject: RE: RFQ - piston rods

Dear Tim,
Please find our quotation Q-4471 for 40 off piston rod PR-6604-2 in EN19T, hard chrome plated, £212.00 each, delivery 12 February 2027, DAP Swindon.""",
    lines=[("PR-6604-2", [60], "EN19T")],
    due="2027-04-09",
    incoterm="DAP",
    place="Swindon",
    finishes=("hard chrome plated",),
)

add(
    FAR_LETTERS,
    """<html><body><table><tr><td>Anfragenummer</td><td>6200019981</td></tr><tr><td>Angebotsfrist</td><td>07.12.2026</td></tr><tr><td>Einkäufer</td><td>Fr. Jost, 0711/811-0</td></tr></table><br><table border=1><tr><th>Pos</th><th>Sachnummer</th><th>Kurztext</th><th>Bedarfsmenge</th><th>ME</th><th>Liefertermin</th></tr><tr><td>0010</td><td>F 00V C01 338</td><td>ANKERPLATTE 16MNCR5</td><td>1.500</td><td>ST</td><td>01.03.2027</td></tr><tr><td>0020</td><td>F 00V C01 349</td><td>FUEHRUNGSBOLZEN 100CR6</td><td>3.000</td><td>ST</td><td>01.03.2027</td></tr></table><p>Lieferbedingung FCA Werk Lieferant</p></body></html>""",
    lines=[("F 00V C01 338", [1500], "16MNCR5"), ("F 00V C01 349", [3000], "100CR6")],
    due="2027-03-01",
    incoterm="FCA",
    place="Werk Lieferant",
    html=True,
)

add(
    FAR_LETTERS,
    """Lieber Herr Sauter,

für unseren Vakuumversuch bräuchten wir zwei Stück von der Adapterscheibe CF100-ADP-3 aus 1.4404 (bitte kein Automatenstahl!) sowie vier Stück vom Halter HLT-22 aus Aluminium EN AW-6082. Oberfläche blank, entfettet. Der Versuch startet am 01.02.2027, die Teile sollten also eine Woche vorher (25.01.) da sein.

Lieferung an: Institut für Angewandte Physik, Wiesenweg 11, 26129 Oldenburg.

Herzlichen Dank
Dr. Frauke Behrens""",
    lines=[("CF100-ADP-3", [2], "1.4404"), ("HLT-22", [4], "EN AW-6082")],
    due="2027-01-25",
    place="Oldenburg",
)

add(
    FAR_LETTERS,
    """Good morning Greg,

RFQ for Project Osprey. Please quote the following at 50/250/1000 pcs:

   OSP-1107 Rev 2 - Drill guide, 455 SS (Custom 455)
   OSP-1112 Rev 1 - Handle, Radel R5500 black

Passivate OSP-1107 per ASTM A967. Laser mark both.
Delivery: 6-8 wks ARO, DDP Warsaw, IN.
NDA in place (ref. 2025-118). Quote by EOD Friday pls.

Sent from Outlook for iOS""",
    lines=[("OSP-1107", [50, 250, 1000], "455"), ("OSP-1112", [50, 250, 1000], "Radel R5500")],
    incoterm="DDP",
    place="Warsaw",
    finishes=("Passivate",),
)

add(
    FAR_LETTERS,
    """Merhaba / Hello,

Our company needs the below machining parts, please inform unit price (EUR) and delivery time.

Parça No: TRK-45-001 / Part: Connecting rod / Material: 42CrMo4 QT / Qty: 100 adet
Parça No: TRK-45-002 / Part: Pin / Material: 16MnCr5 / Qty: 200 adet

Heat treatment: TRK-45-002 case hardened 58-62 HRC
Delivery: CPT Istanbul, 15 April 2027
General tolerances ISO 2768-m

Saygılarımızla
Emre Yıldız""",
    lines=[("TRK-45-001", [100], "42CrMo4"), ("TRK-45-002", [200], "16MnCr5")],
    due="2027-04-15",
    incoterm="CPT",
    place="Istanbul",
    finishes=("case hardened",),
    tolerances=("ISO 2768-m",),
)

add(
    FAR_LETTERS,
    """Guten Tag Frau Reuter,

zu unserer Anfrage 881 vom Montag: die Zeichnung 5310-22 wurde auf Index E geändert, bitte E statt D zugrunde legen. Mengen wie gehabt 25, 50 und 100 Stk., Werkstoff weiterhin 1.4301, Oberfläche jetzt zusätzlich elektropoliert. Termin unverändert 19.02.2027 DDP Wien.

Schöne Grüße
Mag. Lisa Hofer""",
    lines=[("5310-22", [25, 50, 100], "1.4301")],
    due="2027-02-19",
    incoterm="DDP",
    place="Wien",
    finishes=("elektropoliert",),
)

add(
    FAR_LETTERS,
    """Morning Jim

Couple of bits for the mill rebuild:

1 off  roller shaft      RB/204/1   EN24T    dia 110 x 1450 lg
2 off  end caps          RB/204/2   EN8D     dia 180 x 40
4 off  bronze bushes     RB/204/3   LG2      to suit
16 off M16 studs 120 lg  RB/204/4   B7

Bushes to be oilite if you can get it - no, scrap that, LG2 as drawn.
Want to refit over the Easter shutdown so here by Monday 22nd March 2027. Carriage to Ebbw Vale.

Regards
Gwyn""",
    lines=[("RB/204/1", [1], "EN24T"), ("RB/204/2", [2], "EN8D"), ("RB/204/3", [4], "LG2"), ("RB/204/4", [16], "B7")],
    due="2027-03-22",
    place="Ebbw Vale",
)

add(
    FAR_LETTERS,
    """Dear Sales Manager,

We have the honor to request a quotation as follows.

1. Buyer : Daehan Precision Co., Ltd.
2. Item : LM BLOCK HOLDER
3. Dwg. No. : DH-LMH-2207
4. Material : AL7075-T6
5. Q'ty : 80 EA
6. Surface : Hard Anodizing (Gray)
7. Delivery : 2027. 02. 26
8. Terms : DAP Changwon
9. Remark : Inspection report to be attached

Yours sincerely,
J.H. Park / Assistant Manager
T. +82-55-555-0110""",
    lines=[("DH-LMH-2207", [80], "7075-T6")],
    due="2027-02-26",
    incoterm="DAP",
    place="Changwon",
    finishes=("Hard Anodizing",),
)

add(
    FAR_LETTERS,
    """All,

Urgent RFQ - offshore requirement.

ITEM 1: QTY 3 EA, P/N 100-44871-02, MANDREL, UNS N07718 PER API 6ACRA 120K
ITEM 2: QTY 3 EA, P/N 100-44875-01, COLLET, UNS N07718 PER API 6ACRA 120K
ITEM 3: QTY 12 EA, P/N 100-44880-01, SHEAR PIN, UNS C36000

COATING: ITEM 2 XYLAN 1424 BLUE
REQ'D ON SITE: 08 FEB 2027 ABERDEEN
INCOTERM: DAP
MATERIAL CERTS 3.1 REQUIRED. NACE MR0175.
RFQ CLOSES 30 NOV 2026 1700 HRS CST""",
    lines=[("100-44871-02", [3], "N07718"), ("100-44875-01", [3], "N07718"), ("100-44880-01", [12], "C36000")],
    due="2027-02-08",
    incoterm="DAP",
    place="Aberdeen",
    finishes=("XYLAN",),
)

add(
    FAR_LETTERS,
    """Bonjour Thierry,

Besoin d'un prix pour des douilles réf. DLL-0405 en bronze CuSn8, quantités 100 / 200 / 500. Livrées à Liège pour le vendredi 12 février 2027 (DAP).
Même chose pour les axes AXE-0406 en C35, 100 pcs seulement, brunis.

Merci !
Jean-Luc Dubois
Mécanique Dubois SPRL | 0478 55 01 01 | TVA BE 0123.456.789""",
    lines=[("DLL-0405", [100, 200, 500], "CuSn8"), ("AXE-0406", [100], "C35")],
    due="2027-02-12",
    incoterm="DAP",
    place="Liège",
    finishes=("brunis",),
)

add(
    FAR_LETTERS,
    """Sehr geehrter Herr Kaminski,

wir bitten um Abgabe eines Angebots für nachfolgend aufgeführte Artikel:

Artikelnr.   Bezeichnung          Werkstoff        Staffelmengen
801-4471     Steckerbuchse        CuZn38Pb2        1.000 / 5.000 / 10.000
801-4472     Kontaktstift         CuTeP            1.000 / 5.000 / 10.000

Oberfläche 801-4472: vernickelt 3 µm
Toleranzen ohne Angabe: DIN ISO 2768-fH
Liefertermin (gewünscht): 2027-03-26
Versandbedingung: DAP, 32825 Blomberg

Bitte bieten Sie auch eine Erstmusterprüfung (EMPB, 5 Teile) an.

Mit besten Grüßen
Phönix Kontakttechnik""",
    lines=[("801-4471", [1000, 5000, 10000], "CuZn38Pb2"), ("801-4472", [1000, 5000, 10000], "CuTeP")],
    due="2027-03-26",
    incoterm="DAP",
    place="Blomberg",
    finishes=("vernickelt",),
    tolerances=("ISO 2768-fH",),
)

add(
    FAR_LETTERS,
    """G'day Mick,

Can ya price up the following for the Mt Keith shut:

Qty 4 - Idler shaft, drg MK-IDL-0331 sht 2, K1045
Qty 8 - Sleeve, drg MK-IDL-0334 sht 1, 431SS
Qty 2 - Hub, drg MK-IDL-0340 sht 1, Bisalloy 400

Shut starts 6/4/27 so need em in Perth by 29/3/27 at the latest. We'll send a truck.

Cheers
Shaz
Ph 08 5550 0102""",
    lines=[("MK-IDL-0331", [4], "K1045"), ("MK-IDL-0334", [8], "431SS"), ("MK-IDL-0340", [2], "Bisalloy 400")],
    due="2027-03-29",
    place="Perth",
)

add(
    FAR_LETTERS,
    """Sehr geehrte Frau Thiel,

wir beziehen uns auf das gestrige Telefonat und bestellen wie besprochen 150 Stück Exzenterhebel EH-310-5 (GTW-40... ach nein, seit der letzten Änderung aus 42CrMo4) zum Preis von 19,90 € pro Stück, Anlieferung bis 05.02.2027 DAP Heilbronn. Unsere Bestellnummer lautet 4711-26.

Freundliche Grüße
Roland Zirn""",
    lines=[("EH-310-5", [150], "42CrMo4")],
    due="2027-02-05",
    incoterm="DAP",
    place="Heilbronn",
    price=19.9,
    kind="order",
)

add(
    FAR_LETTERS,
    """Dear Sirs,

Request for Quotation - Cotação 2026/4471

Item 01 - Eixo piloto / Pilot shaft - Des. 7.118.0042 - SAE 4140 - 25 pçs
Item 02 - Anel / Ring - Des. 7.118.0043 - SAE 8620 - 50 pçs

Heat treatment: item 02 carburized.
Incoterm CIF Santos
ETA Santos: 30 April 2027
Answer until 07/12/2026

Atenciosamente,
Fernanda Lopes""",
    lines=[("7.118.0042", [25], "SAE 4140"), ("7.118.0043", [50], "SAE 8620")],
    due="2027-04-30",
    incoterm="CIF",
    place="Santos",
    finishes=("carburized",),
)

add(
    FAR_LETTERS,
    """Pls see attached. Need 18 of EX-6617 in PEEK GF30 by 2/9.

Thx - Dee

---
Dee Okafor | Sr Buyer | Axiom Labs | 10400 N Tantau Ave, Cupertino, CA 95014
o: 408.555.0177 | c: 650.555.0188
NOTICE: This email may contain export-controlled (ITAR 22 CFR 120-130 / EAR 15 CFR 730-774) data. If received in error, delete it and notify 408.555.0100 within 24 hours. 2,000+ employees. ISO 9001:2015 & ISO 13485 certified.""",
    lines=[("EX-6617", [18], "PEEK GF30")],
    due="2027-02-09",
)
