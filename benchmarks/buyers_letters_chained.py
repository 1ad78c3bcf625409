"""Chains with corrections, tables of purchasing systems, volumes of years and short notes; see ``buyers_letters``."""

from buyers_letters import Letter, add

CHAINED_LETTERS: list[Letter] = []


add(
    CHAINED_LETTERS,
    """Hallo Frau Aydin,

sorry, Zahlendreher von mir – es sind 85 Stück, nicht 58. Rest bleibt wie gehabt.

Schöne Grüße
Bernd Lohse
Lohse Sondermaschinen GmbH · Gewerbepark 7 · 04509 Delitzsch
T 034202 555-17 · M 0170 5550142

Am 24.11.2026 um 16:12 schrieb Bernd Lohse <b.lohse@lohse-sm.example>:
> Hallo Frau Aydin,
>
> können Sie mir bitte 58 Stück vom Mitnehmer LSM-40217 anbieten? Material 1.0503,
> Zähne induktiv gehärtet. Brauche ich zum 29.01.27 frei Haus Delitzsch.
>
> Danke!
> Bernd Lohse""",
    lines=[("LSM-40217", [85], "1.0503")],
    due="2027-01-29",
    place="Delitzsch",
    finishes=("induktiv gehärtet",),
)

add(
    CHAINED_LETTERS,
    """Good afternoon,

We are refreshing our cost base for 2027 and would like you to bid on the package below.

Part            Description            Material             EAU      Qty per release
HX-20-1147      Impeller, closed       A351 CF8M             1,200    100
HX-20-1152      Wear ring              Nitronic 60           2,400    200
HX-20-1160      Shaft sleeve           AISI 410, hardened    1,200    100

First release due at our dock in Tulsa, OK by April 16, 2027. DAP.

Bid closes December 11. Questions to me only, please - not to engineering.

Rachel Okafor | Category Lead, Machined Parts | Plainsman Pump Co.
O: (918) 555-0164 | rachel.okafor@plainsman.example""",
    lines=[
        ("HX-20-1147", [100], "A351 CF8M"),
        ("HX-20-1152", [200], "Nitronic 60"),
        ("HX-20-1160", [100], "AISI 410"),
    ],
    due="2027-04-16",
    incoterm="DAP",
    place="Tulsa",
    finishes=("hardened",),
)

add(
    CHAINED_LETTERS,
    """陈经理:

附件 ZJ-2208-03.stp 和 ZJ-2208-03.pdf 请核价。
304 不锈钢,阶梯报价:50 / 200 / 1000 件。
表面:电解抛光。
要货时间:明年1月20号之前,送苏州工业园区。
付款:月结60天

顺祝商祺
采购部 刘敏 138-0000-5521""",
    lines=[("ZJ-2208-03", [50, 200, 1000], "304")],
    due="2027-01-20",
    place="苏州",
    finishes=("电解抛光",),
)

add(
    CHAINED_LETTERS,
    """Buongiorno Sig. Ferri,

Le chiedo cortesemente un preventivo per:

- n. 30 flange, dis. 4471-C, AISI 304L
- n. 30 controflange, dis. 4472-A, stesso materiale
- n. 120 distanziali, dis. 4480 rev. 2, ottone OT58

Tolleranze generali UNI EN 22768-mK. Le flange vanno passivate.
Consegna entro fine gennaio (29/01) presso il ns. stabilimento di Sassuolo.

In attesa di cortese riscontro porgo cordiali saluti.

Ing. Marta Bellini
Uff. Acquisti - Ceramec Impianti S.r.l.
Via Radici in Piano 122 - 41049 Sassuolo (MO)
P.IVA 01234567890 - Tel. 0536 555 118""",
    lines=[("4471-C", [30], "AISI 304L"), ("4472-A", [30], "AISI 304L"), ("4480", [120], "OT58")],
    due="2027-01-29",
    place="Sassuolo",
    finishes=("passivate",),
    tolerances=("22768-mK",),
)

