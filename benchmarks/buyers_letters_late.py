"""Requests of the last hour: reminders, shared lists, translated mails, requests of service partners; see ``buyers_letters``."""

from buyers_letters import Letter, add

LATE_LETTERS: list[Letter] = []


add(
    LATE_LETTERS,
    """Sehr geehrter Herr Jäger,

wir erinnern an unsere Anfrage vom 16.11.2026, auf die wir noch keine Antwort haben:

60 Stück Zahnwelle ZW-3107-02, Werkstoff 18CrNiMo7-6, einsatzgehärtet Eht 0,8+0,2
60 Stück Zahnrad ZR-3108-02, Werkstoff 18CrNiMo7-6, einsatzgehärtet Eht 0,8+0,2

Liefertermin war KW 5, wir könnten auch mit KW 6 leben.
Lieferbedingung FCA.

Mit freundlichem Gruß
Dirk Heitmann
Antriebstechnik Heitmann GmbH, 58099 Hagen""",
    lines=[("ZW-3107-02", [60], "18CrNiMo7-6"), ("ZR-3108-02", [60], "18CrNiMo7-6")],
    due="2027-02-05",
    incoterm="FCA",
    finishes=("einsatzgehärtet", "einsatzgehärtet"),
)

add(
    LATE_LETTERS,
    """Hi Paula,

See below from our Monterrey plant. Can you turn a quote by Wednesday?

-- Liz

> PN 330-4471 REV D  BUSHING, GUIDE     QTY 500   C93200
> PN 330-4472 REV D  BUSHING, FLANGED   QTY 500   C93200
> PN 330-4480 REV B  WASHER, THRUST     QTY 1000  C93200
> Need in Monterrey 03/19/2027. DAP.""",
    lines=[("330-4471", [500], "C93200"), ("330-4472", [500], "C93200"), ("330-4480", [1000], "C93200")],
    due="2027-03-19",
    incoterm="DAP",
    place="Monterrey",
)

add(
    LATE_LETTERS,
    """张先生:

客户催得紧,麻烦今天报价。
产品:铝合金散热底座
图号:SR-5517-B
材料:6063-T5
数量:首批200,后续每月500
表面:本色阳极氧化
交期:2027年1月8日前到深圳宝安

谢谢!周婷""",
    lines=[("SR-5517-B", [200], "6063-T5")],
    due="2027-01-08",
    place="深圳",
    finishes=("阳极氧化",),
)

add(
    LATE_LETTERS,
    """Gent.mo Sig. Conti,

in allegato i disegni 7740 (perno), 7741 (biella) e 7745 (ghiera).
Perno: 36NiCrMo16, n° 50
Biella: C45, n° 50
Ghiera: C45 brunita, n° 100

Consegna tassativa: 19.02.2027 presso Officine Galli, Lecco.
Restiamo in attesa. Cordialità,
Paola""",
    lines=[("7740", [50], "36NiCrMo16"), ("7741", [50], "C45"), ("7745", [100], "C45")],
    due="2027-02-19",
    place="Lecco",
    finishes=("brunita",),
)

add(
    LATE_LETTERS,
    """Bonjour,

Besoin urgent suite à casse machine :

1 arbre porte-meule réf. APM-118-02, matière 35CrMo4, rectifié, portées chromées
1 entretoise réf. ENT-119-01, matière XC48

Merci de nous communiquer prix et délai, départ usine, nous enverrons un transporteur (société Girard à Oyonnax). Il nous les faudrait au plus tard vendredi 11 décembre.

Salutations
Thierry Blanc, maintenance, 04 74 55 01 60""",
    lines=[("APM-118-02", [1], "35CrMo4"), ("ENT-119-01", [1], "XC48")],
    due="2026-12-11",
    incoterm="EXW",
    finishes=("chromées",),
)

add(
    LATE_LETTERS,
    """Szanowni Państwo,

proszę o ofertę cenową:
- płyta montażowa PM-4410, aluminium PA6 (2017A), 12 szt.
- wspornik WS-4412, stal S235JR malowany proszkowo RAL 7035, 24 szt.
- dystans DS-4415, stal nierdzewna 1.4301, 96 szt.

Termin dostawy 5 lutego 2027, dostawa na koszt dostawcy do Wrocławia (DAP).

Z poważaniem,
Michał Zając, tel. 71 555 01 90""",
    lines=[("PM-4410", [12], "2017A"), ("WS-4412", [24], "S235JR"), ("DS-4415", [96], "1.4301")],
    due="2027-02-05",
    incoterm="DAP",
    place="Wrocławia",
    finishes=("malowany proszkowo",),
)

