"""Requests of buyers in more languages, and in forms without colons; see ``buyers_letters``."""

from buyers_letters import Letter, add

TONGUE_LETTERS: list[Letter] = []


add(
    TONGUE_LETTERS,
    """Dzień dobry,

proszę o przygotowanie oferty cenowej na wykonanie następujących detali:

1. Wałek napędowy, nr rys. WN-2207-14, materiał 42CrMo4, ilość: 24 szt.
2. Tuleja dystansowa, nr rys. WN-2207-18, materiał S355J2, ilość: 48 szt.

Termin dostawy: do 15.02.2027
Miejsce dostawy: Rzeszów, DAP

Z poważaniem
Katarzyna Wójcik
Dział Zakupów
tel. +48 17 555 01 23""",
    lines=[("WN-2207-14", [24], "42CrMo4"), ("WN-2207-18", [48], "S355J2")],
    due="2027-02-15",
    incoterm="DAP",
    place="Rzeszów",
)

add(
    TONGUE_LETTERS,
    """Dobrý den,

prosíme o cenovou nabídku na díl č. 3-45-1180 (hřídel), materiál 1.7131, množství 60 ks, cementováno a kaleno 58-62 HRC.
Požadovaný termín dodání: 26. 2. 2027, místo dodání Plzeň.

S pozdravem
Ing. Petr Dvořák
nákup, tel. 377 555 012""",
    lines=[("3-45-1180", [60], "1.7131")],
    due="2027-02-26",
    place="Plzeň",
    finishes=("cementováno", "kaleno"),
)

add(
    TONGUE_LETTERS,
    """Beste Marloes,

Graag ontvangen wij jullie offerte voor onderstaande onderdelen:

Artikelnr. 70-3312-B  Lagerhuis   materiaal EN AW-7075   aantal 16 stuks   blank geanodiseerd
Artikelnr. 70-3315-A  Deksel      materiaal EN AW-6082   aantal 32 stuks   zwart geanodiseerd

Levering uiterlijk 5 maart 2027 in Eindhoven, DAP.

Met vriendelijke groet,
Joost van der Wal
06-55501234""",
    lines=[("70-3312-B", [16], "EN AW-7075"), ("70-3315-A", [32], "EN AW-6082")],
    due="2027-03-05",
    incoterm="DAP",
    place="Eindhoven",
    finishes=("blank geanodiseerd", "zwart geanodiseerd"),
)

add(
    TONGUE_LETTERS,
    """Hi Martin,

Hope you're keeping well. You made us 20 off pump covers last spring (your invoice 20418, £86.50 each) and we'd like the same again, but 30 this time please. Drawing is PC-7714 iss 4, material LM25 TF, same as before. If you can get them to our Stockport site by the 29th of January that would be super.

Best wishes,
Gill Ashworth
0161 555 0142 ext 12""",
    lines=[("PC-7714", [30], "LM25")],
    due="2027-01-29",
    place="Stockport",
)

add(
    TONGUE_LETTERS,
    """Bonjour Monsieur Perrin,

Suite à notre visite chez vous la semaine dernière, merci de nous chiffrer 150 entretoises repère ENT-330-07 en laiton CuZn39Pb3 ainsi que 75 paliers repère PAL-330-11 en bronze CuSn8P, l'ensemble à livrer à Thiers pour le 18 janvier 2027 au plus tard.

Nos quantités pourraient évoluer en cours d'année.

Bien à vous,
Nadège Fournier
Responsable achats - 04 73 55 01 44""",
    lines=[("ENT-330-07", [150], "CuZn39Pb3"), ("PAL-330-11", [75], "CuSn8P")],
    due="2027-01-18",
    place="Thiers",
)

add(
    TONGUE_LETTERS,
    """Buenos días, Íñigo:

Necesitamos cotización para las siguientes piezas según planos adjuntos:

- Plano 5588-03-B: casquillo guía, 200 uds., bronce CuSn12
- Plano 5588-04-A: eje excéntrico, 50 uds., acero F-1252 (42CrMo4), nitrurado

Plazo de entrega deseado: 19 de febrero de 2027. Lugar de entrega: Zaragoza (DAP).

Un saludo,
Maite Arrieta
Dpto. Compras
Tfno. 976 555 018""",
    lines=[("5588-03-B", [200], "CuSn12"), ("5588-04-A", [50], "42CrMo4")],
    due="2027-02-19",
    incoterm="DAP",
    place="Zaragoza",
    finishes=("nitrurado",),
)

