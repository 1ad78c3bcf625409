"""Requests with numbers in words, groups of figures, weeks by year and firms as places; see ``buyers_letters``."""

from buyers_letters import Letter, add

SPELT_LETTERS: list[Letter] = []


add(
    SPELT_LETTERS,
    """Dear Ms. Albrecht,

Thank you for the plant tour on Tuesday. As promised, here is our first enquiry.

The part is a bearing pedestal, our number 9000.117.04, cast iron EN-GJL-250, supplied as casting by us, machining only. We need a first lot of 8 pieces for trial and, subject to approval, 60 pieces in Q2. Positional tolerances as per drawing; otherwise ISO 2768-mK.

The trial pieces must reach Odense by 22 January 2027 at the latest. Incoterm DAP.

Your offer by 4 December would be appreciated.

Yours sincerely
Henrik Dam""",
    lines=[("9000.117.04", [8, 60], "EN-GJL-250")],
    due="2027-01-22",
    incoterm="DAP",
    place="Odense",
    tolerances=("ISO 2768-mK",),
)

add(
    SPELT_LETTERS,
    """Jo Uwe,

3x Gleitstein GS-44-7 aus CuAl10Ni5Fe4
3x Spindel SP-44-1 aus 1.4542
1x Mutter MU-44-2 aus CuSn12

brauch ich bis 16.12., hole selbst ab. was kost das?

Kalle""",
    lines=[("GS-44-7", [3], "CuAl10Ni5Fe4"), ("SP-44-1", [3], "1.4542"), ("MU-44-2", [1], "CuSn12")],
    due="2026-12-16",
)

add(
    SPELT_LETTERS,
    """Purchase Order

Order Number: P0088731
Revision: 2
Order Date: 24 November 2026
Buyer: Fiona Grant
Payment Terms: 30 days EOM

Line  Our Part No     Description           Rev  Qty   UOM   Price Each   Due Date
1     H44-10087       BEARING CARRIER       E    12    EA    214.50       18/01/2027
      Material: BS EN 10088-3 1.4418
2     H44-10091       LOCK WASHER           B    48    EA    6.10         18/01/2027
      Material: 304L sheet

Order Total (GBP): 2,866.80
Deliver To: Goods In, Unit 3, Halebank Ind Est, Widnes WA8 8UD
Certs required: EN 10204 3.1""",
    lines=[("H44-10087", [12], "1.4418"), ("H44-10091", [48], "304L")],
    due="2027-01-18",
    place="Widnes",
    price=214.5,
    kind="order",
)

add(
    SPELT_LETTERS,
    """Bonjour à tous,

Consultation AC-2611-08 (à usage interne, ne pas diffuser)

Désignation : Corps de vanne DN50
Plan : VN50-100-01 ind. F
Matière : 1.4408 (brut de fonderie fourni)
Quantités à chiffrer : 25, 50, 100
Désignation : Clapet
Plan : VN50-100-07 ind. C
Matière : 1.4462
Quantités à chiffrer : 25, 50, 100

Date de livraison souhaitée : 01/03/2027
Lieu : Saint-Étienne
Incoterm : DDP
Retour des offres : 11/12/2026 à 12h""",
    lines=[("VN50-100-01", [25, 50, 100], "1.4408"), ("VN50-100-07", [25, 50, 100], "1.4462")],
    due="2027-03-01",
    incoterm="DDP",
    place="Saint-Étienne",
)

add(
    SPELT_LETTERS,
    """hello again

ok so after talking to my partner we settle on:
- body (TRQ-B1) = grade 5 titanium, raw finish, 20 pcs
- lever (TRQ-L1) = 17-4, dlc coated, 40 pcs
- screw (TRQ-S1) = grade 5 titanium, 80 pcs, anodised blue

ideally all shipped to Girona before feb 14th (our launch is on the 20th). customs is a pain so DDP please

x Marc""",
    lines=[("TRQ-B1", [20], "grade 5"), ("TRQ-L1", [40], "17-4"), ("TRQ-S1", [80], "grade 5")],
    due="2027-02-14",
    incoterm="DDP",
    place="Girona",
    finishes=("dlc coated", "anodised blue"),
)

add(
    SPELT_LETTERS,
    """Sehr geehrte Damen und Herren,

zu unserer Bestellung 45/90112 vom 02.11. ergibt sich folgende Änderung: Pos. 3 (Art. 771.203-2, Stützrolle) bitte auf 64 Stück erhöhen, bisher 48. Pos. 4 (Art. 771.204-0) bleibt unverändert bei 16 Stück. Liefertermin für beide neu: 29.01.2027.

Bitte um kurze Rückbestätigung.

Mit freundlichen Grüßen
Disposition""",
    lines=[("771.203-2", [64], None), ("771.204-0", [16], None)],
    due="2027-01-29",
    kind="order",
)

