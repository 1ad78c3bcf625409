"""Requests as invitations, forms and corrections, with kits, call-offs and events; see ``buyers_letters``."""

from buyers_letters import Letter, add

FORMAL_LETTERS: list[Letter] = []


add(
    FORMAL_LETTERS,
    """Dear Supplier,

Redwood Packaging Inc. hereby invites you to submit a quotation for the items described below.

1. SCOPE
The following machined components, manufactured in accordance with the attached drawings:
   (a) Drive sprocket, drawing RW-3320-4 Rev 2, material 4140 HT, quantity 16
   (b) Idler sprocket, drawing RW-3320-5 Rev 2, material 4140 HT, quantity 16
   (c) Wear strip, drawing RW-3391-1 Rev 0, material UHMW, quantity 64

2. DELIVERY
All goods shall be delivered DDP to our facility at 88 Mill Road, Appleton, WI 54911 on or before February 19, 2027.

3. QUOTATION
Quotations must be received no later than 5:00 PM on December 11, 2026 and remain valid for sixty (60) days.

4. PAYMENT
Net 45 days.

Yours faithfully,
Carl Redmond, Purchasing Manager""",
    lines=[("RW-3320-4", [16], "4140 HT"), ("RW-3320-5", [16], "4140 HT"), ("RW-3391-1", [64], "UHMW")],
    due="2027-02-19",
    incoterm="DDP",
    place="Appleton",
)

add(
    FORMAL_LETTERS,
    """Hallo Herr Kunze,

wie eben besprochen:

KW-4401-02	Kolben	1.4571	24	geschliffen
KW-4402-01	Zylinderrohr	E355+SR	24	gehont
KW-4407-00	Führungsbuchse	CuSn12-C	48

Alles bis Ende Februar, Lieferung an unser Werk in Döbeln. Hartverchromt nur der Kolben.

Gruß
Schubert""",
    lines=[("KW-4401-02", [24], "1.4571"), ("KW-4402-01", [24], "E355+SR"), ("KW-4407-00", [48], "CuSn12-C")],
    due="2027-02-28",
    place="Döbeln",
    finishes=("Hartverchromt",),
)

add(
    FORMAL_LETTERS,
    """Ciao Paolo,

mi servirebbero 3 preventivi:
A) albero dis. 2026-118 in 39NiCrMo3 bonificato, pz 8
B) boccola dis. 2026-119 in bronzo B14 (CuSn12), pz 16
C) flangia dis. 2026-121 in Fe510 zincata, pz 8

consegna metà gennaio, il trasporto lo organizziamo noi (EXW).
se riesci rispondimi entro venerdì

grazie mille
Stefano - 335 1234567""",
    lines=[("2026-118", [8], "39NiCrMo3"), ("2026-119", [16], "CuSn12"), ("2026-121", [8], "Fe510")],
    due="2027-01-15",
    incoterm="EXW",
    finishes=("zincata",),
)

add(
    FORMAL_LETTERS,
    """Re: Re: Quote Q-11872 - adapter plates

Hi Sandra, thanks for the quote. One change: customer now wants rev D (hole pattern moved) and they cut the qty to 60. Please requote. Everything else as before.

Jo

On 20 Nov 2026, at 11:20, Sandra Miles wrote:
> Hi Jo, quote attached: 100 off AP-6610 rev C, 6082-T6, clear anodised, 21.40 each, delivery 22 Jan 2027 DAP Leeds.
> Sandra
""",
    lines=[("AP-6610", [60], "6082-T6")],
    due="2027-01-22",
    incoterm="DAP",
    place="Leeds",
    finishes=("clear anodised",),
    price=21.4,
)

add(
    FORMAL_LETTERS,
    """Bonjour,

Suite à notre échange téléphonique, merci de nous faire parvenir votre meilleure offre pour la fourniture de 12 axes de broyeur (réf. plan BRY-0087-3, acier 35NCD16 traité 1100-1250 MPa) et 24 bagues (réf. plan BRY-0088-1, bronze UE12P).

Délai : impératif avant le 10 février 2027.
Adresse de livraison : Carrières du Midi, ZI Nord, 11100 Narbonne
Transport à votre charge.

Bien à vous,
Service achats""",
    lines=[("BRY-0087-3", [12], "35NCD16"), ("BRY-0088-1", [24], "UE12P")],
    due="2027-02-10",
    place="Narbonne",
)

add(
    FORMAL_LETTERS,
    """Subject: urgent - broken coupling half

Our line is down!! We need ONE coupling half like the attached sketch (bore 45 H7, keyway DIN 6885) in C45. Have no drawing no. Can you do it till Monday? We come and fetch it.

Jörg, Bäckerei-Technik Lutz, 0171 5556677""",
    lines=[],
    due="2026-11-30",
    tolerances=("45 H7",),
)

