"""Requests of workshops and offices in many tongues; see ``buyers_letters``."""

from buyers_letters import Letter, add

TABLED_LETTERS: list[Letter] = []


add(
    TABLED_LETTERS,
    """Dear Gerald

In line with our discussion at the show last week, Marlow Optics would like to place work with you. Please let us have your quotation for:

Lens barrel, MO-2209-A, aluminium 6061-T6, matt black anodise, batches of 25 and 75
Retaining ring, MO-2210-A, aluminium 6061-T6, matt black anodise, batches of 25 and 75
Focus cam, MO-2215-C, phosphor bronze PB102, batches of 25 and 75

Lead time is not critical but we would like the first batch in our Witney works by 12 March 2027. Prices delivered please.

Kind regards
Dr Hilary Marlow""",
    lines=[("MO-2209-A", [25, 75], "6061-T6"), ("MO-2210-A", [25, 75], "6061-T6"), ("MO-2215-C", [25, 75], "PB102")],
    due="2027-03-12",
    place="Witney",
    finishes=("matt black anodise", "matt black anodise"),
)

add(
    TABLED_LETTERS,
    """Hallo Dieter,

Nachschub für Linie 3:

10 x Greiferfinger li (GF-3310-L)
10 x Greiferfinger re (GF-3310-R)
beide wie letztes Mal aus 1.2379, 60 HRC gehärtet

20 x Anschlagplatte AP-3312, POM schwarz

Wir stellen am 11.1. um, also Lieferung bitte bis Fr. 8.1. nach Wolnzach. Kostenstelle 4410.

Gruß, Toni""",
    lines=[("GF-3310-L", [10], "1.2379"), ("GF-3310-R", [10], "1.2379"), ("AP-3312", [20], "POM")],
    due="2027-01-08",
    place="Wolnzach",
    finishes=("gehärtet",),
)

add(
    TABLED_LETTERS,
    """Subject: Quote request QR-77120

Hello,

Company: Bluefin Robotics
Contact: Sam Ortega
PO/Quote ref: QR-77120

Part name: Hull clamp
Part number: BF-HC-0190 Rev G
Material: Titanium Grade 5
Process: 5-axis milling
Quantity breaks: 4, 12, 36
Surface finish: bead blast
Inspection: CMM report, 100 %
Requested ship date: Feb 19, 2027
Ship to: Quincy, MA 02169
NDA in place: yes
""",
    lines=[("BF-HC-0190", [4, 12, 36], "Grade 5")],
    due="2027-02-19",
    place="Quincy",
    finishes=("bead blast",),
)

add(
    TABLED_LETTERS,
    """Bonjour,

Pourriez-vous m'établir un devis pour 3 pièces selon plans joints :

Pièce n°1 : plan OUT-88-01, acier Z160CDV12, trempe + revenu 58 HRC, 1 ex.
Pièce n°2 : plan OUT-88-02, acier Z160CDV12, trempe + revenu 58 HRC, 1 ex.
Pièce n°3 : plan OUT-88-03, ertalon 6 noir, 2 ex.

C'est pour un outil de découpe, on en a besoin pour le 17 décembre dernier délai à Oyonnax.

Bien cordialement
Lucas Morel""",
    lines=[("OUT-88-01", [1], "Z160CDV12"), ("OUT-88-02", [1], "Z160CDV12"), ("OUT-88-03", [2], "ertalon 6")],
    due="2026-12-17",
    place="Oyonnax",
)

add(
    TABLED_LETTERS,
    """Order 88-20714

To: Nightshift Machining
Please supply as per your quotation NM-4471 (13 Nov):

Item  Our code   Description            Qty   Each     Req'd
1     KP-10442   Knife holder           30    41.20    25 Jan 2027
2     KP-10443   Knife holder, offset   30    44.80    25 Jan 2027
3     KP-10450   Clamp wedge            120   6.35     25 Jan 2027

All in 4140HT, black oxide.
Carriage paid to Invercargill depot.
Quote our order number on all paperwork.

N. Tauri""",
    lines=[("KP-10442", [30], "4140HT"), ("KP-10443", [30], "4140HT"), ("KP-10450", [120], "4140HT")],
    due="2027-01-25",
    place="Invercargill",
    price=41.2,
    kind="order",
    finishes=("black oxide",),
)

add(
    TABLED_LETTERS,
    """Szanowna Pani,

w nawiązaniu do rozmowy telefonicznej proszę o ofertę cenową:

Pozycja 1
  Nazwa: Sworzeń
  Nr rys.: SW-0911-B
  Materiał: 42CrMo4+QT
  Ilość: 80 szt.
  Uwagi: azotowanie 0,3 mm
Pozycja 2
  Nazwa: Tuleja dystansowa
  Nr rys.: TD-0912-A
  Materiał: S235JRH
  Ilość: 160 szt.
  Uwagi: ocynk

Oczekiwany termin: 29.01.2027. Miejsce dostawy: Mielec.
Z wyrazami szacunku,
Ewa Król""",
    lines=[("SW-0911-B", [80], "42CrMo4+QT"), ("TD-0912-A", [160], "S235JRH")],
    due="2027-01-29",
    place="Mielec",
    finishes=("azotowanie", "ocynk"),
)