add(
    TONGUE_LETTERS,
    """Bestellung 4500118834

Wir bestellen auf Grundlage Ihres Angebots 26-0931 vom 18.11.2026:

Material: 118-00231-04  Spannbacke, gehärtet
Werkstoff: 1.2842
Gesamtmenge: 90 Stück
Preis: 64,20 EUR / Stück

Einteilung:
30 Stück zum 15.01.2027
60 Stück zum 26.02.2027

Lieferadresse: Werk 2, Gewerbering 8, 88212 Ravensburg
Lieferbedingung: DAP

Mit freundlichen Grüßen
Zentraleinkauf""",
    lines=[("118-00231-04", [90], "1.2842")],
    due="2027-01-15",
    incoterm="DAP",
    place="Ravensburg",
    finishes=("gehärtet",),
    price=64.2,
    kind="order",
)

add(
    TONGUE_LETTERS,
    """Guten Tag Frau Zgraggen

Können Sie uns bitte für nachstehende Artikel einen Richtpreis nennen?

Artikel 30.118.220, Achse, 1.4435, Menge 2'500 Stk., elektropoliert
Artikel 30.118.225, Buchse, PEEK, Menge 5'000 Stk.

Termin: Mitte März 2027, Lieferung franko Domizil Rotkreuz.

Freundliche Grüsse
Reto Amstutz
Direkt +41 41 555 01 77""",
    lines=[("30.118.220", [2500], "1.4435"), ("30.118.225", [5000], "PEEK")],
    due="2027-03-15",
    place="Rotkreuz",
    finishes=("elektropoliert",),
)

add(
    TONGUE_LETTERS,
    """*** PURCHASE REQUISITION ENQUIRY ***
REQN NO       : 000884120
DATE          : 26/11/2026
BUYER         : K. OKAFOR
VENDOR        : 0000300417
-------------------------------------------------
ITEM  0010
MATERIAL CODE : 6611-0338-02
SHORT TEXT    : SLEEVE, SHAFT
GRADE         : UNS S32750
QTY           : 10  EA
REQ. DATE     : 05/02/2027
ITEM  0020
MATERIAL CODE : 6611-0339-02
SHORT TEXT    : NUT, SLEEVE
GRADE         : UNS S31803
QTY           : 20  EA
REQ. DATE     : 05/02/2027
-------------------------------------------------
DELIVERY      : PORT HARCOURT STORES
TERMS         : CIP
*** END ***""",
    lines=[("6611-0338-02", [10], "S32750"), ("6611-0339-02", [20], "S31803")],
    due="2027-02-05",
    incoterm="CIP",
    place="Port Harcourt",
)

add(
    TONGUE_LETTERS,
    """Hallo,

Anfrage wie folgt:

Teil\tBezeichnung\tMaterial\tMenge 1\tMenge 2
V-3301\tVentilteller\t1.4122\t100\t500
V-3302\tVentilsitz\t1.4104\t100\t500

Anlieferung DAP Görlitz, 26.03.2027.

Gruß, Einkauf""",
    lines=[("V-3301", [100, 500], "1.4122"), ("V-3302", [100, 500], "1.4104")],
    due="2027-03-26",
    incoterm="DAP",
    place="Görlitz",
)

add(
    TONGUE_LETTERS,
    """Hej Søren,

Vil du give pris på 35 stk. bøsninger, tegning 11-7704-3, i RG7 og 35 stk. aksler, tegning 11-7705-1, i AISI 316L?
Levering senest d. 12. februar 2027 til Horsens.

Mvh
Lone Kjær
Tlf. 75 55 01 22""",
    lines=[("11-7704-3", [35], "RG7"), ("11-7705-1", [35], "AISI 316L")],
    due="2027-02-12",
    place="Horsens",
)