add(
    SPELT_LETTERS,
    """RFQ: turned parts for hydraulic fittings

1. 1000x HF-0612-G (brass CW614N)
2. 1000x HF-0812-G (brass CW614N)
3. 500x HF-1212-S (11SMn30, zinc-nickel, black passivated)

Please also quote at double quantities.
Sample: 5 pcs of each by Christmas, balance by end of Feb '27. Deliver to Almelo NL.

B. Hendriks""",
    lines=[("HF-0612-G", [1000], "CW614N"), ("HF-0812-G", [1000], "CW614N"), ("HF-1212-S", [500], "11SMn30")],
    due="2027-02-28",
    place="Almelo",
    finishes=("zinc-nickel", "black passivated"),
)

add(
    SPELT_LETTERS,
    """Cześć Adam,

podeślij cenę na 20 szt. korpus KR-2.100.14 z żeliwa EN-GJS-500-7 oraz 20 szt. dławnica DL-2.100.18 z mosiądzu CW617N. Rysunki w załączniku. Termin połowa lutego, transport nasz.

Pozdro
Kuba""",
    lines=[("KR-2.100.14", [20], "EN-GJS-500-7"), ("DL-2.100.18", [20], "CW617N")],
    due="2027-02-15",
)

add(
    SPELT_LETTERS,
    """Gentlemen:

Reference is made to our Request for Quotation MRO-26-5512. Bidders are requested to price the following line items:

Line Item 0001 - Shaft, Pump, P/N 8831-06-2210, ASTM A276 Type 316 Condition B - Quantity: 6 EA
Line Item 0002 - Sleeve, Shaft, P/N 8831-06-2211, UNS N05500 - Quantity: 6 EA
Line Item 0003 - Ring, Wear, P/N 8831-06-2240, UNS C95800 - Quantity: 12 EA

F.O.B. Destination, Norfolk, VA 23511. Required Delivery Date: 120 days ARO. Offers are due 14 DEC 2026, 2:00 PM EST.

Contract Specialist""",
    lines=[("8831-06-2210", [6], "Type 316"), ("8831-06-2211", [6], "N05500"), ("8831-06-2240", [12], "C95800")],
    incoterm="FOB",
    place="Norfolk",
)

add(
    SPELT_LETTERS,
    """Ciao,
per la commessa 26-331 ti chiedo un prezzo per:

n. 4 rulli Ø120x800 dis. RL-331-02 in C45 cromati a spessore 0,05
n. 8 supporti dis. SU-331-05 in S355 verniciati RAL 5002
n. 16 perni dis. PE-331-06 in 16NiCr4 cementati e temprati

Mi servono per fine gennaio qui a Reggio Emilia. Offerta entro il 3 p.v.

Buon lavoro
Ing. Bassi""",
    lines=[("RL-331-02", [4], "C45"), ("SU-331-05", [8], "S355"), ("PE-331-06", [16], "16NiCr4")],
    due="2027-01-31",
    place="Reggio Emilia",
    finishes=("cromati", "verniciati RAL 5002", "cementati", "temprati"),
)

add(
    SPELT_LETTERS,
    """Hi Sue,

Price please. 2 lots.

Lot A: WHL-HUB-33, 2014A-T6, 40 off, hard anodised
Lot B: WHL-SPC-33, same material, 80 off, same finish

Dispatch to Silverstone by Thursday 14 January.

Mike
(Race Eng)""",
    lines=[("WHL-HUB-33", [40], "2014A-T6"), ("WHL-SPC-33", [80], "2014A-T6")],
    due="2027-01-14",
    place="Silverstone",
    finishes=("hard anodised",),
)

add(
    SPELT_LETTERS,
    """陈工:

我们研究所需要加工一批零件,请报价。

| 零件名 | 零件号 | 数量 | 材料 | 热处理 |
|---|---|---|---|---|
| 弹性体 | TX-330A | 6 | 17-4PH | H900 |
| 压头 | YT-331 | 12 | GCr15 | 淬火HRC60 |
| 底座 | DZ-332B | 3 | 2A12-T4 | - |

要求12月25日前寄到合肥。
谢谢!""",
    lines=[("TX-330A", [6], "17-4PH"), ("YT-331", [12], "GCr15"), ("DZ-332B", [3], "2A12")],
    due="2026-12-25",
    place="合肥",
    finishes=("淬火",),
)

add(
    SPELT_LETTERS,
    """Hi,

This is to confirm our order for the following, as per your quote 11872/2 dated 17 Nov 2026:

100 x WG-2210 wedge, 8620 carburised - $31.00 ea
100 x WG-2211 gib, C93200 - $18.75 ea

PO number to follow from accounts. Delivery w/c 11 January as you offered, to our Erie PA site.

Best
Tina Kowalczyk""",
    lines=[("WG-2210", [100], "8620"), ("WG-2211", [100], "C93200")],
    due="2027-01-11",
    place="Erie",
    price=31.0,
    kind="order",
    finishes=("carburised",),
)

