"""Requests between two trains: bullets, tables, notes and chains of offices that never met; see ``buyers_letters``."""

from buyers_letters import Letter, add

LAST_LETTERS: list[Letter] = []


add(
    LAST_LETTERS,
    """Sehr geehrter Herr Maurer,

für unseren Kunden benötigen wir bis 15.02.2027 nachfolgende Komponenten frei Haus Memmingen:

12 Stück Lagerflansch LF-2208-03, Material S355J2+N
24 Stück Distanzrohr DR-2211-01, Material E355+SR
12 Stück Kettenrad KR-2215-02, Material C45, Zähne gehärtet

Gerne auch Teillieferung.

Mit freundlichen Grüßen
Angelika Roth
Tel. 08331 555-40""",
    lines=[("LF-2208-03", [12], "S355J2+N"), ("DR-2211-01", [24], "E355+SR"), ("KR-2215-02", [12], "C45")],
    due="2027-02-15",
    place="Memmingen",
    finishes=("gehärtet",),
)

add(
    LAST_LETTERS,
    """Hi there,

Could I get a quote for the attached (CP-3307 rev B and CP-3309 rev A)?
Both in 304 stainless, bead blasted. 35 of the CP-3307, 70 of the CP-3309.
Delivery address is Unit 4, Brookfield Park, Bolton BL1 2QT. Ideally we'd have them 12 Feb.

Thank you
Aisha Rahman""",
    lines=[("CP-3307", [35], "304"), ("CP-3309", [70], "304")],
    due="2027-02-12",
    place="Bolton",
    finishes=("bead blasted",),
)

add(
    LAST_LETTERS,
    """尊敬的先生/女士:

我公司拟采购以下零件,请报价:

零件名称:驱动轴
图号:QD-5508-02
材料:40Cr
热处理:调质+高频淬火
数量:一次性采购 150 件
交货时间:2027年3月5日
交货地点:山东省潍坊市

此致
敬礼
采购中心 孙涛""",
    lines=[("QD-5508-02", [150], "40Cr")],
    due="2027-03-05",
    place="潍坊",
    finishes=("高频淬火",),
)

add(
    LAST_LETTERS,
    """Gentile fornitore,

ci servirebbe un'offerta per:

codice AB-7710-1 (albero) in 42CrMo4, 40 pezzi
codice AB-7711-1 (boccola) in CuSn12, 80 pezzi
codice AB-7715-1 (rondella) in AISI 304, 160 pezzi

Gli alberi devono essere nitrurati.
Resa DAP Carpi entro il 26 febbraio 2027.

Cordiali saluti
Ilaria Fontana""",
    lines=[("AB-7710-1", [40], "42CrMo4"), ("AB-7711-1", [80], "CuSn12"), ("AB-7715-1", [160], "AISI 304")],
    due="2027-02-26",
    incoterm="DAP",
    place="Carpi",
    finishes=("nitrurati",),
)

add(
    LAST_LETTERS,
    """Bonjour,

Notre client nous demande un prix pour 500 et 1 500 vis spéciales VS-3312-A (A4-80) ainsi que 500 et 1 500 écrous EC-3313-A (A4-70).
Livraison à Annecy pour le 8 mars 2027.
Merci de préciser votre délai.

Bien à vous,
Hugo Perret""",
    lines=[("VS-3312-A", [500, 1500], "A4-80"), ("EC-3313-A", [500, 1500], "A4-70")],
    due="2027-03-08",
    place="Annecy",
)

add(
    LAST_LETTERS,
    """Dzień dobry,

uprzejmie proszę o wycenę:

Pozycja 1 - Obudowa OB-1180, aluminium EN AW-6082, 15 szt., anodowanie czarne
Pozycja 2 - Pokrywa PK-1181, aluminium EN AW-6082, 15 szt., anodowanie czarne
Pozycja 3 - Trzpień TR-1190, stal 1.4305, 60 szt.

Realizacja do 19.02.2027, odbiór własny.

Z wyrazami szacunku
Dorota Lis""",
    lines=[("OB-1180", [15], "EN AW-6082"), ("PK-1181", [15], "EN AW-6082"), ("TR-1190", [60], "1.4305")],
    due="2027-02-19",
    finishes=("anodowanie", "anodowanie"),
)

