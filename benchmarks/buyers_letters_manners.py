"""Requests of buyers in the manner of many trades: forms, threads, lists and prose; see ``buyers_letters``."""

from buyers_letters import Letter, add

MANNER_LETTERS: list[Letter] = []


add(
    MANNER_LETTERS,
    """FW: urgent spares

Jim, can we do this? Margin's tight. Al

-----Original Message-----
From: Beverly Kane <bkane@northmill.example>
Sent: Wednesday, November 25, 2026 4:40 PM
To: Al Frost
Subject: urgent spares

Al,
Need quote today if possible on:
(2) 4140 shafts per our drawing NM-77-204
(4) bronze bushings (C93200) per NM-77-205
(1) 1018 key stock 1/2 x 1/2 x 12 per NM-77-206
Need them at the Bangor mill by 12/18/26. Thanks Bev
207-555-0119""",
    lines=[("NM-77-204", [2], "4140"), ("NM-77-205", [4], "C93200"), ("NM-77-206", [1], "1018")],
    due="2026-12-18",
    place="Bangor",
)

add(
    MANNER_LETTERS,
    """陈先生:

以下零件请尽快报价,谢谢!

| 项目 | 零件编号 | 材料 | 数量 | 备注 |
| 1 | LK-3301-A | SUS316L | 150 | 电解抛光 |
| 2 | LK-3302-A | SUS316L | 150 | 电解抛光 |
| 3 | LK-3305-C | PEEK | 300 | |

交货:2027年3月15日前,DDP 新加坡。
Best regards, 何小姐""",
    lines=[("LK-3301-A", [150], "SUS316L"), ("LK-3302-A", [150], "SUS316L"), ("LK-3305-C", [300], "PEEK")],
    due="2027-03-15",
    incoterm="DDP",
    place="新加坡",
    finishes=("电解抛光", "电解抛光"),
)

add(
    MANNER_LETTERS,
    """尊敬的供应商:

请按附件图纸报价如下:
1)名称:联轴套 / 图号:LZT-118A / 数量:60 / 材质:42CrMo调质
2)名称:挡圈 / 图号:DQ-119 / 数量:120 / 材质:Q235 镀锌
交货地点:青岛保税区;最迟2027年2月28日到货;付款:月结30天。

采购:孙莉 手机 139 0000 5555""",
    lines=[("LZT-118A", [60], "42CrMo"), ("DQ-119", [120], "Q235")],
    due="2027-02-28",
    place="青岛",
    finishes=("镀锌",),
)

add(
    MANNER_LETTERS,
    """Dear Ms. Chen

We require the below spare parts for our packaging machines:

- Cam follower shaft, dwg. no. 4471-88-B, 1.2379 hardened 60 HRC: 10 pcs.
- Guide block, dwg. no. 4471-90-A, bronze CuSn12: 20 pcs.
- Spacer, dwg. no. 4471-95-A, 1.4301: 20 pcs.

Delivery by airfreight to Copenhagen, CPT, latest 15 January 2027.

Kind regards
Henriette Dahl""",
    lines=[("4471-88-B", [10], "1.2379"), ("4471-90-A", [20], "CuSn12"), ("4471-95-A", [20], "1.4301")],
    due="2027-01-15",
    incoterm="CPT",
    place="Copenhagen",
    finishes=("hardened",),
)

add(
    MANNER_LETTERS,
    """Kære Jens

Vi har brug for tilbud på:
10 stk. beslag, tegn. 4-2207-1, rustfri 1.4301, glasblæst
10 stk. afstandsrør, tegn. 4-2208-0, rustfri 1.4301

Skal være i Aalborg senest 29. januar 2027.

De bedste hilsner
Karen Vest""",
    lines=[("4-2207-1", [10], "1.4301"), ("4-2208-0", [10], "1.4301")],
    due="2027-01-29",
    place="Aalborg",
    finishes=("glasblæst",),
)

add(
    MANNER_LETTERS,
    """Ciao Beppe,

ci servono 200 bussole come da disegno 33.204 rev.2, materiale 11SMnPb37 + zincatura, e altre 100 come da disegno 33.205 rev.0, stesso materiale. Consegna entro metà febbraio 2027 a Vicenza. Mi confermi che il prezzo resta 1,12 €?

Grazie, Elisa""",
    lines=[("33.204", [200], "11SMnPb37"), ("33.205", [100], "11SMnPb37")],
    due="2027-02-15",
    place="Vicenza",
    finishes=("zincatura",),
    price=1.12,
)