add(
    TONGUE_LETTERS,
    """DEMANDE DE PRIX N° DP-26/4471

Émetteur : Service Achats Industriels
Date limite de réponse : 10/12/2026

Désignation : Axe de bielle
N° de plan : 3E-44071 ind. C
Matière : 30CrNiMo8
Qté : 60
Traitement : nitruration gazeuse
Délai souhaité : S07/2027
Livraison : Le Creusot (71), franco

Contact : Mme Boyer – 03 85 55 01 09""",
    lines=[("3E-44071", [60], "30CrNiMo8")],
    due="2027-02-19",
    place="Le Creusot",
    finishes=("nitruration",),
)

add(
    TONGUE_LETTERS,
    """Bom dia,

Solicito orçamento para 120 peças do componente ref. CMP-7781 em alumínio EN AW-6060 anodizado e 60 peças do componente ref. CMP-7790 em latão CW614N. Entrega em Aveiro até 26 de fevereiro de 2027.

Cumprimentos,
Rui Tavares
Tel. 234 555 017""",
    lines=[("CMP-7781", [120], "EN AW-6060"), ("CMP-7790", [60], "CW614N")],
    due="2027-02-26",
    place="Aveiro",
    finishes=("anodizado",),
)

add(
    TONGUE_LETTERS,
    """Moin,
3x 9912-B aus POM schwarz, 3x 9913-B aus PA6G. Wann und wieviel?
Danke, Hauke""",
    lines=[("9912-B", [3], "POM"), ("9913-B", [3], "PA6G")],
)

add(
    TONGUE_LETTERS,
    """Hello team at Brightcut,

attached are BKT-3310-L_revB.pdf, BKT-3310-R_revB.pdf and the two STEP files. They're mirrored brackets from 3 mm 304 plate, laser cut then one bend. Please price 40 of each (40 left, 40 right) with a #4 brushed finish. We'd collect from you (EXW) around 15 February 2027.

Cheers
Noel""",
    lines=[("BKT-3310-L", [40], "304"), ("BKT-3310-R", [40], "304")],
    due="2027-02-15",
    incoterm="EXW",
)

add(
    TONGUE_LETTERS,
    """Moi Pekka,

Offer request:
 KAR-20881 (hub) 6 kpl, material S355J2+N
 KAR-20882 (arm) 12 kpl, material S700MC, painted RAL 9005
Delivery week 9, to Tampere.

T. Jari""",
    lines=[("KAR-20881", [6], "S355J2+N"), ("KAR-20882", [12], "S700MC")],
    due="2027-03-05",
    place="Tampere",
    finishes=("painted RAL 9005",),
)

add(
    TONGUE_LETTERS,
    """Good afternoon,

RFQ: Gear, worm — drawing WG-60-441-2 sheet 1 of 2

  Mat'l      PB102 (CuSn8), centrifugal cast
  Batch      10 off, then 4 off every quarter
  Gear data  module 4, 60 teeth, lead angle 5.71 deg
  Wanted     17 February 2027
  Where      Huddersfield, HD1
  How        your transport please (DDP)

Insp. report and C of C needed.

This e-mail and any attachments are confidential. Registered in England No. 01234567. Please consider the environment.""",
    lines=[("WG-60-441-2", [10], "PB102")],
    due="2027-02-17",
    incoterm="DDP",
    place="Huddersfield",
)

add(
    TONGUE_LETTERS,
    """Guten Morgen Frau Adler,

bitte bieten Sie an:

1.) 300 Stk. Exzenterbuchse, Art.-Nr. 22.408.1, Material CuSn7Zn4Pb7-C
2.) 300 Stk. Anlaufscheibe, Art.-Nr. 22.409.0, Material C75S

Lieferzeitraum KW 10-11/2027, Anlieferung in Aschaffenburg (CPT).

Mit besten Grüßen
Disposition""",
    lines=[("22.408.1", [300], "CuSn7Zn4Pb7-C"), ("22.409.0", [300], "C75S")],
    due="2027-03-12",
    incoterm="CPT",
    place="Aschaffenburg",
)