add(
    LAST_LETTERS,
    """<html><body><p>Hello Nightmill,</p>
<p>we are interested in the following parts:</p>
<ol><li>Adapter ring ADR-88-01, 1.4404, 60 pcs</li><li>Spacer SPC-88-02, PEEK, 120 pcs</li><li>Cover CVR-88-03, EN AW-5754, 60 pcs, chromated</li></ol>
<p>Please quote DAP Delft with delivery on 9 March 2027 at the latest.</p>
<p>Best,<br>Sanne de Wit<br><i>Buyer</i></p></body></html>""",
    lines=[("ADR-88-01", [60], "1.4404"), ("SPC-88-02", [120], "PEEK"), ("CVR-88-03", [60], "EN AW-5754")],
    due="2027-03-09",
    incoterm="DAP",
    place="Delft",
    finishes=("chromated",),
    html=True,
)

add(
    LAST_LETTERS,
    """Joe,

Per our call - drop the 316 option, quote 17-4 only. Everything H1025.
VLV-2210 body 10 ea
VLV-2211 bonnet 10 ea
VLV-2214 stem 20 ea
Deliver Casper WY by 2/26/27.

Marge""",
    lines=[("VLV-2210", [10], "17-4"), ("VLV-2211", [10], "17-4"), ("VLV-2214", [20], "17-4")],
    due="2027-02-26",
    place="Casper",
)

add(
    LAST_LETTERS,
    """Anfrage-Nr.: ANF-26-3381
Kunde: Hydraulik Weser AG

| Pos. | Teilenummer | Bezeichnung | Werkstoff | Stück | Liefertermin |
| 1 | HW-1107-4 | Kolbenstange | 20MnV6 | 30 | 19.02.2027 |
| 2 | HW-1108-4 | Führungsbuchse | EN-GJS-500-7 | 30 | 19.02.2027 |
| 3 | HW-1112-0 | Augenlager | S355J2 | 60 | 19.02.2027 |

Pos. 1 hartverchromt 25 µm. Lieferung: DAP Minden.
Angebot bitte bis Mittwoch.""",
    lines=[("HW-1107-4", [30], "20MnV6"), ("HW-1108-4", [30], "EN-GJS-500-7"), ("HW-1112-0", [60], "S355J2")],
    due="2027-02-19",
    incoterm="DAP",
    place="Minden",
    finishes=("hartverchromt",),
)

add(
    LAST_LETTERS,
    """Good afternoon,

Enquiry ref. E-7741

We require a further batch of the stop collars as supplied in June: drawing SC-4410-07, 200 no., EN8, black oxide. In addition please quote for 50 no. long collars, drawing SC-4412-02, same material and finish.

Please deliver to our works in Rotherham, to arrive by 29 January 2027.

Kind regards,
Neil Firth""",
    lines=[("SC-4410-07", [200], "EN8"), ("SC-4412-02", [50], "EN8")],
    due="2027-01-29",
    place="Rotherham",
    finishes=("black oxide",),
)

add(
    LAST_LETTERS,
    """Purchase order no. PO-77412

Supplier: Nightmill
Date: 26 Nov 2026

Item 1: 45 pcs, P/N EL-3301-B, end plate, AlMg4.5Mn0.7, unit price 27.40 EUR
Item 2: 90 pcs, P/N EL-3305-A, tie rod, C45, zinc plated, unit price 8.15 EUR

Required delivery: 22.01.2027
Incoterms: DAP Wels
Please send order confirmation to orders@example.at.""",
    lines=[("EL-3301-B", [45], "AlMg4.5Mn0.7"), ("EL-3305-A", [90], "C45")],
    due="2027-01-22",
    incoterm="DAP",
    place="Wels",
    price=27.4,
    kind="order",
    finishes=("zinc plated",),
)

add(
    LAST_LETTERS,
    """Hallo,

kurze Anfrage: Was kosten 8, 16 und 32 Stück von FB-2207 (Führungsblock, 1.2312) bei Lieferung bis Mitte Februar nach Suhl? Zeichnung hängt dran.

Gruß
Enrico""",
    lines=[("FB-2207", [8, 16, 32], "1.2312")],
    due="2027-02-15",
    place="Suhl",
)