add(
    LATE_LETTERS,
    """<html><body>
<p>Dear all,</p><p>Kindly quote per attached specs.</p>
<table>
<tr><td><b>Item</b></td><td><b>Part ID</b></td><td><b>Part description</b></td><td><b>Alloy</b></td><td><b>Order qty</b></td><td><b>Target price (EUR)</b></td></tr>
<tr><td>1</td><td>TBX.0071.03</td><td>Nozzle ring</td><td>Inconel 625</td><td>24</td><td>310.00</td></tr>
<tr><td>2</td><td>TBX.0074.01</td><td>Vane carrier</td><td>1.4923</td><td>12</td><td>645.00</td></tr>
</table>
<p>Delivery terms: DDP Baden (CH)<br>Latest delivery: 30 April 2027</p>
<p>Sincerely,<br>Vera Lindt</p>
</body></html>""",
    lines=[("TBX.0071.03", [24], "Inconel 625"), ("TBX.0074.01", [12], "1.4923")],
    due="2027-04-30",
    incoterm="DDP",
    place="Baden",
    price=310.0,
    html=True,
)

add(
    LATE_LETTERS,
    """Alan,

Two for the Ford job please:
FX-2210 locator, D2 hardened 58-60, 8 off
FX-2214 rest pad, D2 hardened 58-60, 16 off
and if you've still got the program, another 4 of FX-2190 (clamp arm, EN24T, chemi-black).

Dunton by the 15th Jan. Cheers, Mo""",
    lines=[("FX-2210", [8], "D2"), ("FX-2214", [16], "D2"), ("FX-2190", [4], "EN24T")],
    due="2027-01-15",
    place="Dunton",
    finishes=("hardened", "hardened", "black"),
)

add(
    LATE_LETTERS,
    """Guten Tag,

unser Wareneingang meldet, dass bei der letzten Lieferung (LS 88120) 3 von 40 Kolben KB-7704 Ausschuss waren. Bitte liefern Sie 3 Stück kostenfrei nach und bieten Sie uns zusätzlich 40 Stück zum bisherigen Preis an (Werkstoff EN AW-4032 T6). Termin für beides: 18.12.2026, Anlieferung Werk Neckarsulm.

Freundliche Grüße
QS Wareneingang""",
    lines=[("KB-7704", [40], "EN AW-4032 T6")],
    due="2026-12-18",
    place="Neckarsulm",
)

add(
    LATE_LETTERS,
    """Good day,

Translated by machine, sorry for mistakes.

We ask calculate the price of following details:
1. Detail "Flange", drawing ЕМ-2207.01, steel 12X18H10T, quantity 20 pieces.
2. Detail "Nipple", drawing ЕМ-2207.05, steel 12X18H10T, quantity 40 pieces.
Delivery to Almaty, CPT, until 1 March 2027.

With respect, Timur""",
    lines=[("ЕМ-2207.01", [20], "12X18H10T"), ("ЕМ-2207.05", [40], "12X18H10T")],
    due="2027-03-01",
    incoterm="CPT",
    place="Almaty",
)

add(
    LATE_LETTERS,
    """Hallo Peter, hallo Ines,

Anfrage Prototypen Projekt "Falke":
Teil 1: FK-100-011 Gehäuse oben, AlSi10Mg gefräst aus dem Vollen (3.2381), 5 Stück
Teil 2: FK-100-012 Gehäuse unten, dito, 5 Stück
Teil 3: FK-100-020 Dichtrahmen, POM-C natur, 10 Stück
Teile 1 und 2 schwarz eloxiert.

Termin: spätestens am 10. Dezember bei uns in Ulm. Express ist ok.

LG Kathi""",
    lines=[("FK-100-011", [5], "AlSi10Mg"), ("FK-100-012", [5], "AlSi10Mg"), ("FK-100-020", [10], "POM-C")],
    due="2026-12-10",
    place="Ulm",
    finishes=("schwarz eloxiert",),
)