add(
    MANNER_LETTERS,
    """Estimados señores:

Solicitamos presupuesto para el mecanizado de:

20 ejes          plano EJ-1180-1     F-1140 (C45)      templado por inducción
20 piñones       plano PI-1181-1     F-1550 (18CrMo4)  cementado
40 casquillos    plano CA-1182-0     bronce RG7

Entrega: antes del 5 de marzo de 2027 en Irún. Incoterm DAP.

Atentamente,
Dpto. de Compras""",
    lines=[("EJ-1180-1", [20], "C45"), ("PI-1181-1", [20], "18CrMo4"), ("CA-1182-0", [40], "RG7")],
    due="2027-03-05",
    incoterm="DAP",
    place="Irún",
    finishes=("templado", "cementado"),
)

add(
    MANNER_LETTERS,
    """Dzień dobry,

Zamówienie nr ZZ/26/0447

Pozycja 1: tuleja T-3310-2, materiał CuSn8, ilość 100 szt., cena 12,80 EUR/szt.
Termin dostawy: 29.01.2027
Miejsce dostawy: Magazyn główny, ul. Hutnicza 7, 41-800 Zabrze
Warunki: DAP

Prosimy o potwierdzenie.
Dział zaopatrzenia""",
    lines=[("T-3310-2", [100], "CuSn8")],
    due="2027-01-29",
    incoterm="DAP",
    place="Zabrze",
    price=12.8,
    kind="order",
)

add(
    MANNER_LETTERS,
    """Dear Sir or Madam,

We are a start-up building sailing drones and need a small run of parts machined. There are three: the rudder stock (SD-301-3, 2205 duplex, 5 pieces), the tiller arm (SD-302-1, 6082-T6 with hard anodising, 5 pieces) and the bearing cup (SD-305-2, acetal, 10 pieces). We would need everything in Falmouth by 26 February 2027 at the latest. As we're new to this: do you need anything else from us?

Warm regards,
Imogen Trevithick""",
    lines=[("SD-301-3", [5], "2205"), ("SD-302-1", [5], "6082-T6"), ("SD-305-2", [10], "acetal")],
    due="2027-02-26",
    place="Falmouth",
    finishes=("hard anodising",),
)

add(
    MANNER_LETTERS,
    """Gentile fornitore,

Vi preghiamo di quotare:

Posizione 1: codice 8-2240-A, supporto cuscinetto, ghisa EN-GJL-250, 20 pezzi
Posizione 2: codice 8-2241-A, coperchio, alluminio EN AW-6082, 40 pezzi, anodizzato naturale

Termine di consegna: 12.03.2027
Luogo di consegna: Bassano del Grappa
Resa: DAP

Distinti saluti""",
    lines=[("8-2240-A", [20], "EN-GJL-250"), ("8-2241-A", [40], "EN AW-6082")],
    due="2027-03-12",
    incoterm="DAP",
    place="Bassano del Grappa",
    finishes=("anodizzato",),
)

add(
    MANNER_LETTERS,
    """Hello Mike,

Your quote Q-26-771 refers. Please revise as follows:
- item 1 (part 41-2207 rev C): quantity from 100 to 150
- item 2 (part 41-2209 rev B): unchanged at 50
- item 3 (part 41-2211): delete
Material on all items 316L, electropolished. Delivery DAP Cork on 12 March 2027 as agreed.

Regards
Sinead""",
    lines=[("41-2207", [150], "316L"), ("41-2209", [50], "316L")],
    due="2027-03-12",
    incoterm="DAP",
    place="Cork",
    finishes=("electropolished",),
)

add(
    MANNER_LETTERS,
    """Hoi Ruud, we hebben haast! Kun je 5 st. tandwiel TW-3310 (16MnCr5, gehard) en 5 st. rondsel TW-3311 (zelfde materiaal) voor 18 december bij ons in Helmond krijgen? Prijs graag per omgaande. Gr. Kees (06-55501877)""",
    lines=[("TW-3310", [5], "16MnCr5"), ("TW-3311", [5], "16MnCr5")],
    due="2026-12-18",
    place="Helmond",
    finishes=("gehard",),
)

add(
    MANNER_LETTERS,
    """Sehr geehrter Herr Dr. Pfeiffer,

das Institut benötigt für einen Hochtemperaturversuch vier Probenhalter aus Inconel 625 (Zeichnung IFW-PH-07) und acht Klemmstücke aus Molybdän TZM (Zeichnung IFW-KS-02). Die Rechnung geht an die Universität Bayreuth, Dezernat 4; die Lieferung bitte an das Institut in 95447 Bayreuth. Zeitlich wäre uns Ende Februar 2027 recht.

Mit besten Grüßen
Prof. Dr. Anja Rösler""",
    lines=[("IFW-PH-07", [4], "Inconel 625"), ("IFW-KS-02", [8], "TZM")],
    due="2027-02-28",
    place="Bayreuth",
)