add(
    FORMAL_LETTERS,
    """Szanowni Państwo,

zapytanie ofertowe nr 2026/ZO/0991

Lp. | Nazwa | Nr rysunku | Materiał | Ilość [szt.]
1 | Wałek zębaty | WZ-22-104 | 18HGT | 40
2 | Koło zębate | KZ-22-105 | 18HGT | 40
3 | Pokrywa | PK-22-110 | EN AW-5754 | 20

Nawęglanie i hartowanie poz. 1 i 2.
Dostawa do magazynu w Gliwicach najpóźniej 26 lutego 2027 r.
Oferty prosimy składać do 4 grudnia 2026 r.

Z poważaniem
Dział Zakupów""",
    lines=[("WZ-22-104", [40], "18HGT"), ("KZ-22-105", [40], "18HGT"), ("PK-22-110", [20], "EN AW-5754")],
    due="2027-02-26",
    place="Gliwicach",
    finishes=("Nawęglanie", "hartowanie"),
)

add(
    FORMAL_LETTERS,
    """Hi Tony

RFQ as below pls:

Part: 9-2210-77 (replaces 9-2210-71)
Descr: seat retainer
Mat: Monel K500
Qty: 4
Need: 8 Jan 27
Ship to Aberdeen AB12 3LE

also please advise price for a one off of the mating body 9-2210-80, same material.

Regards, Graeme""",
    lines=[("9-2210-77", [4], "Monel K500"), ("9-2210-80", [1], "Monel K500")],
    due="2027-01-08",
    place="Aberdeen",
)

add(
    FORMAL_LETTERS,
    """敬启者:

我司现需采购下列零件,请贵司于12月3日前报价。

序号,图号,名称,材质,数量,单位
1,HC-9010-1,活塞杆,45#钢调质,80,件
2,HC-9010-2,缸盖,QT450-10,80,件
3,HC-9010-5,导向套,ZCuSn10Pb1,160,件

活塞杆表面镀硬铬0.05mm。
交货期:2027年2月25日,交货地点:常州。

采购部 刘敏""",
    lines=[("HC-9010-1", [80], "45#钢"), ("HC-9010-2", [80], "QT450-10"), ("HC-9010-5", [160], "ZCuSn10Pb1")],
    due="2027-02-25",
    place="常州",
    finishes=("镀硬铬",),
)

add(
    FORMAL_LETTERS,
    """Good afternoon,

Please quote with first-article:

qty 2 / 10 / 25  p/n 1100-55213-03  mount, gimbal  mat'l Ti-6Al-4V (AMS 4928)
qty 2 / 10 / 25  p/n 1100-55214-01  cover, gimbal  mat'l 6061-T6511, black anodize per MIL-PRF-8625F Ty II Cl 2
qty 5            p/n 1100-55230-00  shim           mat'l 302 SS, .010 thk

Deliver to dock Tucson AZ no later than 03/26/27. DPAS rated DO-A1.

Jen""",
    lines=[
        ("1100-55213-03", [2, 10, 25], "Ti-6Al-4V"),
        ("1100-55214-01", [2, 10, 25], "6061-T6511"),
        ("1100-55230-00", [5], "302 SS"),
    ],
    due="2027-03-26",
    place="Tucson",
    finishes=("black anodize",),
)

add(
    FORMAL_LETTERS,
    """Sehr geehrte Damen und Herren,

hiermit bestellen wir gemäß Ihrem Angebot A-26-3390 vom 19.11.2026:

Pos. 10: 500 Stk. Nippel Art. 60.2214, 11SMnPb30, verzinkt-blau, 0,84 €/Stk.
Pos. 20: 500 Stk. Überwurfmutter Art. 60.2215, 11SMnPb30, verzinkt-blau, 0,96 €/Stk.

Liefertermin 11.01.2027, DAP Hof.

Bitte bestätigen Sie uns den Auftrag.

Freundliche Grüße
Einkauf""",
    lines=[("60.2214", [500], "11SMnPb30"), ("60.2215", [500], "11SMnPb30")],
    due="2027-01-11",
    incoterm="DAP",
    place="Hof",
    price=0.84,
    kind="order",
    finishes=("verzinkt", "verzinkt"),
)

add(
    FORMAL_LETTERS,
    """Boa tarde,

Gostaríamos de receber cotação para:
- 30 peças veio VE-1180, aço 42CrMo4 temperado e revenido
- 30 peças casquilho CA-1181, bronze CuSn12
- 15 peças tampa TA-1190, alumínio 6082 anodizado preto

Entrega em Aveiro até 5 de fevereiro de 2027.

Cumprimentos,
Rui""",
    lines=[("VE-1180", [30], "42CrMo4"), ("CA-1181", [30], "CuSn12"), ("TA-1190", [15], "6082")],
    due="2027-02-05",
    place="Aveiro",
    finishes=("temperado", "anodizado preto"),
)