add(
    CHAINED_LETTERS,
    """Bonjour,

Suite à notre échange de ce matin, voici ce dont nous avons besoin :

Réf. 77-B-1093 (chape) : 15 pièces puis 60 pièces
Réf. 77-B-1094 (axe de chape) : mêmes quantités

Chape en EN AW-7075 T651, anodisation sulfurique 15 µm ; axe en 42CD4 traité, 32-36 HRC.
Pour le 12 mars 2027, rendu Toulouse (DAP).

Cordialement,
Élodie Pradel
06 55 55 01 27""",
    lines=[("77-B-1093", [15, 60], "EN AW-7075 T651"), ("77-B-1094", [15, 60], "42CD4")],
    due="2027-03-12",
    incoterm="DAP",
    place="Toulouse",
    finishes=("anodisation",),
)

add(
    CHAINED_LETTERS,
    """Dzień dobry,

proszę o wycenę elementów jak niżej:

Lp.  Nr rysunku      Nazwa            Materiał     Ilość [szt.]
1    MK.12.04.001    Korpus           S355J2       4
2    MK.12.04.007    Tuleja           C45          16
3    MK.12.04.011    Sworzeń          40HM         16

Sworzeń hartowany i odpuszczany. Reszta czernienie.
Termin realizacji: 22.01.2027 r.
Dostawa: Rzeszów

Z poważaniem
Anna Wilk
Dział Zakupów
tel. 17 555 01 33""",
    lines=[("MK.12.04.001", [4], "S355J2"), ("MK.12.04.007", [16], "C45"), ("MK.12.04.011", [16], "40HM")],
    due="2027-01-22",
    place="Rzeszów",
    finishes=("hartowany", "czernienie"),
)

add(
    CHAINED_LETTERS,
    """<html><body style="font-family:Calibri">
<p>Hi Marcus,</p>
<p>as discussed, pls quote the below. Drawings are in the shared folder.</p>
<table border="1">
<tr><th>#</th><th>PN</th><th>Rev</th><th>Desc</th><th>Matl</th><th>Qty A</th><th>Qty B</th><th>Finish</th></tr>
<tr><td>1</td><td>0400-11872</td><td>03</td><td>PLATE, HEATER</td><td>6061-T6</td><td>8</td><td>24</td><td>Clear anodize</td></tr>
<tr><td>2</td><td>0400-11873</td><td>01</td><td>CLAMP RING</td><td>SS 316L</td><td>8</td><td>24</td><td>Electropolish</td></tr>
<tr><td>3</td><td>0400-11890</td><td>02</td><td>LIFT PIN</td><td>Al2O3 99.5%</td><td>24</td><td>72</td><td>-</td></tr>
</table>
<p>Need by <b>Feb 19</b> in Fremont. Quote back by EOD Monday.</p>
<p>--<br>Priya Raman<br>Supply Chain | Corvid Semi<br>+1 (510) 555-0122</p>
<p style="font-size:8px">CONFIDENTIAL: This message may contain export-controlled data (EAR99).</p>
</body></html>""",
    lines=[
        ("0400-11872", [8, 24], "6061-T6"),
        ("0400-11873", [8, 24], "SS 316L"),
        ("0400-11890", [24, 72], "Al2O3"),
    ],
    due="2027-02-19",
    place="Fremont",
    finishes=("Clear anodize", "Electropolish"),
    html=True,
)

add(
    CHAINED_LETTERS,
    """Servus,

i bräucht vom Haltewinkel (Zng. 2024-118-07) nochmal a Angebot: 250 Stk., diesmal in V4A statt in V2A. Termin KW 6/2027. Selbstabholung.

Pfiat di
Sepp""",
    lines=[("2024-118-07", [250], "V4A")],
    due="2027-02-12",
)

