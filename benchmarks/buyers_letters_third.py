"""Requests of twenty buyers again: second sources, repairs, projects, web forms; see ``buyers_letters``."""

from buyers_letters import Letter, add

THIRD_LETTERS: list[Letter] = []


add(
    THIRD_LETTERS,
    """Dear Anne,

Our usual supplier has let us down, so I'm hoping you can help with the following at short notice:

- 36 off guide bush GB-2214-03, phosphor bronze PB102
- 18 off guide pin GP-2214-04, EN36C case hardened

We need them at our Telford works by Monday 21st December at the latest.
Please phone me with a price, I'm on 01952 555 731 until five.

Best wishes
Martin Priestley""",
    lines=[("GB-2214-03", [36], "PB102"), ("GP-2214-04", [18], "EN36C")],
    due="2026-12-21",
    place="Telford",
    finishes=("case hardened",),
)

add(
    THIRD_LETTERS,
    """Anfrage über Kontaktformular

Name: Jens Brodersen
Firma: Brodersen Hydraulik
Artikel: Steuerblock 5517-02
Material: EN AW-2007
Stückzahl: 15
Termin: 29.01.2027
Lieferort: Flensburg
Nachricht: Bitte auch Preis für 30 Stück nennen.""",
    lines=[("5517-02", [15, 30], "EN AW-2007")],
    due="2027-01-29",
    place="Flensburg",
)

add(
    THIRD_LETTERS,
    """Bonjour,

Dans le cadre du projet VEGA, merci de nous remettre votre offre pour :

Lot 1 : 12 arbres cannelés, plan AC-7701 ind. B, en 30CrNiMo8
Lot 2 : 12 pignons, plan PG-7702 ind. A, en 18NiCr5-4, cémentés trempés

Livraison demandée : 26 février 2027, DDP Saint-Nazaire.
Date limite de remise des offres : 11 décembre 2026.

Cordialement
Laure Kermarec""",
    lines=[("AC-7701", [12], "30CrNiMo8"), ("PG-7702", [12], "18NiCr5-4")],
    due="2027-02-26",
    incoterm="DDP",
    place="Saint-Nazaire",
    finishes=("cémentés",),
)

add(
    THIRD_LETTERS,
    """Hi Victor,

please quote:

P/N          Rev  Desc            Matl        Qty
71-0042-01   B    Plate, mtg      6061-T6     40
71-0043-01   A    Standoff, hex   303 SS      160
71-0044-02   C    Cover           5052-H32    40

Clear chem film on plate and cover. Ship to Boise, ID, needed 1/22/2027.

Thanks - Monica""",
    lines=[("71-0042-01", [40], "6061-T6"), ("71-0043-01", [160], "303"), ("71-0044-02", [40], "5052-H32")],
    due="2027-01-22",
    place="Boise",
    finishes=("chem film",),
)

add(
    THIRD_LETTERS,
    """Spett.le ditta,

con la presente richiediamo Vs. migliore offerta per la fornitura di:

n. 100 bussole dis. BU-3310 materiale 11SMnPb37, zincatura bianca
n. 100 perni dis. PE-3311 materiale 39NiCrMo3

Termine di consegna: 31 gennaio 2027 presso il ns. magazzino di Modena.
Pagamento: 60 gg d.f.f.m.

Distinti saluti
Ufficio acquisti - Giorgia Ferrari""",
    lines=[("BU-3310", [100], "11SMnPb37"), ("PE-3311", [100], "39NiCrMo3")],
    due="2027-01-31",
    place="Modena",
    finishes=("zincatura",),
)

add(
    THIRD_LETTERS,
    """刘总:

新产品打样,请尽快报价:
1. 图号 TM-0911A,外壳,ADC12,5件
2. 图号 TM-0912A,端盖,6063,5件
打样合格后批量 2000 套/月。
样品交期:12月18日,寄到深圳。

谢谢
项目部 小赵""",
    lines=[("TM-0911A", [5], "ADC12"), ("TM-0912A", [5], "6063")],
    due="2026-12-18",
    place="深圳",
)