add(
    FORMAL_LETTERS,
    """Hei,

Pyydämme tarjousta seuraavista osista:
Akseli, piir. 4-55120, S355J2, 20 kpl
Laippa, piir. 4-55121, EN-GJS-400-15, 20 kpl, maalattuna RAL 5010

Toimitus viimeistään 12.2.2027, DAP Tampere.

Terveisin
Mika""",
    lines=[("4-55120", [20], "S355J2"), ("4-55121", [20], "EN-GJS-400-15")],
    due="2027-02-12",
    incoterm="DAP",
    place="Tampere",
    finishes=("maalattuna RAL 5010",),
)

add(
    FORMAL_LETTERS,
    """Hello team,

can I get pricing on the following please - I need it for a customer meeting on the 2nd of December.

Item 1 - 250x PX-4410 (7075, black ano)
Item 2 - 250x PX-4411 (7075, black ano)
Item 3 - 500x PX-4415 (delrin, white)

No rush on parts, say 8 weeks after order.

Ta, Beth (Halo Cycles)""",
    lines=[("PX-4410", [250], "7075"), ("PX-4411", [250], "7075"), ("PX-4415", [500], "delrin")],
    finishes=("black ano", "black ano"),
)

add(
    FORMAL_LETTERS,
    """Hej,

Vi skal bruge pris på 75 stk. bøsning tegn.nr. 30.4412 i RG7 og 75 stk. aksel tegn.nr. 30.4413 i 1.4404.
Levering uge 5, leveringssted Horsens.
Betaling netto 30 dage.

Venlig hilsen
Karsten
Direkte: 75 12 34 56""",
    lines=[("30.4412", [75], "RG7"), ("30.4413", [75], "1.4404")],
    due="2027-02-05",
    place="Horsens",
)

add(
    FORMAL_LETTERS,
    """Betreff: AW: Anfrage Halteplatten

Guten Tag,

Korrektur zu meiner Anfrage von gestern: Statt 200 brauchen wir 300 Stück der Halteplatte 51-0087, dafür die 51-0088 gar nicht. Werkstoff wie gehabt DC01, pulverbeschichtet RAL 9005. Lieferung 1.2.2027 nach Ansbach.

Danke!
M. Ott""",
    lines=[("51-0087", [300], "DC01")],
    due="2027-02-01",
    place="Ansbach",
    finishes=("pulverbeschichtet RAL 9005",),
)

add(
    FORMAL_LETTERS,
    """Hi,

We're kitting 12 machines. Each machine takes 2 x guide block (GB-701-A, 1045) and 4 x cam follower pin (CF-702-B, 52100 hardened 60 HRC). Please quote the total for 12 machines. Needed at our Dayton OH plant by Feb 1st 2027.

Sam""",
    lines=[("GB-701-A", [24], "1045"), ("CF-702-B", [48], "52100")],
    due="2027-02-01",
    place="Dayton",
    finishes=("hardened",),
)

add(
    FORMAL_LETTERS,
    """Tisztelt Uram!

Kérjük árajánlatát az alábbi alkatrészekre:
- tengely, rajzszám T-2201, anyag C45, 30 db, nitridálva
- persely, rajzszám P-2202, anyag bronz CuSn8, 60 db
Szállítási határidő: 2027. február 15. Szállítási hely: Győr

Üdvözlettel
Kovács Péter""",
    lines=[("T-2201", [30], "C45"), ("P-2202", [60], "CuSn8")],
    due="2027-02-15",
    place="Győr",
    finishes=("nitridálva",),
)

add(
    FORMAL_LETTERS,
    """Ref: your visit last Thursday

Dear Mr. Okafor,

as discussed we'd like to move the following three parts to you from our current supplier. Annual volumes in brackets, first call-off as stated.

TRX-100-44 toggle link (4,000/yr) - first call-off 500
TRX-100-45 toggle pin (8,000/yr) - first call-off 1000
TRX-100-60 end plate (4,000/yr) - first call-off 500

All in C45E, zinc nickel plated 8 µm. First call-off would be due on 15 March 2027, FCA your works.

Regards
P. Nieminen""",
    lines=[("TRX-100-44", [500], "C45E"), ("TRX-100-45", [1000], "C45E"), ("TRX-100-60", [500], "C45E")],
    due="2027-03-15",
    incoterm="FCA",
    finishes=("zinc nickel plated",),
)

add(
    FORMAL_LETTERS,
    """Anfrage-Nr.: 7000112345
Lieferant: 55012
Angebotsfrist: 07.12.2026

Pos  Menge  ME  Material-Nr.    Kurztext                     Liefertermin
10   60     ST  000000332211    BOLZEN 30X120 ZN 4711-08     18.01.2027
     Werkstoff 34CrNiMo6 +QT
20   60     ST  000000332219    LASCHE ZN 4711-12            18.01.2027
     Werkstoff S690QL
Versandanschrift: Tor 3, Halle 7, 45356 Essen
Lieferbedingungen: DDP
Oberflächen: phosphatiert
""",
    lines=[("000000332211", [60], "34CrNiMo6 +QT"), ("000000332219", [60], "S690QL")],
    due="2027-01-18",
    incoterm="DDP",
    place="Essen",
    finishes=("phosphatiert",),
)
