"""Requests of twenty more buyers: forwarded threads, lists in prose, price breaks, dates in words; see ``buyers_letters``."""

from buyers_letters import Letter, add

SPREAD_LETTERS: list[Letter] = []


add(
    SPREAD_LETTERS,
    """Hallo Frau Petersen,

wie soeben telefonisch besprochen benötigen wir kurzfristig Ersatz für unseren Kettenförderer:

Umlenkrad UR-2290-04, Werkstoff 42CrMo4 vergütet, 6 Stück
Achse AC-2290-09, Werkstoff C45, blank, 12 Stück

Die Teile müssen am Montag, dem 14. Dezember, um 6 Uhr in unserem Werk Neumünster sein.
Bitte rufen Sie mich wegen des Preises noch heute zurück: 04321 / 99 71-312.

Besten Dank vorab
Holger Stüben""",
    lines=[("UR-2290-04", [6], "42CrMo4"), ("AC-2290-09", [12], "C45")],
    due="2026-12-14",
    place="Neumünster",
)

add(
    SPREAD_LETTERS,
    """Hi Amir,

Please price the attached for three volumes.

Part number: NX7-00412 rev 02
Description: sensor collar
Material: aluminium 2024-T351
Volumes: 100, 500 and 2,500
Finish: Alodine 1200S (chem film) all over
Gen tols: ISO 2768-fH

We need first articles on dock in Cambridge, Ontario by the end of February 2027. FCA your plant is fine for us.

Quote needed by COB Thursday.

Regards,
Leila Farrokh
Sourcing Specialist
+1 519 555 0188""",
    lines=[("NX7-00412", [100, 500, 2500], "2024-T351")],
    due="2027-02-28",
    incoterm="FCA",
    place="Cambridge",
    finishes=("Alodine 1200S", "chem film"),
    tolerances=("ISO 2768-fH",),
)

add(
    SPREAD_LETTERS,
    """Bonjour Monsieur Lambert,

Suite à la visite de vos ateliers, veuillez trouver ci-dessous notre première consultation.

Plan n° C-30517 : flasque gauche, 8 pièces, acier S355
Plan n° C-30518 : flasque droit, 8 pièces, acier S355
Plan n° C-30522 : entretoise, 24 pièces, acier inox 304L

Les flasques seront zingués, les entretoises restent brutes.
Délai souhaité : 4 semaines, soit le 24 décembre 2026 au plus tard, livraison à Vénissieux.

Merci de nous répondre avant le 3 décembre.

Bien à vous,
Séverine Collomb""",
    lines=[("C-30517", [8], "S355"), ("C-30518", [8], "S355"), ("C-30522", [24], "304L")],
    due="2026-12-24",
    place="Vénissieux",
    finishes=("zingués",),
)

add(
    SPREAD_LETTERS,
    """Gentili Signori,

con riferimento al Vs. profilo aziendale, chiediamo quotazione per il seguente materiale:

Codice          Descrizione            Materiale      Q.tà
11.0442.00      Supporto motore        Anticorodal 6082    50
11.0443.00      Piastra fissaggio      Anticorodal 6082    50
11.0447.01      Rullo folle            Fe 510              200

Trattamento: anodizzazione naturale per i primi due codici; il rullo va brunito.
Resa: franco ns. stabilimento di Schio (VI).
Consegna: settimana 6 del 2027.

Cordiali saluti,
Matteo Dal Santo
Tel. 0445 511 223""",
    lines=[("11.0442.00", [50], "6082"), ("11.0443.00", [50], "6082"), ("11.0447.01", [200], "Fe 510")],
    due="2027-02-12",
    place="Schio",
    finishes=("anodizzazione naturale", "brunito"),
)