add(
    LAST_LETTERS,
    """Dear supplier

Please find our requirement as under:

1. Part: Gland follower, Drg GF/2207, Mat: SS316, Qty: 25 Nos.
2. Part: Lantern ring, Drg LR/2208, Mat: PTFE, Qty: 25 Nos.
3. Part: Throat bush, Drg TB/2209, Mat: Ni-Resist Type 1, Qty: 10 Nos.

Delivery: 31.01.2027 at our Vadodara plant. Price: FOR destination.
Kindly revert with offer in 3 days.

Thanks & regards
Hetal Shah""",
    lines=[("GF/2207", [25], "SS316"), ("LR/2208", [25], "PTFE"), ("TB/2209", [10], "Ni-Resist")],
    due="2027-01-31",
    place="Vadodara",
)

add(
    LAST_LETTERS,
    """Hola, buenas tardes:

Necesito precio de 30 ejes EJ-4410 en 42CrMo4 nitrurado y 30 tapas TP-4411 en EN AW-6082, para entregar en Gijón el 26 de febrero de 2027.
Si os cuadra, la segunda entrega sería en verano, con otras 30 de cada.

Gracias,
Covadonga""",
    lines=[("EJ-4410", [30], "42CrMo4"), ("TP-4411", [30], "EN AW-6082")],
    due="2027-02-26",
    place="Gijón",
    finishes=("nitrurado",),
)

add(
    LAST_LETTERS,
    """Hey Nightmill crew,

Back again with v2 of the robot hand. Need:
- 10x RH2-PALM (7075-T6, black anodize)
- 40x RH2-FINGER-A (7075-T6, black anodize)
- 10x RH2-THUMB (Ti-6Al-4V)

Same delivery place as before (Trondheim). Deadline is 22 January 2027, we have a demo on the 27th.

Thanks!
Sigrid""",
    lines=[("RH2-PALM", [10], "7075-T6"), ("RH2-FINGER-A", [40], "7075-T6"), ("RH2-THUMB", [10], "Ti-6Al-4V")],
    due="2027-01-22",
    place="Trondheim",
    finishes=("black anodize", "black anodize"),
)

add(
    LAST_LETTERS,
    """Betr.: Re: Angebot 2026-4410

Hallo Frau Simon,

vielen Dank für Ihr Angebot. Leider liegen Sie mit 38,90 EUR/Stück deutlich über unserem Zielpreis von 33,00 EUR. Könnten Sie bei einer Abnahme von 300 statt 150 Stück entgegenkommen? Es geht um die Konsole KS-7703-C, Werkstoff EN AW-6082 T6, Liefertermin 12.03.2027.

Viele Grüße
Thorsten Weiß""",
    lines=[("KS-7703-C", [300], "EN AW-6082 T6")],
    due="2027-03-12",
    price=33.0,
)

add(
    LAST_LETTERS,
    """RFQ # 2026-881
Buyer: K. Lombardi

Part Number     Qty    Description              Matl / Spec
-----------     ---    -----------              -----------
GRN-4402-1       25    Gear, spur               4340, AMS 6415
GRN-4402-2       25    Gear, idler              4340, AMS 6415
GRN-4409-0       50    Pin, retaining           440C

Nital etch + shot peen gears. Black oxide pins.
Due 03/26/2027, FOB Shipping Point, ship to Windsor Locks CT.""",
    lines=[("GRN-4402-1", [25], "4340"), ("GRN-4402-2", [25], "4340"), ("GRN-4409-0", [50], "440C")],
    due="2027-03-26",
    incoterm="FOB",
    place="Windsor Locks",
    finishes=("shot peen", "Black oxide"),
)

add(
    LAST_LETTERS,
    """Ahoj Petře,

potřeboval bych nacenit tohle:
hřídel HR-1180 - 12 ks - 42CrMo4 - kaleno
náboj NA-1181 - 12 ks - C45
víko VI-1185 - 24 ks - EN AW-6082 - elox
Dodat do Hranic do 29. 1. 2027.

Díky, Ondra""",
    lines=[("HR-1180", [12], "42CrMo4"), ("NA-1181", [12], "C45"), ("VI-1185", [24], "EN AW-6082")],
    due="2027-01-29",
    place="Hranic",
    finishes=("kaleno", "elox"),
)

add(
    LAST_LETTERS,
    """Dear Mr. Schmid

As discussed during your visit on 17 November, we would like to receive your quotation for:

Drawing number 1-4471-220, "Slide base", EN-GJL-250, batch size 6, three batches a year.
Drawing number 1-4471-225, "Gib", CuSn12-C, batch size 12, three batches a year.

The first batch is needed in Biel by 5 March 2027. Please quote CPT.

Best regards
Nicole Favre""",
    lines=[("1-4471-220", [6], "EN-GJL-250"), ("1-4471-225", [12], "CuSn12-C")],
    due="2027-03-05",
    incoterm="CPT",
    place="Biel",
)