add(
    TONGUE_LETTERS,
    """Witam,

W nawiązaniu do rozmowy telefonicznej przesyłam zapytanie ofertowe nr ZO/2026/11/214.

Nazwa: Kołnierz ślepy
Nr rysunku: KS-1188-02
Materiał: 1.4571
Ilość: 36 szt.
Obróbka powierzchni: pasywowanie

Nazwa: Tuleja
Nr rysunku: KS-1188-05
Materiał: 1.4404
Ilość: 72 szt.

Termin realizacji: 5 marca 2027
Dostawa do: Gliwice, warunki DAP

Pozdrawiam serdecznie
Marek Zieliński, tel. 601 555 014""",
    lines=[("KS-1188-02", [36], "1.4571"), ("KS-1188-05", [72], "1.4404")],
    due="2027-03-05",
    incoterm="DAP",
    place="Gliwice",
    finishes=("pasywowanie",),
)

add(
    TONGUE_LETTERS,
    """Vážený pane Nováku,

rádi bychom u Vás poptali výrobu 150 ks čepu podle výkresu 2-1044-17 z oceli 1.7225, povrch černěný, a 150 ks pouzdra podle výkresu 2-1044-18 z bronzu CuSn12-C. Dodání nejpozději 12. března 2027 do našeho závodu v Kolíně, parita DAP.

Děkuji a jsem s pozdravem
Lenka Horáková""",
    lines=[("2-1044-17", [150], "1.7225"), ("2-1044-18", [150], "CuSn12-C")],
    due="2027-03-12",
    incoterm="DAP",
    place="Kolín",
    finishes=("černěný",),
)

add(
    TONGUE_LETTERS,
    """Hoi Bas,

Zoals besproken hebben we 24 stuks nodig van de lagerbus (tekening 88.204-C, brons CuSn12) en 12 stuks van de as (tekening 88.207-A, 34CrNiMo6, inductiegehard). Kun je die uiterlijk vrijdag 26 februari 2027 in Deventer leveren? Vorige keer betaalden we 46 euro per bus.

Groeten,
Wouter""",
    lines=[("88.204-C", [24], "CuSn12"), ("88.207-A", [12], "34CrNiMo6")],
    due="2027-02-26",
    place="Deventer",
    finishes=("inductiegehard",),
)

add(
    TONGUE_LETTERS,
    """Bonjour Sylvie,

OK pour moi, mais passez finalement la quantité à 90 pièces et livraison à Roanne le 5 mars 2027.

Merci,
Thibault

De : Sylvie Marchal
Envoyé : mercredi 25 novembre 2026 10:12
À : Thibault Renaud
Objet : RE: Devis douille

Bonjour Thibault,
Voici notre proposition pour 60 pièces de la douille réf. D-4417-03 en 42CrMo4, phosphatée : 23,40 € pièce, DAP.""",
    lines=[("D-4417-03", [90], "42CrMo4")],
    due="2027-03-05",
    incoterm="DAP",
    place="Roanne",
    finishes=("phosphatée",),
    price=23.4,
)

add(
    TONGUE_LETTERS,
    """SOLICITUD DE OFERTA Nº 26-3318

Referencia: 77-1204-C
Descripción: Soporte motor
Material: S275JR
Cantidad: 40 / 80 / 160
Tratamiento: zincado negro
Fecha de entrega: 12/03/2027
Lugar de entrega: Polígono Sur, nave 7, 47012 Valladolid
Incoterm: DDP

Persona de contacto: Nuria Sanz (983 555 014)""",
    lines=[("77-1204-C", [40, 80, 160], "S275JR")],
    due="2027-03-12",
    incoterm="DDP",
    place="Valladolid",
    finishes=("zincado negro",),
)

add(
    TONGUE_LETTERS,
    """Prezados,

Favor cotar conforme desenhos anexos:

Item 1 - Código 4-88170-3 - Eixo intermediário - SAE 4340 - 25 peças
Item 2 - Código 4-88175-1 - Bucha guia - SAE 660 - 50 peças

Prazo de entrega: 15/03/2027
Local de entrega: Joinville - SC
Frete: CIF

Atenciosamente,
Fernanda Lopes
Compras - (47) 3555-0140""",
    lines=[("4-88170-3", [25], "SAE 4340"), ("4-88175-1", [50], "SAE 660")],
    due="2027-03-15",
    incoterm="CIF",
    place="Joinville",
)