add(
    TABLED_LETTERS,
    """Yo Finn,

same again pls but x20 this time (last time was 12): CRK-170 crank arms, 7075. and throw in 5 spare CRK-171 caps, same alu.
ano purple if u can lol
need em before xmas, like the 21st. ship to me in Hood River

- dusty""",
    lines=[("CRK-170", [20], "7075"), ("CRK-171", [5], "7075")],
    due="2026-12-21",
    place="Hood River",
    finishes=("ano purple",),
)

add(
    TABLED_LETTERS,
    """尊敬的先生/女士,

我公司拟采购以下机加工件:

品名:导轨座 料号:A0-33-1107 版本:B 材质:6061-T651 表面:本色阳极氧化 数量:首批80件,年用量约1000件
品名:压板 料号:A0-33-1110 版本:A 材质:SUS304 表面:拉丝 数量:首批160件,年用量约2000件

请报DDP厦门含税价,样品期限2026年12月28日,首批交期2027年1月25日。

采购:林小姐 0592-5550123""",
    lines=[("A0-33-1107", [80], "6061-T651"), ("A0-33-1110", [160], "SUS304")],
    due="2027-01-25",
    incoterm="DDP",
    place="厦门",
    finishes=("本色阳极氧化", "拉丝"),
)

add(
    TABLED_LETTERS,
    """RFQ - closing Friday 4 Dec 16:00 AEDT

Mine: Copper Ridge, QLD
WO: 3320187

Qty  Part                               Material       Notes
2    SK-4471-01 Dipper pin              4340 Q&T       HRC 34-38
4    SK-4471-02 Pin retainer plate      350 grade plate  prime grey
2    SK-4472-01 Bucket bush             K1045          induction hardened bore

Del'd to site Emerald, or ex works with weights. Required on site by 20/01/2027.

Shutdown planning""",
    lines=[("SK-4471-01", [2], "4340"), ("SK-4471-02", [4], "350 grade"), ("SK-4472-01", [2], "K1045")],
    due="2027-01-20",
    place="Emerald",
    finishes=("induction hardened",),
)

add(
    TABLED_LETTERS,
    """Guten Tag

Wir bitten um Offerte (CHF, exkl. MwSt.) für:

Art. 41-2207 Exzenterwelle, 1.7131 einsatzgehärtet, geschliffen: 15 / 30 Stk.
Art. 41-2208 Pleuel, EN AW-7075 T6, hartanodisiert: 15 / 30 Stk.

Liefertermin Ende KW 7, Domizil Frauenfeld.
Offerte bis 8.12. an einkauf@beispiel.example

Besten Dank und freundliche Grüsse
Urs Keller""",
    lines=[("41-2207", [15, 30], "1.7131"), ("41-2208", [15, 30], "EN AW-7075 T6")],
    due="2027-02-19",
    place="Frauenfeld",
    finishes=("einsatzgehärtet", "hartanodisiert"),
)

add(
    TABLED_LETTERS,
    """Hi,
could you please update your quote 26/5541 to reflect the following: quantity 400 instead of 250 for the RBX-09 spacer; material for the RBX-10 cover now 316L rather than 304L (quantity stays 60). Everything else the same, delivery still 1 March 2027 to Drogheda.
Thanks, Aoife""",
    lines=[("RBX-09", [400], None), ("RBX-10", [60], "316L")],
    due="2027-03-01",
    place="Drogheda",
)

add(
    TABLED_LETTERS,
    """Olá,

Preciso de orçamento urgente:

2 un - Flange cega DN80 conf. desenho FC-80-115, inox 316L
1 un - Eixo bomba conf. desenho EB-80-116, inox 17-4PH
Prazo: até 10/12/2026. Retiramos aí.

Obrigado
Jonas - Manutenção""",
    lines=[("FC-80-115", [2], "316L"), ("EB-80-116", [1], "17-4PH")],
    due="2026-12-10",
)

add(
    TABLED_LETTERS,
    """Good morning,

Please find below our requirement under framework agreement FA-2025-18, call-off no. 7:

3 pcs  54.0911.22  Rotor shaft, 34CrNiMo6
6 pcs  54.0911.30  Labyrinth ring, CuSn12Ni2-C
1 set (2 halves)  54.0911.41  Bearing shell, steel/white metal

Agreed prices apply. Delivery FCA your works on 26 February 2027.

Please send us an order confirmation within 3 days.

Operational Purchasing""",
    lines=[("54.0911.22", [3], "34CrNiMo6"), ("54.0911.30", [6], "CuSn12Ni2-C"), ("54.0911.41", [1], None)],
    due="2027-02-26",
    incoterm="FCA",
    kind="order",
)