add(
    CHAINED_LETTERS,
    """-----Original Message-----
From: tenders@northsea-sub.example
Sent: Wednesday, 25 November 2026 08:14
To: estimating@yourshop.example
Subject: ITQ 26/0917 - Subsea hotstab receptacles

Please submit your lowest price for the undernoted:

Item 01: Receptacle body, drg NS-17-30221 sht 1 rev D, material UNS S32750 (super duplex) to NORSOK MDS D57 - Qty: 6 off
Item 02: Poppet, drg NS-17-30224 rev B, material Inconel 718 to API 6ACRA - Qty: 12 off
Item 03: Retaining nut, drg NS-17-30226 rev B, material as item 01 - Qty: 6 off

Delivery: DDP Aberdeen AB12 3LH, w/c 15 March 2027
Certification: EN 10204 3.2
Tender closes 12:00 GMT 9 December 2026.

Tender ref must be quoted on all correspondence. The company doesn't bind itself to accept the lowest offer.""",
    lines=[
        ("NS-17-30221", [6], "UNS S32750"),
        ("NS-17-30224", [12], "Inconel 718"),
        ("NS-17-30226", [6], "UNS S32750"),
    ],
    due="2027-03-15",
    incoterm="DDP",
    place="Aberdeen",
)

add(
    CHAINED_LETTERS,
    """Hallo zusammen,

für den Serienanlauf suchen wir einen Zweitlieferanten für den Ventilblock 8.114.220.05.

Jahresbedarfe:
2027: 4.000 Stück
2028: 9.500 Stück
2029: 9.500 Stück

Werkstoff EN AW-6082 T6, hartanodisiert (HART-COAT 25 µm), Allgemeintoleranz ISO 2768-fH. Losgröße 500.
Erstmuster bis 30.04.2027, Lieferung DAP Kornwestheim.

Bitte Werkzeugkosten getrennt ausweisen.

Freundliche Grüße
Jan-Ole Petersen""",
    lines=[("8.114.220.05", [4000, 9500, 9500], "EN AW-6082 T6")],
    due="2027-04-30",
    incoterm="DAP",
    place="Kornwestheim",
    finishes=("hartanodisiert",),
    tolerances=("ISO 2768-fH",),
)

add(
    CHAINED_LETTERS,
    """Hi,

2027: 5,000 / 2028: 12,000 of GBX-4410-02 please, price for each year. 8620 steel, carburized and ground. FOB your dock.

Thx, Lou""",
    lines=[("GBX-4410-02", [5000, 12000], "8620")],
    incoterm="FOB",
    finishes=("carburized",),
)

add(
    CHAINED_LETTERS,
    """Bestellung 4500718822

Sehr geehrte Damen und Herren,
auf Basis Ihres Angebots AN-26-1188 vom 16.11.2026 bestellen wir:

Pos  Artikel           Menge   ME   Preis/ME   Termin
10   71.2204-B         400     ST   6,85 EUR   18.01.2027
     Kupplungsnabe, C45+N, brüniert
20   71.2210-A         400     ST   3,10 EUR   18.01.2027
     Spannring, 11SMnPb30, brüniert

Lieferung: DAP Schweinfurt, Tor 3
Zahlung: 30 Tage netto

Dieses Schreiben wurde maschinell erstellt und ist ohne Unterschrift gültig.""",
    lines=[("71.2204-B", [400], "C45+N"), ("71.2210-A", [400], "11SMnPb30")],
    due="2027-01-18",
    incoterm="DAP",
    place="Schweinfurt",
    finishes=("brüniert", "brüniert"),
    price=6.85,
    kind="order",
)

add(
    CHAINED_LETTERS,
    """Ciao Davide,

ti giro la richiesta del cliente, rispondimi entro giovedì.

Grazie, Ale

---------- Messaggio inoltrato ----------
Da: purchasing@hydra-line.example
Data: mer 25 nov 2026 alle 11:02
Oggetto: RdO 2026/1140
A: commerciale@tornitura.example

Buongiorno,
Vi preghiamo di quotare il particolare HL-5530-11 "stelo pistone" in 42CrMo4 bonificato, cromato 25 micron, nelle seguenti quantità:
 - 20 pz
 - 50 pz
 - 100 pz
Resa: franco Reggio Emilia, consegna 26/02/2027.
Cordialmente
Ufficio Acquisti""",
    lines=[("HL-5530-11", [20, 50, 100], "42CrMo4")],
    due="2027-02-26",
    place="Reggio Emilia",
    finishes=("cromato",),
)