add(
    LAST_LETTERS,
    """Hei Mika,

Pyytäisin tarjousta:
Osa 1: Tappi TA-2201, materiaali 34CrNiMo6, 20 kpl
Osa 2: Holkki HO-2202, materiaali CuSn12, 20 kpl
Toimitus: DAP Vaasa, 26.2.2027.

Ystävällisin terveisin
Kaisa Lehto""",
    lines=[("TA-2201", [20], "34CrNiMo6"), ("HO-2202", [20], "CuSn12")],
    due="2027-02-26",
    incoterm="DAP",
    place="Vaasa",
)

add(
    LAST_LETTERS,
    """Hello,

I need to replace a broken part from a packaging machine. Made by you in 2024 (order 24-1187). Drawing PK-5506-2, cam, 1.2379 hardened. One piece urgently (by 4 December, courier to Kassel) and four more as stock by end of January.

Regards
U. Brandt""",
    lines=[("PK-5506-2", [1, 4], "1.2379")],
    due="2026-12-04",
    place="Kassel",
    finishes=("hardened",),
)

add(
    LAST_LETTERS,
    """张工,早上好!
麻烦核价:法兰盘 FLP-3308,材质304,外协数量500只,另报1000只的价格;表面钝化。交期一月底,送货到温州。
谢谢! 林小姐""",
    lines=[("FLP-3308", [500, 1000], "304")],
    due="2027-01-31",
    place="温州",
    finishes=("钝化",),
)

add(
    LAST_LETTERS,
    """Sehr geehrte Damen und Herren,

wir ersuchen um Preisauskunft für die Fertigung von:

a) 5 Stk. Gehäuse, Zchng. 7.114.330, AlSi7Mg0,3 T6, beigestellt als Rohguss
b) 5 Stk. Deckel, Zchng. 7.114.331, EN AW-6082 T6
c) 10 Stk. Zentrierring, Zchng. 7.114.335, 1.4301

Bearbeitung lt. Zeichnung, Deckel farblos eloxieren.
Lieferung bis längstens 12. Februar 2027 nach Kapfenberg.

Hochachtungsvoll
Ing. Franz Leitner""",
    lines=[("7.114.330", [5], "AlSi7Mg0,3"), ("7.114.331", [5], "EN AW-6082 T6"), ("7.114.335", [10], "1.4301")],
    due="2027-02-12",
    place="Kapfenberg",
    finishes=("farblos eloxieren",),
)

add(
    LAST_LETTERS,
    """Hi Laura,

Please see the RFQ below from our engineering team in Leeds.

------ Forwarded message ------
From: R. Desai
Date: 25 November 2026
Subject: RFQ impeller parts

Laura, can you get prices for:
IMP-1180-01 hub, 1.4460, 6 off
IMP-1180-02 vane, 1.4460, 48 off
IMP-1190-00 nose cone, PA12 GF, 6 off
Delivery Leeds, 5th March 2027.
Thanks, Ravi""",
    lines=[("IMP-1180-01", [6], "1.4460"), ("IMP-1180-02", [48], "1.4460"), ("IMP-1190-00", [6], "PA12")],
    due="2027-03-05",
    place="Leeds",
)

add(
    LAST_LETTERS,
    """Beste,

Graag offerte voor onderstaande onderdelen:

Tekening        Benaming      Materiaal     Stuks
20.4471.01      Krukas        42CrMo4       2
20.4472.00      Drijfstang    C45           4
20.4475.02      Zuigerpen     16MnCr5       4

Zuigerpen inzetgehard. Levertijd: uiterlijk week 8, af fabriek.

Groeten
Maarten""",
    lines=[("20.4471.01", [2], "42CrMo4"), ("20.4472.00", [4], "C45"), ("20.4475.02", [4], "16MnCr5")],
    due="2027-02-26",
    incoterm="EXW",
    finishes=("inzetgehard",),
)

add(
    LAST_LETTERS,
    """Quote request from web shop chat:

[10:02] Guest: hi do you make small series?
[10:03] Agent: Yes! What do you need?
[10:05] Guest: drawing no KLM-0207, 75 pieces, stainless 1.4571
[10:06] Agent: By when and where?
[10:08] Guest: 19 feb 2027, to Innsbruck
[10:09] Agent: Thanks, we'll send a quote.""",
    lines=[("KLM-0207", [75], "1.4571")],
    due="2027-02-19",
    place="Innsbruck",
)