add(
    TONGUE_LETTERS,
    """Good afternoon vendors,

Request for quote, due back Thursday December 3 by noon Pacific.

  PART NO       REV   QTY        MATERIAL               PROCESS
  77A41102-3    B     40, 80     7050-T7451 AMS 4050    ANODIZE TYPE II CL 1
  77A41103-1    -     40, 80     Ti-6Al-4V AMS 4928     NONE

On-dock Everett, WA 3/19/2027. FOB origin is fine.

Heather Lindgren | Sr. Buyer""",
    lines=[("77A41102-3", [40, 80], "7050-T7451"), ("77A41103-1", [40, 80], "Ti-6Al-4V")],
    due="2027-03-19",
    incoterm="FOB",
    place="Everett",
    finishes=("ANODIZE TYPE II",),
)

add(
    TONGUE_LETTERS,
    """Dear Sales team,

Thank you for your usual support. Please quote below parts.

Drawing No. / Name / Material / Q'ty
TK-5501-2A / Slide base / FC250 / 3
TK-5502-1B / Slider / S45C / 3
TK-5503-1A / Gib / SKS3 / 6

Delivery: 12-Feb-2027, CIP Nagoya.
Black oxide for TK-5502-1B only.

Best regards, Tanaka""",
    lines=[("TK-5501-2A", [3], "FC250"), ("TK-5502-1B", [3], "S45C"), ("TK-5503-1A", [6], "SKS3")],
    due="2027-02-12",
    incoterm="CIP",
    place="Nagoya",
    finishes=("Black oxide",),
)

add(
    TONGUE_LETTERS,
    """Hej Lars,

Vi behöver offert på följande:
40 st axel, ritningsnr 4402-118, material SS 2541, induktionshärdad
20 st nav, ritningsnr 4402-121, material S355J2, målad

Leverans senast vecka 8, DAP Skövde.

Med vänlig hälsning
Annika Ström""",
    lines=[("4402-118", [40], "SS 2541"), ("4402-121", [20], "S355J2")],
    due="2027-02-26",
    incoterm="DAP",
    place="Skövde",
    finishes=("induktionshärdad", "målad"),
)

add(
    TONGUE_LETTERS,
    """Hi Dominik

we'd like to repeat these, please confirm or update the prices:

Part no.   | Description | Material | Last price | Qty now
MB-3390-1  | Clamp       | 1.0503   | 14.20 EUR  | 120
MB-3391-0  | Wedge       | 1.2842   | 9.75 EUR   | 240

Delivery end of February 2027 to Arnhem, FCA or DAP as you like.

Sanne""",
    lines=[("MB-3390-1", [120], "1.0503"), ("MB-3391-0", [240], "1.2842")],
    due="2027-02-28",
    incoterm="DAP",
    place="Arnhem",
)

add(
    TONGUE_LETTERS,
    """Tisztelt Partnerünk!

Kérjük adjanak ajánlatot az alábbi alkatrészekre:

Rajzszám: 11-2207-0   Megnevezés: Csapágyház   Anyag: EN-GJS-400-15   Mennyiség: 18 db
Rajzszám: 11-2209-1   Megnevezés: Fedél        Anyag: S355J2          Mennyiség: 36 db

Szállítási határidő: 2027. március 5.
Szállítási hely: Kecskemét, DAP

Üdvözlettel,
Kovács Éva""",
    lines=[("11-2207-0", [18], "EN-GJS-400-15"), ("11-2209-1", [36], "S355J2")],
    due="2027-03-05",
    incoterm="DAP",
    place="Kecskemét",
)

add(
    TONGUE_LETTERS,
    """Hei,

Kan dere gi pris på 8 stk. bolter, tegningsnr. 7701-22-B, materiale Super Duplex 1.4410, og 8 stk. hylser, tegningsnr. 7701-23-A, materiale 1.4462? Levering innen 12. februar 2027 til Kristiansund.

Hilsen
Tor Egil""",
    lines=[("7701-22-B", [8], "1.4410"), ("7701-23-A", [8], "1.4462")],
    due="2027-02-12",
    place="Kristiansund",
)