add(
    CHAINED_LETTERS,
    """Mike -

Need 16 ea of the 3" spool (dwg SP-3-0117, sht 2) in 4130, 22 HRC max per NACE, and 16 ea of the matching nut SP-3-0118 same matl. QPQ on the nuts only.

Gotta have 'em in Odessa before Christmas - 12/22 at the very latest. What's it gonna cost me to expedite?

Buck
Sent from my iPhone""",
    lines=[("SP-3-0117", [16], "4130"), ("SP-3-0118", [16], "4130")],
    due="2026-12-22",
    place="Odessa",
    finishes=("QPQ",),
)

add(
    CHAINED_LETTERS,
    """Betreff: AW: AW: Anfrage Lagerbock

Guten Tag Herr Noll,

danke für die Rückmeldung. Ja, Sie können GGG40 statt GG25 nehmen. Und bitte auch gleich 30 Stück mit anbieten.

Mit freundlichem Gruß
Svenja Harms

Von: Noll, Peter
Gesendet: Mittwoch, 25. November 2026 10:20
An: Harms, Svenja
Betreff: AW: Anfrage Lagerbock

Hallo Frau Harms,
GG25 ist im Moment schwer zu bekommen, ginge auch GGG40?
Gruß Noll

Von: Harms, Svenja
Gesendet: Dienstag, 24. November 2026 14:55
An: Noll, Peter
Betreff: Anfrage Lagerbock

Sehr geehrter Herr Noll,
bitte bieten Sie uns 10 Stück Lagerbock, Zeichnung WA-3310-2, Material GG25, an.
Termin: 05.02.2027, Lieferung nach Leer (Ostfriesland).
Mit freundlichem Gruß
Svenja Harms""",
    lines=[("WA-3310-2", [10, 30], "GGG40")],
    due="2027-02-05",
    place="Leer",
)

add(
    CHAINED_LETTERS,
    """RFQ-77120 | Line 1 of 2
Item: 5962-114
Item description: HOUSING,SENSOR
Quantity break 1: 25
Quantity break 2: 100
Quantity break 3: 500
Material: CDA 360 brass
Plating: electroless nickel 0.0003"
Promised date required: 2027-03-01
RFQ-77120 | Line 2 of 2
Item: 5962-115
Item description: CAP,SENSOR
Quantity break 1: 25
Quantity break 2: 100
Quantity break 3: 500
Material: CDA 360 brass
Plating: electroless nickel 0.0003"
Promised date required: 2027-03-01
Ship-to: Erie, PA 16509
FOB: Origin
Buyer code: 31
This is an automatically generated message. Do not reply.""",
    lines=[("5962-114", [25, 100, 500], "CDA 360"), ("5962-115", [25, 100, 500], "CDA 360")],
    due="2027-03-01",
    incoterm="FOB",
    place="Erie",
    finishes=("electroless nickel", "electroless nickel"),
)

add(
    CHAINED_LETTERS,
    """Estimados,

Necesitamos cotización de lo siguiente:

4 uds. eje principal plano EP-1820 en F-125 (42CrMo4) templado y revenido
8 uds. casquillo plano CQ-1821 en bronce SAE 65

Fecha de entrega: 15 de febrero de 2027. Portes pagados a Zaragoza.

Un saludo,
Iñaki Lasa
Compras
Tfno. 976 555 041 ext. 12""",
    lines=[("EP-1820", [4], "42CrMo4"), ("CQ-1821", [8], "SAE 65")],
    due="2027-02-15",
    place="Zaragoza",
    finishes=("templado",),
)