add(
    SPREAD_LETTERS,
    """张经理,你好:

附件是我们新项目的两张图纸,请帮忙核价:

序号  图号        名称    材料      数量   表面处理
1     JX-5521-A   底板    6061-T6   20     本色阳极氧化
2     JX-5522-A   支柱    SUS304    80     无

要求12月25日前送到东莞长安。含税含运费报价。

李敏
采购""",
    lines=[("JX-5521-A", [20], "6061-T6"), ("JX-5522-A", [80], "SUS304")],
    due="2026-12-25",
    place="东莞",
    finishes=("本色阳极氧化",),
)

add(
    SPREAD_LETTERS,
    """Estimado Sr. Valverde:

Necesitamos presupuesto para mecanizar 15 unidades de la brida BR-0772 en acero inoxidable AISI 316 y 30 unidades del tornillo guía TG-0773 en F-114.
La brida debe ir pasivada.
Fecha límite de entrega en nuestra planta de Zaragoza: viernes 15 de enero de 2027.
Agradeceríamos su oferta esta misma semana.

Atentamente,
Rosa Beltrán""",
    lines=[("BR-0772", [15], "AISI 316"), ("TG-0773", [30], "F-114")],
    due="2027-01-15",
    place="Zaragoza",
    finishes=("pasivada",),
)

add(
    SPREAD_LETTERS,
    """See below - can your guys turn this around? I told Mike we'd have an answer tomorrow.

Sent from my iPhone

> From: Mike Odell
> To: Purchasing
> Date: Wed, Nov 25, 2026 at 4:41 PM
> Subject: pump parts
>
> We're short for the rebuild. Need:
> 4 ea impeller, dwg 31-2208 rev F, CF8M
> 4 ea wear ring, dwg 31-2211 rev B, Nitronic 60
> 8 ea sleeve, dwg 31-2215 rev B, 316 SS
>
> Job goes together Jan 11 so I want them in Baytown by the 8th of January.
>
> Mike""",
    lines=[("31-2208", [4], "CF8M"), ("31-2211", [4], "Nitronic 60"), ("31-2215", [8], "316")],
    due="2027-01-08",
    place="Baytown",
)

add(
    SPREAD_LETTERS,
    """Sehr geehrte Damen und Herren,

hiermit bestellen wir gemäß Ihrem Angebot AN-26-3317 vom 18.11.2026:

Pos.  Artikel        Bezeichnung       Menge     Einzelpreis   Gesamt
10    7-220-0015     Klemmring         60 Stk    14,80 EUR     888,00 EUR

Material: X5CrNi18-10 (1.4301)
Liefertermin: 08.01.2027
Lieferanschrift: Wareneingang Tor 3, Lindenweg 8, 89518 Heidenheim
Lieferbedingungen: DDP
Zahlung: 30 Tage netto

Bitte senden Sie uns eine Auftragsbestätigung innerhalb von 3 Arbeitstagen.

Mit freundlichen Grüßen
Zentraleinkauf
Marlies Kolb""",
    lines=[("7-220-0015", [60], "X5CrNi18-10 (1.4301)")],  # one steel by both its names
    due="2027-01-08",
    incoterm="DDP",
    place="Heidenheim",
    price=14.8,
    kind="order",
)

add(
    SPREAD_LETTERS,
    """Good day,

We are tendering for a packaging line and require budget prices, firm to +/-10 %, on:

1. Cam plate, CP-1140-1, D2 tool steel hardened to 58-60 HRC, qty 2
2. Follower arm, FA-1140-2, 7075-T6, qty 2
3. Bearing block, BB-1140-3, SAE 660 bronze, qty 4

Should the tender be won, parts are to be in Port Elizabeth by mid-March 2027. Prices FOB Hamburg please.

Kind regards
Thabo Nkosi""",
    lines=[("CP-1140-1", [2], "D2"), ("FA-1140-2", [2], "7075-T6"), ("BB-1140-3", [4], "SAE 660")],
    due="2027-03-15",
    incoterm="FOB",
    place="Hamburg",
    finishes=("hardened to 58-60 HRC",),
)