add(
    LATE_LETTERS,
    """RFQ-0092311

| Pos | PartNo     | Description     | Mat'l      | MOQ | Qty/yr |
|-----|------------|-----------------|------------|-----|--------|
| 010 | PGX-40-117 | Planet pin      | 100Cr6     | 500 | 18000  |
| 020 | PGX-40-118 | Planet carrier  | 42CrMo4+QT | 200 | 6000   |

Quote for MOQ and for a lot equal to 1/12 of the yearly quantity.
Incoterms FCA, first delivery April 12th 2027.
Heat treatment pin: through hardened 60+4 HRC""",
    lines=[("PGX-40-117", [500], "100Cr6"), ("PGX-40-118", [200], "42CrMo4+QT")],
    due="2027-04-12",
    incoterm="FCA",
    finishes=("through hardened",),
)

add(
    LATE_LETTERS,
    """Hola,

Pedido en firme nº 2026/0771

Ref. TRN-2201 tornillo sin fin, F-1140 templado por inducción, 10 uds a 64,30 €
Ref. TRN-2205 corona, CuSn12Ni2, 10 uds a 118,00 €
Plazo: 21 de diciembre de 2026
Entregar en: Talleres Ugarte, Pol. Ind. Akarregi, 20120 Hernani

Saludos""",
    lines=[("TRN-2201", [10], "F-1140"), ("TRN-2205", [10], "CuSn12Ni2")],
    due="2026-12-21",
    place="Hernani",
    price=64.3,
    kind="order",
    finishes=("templado por inducción",),
)

add(
    LATE_LETTERS,
    """Hello Wendy - spares for the bottling line:

 *  SP/114  star wheel, acetal white, x2
 *  SP/117  guide rail, UHMW, x4
 *  SP/121  shaft, 316, x2

Machine is a Krones so drawings attached are ours. 3.1 certs for the shaft please. Chilwell, wk 3.

Ta, Frank (mob 07700 900654)""",
    lines=[("SP/114", [2], "acetal"), ("SP/117", [4], "UHMW"), ("SP/121", [2], "316")],
    due="2027-01-22",
    place="Chilwell",
)

add(
    LATE_LETTERS,
    """各位好:
请报以下三款(模具件),单位:件
A. MJ-0911-01 滑块 P20 10
B. MJ-0911-02 镶件 SKD61 10 真空淬火 HRC48-52
C. MJ-0911-07 顶块 S136 20 抛光
交货地点:重庆
交货日期:2027-01-25
运费我方承担。""",
    lines=[("MJ-0911-01", [10], "P20"), ("MJ-0911-02", [10], "SKD61"), ("MJ-0911-07", [20], "S136")],
    due="2027-01-25",
    place="重庆",
    finishes=("真空淬火", "抛光"),
)

add(
    LATE_LETTERS,
    """From: Receiving / Planning
Re: blanket release

Against blanket 88-1140 please quote uplift for an additional 1,200 ea of 5511-0032-01 (retainer, A2-70 stainless bar, passivated) in 4 equal releases starting 2/15/27. Our dock: Grand Rapids MI.

Deb Vandenberg""",
    lines=[("5511-0032-01", [1200], "A2-70")],
    due="2027-02-15",
    place="Grand Rapids",
    finishes=("passivated",),
)

add(
    LATE_LETTERS,
    """Hallo,

Zeichnungen siehe Link. Kurzinfo:

ABC-100-1 - 1 St.
ABC-100-2 - 1 St.
ABC-100-3 - 2 St.
ABC-100-4 - 2 St. (gespiegelt zu -3)

Material für alle: Alu 5083 Platte, Oberflächen blank. Abholung durch Dachser am 14.01.2027 (FCA).

Danke, Jule""",
    lines=[
        ("ABC-100-1", [1], "5083"),
        ("ABC-100-2", [1], "5083"),
        ("ABC-100-3", [2], "5083"),
        ("ABC-100-4", [2], "5083"),
    ],
    due="2027-01-14",
    incoterm="FCA",
)

add(
    LATE_LETTERS,
    """Dear Mr Novak,

thank you for visiting us last Thursday. As agreed please send us your offer for the following turned parts, annual volumes in brackets:

- 4.110.0071 (80,000/yr)
- 4.110.0072 (80,000/yr)
- 4.110.0090 (25,000/yr)

Material for all three: 1.4305, bar stock ø12. Please base the price on call-offs of 5,000 pcs. DAP Villach, start of deliveries CW 14/2027.

Best regards
Birgit Moser""",
    lines=[("4.110.0071", [5000], "1.4305"), ("4.110.0072", [5000], "1.4305"), ("4.110.0090", [5000], "1.4305")],
    due="2027-04-09",
    incoterm="DAP",
    place="Villach",
)