add(
    CHAINED_LETTERS,
    """Dear Ms. Tan,

We refer to your company profile received at the Stuttgart fair. Kindly offer:

  a) 2,000 nos. Valve Guide, our Part No. VG/9/0042, Phosphor Bronze PB1
  b) 2,000 nos. Valve Seat Insert, our Part No. VS/9/0043, Stellite 6

CIF Nhava Sheva, shipment latest 28-Feb-2027.
Please also let us have your price for 5,000 nos. each.

Thanking you and assuring you of our best attention at all times,
For Bharat Valve Works Pvt. Ltd.
R. Krishnamurthy
GM (Materials)
Plot No. 44, GIDC Estate, Rajkot 360003
GSTIN 24ABCDE1234F1Z5""",
    lines=[("VG/9/0042", [2000, 5000], "PB1"), ("VS/9/0043", [2000, 5000], "Stellite 6")],
    due="2027-02-28",
    incoterm="CIF",
    place="Nhava Sheva",
)

add(
    CHAINED_LETTERS,
    """Morning Jo

Usual bits please:
6171-A x 40
6171-B x 40
6180 x 10
All 303, deburred. Friday 8th Jan would be great.

Cheers, Phil""",
    lines=[("6171-A", [40], "303"), ("6171-B", [40], "303"), ("6180", [10], "303")],
    due="2027-01-08",
    finishes=("deburred",),
)

add(
    CHAINED_LETTERS,
    """Vážení,

prosíme o cenovou nabídku na díly:
1) Hřídel č.v. HR-2207-1, mat. 14 220.3, 25 ks
2) Pouzdro č.v. PZ-2210-1, mat. CuSn12, 50 ks
Hřídel cementovat a kalit.
Termín dodání: do 19. února 2027, místo: Plzeň.

S pozdravem
Ing. Tomáš Beran
nákup, tel.: +420 377 555 018""",
    lines=[("HR-2207-1", [25], "14 220.3"), ("PZ-2210-1", [50], "CuSn12")],
    due="2027-02-19",
    place="Plzeň",
    finishes=("cementovat", "kalit"),
)

add(
    CHAINED_LETTERS,
    """Hello there

New project, so no volumes promised yet. We'd like indicative pricing on FRM-880-TOP and FRM-880-BTM at 1, 10 and 100 sets (a set = one of each). Cast tooling plate (MIC 6 or similar), no finish.

When could you do the first set? We'd like it mid January if possible, say the 15th.

Delivery's to us at Bicester, but I can come and get it.

All the best
Gwen Parry""",
    lines=[("FRM-880-TOP", [1, 10, 100], "MIC 6"), ("FRM-880-BTM", [1, 10, 100], "MIC 6")],
    due="2027-01-15",
    place="Bicester",
)

add(
    CHAINED_LETTERS,
    """您好!

现有以下零件需要加工,请尽快报价:
名称\t图号\t材质\t数量\t表面处理
支架\tTX-1101-A\tAL6061\t120\t喷砂黑色氧化
底板\tTX-1102-B\tQ235B\t60\t镀锌
导柱\tTX-1105-A\tGCr15\t240\t淬火

要求含税含运费到昆山,12月28日交货。
未注公差按 GB/T 1804-m。

祝好
吴工 0512-5555 0118""",
    lines=[("TX-1101-A", [120], "AL6061"), ("TX-1102-B", [60], "Q235B"), ("TX-1105-A", [240], "GCr15")],
    due="2026-12-28",
    place="昆山",
    finishes=("喷砂", "黑色氧化", "镀锌", "淬火"),
    tolerances=("GB/T 1804-m",),
)

add(
    CHAINED_LETTERS,
    """Hej,

Bifogar ritning 552-1187-04 (Nav) och 552-1188-02 (Lock). Önskar pris på 20 st vardera samt på 75 st vardera.
Material: SS-EN 1.4418 för naven, S355 för locken som även ska varmförzinkas.
Leverans till Örnsköldsvik v. 8 2027, fritt levererat.

Hälsningar
Annika Sjöstedt
Inköp""",
    lines=[("552-1187-04", [20, 75], "1.4418"), ("552-1188-02", [20, 75], "S355")],
    due="2027-02-26",
    place="Örnsköldsvik",
    finishes=("varmförzinkas",),
)