add(
    SPREAD_LETTERS,
    """Hi Jon

Quick one. 25 x SPC-14-220, delrin black, and 25 x SPC-14-221, delrin white. Both 2D only, drawings attached.
No rush, any time before Easter would do, let's say 19 March 2027. To Hull please.

Ta
Graham""",
    lines=[("SPC-14-220", [25], "delrin"), ("SPC-14-221", [25], "delrin")],
    due="2027-03-19",
    place="Hull",
)

add(
    SPREAD_LETTERS,
    """Guten Morgen,

wir bitten um ein Staffelangebot:

Teil: Ventilkolben, Zeichnungsnummer 4022-118-7, Index d
Werkstoff: 1.4112, gehärtet auf 56+2 HRC
Staffel: 50 / 200 / 1.000 Stück
Erstlieferung (50 Stück): 26.02.2027
Incoterms 2020: DAP Weingarten
Allgemeintoleranzen: DIN ISO 2768 - mK

Abgabefrist für Ihr Angebot ist der 11.12.2026, 12 Uhr.

Freundliche Grüße
Birgit Allgaier""",
    lines=[("4022-118-7", [50, 200, 1000], "1.4112")],
    due="2027-02-26",
    incoterm="DAP",
    place="Weingarten",
    finishes=("gehärtet",),
    tolerances=("ISO 2768 - mK",),
)

add(
    SPREAD_LETTERS,
    """Hello Suresh,

Thanks for the sample parts, they look good. We would like to go ahead with the next lot.

Part no      Rev   Material     Lot qty   Target USD
PRB-2207     C     Al 6061      300       11.40

Please ship to our Tampa warehouse, arriving no later than February 5, 2027 (DAP).
Clear anodize type II as before.

If the target doesn't work, tell us what would.

Best,
Cindy Warren""",
    lines=[("PRB-2207", [300], "6061")],
    due="2027-02-05",
    incoterm="DAP",
    place="Tampa",
    price=11.4,
    finishes=("Clear anodize",),
)

add(
    SPREAD_LETTERS,
    """Madame, Monsieur,

Nous vous consultons pour la fabrication d'outillages suivant le détail ci-après :

Repère 1 - Matrice MT-118-A - 1 ex. - Z160CDV12 - trempé 60 HRC
Repère 2 - Poinçon PN-118-B - 2 ex. - Z160CDV12 - trempé 62 HRC
Repère 3 - Dévêtisseur DV-118-C - 1 ex. - C45

Mise à disposition : semaine 3 (2027), Incoterm EXW.
Offre à remettre sous huitaine.

Salutations distinguées
P. Guérin, bureau des méthodes""",
    lines=[("MT-118-A", [1], "Z160CDV12"), ("PN-118-B", [2], "Z160CDV12"), ("DV-118-C", [1], "C45")],
    due="2027-01-22",
    incoterm="EXW",
    finishes=("trempé 60 HRC", "trempé 62 HRC"),
)

add(
    SPREAD_LETTERS,
    """Hi Kate,

One change to yesterday's enquiry: please quote the housings in 316L rather than 304, everything else stays.

Regards
Phil

-----Original Message-----
From: Phil Marsden
Sent: 25 November 2026 11:20
To: Kate Lowry
Subject: Enquiry 7741

Hi Kate,

Please quote 12 off housing HS-7741-1 in 304 stainless and 12 off cover CV-7741-2 in 304 stainless.
Required at Grangemouth by 22 January 2027.

Regards
Phil""",
    lines=[("HS-7741-1", [12], "316L"), ("CV-7741-2", [12], "304")],
    due="2027-01-22",
    place="Grangemouth",
)

add(
    SPREAD_LETTERS,
    """Servus Franz,

brauch ma wieder a paar Sachen für die Säge:
3 Stk Führungsrolle FR-77-12 (100Cr6)
3 Stk Exzenterbolzen EB-77-13 (16MnCr5, einsatzgehärtet)
Ende nächster Woche waren super, spätestens 4.12. in Kapfenberg.
Schick ma bitte a Angebot.

LG Sepp""",
    lines=[("FR-77-12", [3], "100Cr6"), ("EB-77-13", [3], "16MnCr5")],
    due="2026-12-04",
    place="Kapfenberg",
    finishes=("einsatzgehärtet",),
)