add(
    TABLED_LETTERS,
    """Hej hej!

Kan du räkna på detta till oss?
Detalj 55-1201-3, "Fäste", material S355J2, 200 st, pulverlackeras svart
Detalj 55-1202-1, "Bult", material 34CrNiMo6, 200 st
Detalj 55-1209-0, "Skiva", material Hardox 450, 400 st
Offert senast onsdag. Leverans 1:a mars, Örnsköldsvik.

Tack på förhand!
Malin""",
    lines=[("55-1201-3", [200], "S355J2"), ("55-1202-1", [200], "34CrNiMo6"), ("55-1209-0", [400], "Hardox 450")],
    due="2027-03-01",
    place="Örnsköldsvik",
    finishes=("pulverlackeras",),
)

add(
    TABLED_LETTERS,
    """Sirs,

Ref. our requisition 5530-26-1187 for vessel MV "Calla".

01) Piston crown landing ring, dwg. 90501-0112-104, item 3 - GGG 50 - 4 pcs
02) Exhaust valve spindle guide, dwg. 90801-0088-021, item 7 - cast iron GG 25 - 8 pcs
03) Stud M36x3, dwg. 90302-0201-010, item 12 - 42CrMo4 - 24 pcs

Vessel ETA Rotterdam 19 December 2026; goods to be on board, c/o agent Hartel Shipping, Rotterdam.
Please quote soonest, with delivery time.

Technical Purchaser""",
    lines=[("90501-0112-104", [4], "GGG 50"), ("90801-0088-021", [8], "GG 25"), ("90302-0201-010", [24], "42CrMo4")],
    due="2026-12-19",
    place="Rotterdam",
)

add(
    TABLED_LETTERS,
    """Salve,

confermiamo l'ordine di cui alla vs offerta 511/26:
- nr. 25 staffe cod. ST-0881 in S275JR zincate a caldo, € 18,40 cad.
- nr. 25 piastre cod. PI-0882 in S275JR zincate a caldo, € 11,90 cad.
Consegna tassativa 20 gennaio 2027, porto franco Pordenone.
Distinti saluti
Acquisti""",
    lines=[("ST-0881", [25], "S275JR"), ("PI-0882", [25], "S275JR")],
    due="2027-01-20",
    place="Pordenone",
    price=18.4,
    kind="order",
    finishes=("zincate a caldo", "zincate a caldo"),
)

add(
    TABLED_LETTERS,
    """Hi Greg -- can you get me a number on these by EOD tomorrow? Customer changed the spec AGAIN. Part's the same TLM-4400-12 but in Nitronic 50 now, and the run is 35 rather than 50. Electropolish is out, passivate only. They want them 3/12/2027 in Sugar Land.

T""",
    lines=[("TLM-4400-12", [35], "Nitronic 50")],
    due="2027-03-12",
    place="Sugar Land",
    finishes=("passivate",),
)

add(
    TABLED_LETTERS,
    """Mahtavaa työtä viime kerralla!

Uusi tarjouspyyntö:
piirustus 778-20, holkki, CuSn12, 40 kpl
piirustus 778-21, tappi, 34CrNiMo6+QT, 40 kpl, hiiletyskarkaistu
Toimitusaika: viikko 6
Toimituspaikka: Rauma

t. Ville""",
    lines=[("778-20", [40], "CuSn12"), ("778-21", [40], "34CrNiMo6+QT")],
    due="2027-02-12",
    place="Rauma",
    finishes=("hiiletyskarkaistu",),
)

add(
    TABLED_LETTERS,
    """To whom it may concern

University of Northfield requests a quotation (not exceeding USD 9,500) for the following items:
1 (one) vacuum chamber body per drawing UN-VC-100, 304L
2 (two) blank flanges per drawing UN-VC-104, 304L
All welds inside; helium leak test to 1E-9 mbar l/s. Delivered to Northfield, MN 55057 no later than 90 days after award.
Quotations shall be received by December 10, 2026.
Federal tax exempt no. 41-0693978""",
    lines=[("UN-VC-100", [1], "304L"), ("UN-VC-104", [2], "304L")],
    place="Northfield",
)

add(
    TABLED_LETTERS,
    """Dobrý deň pán Kováč,

objednávame u Vás:
1. Hriadeľ 2-3321-A, mat. C45, 10 ks, 38,50 EUR/ks
2. Náboj 2-3322-A, mat. 11SMn30, 10 ks, 21,00 EUR/ks
Dodanie do 15.1.2027 na adresu Strojnícka 5, 917 01 Trnava

Ďakujem, M. Balážová""",
    lines=[("2-3321-A", [10], "C45"), ("2-3322-A", [10], "11SMn30")],
    due="2027-01-15",
    place="Trnava",
    price=38.5,
    kind="order",
)