add(
    CHAINED_LETTERS,
    """Hi Karen,

Scratch the request I sent yesterday for the 0.500 wide version. Replacement below.

P/N: TB-2250-075 (0.750 wide)
Qty: 300
Mat: 17-4 PH cond. H900
Passivate per ASTM A967
Deliver to: Wichita KS, 1 Feb 2027

Original request was TB-2250-050, 500 pcs - ignore it.

Dale""",
    lines=[("TB-2250-075", [300], "17-4 PH")],
    due="2027-02-01",
    place="Wichita",
    finishes=("Passivate",),
)

add(
    CHAINED_LETTERS,
    """Hallo,

anbei 3 Zeichnungen:

Z-40118_Welle.pdf      5 Stk
Z-40119_Nabe.pdf       5 Stk
Z-40122_Deckel.pdf    10 Stk

Welle und Nabe aus 34CrNiMo6 QT, Deckel aus S235JR lackiert RAL 7016.

Wir benötigen die Teile in der zweiten Februarwoche (12.2.). Versand an unsere Montage in Radolfzell.

VG
Timo""",
    lines=[("Z-40118", [5], "34CrNiMo6"), ("Z-40119", [5], "34CrNiMo6"), ("Z-40122", [10], "S235JR")],
    due="2027-02-12",
    place="Radolfzell",
    finishes=("lackiert",),
)

add(
    CHAINED_LETTERS,
    """Goedemiddag,

Graag jullie beste prijs en levertijd voor:

12x 210-4471-01 Lagerhuis, GGG-50
24x 210-4472-01 Deksel, RVS 316
24x 210-4475-00 As, 1.4057, hardverchroomd

Levering: uiterlijk 5 maart, DAP Hengelo.
Alg. toleranties ISO 2768-mK.

Met vriendelijke groet,
Wouter Nijhuis | Inkoper | 074-5550133 | KvK 06012345""",
    lines=[("210-4471-01", [12], "GGG-50"), ("210-4472-01", [24], "RVS 316"), ("210-4475-00", [24], "1.4057")],
    due="2027-03-05",
    incoterm="DAP",
    place="Hengelo",
    finishes=("hardverchroomd",),
    tolerances=("ISO 2768-mK",),
)

add(
    CHAINED_LETTERS,
    """Please quote:

1 off proto + 50 off + 250 off
Drg. 18-4402 Iss. 3
Manifold - L168 (2014A T6511)
Anodise to Def Stan 03-25, natural
Req'd date: proto 18/12/26, rest to be advised
DAP Yeovil

Mrs. J. Tapp, Purchasing Dept. Ext 4471""",
    lines=[("18-4402", [1, 50, 250], "L168")],
    due="2026-12-18",
    incoterm="DAP",
    place="Yeovil",
    finishes=("Anodise",),
)

add(
    CHAINED_LETTERS,
    """Bonjour Monsieur Delmas,

Nous vous passons commande ferme des articles suivants selon votre devis n° 26-0881 :

| Ligne | Article   | Désignation     | Qté | PU HT   |
| 10    | M-20440/2 | Mors fixe       | 8   | 118,50 € |
| 20    | M-20441/1 | Mors mobile     | 8   | 124,00 € |

Matière Z160CDV12, trempé 60 HRC. Date de livraison impérative : 08/01/2027.
Adresse de livraison : Atelier 3, ZI Nord, 25000 Besançon

Service Achats
Tél : 03 81 55 01 44 – SIRET 123 456 789 00012""",
    lines=[("M-20440/2", [8], "Z160CDV12"), ("M-20441/1", [8], "Z160CDV12")],
    due="2027-01-08",
    place="Besançon",
    finishes=("trempé",),
    price=118.5,
    kind="order",
)