add(
    MANNER_LETTERS,
    """Hallo Willem,

kan je een offerte maken voor 150 st. scharnierpen (art. 60-2207) en 300 st. ring (art. 60-2208)? Beide RVS 316, scharnierpen graag gepolijst. Levering in maart, uiterlijk 12 maart 2027, adres: Kanaalweg 4, 9000 Gent (België).

Alvast bedankt,
Els""",
    lines=[("60-2207", [150], "316"), ("60-2208", [300], "316")],
    due="2027-03-12",
    place="Gent",
    finishes=("gepolijst",),
)

add(
    MANNER_LETTERS,
    """Guten Tag Herr Neumann,

unser Kunde hat den Auftrag aufgeteilt. Bitte bieten Sie die Spannzange 33-8807 (1.2826, gehärtet) einmal für 150 und einmal für 300 Stück an. Liefertermin: Ende Februar 2027; Lieferort: 99817 Eisenach.

Viele Grüße
Sabine Roth
Telefon 03691 555-120""",
    lines=[("33-8807", [150, 300], "1.2826")],
    due="2027-02-28",
    place="Eisenach",
    finishes=("gehärtet",),
)

add(
    MANNER_LETTERS,
    """Hi Laura,

as discussed, could you quote for both variants?

Variant A: NZ-4401-A, nozzle body, 1.4404, 200 pcs
Variant B: NZ-4401-B, nozzle body, Hastelloy C22, 50 pcs

Lead time target 8 weeks after order. Delivery CPT Basel. Please don't forget the 3.1 certs.

Thanks!
Rahel""",
    lines=[("NZ-4401-A", [200], "1.4404"), ("NZ-4401-B", [50], "Hastelloy C22")],
    incoterm="CPT",
    place="Basel",
)

add(
    MANNER_LETTERS,
    """Hello,

we'd like to know your price for turning and milling of our part AX-3390 "armature". Batch sizes of 2,500 and 10,000, material 1.4105IL bars supplied by ourselves. Deliveries monthly from April 2027, first delivery 9 April 2027, FCA your works.

Kind regards
Ilona Varga""",
    lines=[("AX-3390", [2500, 10000], "1.4105IL")],
    due="2027-04-09",
    incoterm="FCA",
)

add(
    MANNER_LETTERS,
    """Subject: Re: Quote 1188

Thanks for the quick quote Joe.

Couple of changes:
* P/N 66-101 make it 120 instead of 100
* P/N 66-102 stays at 60
* both now in 17-4 H1025
Delivery as quoted (2/26/2027, Tempe AZ).

If you can hold the price I'll cut the PO tomorrow.
Angela""",
    lines=[("66-101", [120], "17-4"), ("66-102", [60], "17-4")],
    due="2027-02-26",
    place="Tempe",
)

add(
    MANNER_LETTERS,
    """Sehr geehrte Damen und Herren,

Anfrage Fertigungsteile, Kst. 4410

Zchg.-Nr.       Benennung        Anz.   Mat.        Oberfl.           LT
3-4410-01.00    Grundplatte      2      S355J2+N    lackiert RAL 5015 22.02.2027
3-4410-02.00    Führungsleiste   4      1.2842      gehärtet          22.02.2027
3-4410-03.00    Abstreifer       4      CuZn37      -                 22.02.2027

Lieferort: Ravensburg
Incoterms: DAP

MfG i.A. Sonntag""",
    lines=[("3-4410-01.00", [2], "S355J2+N"), ("3-4410-02.00", [4], "1.2842"), ("3-4410-03.00", [4], "CuZn37")],
    due="2027-02-22",
    incoterm="DAP",
    place="Ravensburg",
    finishes=("lackiert RAL 5015", "gehärtet"),
)

add(
    MANNER_LETTERS,
    """Gentili Signori,

Vi chiediamo offerta per n. 80 cremagliere modulo 3 (disegno CR-3310, C45 temprato ad induzione) e n. 80 pignoni (disegno PG-3311, 18NiCrMo5 cementato). Consegna tassativa 26 febbraio 2027, destinazione Rovereto, resa DAP. Pagamento 60 gg d.f.f.m.

Distinti saluti
Acquisti""",
    lines=[("CR-3310", [80], "C45"), ("PG-3311", [80], "18NiCrMo5")],
    due="2027-02-26",
    incoterm="DAP",
    place="Rovereto",
    finishes=("temprato ad induzione", "cementato"),
)