add(
    SPREAD_LETTERS,
    """Dear Sir or Madam,

Our company manufactures hospital beds and is looking for a second source for the items listed hereafter.

Item: Pivot block
Article number: 8800-3317
Alloy: EN AW-6060 T66
Yearly demand: 9,600 pieces in monthly calls of 800
Surface: powder coated RAL 9016
Item: Pivot pin
Article number: 8800-3318
Alloy: 1.4305
Yearly demand: 9,600 pieces in monthly calls of 800

First call: 1 April 2027, delivered to Olomouc.

Yours faithfully
Jana Kučerová""",
    lines=[("8800-3317", [800], "EN AW-6060 T66"), ("8800-3318", [800], "1.4305")],
    due="2027-04-01",
    place="Olomouc",
    finishes=("powder coated",),
)

add(
    SPREAD_LETTERS,
    """<html><body><p>Hej Anders,</p><p>Vi skal bruge et tilbud p&aring; nedenst&aring;ende emner:</p>
<table border="1"><tr><th>Tegning</th><th>Emne</th><th>Materiale</th><th>Antal</th></tr>
<tr><td>T-90118</td><td>Flange</td><td>S235JR</td><td>16</td></tr>
<tr><td>T-90119</td><td>Aksel</td><td>C45</td><td>16</td></tr>
<tr><td>T-90124</td><td>B&oslash;sning</td><td>RG7</td><td>32</td></tr></table>
<p>Levering senest 20. januar 2027 til Esbjerg.</p><p>Venlig hilsen<br>Mette Lund<br>Indk&oslash;b</p></body></html>""",
    lines=[("T-90118", [16], "S235JR"), ("T-90119", [16], "C45"), ("T-90124", [32], "RG7")],
    due="2027-01-20",
    place="Esbjerg",
    html=True,
)

add(
    SPREAD_LETTERS,
    """Team,

pls quote qty 1 / 5 / 10 of the optical bench adapter, P/N OBA-3-1107-REV-B, Invar 36, stress relieved before finish machining.
All dims per model, unless noted +/-0.05.
ARO 6 weeks, but we must have them at our Tucson lab not later than 29-Jan-2027.
Ship method: FedEx on our account.

R. Delgado""",
    lines=[("OBA-3-1107", [1, 5, 10], "Invar 36")],
    due="2027-01-29",
    place="Tucson",
    tolerances=("+/-0.05",),
    finishes=("stress relieved",),
)

add(
    SPREAD_LETTERS,
    """Geachte heer Vermeulen,

Voor ons project "Sluis Terneuzen" ontvangen wij graag uw aanbieding voor:

pos 1 | draaipunt DP-5-001 | 34CrNiMo6+QT | 4 stuks
pos 2 | lagerbus LB-5-002 | CuSn7ZnPb | 8 stuks
pos 3 | borgplaat BP-5-003 | S355J2+N, thermisch verzinkt | 8 stuks

Levering: franco Vlissingen, week 7 van 2027.
Sluitingsdatum aanbieding: 9 december 2026.

Met vriendelijke groet,
Wim de Rooij""",
    lines=[("DP-5-001", [4], "34CrNiMo6+QT"), ("LB-5-002", [8], "CuSn7ZnPb"), ("BP-5-003", [8], "S355J2+N")],
    due="2027-02-19",
    place="Vlissingen",
    finishes=("thermisch verzinkt",),
)

add(
    SPREAD_LETTERS,
    """Hi,

we bought 200 pieces of your GSK-041 last year at 6.20. This year we need 350 pieces of the successor, GSK-042, same material (EN AW-6026). The bore is 0.5 mm larger, that's all.
Required in Malmö in week 2 of 2027. Could you hold the old price?

Regards, Henrik""",
    lines=[("GSK-042", [350], "EN AW-6026")],
    due="2027-01-15",
    place="Malmö",
)