add(
    CHAINED_LETTERS,
    """Hi team,

Following up on RFQ sent on 11/18 (no reply yet!). Resending:

Part#: 88-70412 Rev F
Desc: Yoke, steering
Mat'l: 4340 per AMS 6415
H/T: 180-200 ksi
Plate: cad per AMS-QQ-P-416 Ty II Cl 2
Qty's: 15/30/60
Req. delivery: 14 wks ARO
Ship to: Savannah, GA

Regards,
Tess""",
    lines=[("88-70412", [15, 30, 60], "4340")],
    place="Savannah",
    finishes=("cad",),
)

add(
    CHAINED_LETTERS,
    """Sehr geehrter Herr Zoller

Wir bitten um Offerte für untenstehende Positionen (CHF, exkl. MWST):

Art.-Nr. 1004.7781   Flanschdeckel   Anticorodal-110   à 6 / 12 / 24 Stk.
Art.-Nr. 1004.7790   Gewindebuchse   CuAl10Ni          à 6 / 12 / 24 Stk.

Flanschdeckel farblos eloxiert.
Lieferung franko Domizil Rapperswil bis spätestens Freitag, 15. Januar.

Freundliche Grüsse
Reto Ammann
Direkt 055 555 01 17""",
    lines=[("1004.7781", [6, 12, 24], "Anticorodal-110"), ("1004.7790", [6, 12, 24], "CuAl10Ni")],
    due="2027-01-15",
    place="Rapperswil",
    finishes=("eloxiert",),
)

add(
    CHAINED_LETTERS,
    """Hi

Our drawing C-11874 sheet 3 calls up EN1A leaded. Can you price qty 1000 and 2500, zinc & clear passivate, delivered Dudley for end of Feb? Target is £1.15 at the 1000.

Thanks
Raj""",
    lines=[("C-11874", [1000, 2500], "EN1A")],
    due="2027-02-28",
    place="Dudley",
    finishes=("zinc",),
    price=1.15,
)

add(
    CHAINED_LETTERS,
    """お世話になっております。
下記部品のお見積りをお願いいたします。

図番:KTS-0918-2
品名:ブラケット
材質:SUS304
数量:30個、100個
処理:バフ研磨
納期:2027年2月5日
納入先:浜松工場

よろしくお願いいたします。
購買課 田中""",
    lines=[("KTS-0918-2", [30, 100], "SUS304")],
    due="2027-02-05",
    place="浜松",
)

add(
    CHAINED_LETTERS,
    """Hallo Herr Schuster,

zu unserer Anfrage vom Montag (4 Positionen) noch folgende Änderungen:

Position 2 entfällt.
Position 3: Menge jetzt 60 statt 40.

Zur Übersicht noch einmal komplett:
Pos. 1  HBX-1001  20 St.  1.4571
Pos. 3  HBX-1003  60 St.  1.4571
Pos. 4  HBX-1004  20 St.  PTFE + 25 % Kohle

Termin unverändert 29.01.2027, FCA Bad Mergentheim.

Viele Grüße
Conny Rapp""",
    lines=[("HBX-1001", [20], "1.4571"), ("HBX-1003", [60], "1.4571"), ("HBX-1004", [20], "PTFE")],
    due="2027-01-29",
    incoterm="FCA",
    place="Bad Mergentheim",
)

add(
    CHAINED_LETTERS,
    """Good day

Kindly quote urgently on the following breakdown items:

1x Pinion shaft, 17T mod 10, drawing MRX/2207/A, EN36A case hardened
2x Bearing sleeve, drawing MRX/2209/B, bronze LG4 (PB2 acceptable as alternative)

Mine shutdown starts 14 Jan so parts must be on site (Rustenburg) by 11 January.

Thabo Mokoena
Buyer: Engineering Spares
Cell 082 555 0119
VAT 4123456789""",
    lines=[("MRX/2207/A", [1], "EN36A"), ("MRX/2209/B", [2], "LG4")],
    due="2027-01-11",
    place="Rustenburg",
    finishes=("case hardened",),
)