add(
    MANNER_LETTERS,
    """Bonjour,

Veuillez trouver ci-dessous notre besoin :

| Référence | Indice | Désignation | Qté | Matière | Traitement |
| M-7701-2 | A | Moyeu | 36 | 20NiCrMo2 | cémentation trempe |
| M-7702-0 | B | Flasque | 36 | EN AW-5083 | anodisation noire |

Livraison Nantes, semaine 10, franco de port.
Offre attendue pour vendredi.

Bonne journée""",
    lines=[("M-7701-2", [36], "20NiCrMo2"), ("M-7702-0", [36], "EN AW-5083")],
    due="2027-03-12",
    place="Nantes",
    finishes=("cémentation", "anodisation noire"),
)

add(
    MANNER_LETTERS,
    """Hi Paul,

Order confirmation required please:

We hereby order 20 x Impeller 7731-IMP-02 (CF8M) at 412.00 GBP each against your quote Q26-1188. Deliver to Pump House, Severn Road, Gloucester GL1 2AB, by 26th February 2027 (DAP).

Regards
Accounts & Purchasing""",
    lines=[("7731-IMP-02", [20], "CF8M")],
    due="2027-02-26",
    incoterm="DAP",
    place="Gloucester",
    price=412.0,
    kind="order",
)

add(
    MANNER_LETTERS,
    """Bonjour à tous,

Besoin urgent pour arrêt technique : 2 arbres (plan AR-33-204, 30NiCrMo16) + 4 clavettes (plan CL-33-205, C45) + 4 entretoises (plan EN-33-206, S235). À livrer impérativement le 18/12/2026 sur notre site de Dunkerque.

Merci de répondre avant ce soir 18h.
Kevin / Maintenance""",
    lines=[("AR-33-204", [2], "30NiCrMo16"), ("CL-33-205", [4], "C45"), ("EN-33-206", [4], "S235")],
    due="2026-12-18",
    place="Dunkerque",
)

add(
    MANNER_LETTERS,
    """Sehr geehrte Damen und Herren,

anbei unsere Bestellung Nr. B-26-40119 vom 26.11.2026:

Pos. 1
  Artikel       7-3304-11
  Bezeichnung   Drehteil Bolzen
  Werkstoff     1.4305
  Menge         1.500 Stück
  Preis         1,84 EUR/Stück
  Termin        12.02.2027

Lieferung: DDP Villingen-Schwenningen

Mit freundlichen Grüßen
Heike Obermann""",
    lines=[("7-3304-11", [1500], "1.4305")],
    due="2027-02-12",
    incoterm="DDP",
    place="Villingen-Schwenningen",
    price=1.84,
    kind="order",
)

add(
    MANNER_LETTERS,
    """Sehr geehrtes Vertriebsteam,

wir planen den Umbau unserer Abfüllanlage und holen dafür Preise ein:

a) Sternrad oben, Zeichnung AF-3307-1, POM-C weiß, 6 Stück
b) Sternrad unten, Zeichnung AF-3307-2, POM-C weiß, 6 Stück
c) Klemmring, Zeichnung AF-3311-0, 1.4301, 12 Stück, glasperlgestrahlt

Die Anlage steht ab 8. März 2027 still, die Teile müssen daher bis 1. März 2027 in Bad Hersfeld vorliegen. Kosten für Verpackung und Fracht bitte gesondert ausweisen (DAP).

Mit freundlichen Grüßen
Technischer Einkauf""",
    lines=[("AF-3307-1", [6], "POM-C"), ("AF-3307-2", [6], "POM-C"), ("AF-3311-0", [12], "1.4301")],
    due="2027-03-01",
    incoterm="DAP",
    place="Bad Hersfeld",
    finishes=("glasperlgestrahlt",),
)

add(
    MANNER_LETTERS,
    """Team MillRight,

RFQ: Fixture details for Line 7.

DETAIL  DESCRIPTION            MATL            QTY  HEAT TREAT   REMARKS
F7-01   BASE PLATE             A36 HRS         1    STRESS REL   BLANCHARD GRIND
F7-02   LOCATOR BLOCK          A2              4    58-60 RC
F7-03   DOWEL BUSHING          O1              8    60 RC
F7-04   CLAMP ARM              1018            4    CASE .030    BLACK OXIDE

Fixture needs to be on our floor in Toledo, Ohio by January 29.  Pls quote lump sum and each.

Dawn""",
    lines=[("F7-01", [1], "A36"), ("F7-02", [4], "A2"), ("F7-03", [8], "O1"), ("F7-04", [4], "1018")],
    due="2027-01-29",
    place="Toledo",
    finishes=("BLACK OXIDE",),
)