add(
    LAST_LETTERS,
    """Exmos. Senhores,

Vimos solicitar a vossa melhor cotação:

Ref. PT-1107 - Veio de transmissão - aço 42CrMo4 - 10 un.
Ref. PT-1110 - Polia - EN-GJL-250 - 10 un.
Ref. PT-1115 - Chaveta - C45 - 20 un.

Prazo de entrega pretendido: 26/02/2027. Local de entrega: Leiria.

Com os melhores cumprimentos,
Paulo Reis""",
    lines=[("PT-1107", [10], "42CrMo4"), ("PT-1110", [10], "EN-GJL-250"), ("PT-1115", [20], "C45")],
    due="2027-02-26",
    place="Leiria",
)

add(
    LAST_LETTERS,
    """Guten Tag Herr Fuchs,

zu Ihrer Rückfrage: Die Bohrung im Teil 9-3307-110 ist H7, nicht H8. Die Menge von 45 Stück ist richtig, der Werkstoff ist 1.7131. Bitte setzen Sie das Angebot mit Liefertermin 26.02.2027, FCA auf.

Beste Grüße
Claudia Horn""",
    lines=[("9-3307-110", [45], "1.7131")],
    due="2027-02-26",
    incoterm="FCA",
    tolerances=("H7",),
)

add(
    LAST_LETTERS,
    """Hi,

3 line items, see attached PDFs (GPL-101.pdf, GPL-102.pdf, GPL-103.pdf).

GPL-101: 20 pcs, Aluminum 6061-T6, clear anodize
GPL-102: 20 pcs, Brass C360, no finish
GPL-103: 40 pcs, Delrin 150 black

Need by Feb 12, 2027. Ship to San Marcos, TX 78666.

Thanks, Trevor""",
    lines=[("GPL-101", [20], "6061-T6"), ("GPL-102", [20], "C360"), ("GPL-103", [40], "Delrin")],
    due="2027-02-12",
    place="San Marcos",
    finishes=("clear anodize",),
)

add(
    LAST_LETTERS,
    """Sayın Yetkili,

Aşağıdaki parçalar için teklifinizi rica ederiz:
Parça No: TR-2207-1, Malzeme: 42CrMo4, Adet: 50
Parça No: TR-2208-1, Malzeme: CuZn39Pb3, Adet: 100
Teslim tarihi: 26.02.2027, teslim yeri: Bursa, DAP

Saygılarımla
Elif Kaya""",
    lines=[("TR-2207-1", [50], "42CrMo4"), ("TR-2208-1", [100], "CuZn39Pb3")],
    due="2027-02-26",
    incoterm="DAP",
    place="Bursa",
)

add(
    LAST_LETTERS,
    """Hello Wang Fang,

Please quote following tooling parts, delivered FCA Qingdao by 2027-01-18:
 1) TL-0071 cavity insert, H13, 46-48 HRC, 2 pcs
 2) TL-0072 core insert, H13, 46-48 HRC, 2 pcs
 3) TL-0075 ejector sleeve, SKD61, nitrided, 8 pcs

Best regards
Marta Oliveira""",
    lines=[("TL-0071", [2], "H13"), ("TL-0072", [2], "H13"), ("TL-0075", [8], "SKD61")],
    due="2027-01-18",
    incoterm="FCA",
    place="Qingdao",
    finishes=("nitrided",),
)

add(
    LAST_LETTERS,
    """Bonjour Cécile,

Nouvelle demande pour le site de Figeac :
réf. 401-2207-12, 6 ex., TA6V, ressuage
réf. 401-2209-03, 6 ex., 15-5PH H1025, passivation
Besoin le 2 avril 2027. Même incoterm que d'habitude (DAP).

Merci !
Bastien""",
    lines=[("401-2207-12", [6], "TA6V"), ("401-2209-03", [6], "15-5PH")],
    due="2027-04-02",
    incoterm="DAP",
    place="Figeac",
    finishes=("passivation",),
)

add(
    LAST_LETTERS,
    """To: estimating@nightmill.example

Attached drawing 7741-A-200 sheets 1-3. Material A514 plate. We need a price each for: 2, 4, 6. Stress relieve after rough machining, prime grey. Drop ship to the mine at Elko NV, required 15 March 2027. If you can't do stress relieve let me know.

Cal Jensen
Project Engineer""",
    lines=[("7741-A-200", [2, 4, 6], "A514")],
    due="2027-03-15",
    place="Elko",
    finishes=("prime",),
)