add(
    CHAINED_LETTERS,
    """Hi Ben - quick one. 5 of the 22-118 clevis, 5 of the 22-119 pin. Clevis 6AL4V, pin custom 455. Feb 12 Seattle. No finish. J""",
    lines=[("22-118", [5], "6AL4V"), ("22-119", [5], "custom 455")],
    due="2027-02-12",
    place="Seattle",
)

add(
    CHAINED_LETTERS,
    """Prezado fornecedor,

Favor cotar conforme abaixo:

Código: 0044.1187-9
Descrição: EIXO ENTALHADO
Material: SAE 8620
Tratamento: cementado e temperado 58-62 HRC
Quantidade: 150 peças/lote, 3 lotes
Prazo de entrega do primeiro lote: 22/02/2027
Local de entrega: Caxias do Sul - RS (CIF)

Atenciosamente,
Depto. de Suprimentos
CNPJ 12.345.678/0001-90""",
    lines=[("0044.1187-9", [150], "SAE 8620")],
    due="2027-02-22",
    incoterm="CIF",
    place="Caxias do Sul",
    finishes=("cementado", "temperado"),
)

add(
    CHAINED_LETTERS,
    """<div>Guten Tag,</div><div><br></div><div>wir fragen an:</div>
<table><tbody>
<tr><td>Sachnummer</td><td>A 205 351 22 08</td></tr>
<tr><td>Benennung</td><td>Anschlussflansch</td></tr>
<tr><td>Werkstoff</td><td>AlSi10Mg (Wrought, DMLS)</td></tr>
<tr><td>Stückzahl</td><td>12</td></tr>
<tr><td>Wunschtermin</td><td>18.12.2026</td></tr>
<tr><td>Lieferort</td><td>Sindelfingen</td></tr>
<tr><td>Allg. Toleranz</td><td>ISO 2768-mK</td></tr>
</tbody></table>
<div>Mit freundlichen Grüßen<br>Prototypeneinkauf</div>""",
    lines=[("A 205 351 22 08", [12], "AlSi10Mg")],
    due="2026-12-18",
    place="Sindelfingen",
    tolerances=("ISO 2768-mK",),
    html=True,
)

add(
    CHAINED_LETTERS,
    """Hey guys,

still waiting on the quote for the adapter plates... Just to recap: AP-19 (qty 4), AP-21 (qty 4), AP-22 (qty 2), all from 1/2" 5083, hole pattern per the DXFs. The customer moved the install to 2/26 so I need these in Duluth by 2/22 now, not 2/8.

Appreciate it,
Kirsten""",
    lines=[("AP-19", [4], "5083"), ("AP-21", [4], "5083"), ("AP-22", [2], "5083")],
    due="2027-02-22",
    place="Duluth",
)

add(
    CHAINED_LETTERS,
    """Anfrage Drehteile

Wir benötigen als Rahmenauftrag über 12 Monate insgesamt 24.000 Stück Hülse 9-0417-33, Abruf 2.000 Stück/Monat, Automatenstahl 11SMn30, galvanisch verzinkt (Cr6-frei, 8 µm). Start März 2027, erster Abruf zum 01.03.2027, DDP Ljubljana.
Zielpreis: 0,48 €/Stück.

Mit besten Grüßen
Darja Kranjc""",
    lines=[("9-0417-33", [24000], "11SMn30")],
    due="2027-03-01",
    incoterm="DDP",
    place="Ljubljana",
    finishes=("verzinkt",),
    price=0.48,
)

add(
    CHAINED_LETTERS,
    """Hello Supplier,

Pls see attached "QH-55081-REV-C DRIVE COUPLING.pdf" & "QH-55083-REV-A HUB.pdf".
Coupling: 40pcs, C45, black oxide. Hub: 80pcs, C45, black oxide.
Incoterms 2020: FCA Ningbo. ETD by 31st Jan.
Target USD 23.80/pc for coupling.

Tks & Brgds,
Vivian""",
    lines=[("QH-55081", [40], "C45"), ("QH-55083", [80], "C45")],
    due="2027-01-31",
    incoterm="FCA",
    place="Ningbo",
    finishes=("black oxide", "black oxide"),
    price=23.8,
)