add(
    MANNER_LETTERS,
    """Goedendag,

Wij ontvangen graag uw beste prijs voor:
12 st. lagerflens, tekening LF-3310-B, EN-GJS-400-15
12 st. afdichtring, tekening AR-3311-A, PTFE

Gewenste levering: 5 maart 2027, franco Zwolle. Uw offerte vóór 3 december a.u.b.

Met vriendelijke groet
Inge Bakker""",
    lines=[("LF-3310-B", [12], "EN-GJS-400-15"), ("AR-3311-A", [12], "PTFE")],
    due="2027-03-05",
    place="Zwolle",
)

add(
    MANNER_LETTERS,
    """Hola,

Adjunto planos. Cantidades: P-4410 → 12, P-4411 → 12, P-4415 → 24. Todo en acero inoxidable AISI 316L pasivado. Entrega en Vitoria antes del 12 de marzo de 2027. Incoterm DAP.

Saludos,
Ander""",
    lines=[("P-4410", [12], "AISI 316L"), ("P-4411", [12], "AISI 316L"), ("P-4415", [24], "AISI 316L")],
    due="2027-03-12",
    incoterm="DAP",
    place="Vitoria",
    finishes=("pasivado",),
)

add(
    MANNER_LETTERS,
    """询价:阀体VB-1102(材料CF8M,30台),阀盖VB-1103(材料CF8M,30台),阀杆VB-1107(材料2205,60根)。要求2027年2月20日前交货,送货地址:浙江省温州市龙湾区。请报含税含运单价。
采购部 林芳 0577-5555 0122""",
    lines=[("VB-1102", [30], "CF8M"), ("VB-1103", [30], "CF8M"), ("VB-1107", [60], "2205")],
    due="2027-02-20",
    place="温州",
)

add(
    MANNER_LETTERS,
    """Hello again,

for the repeat order of spindle noses we'd need your best price on 8 pcs (SN-0071 rev G; 18CrNiMo7-6; case hardened and ground) – in 2025 you charged us CHF 412. Terms would be FCA Biel, ready for pick-up 5 February 2027.

Kind regards
Martina Graf""",
    lines=[("SN-0071", [8], "18CrNiMo7-6")],
    due="2027-02-05",
    incoterm="FCA",
    place="Biel",
    finishes=("case hardened",),
)

add(
    MANNER_LETTERS,
    """Bonjour,

Nous aurions besoin de 4 jeux complets de mors doux (réf. MD-220-A, acier 16MnCr5, 3 mors par jeu) et de 1 mandrin réf. MX-220 en 42CrMo4 traité nitruré. Livraison souhaitée mi-février 2027, franco Oyonnax. Notre dernier achat était à 310 € le jeu.

Salutations,
Gérard Vuillermoz
Tél : 04 74 55 01 12""",
    lines=[("MD-220-A", [4], "16MnCr5"), ("MX-220", [1], "42CrMo4")],
    due="2027-02-15",
    place="Oyonnax",
    finishes=("nitruré",),
)

add(
    MANNER_LETTERS,
    """Hallo,

ich bin auf der Suche nach einem Fertiger für ein Ersatzteil an meiner Drehbank Weiler Matador. Es ist ein Zahnrad Modul 2, 45 Zähne, aus C45, 1 Stück, Skizze "Zahnrad_45.pdf" hängt an. Lieferung nach 84028 Landshut, Termin egal.

Viele Grüße, Max Huber""",
    lines=[("Zahnrad_45", [1], "C45")],
    place="Landshut",
)

add(
    MANNER_LETTERS,
    """Bom dia,

Gostaríamos de receber o vosso melhor preço para a peça em anexo (desenho TB-3310, rev. B): tampa em alumínio EN AC-44300, 300 unidades por lote, pintura RAL 9005. Entrega em Palmela na semana 12 de 2027, DAP.

Com os melhores cumprimentos
Marta Figueiredo""",
    lines=[("TB-3310", [300], "EN AC-44300")],
    due="2027-03-26",
    incoterm="DAP",
    place="Palmela",
    finishes=("pintura RAL 9005",),
)