add(
    LAST_LETTERS,
    """Guten Tag,

Bedarfsmeldung Instandhaltung:
Ersatzteil für Linie 3, Anlage 4471
Gleitschiene GS-330-2, PE 1000 grün, 10 Stück
Mitnehmer MN-335-1, 1.4301, 40 Stück
Antriebswelle AW-340-1, 1.4462, 1 Stück
Stillstand ist ab 21.12.2026 geplant, Teile bitte bis spätestens 17.12.2026 (DAP Bremerhaven).

Gruß IH-Leitung""",
    lines=[("GS-330-2", [10], "PE 1000"), ("MN-335-1", [40], "1.4301"), ("AW-340-1", [1], "1.4462")],
    due="2026-12-17",
    incoterm="DAP",
    place="Bremerhaven",
)

add(
    LAST_LETTERS,
    """Hi Chris,

Two things:
(1) please re-quote SHF-2207-B at 75 and 150 pcs, material now 4140 prehard;
(2) new part SHF-2215-A, qty 75, 1045.
Both delivered DDP Nashua NH, 3/12/2027.

Best
Priyanka""",
    lines=[("SHF-2207-B", [75, 150], "4140"), ("SHF-2215-A", [75], "1045")],
    due="2027-03-12",
    incoterm="DDP",
    place="Nashua",
)

add(
    LAST_LETTERS,
    """Buongiorno Sig.ra Neri,

con riferimento alla Vs. offerta 551/26 Vi ordiniamo:
n. 12 rulli RL-2207 in C45 rettificati a € 58,00 cad.
n. 24 supporti SP-2208 in S275JR verniciati a € 21,00 cad.
Consegna 29/01/2027, franco ns. stabilimento di Cento (FE).

Distinti saluti
Amministrazione acquisti""",
    lines=[("RL-2207", [12], "C45"), ("SP-2208", [24], "S275JR")],
    due="2027-01-29",
    place="Cento",
    price=58.0,
    kind="order",
    finishes=("verniciati",),
)

add(
    LAST_LETTERS,
    """Dear Team,

Budgetary enquiry, no drawings yet: bearing carrier, working number BC-X17, likely EN-GJS-700-2, about 300 per year in lots of 50. Please give us a price for the lot of 50, delivered DAP Linköping. Timing is September 2027 or so.

Regards,
Patrik Wall""",
    lines=[("BC-X17", [50], "EN-GJS-700-2")],
    incoterm="DAP",
    place="Linköping",
)

add(
    LAST_LETTERS,
    """Morning,

Our ref: PR-90114
Item code: 553-2207   Item: Rotor sleeve   Quantity: 16   Spec: 13Cr (AISI 420)
Item code: 553-2209   Item: Deflector      Quantity: 16   Spec: 316L
Please quote delivery Warri, Nigeria, CFR Lagos by 30 April 2027.

Thank you
Chinedu""",
    lines=[("553-2207", [16], "AISI 420"), ("553-2209", [16], "316L")],
    due="2027-04-30",
    incoterm="CFR",
    place="Lagos",
)

add(
    LAST_LETTERS,
    """Hallo Ole,

kannst du mir noch schnell 3 Sachen anbieten?
1x Adapterplatte AP-3307, S235, verzinkt
2x Spannwinkel SW-3308, C45, brüniert
4x Auflagebolzen AB-3310, 100Cr6 gehärtet
Lieferung nach Emden, brauche ich bis 18.12.

Moin, Tjark""",
    lines=[("AP-3307", [1], "S235"), ("SW-3308", [2], "C45"), ("AB-3310", [4], "100Cr6")],
    due="2026-12-18",
    place="Emden",
    finishes=("verzinkt", "brüniert", "gehärtet"),
)

add(
    LAST_LETTERS,
    """Dear Sir or Madam,

could you please quote for one prototype and a follow-up series of 80 pieces of our sensor flange (number SF-2207-D), material 1.4435 BN2, electropolished Ra 0.4? Prototype by 15 January 2027, DAP Visp.

Kind regards
Beat Imhof""",
    lines=[("SF-2207-D", [1, 80], "1.4435")],
    due="2027-01-15",
    incoterm="DAP",
    place="Visp",
    finishes=("electropolished", "Ra 0.4"),
)