add(
    LATE_LETTERS,
    """Bom dia,

Pedimos cotação:

Item  Código      Descrição          Material        Qtde
1     EXC-1140    Excêntrico         SAE 4340        8
2     BCH-1142    Bucha              Bronze TM23     8
3     CHV-1150    Chaveta 10x8x40    SAE 1045        16

Excêntrico: têmpera e revenimento 40-44 HRC.
Prazo de entrega: 25/01/2027 - Joinville/SC

Att.,
Compras""",
    lines=[("EXC-1140", [8], "SAE 4340"), ("BCH-1142", [8], "TM23"), ("CHV-1150", [16], "SAE 1045")],
    due="2027-01-25",
    place="Joinville",
    finishes=("têmpera",),
)

add(
    LATE_LETTERS,
    """Hi Sam,

sorry to be a pain, spec change on RB-8812 again: stay with 4140 HT (not 4340 like I said Tuesday), but bump it to 36 pieces. Cadmium is out - go with zinc-nickel instead. Everything else per the original RFQ, incl. 2/19/27 to Moline IL.

Ray""",
    lines=[("RB-8812", [36], "4140 HT")],
    due="2027-02-19",
    place="Moline",
    finishes=("zinc-nickel",),
)

add(
    LATE_LETTERS,
    """Hallo Herr Özdemir,

bitte um Preis für 1 Satz (= 4 Stück) Spannbacken SB-200-41 aus 16MnCr5, gehärtet und geschliffen, sowie alternativ 3 Sätze.

Liefertermin nach Absprache, gerne im Januar. Versand an: Kessler Präzision, Daimlerstr. 12, 78532 Tuttlingen.

Viele Grüße
Ronny""",
    lines=[("SB-200-41", [4, 12], "16MnCr5")],
    place="Tuttlingen",
    finishes=("gehärtet",),
)

add(
    LATE_LETTERS,
    """Request for Quotation

To:        Nightmill
Attn:      Sales
From:      Orla Byrne, Medtek Galway

Part number:        MT-20771 rev 4
Description:        Handle, reamer
Material:           17-4PH cond H900
Quantity:           250 / 500 / 1,000
Finish:             Electropolish, laser mark per drawing
Required date:      26-Feb-2027
Delivery:           DAP Galway
Certificates:       CoC, material 3.1
Validity:           90 days""",
    lines=[("MT-20771", [250, 500, 1000], "17-4PH")],
    due="2027-02-26",
    incoterm="DAP",
    place="Galway",
    finishes=("Electropolish",),
)

add(
    LATE_LETTERS,
    """Hej igen,

kan ni räkna på dessa också (utöver gårdagens):
- 200 st hylsa 77-1140-3, SS 2172, elförzinkad
- 200 st låsring 77-1141-1, fjäderstål SS 1774
Samma leveransdatum som de andra: 29 januari, Västerås.

Tack, Göran""",
    lines=[("77-1140-3", [200], "SS 2172"), ("77-1141-1", [200], "SS 1774")],
    due="2027-01-29",
    place="Västerås",
    finishes=("elförzinkad",),
)

add(
    LATE_LETTERS,
    """Dear Sir/Madam,

NOTICE OF ENQUIRY 26-0447/TR

You are invited to submit a quotation for the manufacture of one hundred and twenty (120) pins, drawing TR-8841 issue 5, in BS970 655M13, case hardened, and one hundred and twenty (120) bushes, drawing TR-8842 issue 3, in BS1400 PB2.

Delivery: to our Doncaster depot not later than 31 March 2027.
Quotations shall be received not later than 12:00 on 14 December 2026.

Head of Procurement""",
    lines=[("TR-8841", [120], "655M13"), ("TR-8842", [120], "PB2")],
    due="2027-03-31",
    place="Doncaster",
    finishes=("case hardened",),
)

add(
    LATE_LETTERS,
    """Guten Morgen,

Preisanfrage Ersatzteil Extruder:

Schneckenelement SE-40-60/60, rechts, HIP-Stahl 1.2380, 6 Stk
Knetblock KB-40-45/5/36, HIP-Stahl 1.2380, 4 Stk
Schneckenwelle SW-40-1200, W30 (1.2316 vergütet), 1 Stk

Benötigt bis 12.03.2027, Lieferung DAP Werk Marl.

MfG, i.A. Sabine Rüter""",
    lines=[("SE-40-60/60", [6], "1.2380"), ("KB-40-45/5/36", [4], "1.2380"), ("SW-40-1200", [1], "1.2316")],
    due="2027-03-12",
    incoterm="DAP",
    place="Marl",
)

