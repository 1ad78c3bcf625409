"""Requests of twenty more desks, from a hospital's workshop to a shipyard; see ``buyers_letters``."""

from buyers_letters import Letter, add

AFTER_LETTERS: list[Letter] = []


add(
    AFTER_LETTERS,
    """Hallo Frau Engel,

könnten Sie uns bitte 16 Stück Klemmbacke KB-5511-A (1.2767, gehärtet 54 HRC) und 8 Stück Grundkörper GK-5510-A (C45) anbieten? Wir brauchen die Teile am 08.02.2027 in Bad Aibling.

Liebe Grüße
Vroni Huber""",
    lines=[("KB-5511-A", [16], "1.2767"), ("GK-5510-A", [8], "C45")],
    due="2027-02-08",
    place="Bad Aibling",
    finishes=("gehärtet",),
)

add(
    AFTER_LETTERS,
    """Hi,

Please provide a quotation for the following items for our hospital workshop:

Item | Drawing | Qty | Material
Bed hinge | HB-201 | 20 | 304
Hinge pin | HB-202 | 40 | 316

Electropolish everything. Delivery by 5 March 2027 to Limerick.

Thanks,
Ciara Nolan""",
    lines=[("HB-201", [20], "304"), ("HB-202", [40], "316")],
    due="2027-03-05",
    place="Limerick",
    finishes=("Electropolish",),
)

add(
    AFTER_LETTERS,
    """刘总:

附件是新图纸,请报价。
XJ-7701-A,支撑板,6061-T6,300件,硬质阳极氧化
XJ-7702-A,压块,SUS304,300件
要求2027年1月28日前送到厦门。

周洁""",
    lines=[("XJ-7701-A", [300], "6061-T6"), ("XJ-7702-A", [300], "SUS304")],
    due="2027-01-28",
    place="厦门",
    finishes=("硬质阳极氧化",),
)

add(
    AFTER_LETTERS,
    """Salve,

chiedo preventivo per n. 8 pulegge PG-1180 in EN-GJL-250 e n. 8 alberi AL-1181 in C45 cromati.
Consegna: 12/02/2027 a Pordenone.

Grazie
Dario Tomat""",
    lines=[("PG-1180", [8], "EN-GJL-250"), ("AL-1181", [8], "C45")],
    due="2027-02-12",
    place="Pordenone",
    finishes=("cromati",),
)

add(
    AFTER_LETTERS,
    """Bonjour,

Pouvez-vous nous chiffrer les pièces suivantes :

Réf.        Désignation    Matière       Qté
SB-3301     Semelle        S355J2        4
SB-3304     Galet          42CrMo4       16
SB-3309     Axe            C45           16

Galets trempés par induction. Délai souhaité : 26 février 2027, DAP Dunkerque.

Cordialement
Service achats - Chantiers du Nord""",
    lines=[("SB-3301", [4], "S355J2"), ("SB-3304", [16], "42CrMo4"), ("SB-3309", [16], "C45")],
    due="2027-02-26",
    incoterm="DAP",
    place="Dunkerque",
    finishes=("trempés par induction",),
)

add(
    AFTER_LETTERS,
    """Witam,

proszę o ofertę na 200 szt. i 500 szt. tulejki TL-2210-B z mosiądzu CW614N, niklowanej. Dostawa do Poznania w terminie do 12.02.2027.

Z poważaniem
Robert Sowa""",
    lines=[("TL-2210-B", [200, 500], "CW614N")],
    due="2027-02-12",
    place="Poznania",
    finishes=("niklowanej",),
)

add(
    AFTER_LETTERS,
    """Dear Nightmill,

we got your name from a partner. Please could you offer:

1) 100 x LCK-2201 (lock cam), sintered steel not allowed, please mill from 1.0503, zinc-nickel plated
2) 100 x LCK-2205 (lever), 1.4310, 2 mm sheet

Terms FCA, goods ready 12 March 2027.

Best regards
Tibor Varga""",
    lines=[("LCK-2201", [100], "1.0503"), ("LCK-2205", [100], "1.4310")],
    due="2027-03-12",
    incoterm="FCA",
    finishes=("zinc-nickel",),
)

add(
    AFTER_LETTERS,
    """Mark,

Can you do these by 2/12/27?
8 ea  TRK-110  (A36, hot dip galv)
8 ea  TRK-112  (A36, hot dip galv)
32 ea TRK-115  (1018, zinc plate)
Ship to Duluth MN.

Greg""",
    lines=[("TRK-110", [8], "A36"), ("TRK-112", [8], "A36"), ("TRK-115", [32], "1018")],
    due="2027-02-12",
    place="Duluth",
    finishes=("galv", "galv", "zinc plate"),
)

add(
    AFTER_LETTERS,
    """Sehr geehrte Damen und Herren,

Anfrage 26-1180, bitte um Angebot bis 07.12.2026:

Artikel: 88-4410-2 Spindelmutter
Werkstoff: CuSn7ZnPb
Menge: 25
Artikel: 88-4411-2 Spindel Tr40x7
Werkstoff: C45+C
Menge: 25

Lieferung am 19.02.2027 DAP Schramberg.

Freundliche Grüße
Einkauf""",
    lines=[("88-4410-2", [25], "CuSn7ZnPb"), ("88-4411-2", [25], "C45+C")],
    due="2027-02-19",
    incoterm="DAP",
    place="Schramberg",
)

add(
    AFTER_LETTERS,
    """Hello Joanne,

Re our call: quantity for SPR-771 goes up from 40 to 60, and SPR-772 is no longer required. Material EN24T as before. Delivery to Hartlepool stays 22 January 2027.

Thanks
Ian""",
    lines=[("SPR-771", [60], "EN24T")],
    due="2027-01-22",
    place="Hartlepool",
)