add(
    SPELT_LETTERS,
    """Goedendag,

AANVRAAG 26-0455

regel  aantal  eh   artikelnr    omschrijving         materiaal
001    36      st   V-2044-01    loopwiel             GJS-600-3
002    72      st   V-2044-05    as                   42CrMo4 QT
003    36      st   V-2044-09    afdekplaat           S235JR verzinkt

Leverweek: 2027-07
Leveradres: Industrieweg 22, 5731 HR Mierlo
Graag prijs per stuk en totaal.

Hoogachtend,
Inkoop""",
    lines=[("V-2044-01", [36], "GJS-600-3"), ("V-2044-05", [72], "42CrMo4 QT"), ("V-2044-09", [36], "S235JR")],
    due="2027-02-19",
    place="Mierlo",
    finishes=("verzinkt",),
)

add(
    SPELT_LETTERS,
    """Hi there, we are restoring a 1936 steam loco and need a few bits making:

- Two motion pins, drawing LMS-D-4471, EN36A, case hardened and ground
- Four bushes, drawing LMS-D-4472, PB102
- One gudgeon pin, drawing LMS-D-4480, EN36A, case hardened

No great hurry, but before the season starts at Easter (28 March 2027). We're volunteers so keen pricing appreciated! Collection from you is fine.

Bob Tranter, Workshop Manager""",
    lines=[("LMS-D-4471", [2], "EN36A"), ("LMS-D-4472", [4], "PB102"), ("LMS-D-4480", [1], "EN36A")],
    due="2027-03-28",
    finishes=("case hardened", "case hardened"),
)

add(
    SPELT_LETTERS,
    """Estimado proveedor:

Adjunto remitimos solicitud de oferta SO-2611/33.

Pos. 1. Rueda dentada, plano 33.02.118 rev. B, material F-1550 (18CrMo4), cant. 10
Pos. 2. Piñón, plano 33.02.119 rev. B, material F-1550 (18CrMo4), cant. 10
Pos. 3. Casquillo, plano 33.02.130 rev. -, material bronce CuSn12-C, cant. 20

Cementado y temple 58-62 HRC en pos. 1 y 2.
Fecha de entrega: 26/02/2027. Lugar de entrega: Elgoibar. Condiciones: DAP.
Fecha límite de oferta: 09/12/2026.""",
    lines=[("33.02.118", [10], "18CrMo4"), ("33.02.119", [10], "18CrMo4"), ("33.02.130", [20], "CuSn12-C")],
    due="2027-02-26",
    incoterm="DAP",
    place="Elgoibar",
    finishes=("Cementado", "temple"),
)

add(
    SPELT_LETTERS,
    """Tjena Kalle!

Samma som förra gången: 100 distanser D-88-14 i SS 2346, och så 50 nya varianten D-88-15 (ritning bifogad), samma material.
Elförzinkas ej. Vill ha dem 15 januari i Skellefteå.
Vad blir priset?

/Sture""",
    lines=[("D-88-14", [100], "SS 2346"), ("D-88-15", [50], "SS 2346")],
    due="2027-01-15",
    place="Skellefteå",
)

add(
    SPELT_LETTERS,
    """Hi Jamal,

Below is what ENG sent me. Can you work with it?

>>> Part: MXB-2219-REV-C_final_v2.stp
>>> Qty: 15 (+2 spare)
>>> Mat: Al 7050-T7451
>>> Finish: chem film class 3 gold, then prime per dwg
>>> Date reqd: 1/29/27
>>> Notes: do not break edges on sealing face, Ra 32 max

Ship to Renton.

Chloe""",
    lines=[("MXB-2219", [15], "7050-T7451")],
    due="2027-01-29",
    place="Renton",
    finishes=("chem film", "Ra 32"),
)

add(
    SPELT_LETTERS,
    """Dobrý den,
na základě Vaší nabídky N2026-1187 objednáváme:

1. čep Z-4410-2, materiál 12 050, 60 ks, cena 185 Kč/ks
2. pouzdro Z-4411-1, materiál 11 600, 60 ks, cena 96 Kč/ks

Termín: 15.1.2027, dodání: Třebíč
Č. objednávky: OV-26-3321

S pozdravem, nákup""",
    lines=[("Z-4410-2", [60], "12 050"), ("Z-4411-1", [60], "11 600")],
    due="2027-01-15",
    place="Třebíč",
    price=185.0,
    kind="order",
)

add(
    SPELT_LETTERS,
    """Sehr geehrter Herr Dr. Pohl,

wir bitten um ein Festpreisangebot über die Herstellung von vier (4) Vakuumflanschen nach Zeichnung IPF-2026-0033-A aus Edelstahl 1.4429 ESU sowie einem (1) Adapterrohr nach Zeichnung IPF-2026-0034-A aus 1.4435. Oberfläche Ra < 0,8 µm, elektropoliert, ölfrei gereinigt.

Liefertermin: 12 Wochen nach Auftragserteilung, DDP Institut für Plasmaforschung, Greifswald.

Mit freundlichen Grüßen
Beschaffung""",
    lines=[("IPF-2026-0033-A", [4], "1.4429"), ("IPF-2026-0034-A", [1], "1.4435")],
    incoterm="DDP",
    place="Greifswald",
    finishes=("Ra < 0,8 µm", "elektropoliert"),
)