add(
    LATE_LETTERS,
    """Team, customer PO is in so please convert quote 5512 to an order:
PN 44-2207 housing qty 30 @ $86.00, 44-2208 cover qty 30 @ $22.50, both 6061-T6 clear anodized. Dock date 1/8/2027 Plymouth, MN. PO 118840.
Thanks, Erin""",
    lines=[("44-2207", [30], "6061-T6"), ("44-2208", [30], "6061-T6")],
    due="2027-01-08",
    place="Plymouth",
    price=86.0,
    kind="order",
    finishes=("clear anodized",),
)

add(
    LATE_LETTERS,
    """Salve,

avrei bisogno di sapere quanto mi costano 4 ruote folli diam. 120 in C40 (disegno RF-120-B allegato) e relativi 4 perni (PF-121-A) in acciaio inox AISI 420 temprato. Ritiro io. Mi servirebbero per l'8 gennaio.

Grazie mille
Officina Zanetti""",
    lines=[("RF-120-B", [4], "C40"), ("PF-121-A", [4], "AISI 420")],
    due="2027-01-08",
    finishes=("temprato",),
)

add(
    LATE_LETTERS,
    """Project: GREEN H2 / Package 12 – machined internals
Vendor: as addressed

Tag      Part no.       Qty   Material                    Remark
V-101    GH-12-0001     2     SA-182 F316L                forged
V-102    GH-12-0004     4     SA-182 F316L                forged
V-103    GH-12-0009     8     Hastelloy C-276             -

All parts degreased for O2 service.
Ex-works date: 31.03.2027
Offer due: 11.12.2026 14:00 CET""",
    lines=[("GH-12-0001", [2], "F316L"), ("GH-12-0004", [4], "F316L"), ("GH-12-0009", [8], "Hastelloy C-276")],
    due="2027-03-31",
    incoterm="EXW",
)

add(
    LATE_LETTERS,
    """Hi, could you please update your price from last year (Q-25-0812, £3.12 ea at 5,000) for part BX-70-114 insert, brass CZ121? Volume now 7,500. We would like them in two drops, half end January and half end March. Warrington as usual.

Regards
Claire Hodge""",
    lines=[("BX-70-114", [7500], "CZ121")],
    due="2027-01-31",
    place="Warrington",
)

add(
    LATE_LETTERS,
    """Liebe Kollegen,

anbei STEP-Dateien:
0815-4711_Konsole_v3.step
0815-4712_Lasche_v1.step

Konsole 2x, Lasche 8x. S355MC 6 mm bzw. 4 mm. Verzinken lassen wir selbst.
Bitte Preis ab Werk, Abholung KW 3.

Danke und Grüße
Fabian""",
    lines=[("0815-4711", [2], "S355MC"), ("0815-4712", [8], "S355MC")],
    due="2027-01-22",
    incoterm="EXW",
)

add(
    LATE_LETTERS,
    """Bonjour Mme Faure,

Nous aurions besoin de votre meilleure offre pour la reconduction du marché 2027 :

Désignation / Référence / Matière / Quantité annuelle / Quantité par livraison
Bague AR / BG-2207-1 / 100C6 / 12 000 / 1 000
Bague AV / BG-2208-1 / 100C6 / 12 000 / 1 000

Début des livraisons : 1er avril 2027 à Cluses, port payé.

Cordialement,
A. Ducret""",
    lines=[("BG-2207-1", [1000], "100C6"), ("BG-2208-1", [1000], "100C6")],
    due="2027-04-01",
    place="Cluses",
)

add(
    LATE_LETTERS,
    """Hello,

Looking for a shop that can do 5 axis. Impeller, 6 blades, 180 mm dia, ti grade 5. Part no. is IMP-R4. Need one first and then likely 25 more after test. Test is in March, so first one by Feb 26, to Zaventem (BE).

Files under NDA only.

Mathieu
CTO""",
    lines=[("IMP-R4", [1, 25], "grade 5")],
    due="2027-02-26",
    place="Zaventem",
)