add(
    THIRD_LETTERS,
    """Hola Ignacio:

Para el molino de Huelva hacen falta recambios:
4 ejes según plano EJ-550-B, material 34CrNiMo6 bonificado
8 casquillos según plano CA-551-B, bronce RG7
Los quiero allí antes del 20 de enero de 2027.
¿Me pasas precio mañana?

Un abrazo
Pilar""",
    lines=[("EJ-550-B", [4], "34CrNiMo6"), ("CA-551-B", [8], "RG7")],
    due="2027-01-20",
    place="Huelva",
)

add(
    THIRD_LETTERS,
    """Order confirmation requested

Dear Sirs,
we hereby place our order no. 2611-0448 based on your offer 10-7731:

25 pcs  Shaft sleeve  SS-3301-2  1.4462   à EUR 112,00
Delivery date: 19 February 2027
Terms: CPT Bergen (Incoterms 2020)
Material certificate 3.1 required.

Best regards
Nordsjø Marine AS
Kari Vik""",
    lines=[("SS-3301-2", [25], "1.4462")],
    due="2027-02-19",
    incoterm="CPT",
    place="Bergen",
    price=112.0,
    kind="order",
)

add(
    THIRD_LETTERS,
    """Servus Herr Lindner,

zu unserem Termin letzte Woche: die Gabelköpfe (GK-104-3) brauchen wir doch in 1.4404 und nicht in C35, 80 Stück. Die Bolzen (GB-104-4) bleiben bei 1.4305, 160 Stück.
Liefern Sie bitte bis KW 5 nach Straubing.

Danke und Gruß
Alois Reindl""",
    lines=[("GK-104-3", [80], "1.4404"), ("GB-104-4", [160], "1.4305")],
    due="2027-02-05",
    place="Straubing",
)

add(
    THIRD_LETTERS,
    """Good afternoon,

RFQ 26-0917, due back 4 December

Item 1: Manifold, MF-220-A, 316L, qty 3
Item 2: Manifold, MF-221-A, 316L, qty 3
Item 3: Blanking plate, BP-222-A, 304L, qty 12

All items electropolished to Ra 0.4. FCA. Parts wanted in Cork no later than 12 February 2027.

Regards
Deirdre Walsh""",
    lines=[("MF-220-A", [3], "316L"), ("MF-221-A", [3], "316L"), ("BP-222-A", [12], "304L")],
    due="2027-02-12",
    incoterm="FCA",
    place="Cork",
    finishes=("electropolished", "Ra 0.4"),
)

add(
    THIRD_LETTERS,
    """Dzień dobry,

proszę o wycenę dwóch pozycji:
1) płyta P-441-00, stal S355J2, 6 sztuk, cynkowana ogniowo
2) sworzeń S-442-00, 42CrMo4, 12 sztuk
Dostawa do Radomia do 5 lutego 2027.

Pozdrawiam,
Tomasz Wrona""",
    lines=[("P-441-00", [6], "S355J2"), ("S-442-00", [12], "42CrMo4")],
    due="2027-02-05",
    place="Radomia",
    finishes=("cynkowana ogniowo",),
)

add(
    THIRD_LETTERS,
    """FW: quote please

Sam - one for you. Customer says prints are in the portal.

From: Janet Cole <jcole@skyline.example>
Sent: Wednesday, November 25, 2026 9:14 AM
To: Sales
Subject: quote please

Hello,
Please quote 150 and 300 pieces of 4402-118-C (latch arm) made from 17-4 H1025, passivated.
Delivery in 8 weeks, but not later than Feb 1, 2027. FOB Wichita.

Janet""",
    lines=[("4402-118-C", [150, 300], "17-4")],
    due="2027-02-01",
    incoterm="FOB",
    place="Wichita",
    finishes=("passivated",),
)

add(
    THIRD_LETTERS,
    """Beste Koen,

We hebben voor de baggermolen het volgende nodig:

2 st. slijtring SR-1801, Hardox 450
2 st. tussenring TR-1802, S355J2
16 st. bout speciaal BS-1803, 34CrNiMo6

Uiterlijk 15 januari 2027 in Dordrecht. Kun je vandaag nog een prijs sturen?

Groet
Arjan""",
    lines=[("SR-1801", [2], "Hardox 450"), ("TR-1802", [2], "S355J2"), ("BS-1803", [16], "34CrNiMo6")],
    due="2027-01-15",
    place="Dordrecht",
)