add(
    AFTER_LETTERS,
    """Estimados señores:

Solicitamos oferta para la fabricación de 6 bridas BR-4402 (AISI 316L) y 12 tuercas TU-4403 (AISI 316L), pasivadas, con entrega en Vigo el 15/03/2027.

Reciban un cordial saludo,
Astilleros Ría""",
    lines=[("BR-4402", [6], "AISI 316L"), ("TU-4403", [12], "AISI 316L")],
    due="2027-03-15",
    place="Vigo",
    finishes=("pasivadas",),
)

add(
    AFTER_LETTERS,
    """RFQ 118-26

Pos  Part no.      Rev  Qty  UoM  Material        Delivery
1    DRV-0071-1    A    40   pcs  34CrNiMo6+QT    2027-03-01
2    DRV-0072-1    C    40   pcs  16MnCrS5        2027-03-01

Delivery term: DAP Tampere
Quote validity: 60 days""",
    lines=[("DRV-0071-1", [40], "34CrNiMo6+QT"), ("DRV-0072-1", [40], "16MnCrS5")],
    due="2027-03-01",
    incoterm="DAP",
    place="Tampere",
)

add(
    AFTER_LETTERS,
    """Hoi,

Wil je voor ons offreren: 30 st. flens FL-3310 in 1.4571 en 30 st. blindflens BF-3311 in 1.4571, beide gebeitst? Levering DAP Terneuzen op 5 maart 2027.

Groet, Kees""",
    lines=[("FL-3310", [30], "1.4571"), ("BF-3311", [30], "1.4571")],
    due="2027-03-05",
    incoterm="DAP",
    place="Terneuzen",
    finishes=("gebeitst",),
)

add(
    AFTER_LETTERS,
    """Hi team,

Forwarding the customer's list. Budget is tight, target 96.00 EUR for the bracket.

> Bracket BKT-0071-C, AlSi10Mg, 60 pcs
> Shaft SHT-0075-A, 1.4057, 120 pcs
> DDP Graz, 15 March 2027

Thanks
Petra""",
    lines=[("BKT-0071-C", [60], "AlSi10Mg"), ("SHT-0075-A", [120], "1.4057")],
    due="2027-03-15",
    incoterm="DDP",
    place="Graz",
    price=96.0,
)

add(
    AFTER_LETTERS,
    """Tere,

soovime hinnapakkumist: / we ask for an offer:
RL-2201 roller 18 pcs C45 hardened
RL-2202 shaft 18 pcs 42CrMo4
EXW, week 9 2027.

Mart""",
    lines=[("RL-2201", [18], "C45"), ("RL-2202", [18], "42CrMo4")],
    due="2027-03-05",
    incoterm="EXW",
    finishes=("hardened",),
)

add(
    AFTER_LETTERS,
    """Hallo Nightmill-Team,

unsere Bestellung 4500-9917:
30 x Träger TR-6601, EN AW-6082 T6, natur eloxiert, Stückpreis 74,50 €
30 x Deckel DE-6602, EN AW-6082 T6, natur eloxiert, Stückpreis 21,80 €
Liefertermin 29.01.2027, Lieferung DAP Regensburg.
Bitte Auftragsbestätigung senden.

Gruß
Max Deml""",
    lines=[("TR-6601", [30], "EN AW-6082 T6"), ("DE-6602", [30], "EN AW-6082 T6")],
    due="2027-01-29",
    incoterm="DAP",
    place="Regensburg",
    price=74.5,
    kind="order",
    finishes=("eloxiert", "eloxiert"),
)

add(
    AFTER_LETTERS,
    """Good morning

Attached LVR-330.pdf, LVR-331.pdf. Lever qty 15, link qty 30, both S690QL. Shot blast only. Required Grangemouth 12 March 2027.

Regards
Fiona Baird""",
    lines=[("LVR-330", [15], "S690QL"), ("LVR-331", [30], "S690QL")],
    due="2027-03-12",
    place="Grangemouth",
    finishes=("Shot blast",),
)

add(
    AFTER_LETTERS,
    """Dobrý den,

žádáme o nabídku: 80 ks čepů CE-2207 z 16MnCr5 (cementovat, kalit) a 40 ks vidlic VI-2208 z C45. Dodání do Brna, 19. 2. 2027.

S pozdravem
Zdeněk Kříž""",
    lines=[("CE-2207", [80], "16MnCr5"), ("VI-2208", [40], "C45")],
    due="2027-02-19",
    place="Brna",
    finishes=("cementovat", "kalit"),
)

add(
    AFTER_LETTERS,
    """Hi Bob - 3 things for the shipyard:
1. Hatch dog HD-0071, AB2, 24 off
2. Dog spindle HD-0072, 316, 24 off
3. Handwheel HD-0080, LM25, 6 off, powder coat red
Barrow-in-Furness, 26 Feb. Price and lead time please.
Andy""",
    lines=[("HD-0071", [24], "AB2"), ("HD-0072", [24], "316"), ("HD-0080", [6], "LM25")],
    due="2027-02-26",
    place="Barrow-in-Furness",
    finishes=("powder coat",),
)

add(
    AFTER_LETTERS,
    """Dear Ms. Krause,

further to our meeting, we kindly request pricing for 250, 500 and 1,000 pieces of the sensor sleeve SS-9907-E. Material: 1.4305. Surface: Ra 0.8. General tolerances: ISO 2768-mK.
Delivery: DAP Eindhoven, first lot 1 April 2027.

Kind regards
Bart Willems""",
    lines=[("SS-9907-E", [250, 500, 1000], "1.4305")],
    due="2027-04-01",
    incoterm="DAP",
    place="Eindhoven",
    finishes=("Ra 0.8",),
    tolerances=("ISO 2768-mK",),
)