add(
    LATE_LETTERS,
    """Material request MR-2207 (shutdown)

No. / Description / Drg / Qty / Spec
1 / Key, gib head / M-1140 / 8 nos / EN8
2 / Coupling pin / M-1144 / 24 nos / EN19
3 / Sleeve, protection / M-1150 / 4 nos / SS410 hardened

Reqd at site: Jamshedpur, 5th January 2027. Transporter: TCI.

Sanjay Mahato, Sr. Engr (Mech)""",
    lines=[("M-1140", [8], "EN8"), ("M-1144", [24], "EN19"), ("M-1150", [4], "SS410")],
    due="2027-01-05",
    place="Jamshedpur",
    finishes=("hardened",),
)

add(
    LATE_LETTERS,
    """Dobrý deň,

prosím o cenovú ponuku na 30 ks hriadeľ HR-5510 (C45, indukčne kalený) a 30 ks puzdro PU-5511 (CuSn8). Potrebujeme do 29.1.2027 do Žiliny.

Ďakujem
Martin Kováč""",
    lines=[("HR-5510", [30], "C45"), ("PU-5511", [30], "CuSn8")],
    due="2027-01-29",
    place="Žiliny",
    finishes=("kalený",),
)

add(
    LATE_LETTERS,
    """Attn: Estimator

PLS QUOTE ASAP
CUST P/N 1-448-2207  SHAFT ASSY  SAME AS LAST YEAR BUT 174PH INSTEAD OF 416
QTY 40 AND 80
DELIVERY 6 WKS ARO TO YORK PA
TKS
HAL""",
    lines=[("1-448-2207", [40, 80], "174PH")],
    place="YORK",
)

add(
    LATE_LETTERS,
    """Sehr geehrte Damen und Herren,

nach Rücksprache mit unserer Konstruktion ändern sich folgende Positionen unserer Anfrage 9912:

Pos. 20: neue Zeichnung GT-2204-B (ersetzt GT-2204-A), Menge bleibt 75
Pos. 40: Menge 150 statt 100 (Zeichnung GT-2219-A)

Beide Positionen Werkstoff 1.4404. Alle übrigen Positionen bleiben unverändert. Termin weiterhin 05.03.2027, DAP Oelde.

Mit freundlichen Grüßen""",
    lines=[("GT-2204-B", [75], "1.4404"), ("GT-2219-A", [150], "1.4404")],
    due="2027-03-05",
    incoterm="DAP",
    place="Oelde",
)

add(
    LATE_LETTERS,
    """hey :) could u quote these pls

- gearbox_top_r2.stp -> 3 pcs
- gearbox_bottom_r2.stp -> 3 pcs
alu 6082, sandblasted + anodized natural
and 6x spacer_12mm.stp in brass

ship to Lausanne, need by 18.12. thx!!
Nina (EPFL Rocket Team)""",
    lines=[("gearbox_top", [3], "6082"), ("gearbox_bottom", [3], "6082"), ("spacer_12mm", [6], "brass")],
    due="2026-12-18",
    place="Lausanne",
    finishes=("sandblasted", "anodized natural"),
)

add(
    LATE_LETTERS,
    """Goedemorgen,

Wilt u aanbieden: as (tek. 88.1140, 1.4462, 2 stuks), lagerbus (tek. 88.1141, CuAl10Ni5Fe5, 4 stuks) en borgplaat (tek. 88.1147, 1.4404, 4 stuks)? Levering in week 2 aan onze werf in Harlingen.

Mvg,
Sietske""",
    lines=[("88.1140", [2], "1.4462"), ("88.1141", [4], "CuAl10Ni5Fe5"), ("88.1147", [4], "1.4404")],
    due="2027-01-15",
    place="Harlingen",
)

add(
    LATE_LETTERS,
    """Dear Supplier,

With ref. to our frame agreement, kindly confirm price & delivery for:

Code: 70014471 | Valve plug | UNS N07718 | 10 EA
Code: 70014475 | Seat ring  | UNS N07718 | 10 EA
Code: 70014480 | Gasket retainer | UNS S31803 | 20 EA

Hardfacing Stellite 6 on the plug.
Need date 22.02.2027, DAP Bergen base.

BR
Ingrid""",
    lines=[("70014471", [10], "UNS N07718"), ("70014475", [10], "UNS N07718"), ("70014480", [20], "UNS S31803")],
    due="2027-02-22",
    incoterm="DAP",
    place="Bergen",
)