add(
    THIRD_LETTERS,
    """Hello,

A quick RFQ for an R&D project: component TFX-0007 (heat sink, copper C110), we'd need 2 now for testing and 20 more if it works. Nickel plating 5 micron. Delivery address: Institute of Energy, Building 4, 2800 Lyngby. Wanted by 15 January.

Kind regards
Mads""",
    lines=[("TFX-0007", [2, 20], "C110")],
    due="2027-01-15",
    place="Lyngby",
    finishes=("Nickel plating",),
)

add(
    THIRD_LETTERS,
    """Sehr geehrte Frau Nowak,

bitte unterbreiten Sie uns ein Angebot für folgende Positionen unserer Stückliste SL-0815:

lfd. Nr. 1 / Zg. 100.21.004 / Flansch DN80 / 1.4571 / 10 Stück
lfd. Nr. 2 / Zg. 100.21.005 / Gegenflansch / 1.4571 / 10 Stück
lfd. Nr. 3 / Zg. 100.21.011 / Dichtungsring / PTFE / 50 Stück

gebeizt und passiviert (Pos. 1 und 2)
Liefertermin 12.02.2027, DAP Chemnitz

Hochachtungsvoll
K. Uhlig""",
    lines=[("100.21.004", [10], "1.4571"), ("100.21.005", [10], "1.4571"), ("100.21.011", [50], "PTFE")],
    due="2027-02-12",
    incoterm="DAP",
    place="Chemnitz",
    finishes=("gebeizt", "passiviert"),
)

add(
    THIRD_LETTERS,
    """Hej Karin,

Vi behöver offert på 60 st hylsor enligt ritning 44-1190 i SS 2333 och 60 st brickor enligt ritning 44-1191 i SS 1650.
Leverans till Västerås senast den 5 februari 2027.
Elförzinkas (brickorna).

Med vänlig hälsning
Per Åström""",
    lines=[("44-1190", [60], "SS 2333"), ("44-1191", [60], "SS 1650")],
    due="2027-02-05",
    place="Västerås",
    finishes=("Elförzinkas",),
)

add(
    THIRD_LETTERS,
    """Hi all,

Could you please quote the following for our new site in Gdynia: 500 pcs of washer plate WP-30-8 (S235JR, hot dip galvanised), delivery in two equal shipments on 15 February and 15 March 2027, DAP.

Thank you
Magda""",
    lines=[("WP-30-8", [500], "S235JR")],
    due="2027-02-15",
    incoterm="DAP",
    place="Gdynia",
    finishes=("galvanised",),
)

add(
    THIRD_LETTERS,
    """Caro João,

Segue pedido de cotação:
Ref.ª 118-22-A  Veio  CK45  30 unidades
Ref.ª 118-23-A  Chaveta  C45  60 unidades
Prazo: até 22 de janeiro de 2027
Local de entrega: Aveiro
Os veios devem ser temperados por indução.

Cumprimentos,
Helena Matos""",
    lines=[("118-22-A", [30], "CK45"), ("118-23-A", [60], "C45")],
    due="2027-01-22",
    place="Aveiro",
    finishes=("temperados",),
)

add(
    THIRD_LETTERS,
    """Tim,

Need pricing on these two ASAP for the Gulf job:

1. Crossover sub, drawing CO-4145-10, AISI 4145H, 2 ea
2. Lifting plug, drawing LP-4145-12, AISI 4145H, 4 ea

Phosphate coat the threads. Must ship no later than Dec 18. EXW your shop, we'll send a truck.

Randy""",
    lines=[("CO-4145-10", [2], "AISI 4145H"), ("LP-4145-12", [4], "AISI 4145H")],
    due="2026-12-18",
    incoterm="EXW",
    finishes=("Phosphate coat",),
)

add(
    THIRD_LETTERS,
    """Buenos días,

Me pueden cotizar la pieza 90-7715 (soporte) en aluminio 7075-T6, cantidades 10, 25 y 50, anodizado duro negro. Entrega en Querétaro la primera semana de febrero de 2027.

Gracias
Lic. Mariana Soto""",
    lines=[("90-7715", [10, 25, 50], "7075-T6")],
    due="2027-02-05",
    place="Querétaro",
    finishes=("anodizado duro negro",),
)
