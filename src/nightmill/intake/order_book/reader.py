"""Read an order book, a table from a spreadsheet or an ERP system, into orders, remarks and findings.

Nothing needs to be renamed first: the heading line is found below a title, headings are recognised in many languages, and the part column
is the one whose cells are the shop's parts. Anything ambiguous is a finding, never a guess.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from typing import TypeVar

import msgspec

from nightmill.intake.order_book.cells import PIECES, read_dates, read_quantities
from nightmill.vocabulary import validation
from nightmill.vocabulary.errors import Finding

T = TypeVar("T")
Table = Sequence[Sequence[str]]
FILE = "orders"
MOST_QUANTITY = 10_000
MOST_PRIORITY = 100
MOST_YEARS = 9
_HEAD_WITHIN = 30
_LEAST_HEADS = 2
MOST_SAID = 20
MOST_HEADING = 200
"""Maximum length of a heading, in characters."""
MOST_CELL, MOST_FIGURE = 500, 120
"""Maximum length of a cell, and of a cell with a date or a number, in characters."""
_FIGURES = frozenset(("quantity", "open", "made", "due", "release", "priority", "position", "unit"))
_HEADINGS = {
    "order": """order; order no; verk beleg; eink beleg; order number; order id; sales order; so; so no; po; po no; po number; purchase order; job; job no;
        job number; work order; wo; works order; production order; auftrag; auftragsnr; auftragsnummer; auftrag nr; kundenauftrag;
        bestellung; bestellnr; bestellnummer; bestell nr; beleg; belegnr; belegnummer; einkaufsbeleg; verkaufsbeleg; fertigungsauftrag;
        fa; fa nr; commande; n commande; no commande; n de commande; numero de commande; ordre de fabrication; of; ordine; n ordine; numero ordine;
        commessa; pedido; n pedido; numero de pedido; orden; orden de compra; zamowienie; nr zamowienia; zlecenie; nr zlecenia;
        objednavka; cislo objednavky; zakazka; cislo zakazky; bestelling; bestelnummer; ordernummer; ordre; ordrenr; tilaus; tilausnumero;
        rendeles; rendelesszam; encomenda; siparis; siparis no; 订单; 订单号; 订单编号; 工单; 工单号; 采购订单""",
    "position": """pos; position; posnr; pos nr; line; line no; line item; order line; item no; posten; poste; ligne; riga; posizione;
        linea; posicion; pozycja; poz; lp; polozka; regel; rad; rivi; tetel; linha; kalem; 行; 行号; 项次; 序号""",
    "part": """part; part no; part number; part id; pn; p n; item; item number; item code; article; article no; article number; product;
        product no; sku; component; drawing; drawing no; drawing number; dwg; dwg no; artikel; artikelnr; artikelnummer; artikel nr;
        teil; teilenr; teilenummer; teile nr; sachnummer; sach nr; materialnummer; material nr; materialnr; zeichnung; zeichnungsnr;
        zeichnungsnummer; zeichnungs nr; ident; identnr; identnummer; bauteil; reference; ref; piece; n piece; code article; plan;
        articolo; codice; codice articolo; particolare; disegno; codigo; referencia; pieza; articulo; plano; czesc; nr czesci; detal;
        indeks; nr rysunku; dil; cislo dilu; vykres; cislo vykresu; onderdeel; artikelnummer; tekening; tekeningnummer; del; varenr;
        varenummer; tegning; ritning; osa; nimike; piirustus; cikk; cikkszam; rajzszam; peca; desenho; parca; parca no; 零件; 零件号;
        图号; 物料; 物料号; 物料编码; 料号; 产品; 产品编号""",
    "naming": """description; name; designation; material; bezeichnung; benennung; beschreibung; kurztext; materialkurztext; text; artikelbezeichnung;
        libelle; descrizione; denominazione; descripcion; denominacion; nazwa; opis; nazev; popis; omschrijving; benaming; benamning;
        betegnelse; nimi; megnevezes; descricao; tanim; 名称; 描述; 物料描述""",
    "open": """open; open qty; open quantity; qty open; remaining; remaining qty; balance; backlog; to make; outstanding; outstanding qty;
        offen; offene menge; menge offen; restmenge; offene stuck; noch zu liefern; reste; reste a livrer; qte restante; residuo; da evadere;
        pendiente; cantidad pendiente; pozostalo; zbyva; openstaand; rest; aterstar; 未交; 未交数量; 剩余数量""",
    "made": """delivered; delivered qty; qty delivered; delivered quantity; shipped; shipped qty; qty shipped; already delivered; finished qty; completed qty;
        qty completed; good qty; geliefert; gelieferte menge; liefermenge; menge geliefert; ruckgemeldet; ruckgemeldete menge; gutmenge; istmenge; livre; qte livree;
        deja livre; consegnato; qta consegnata; evaso; entregado; cantidad entregada; dostarczono; dodano; geleverd; leveret; levererat; toimitettu; 已交; 已交数量; 完成数量""",
    "quantity": """quantity; qty; q ty; order qty; order quantity; ordered; ordered qty; qty ordered; pcs; pieces; lot size; menge; stk; stuck; stuckzahl;
        anzahl; bestellmenge; auftragsmenge; sollmenge; quantite; qte; nombre; quantita; q ta; qta; pezzi; n pezzi; cantidad; cant; piezas;
        uds; unidades; ilosc; szt; mnozstvi; ks; kusu; pocet; aantal; stuks; antal; antall; maara; kpl; mennyiseg; darab; db; quantidade;
        qtd; miktar; adet; 数量; 订单数量; 件数""",
    "due": """due; due date; date due; deadline; delivery; delivery date; del date; required; required date; req date; required by; need by; need date;
        needed by; ship date; ship by; promise date; promised; promised date; requested date; request date; customer date; eta; finish date;
        finish by; lief datum; liefdatum;
        liefertermin; lieferdatum; lieferung; wunschtermin; wunschlieferdatum; termin; endtermin; fertigstellungstermin; fertig bis; fallig;
        fallig am; falligkeit; bis; lieferwoche; kw; soll termin; bedarfstermin; delai; date de livraison; livraison; date livraison; echeance;
        date souhaitee; consegna; data consegna; data di consegna; scadenza; entrega; fecha de entrega; fecha entrega; plazo; vencimiento;
        termin dostawy; data dostawy; termin realizacji; dodani; datum dodani; termin dodani; leverdatum; levering; leveringsdato;
        leveringsdatum; leveransdatum; leverans; toimitus; toimituspaiva; toimitusaika; hatarido; szallitasi hatarido; prazo; data de entrega;
        teslim; teslim tarihi; termin; 交货; 交货日期; 交期; 交货期; 要求日期; 到货日期""",
    "release": """release; release date; start; start date; not before; earliest start; starttermin; start termin; fruhester start; beginn; starttermin geplant;
        freigabe; debut; date de debut; inizio; data inizio; inicio; fecha de inicio; poczatek; zahajeni; startdatum; 开始日期; 开工日期""",
    "priority": """priority; prio; prioritat; priorite; priorita; prioridad; priorytet; prioriteit; prioritet; prioriteetti; prioritas; prioridade;
        oncelik; 优先级""",
    "customer": """customer; customer name; client; sold to; buyer; kunde; kundenname; auftraggeber; debitor; cliente; klient; odbiorca; zakaznik; odberatel;
        klant; kund; asiakas; vevo; musteri; 客户; 客户名称""",
    "status": """status; state; auftragsstatus; positionsstatus; statut; etat; stato; estado; stav; tila; allapot; durum; 状态""",
    "unit": """unit; uom; unit of measure; um; einheit; me; bme; mengeneinheit; unite; unita; unidad; jednostka; jm; jednotka; mj; eenheid; enhet; enhed;
        yksikko; egyseg; unidade; birim; 单位""",
}  # fmt: skip
_NOT_MEANT = frozenset(("actual", "ist", "last", "previous", "old", "letzter", "letzte", "alt", "ancien"))
"""Words that change the meaning of a heading."""
_CLOSED = re.compile(
    r"\b(?:closed|done|completed?|finished|delivered|shipped|invoiced|cancel(?:l?ed)?|void|TECO|CLSD|DLV"
    r"|erledigt|abgeschlossen|(?:aus)?geliefert|fertig(?:gestellt|gemeldet)?|stornier(?:t|ung)|storno|beendet|fakturiert"
    r"|termin[ée]e?s?|livr[ée]e?s?|annul[ée]e?s?|sold[ée]e?s?|chius[oaie]|evas[oaie]|consegnat[oaie]|annullat[oaie]"
    r"|cerrad[oa]s?|entregad[oa]s?|anulad[oa]s?|zamkni\w+|zrealiz\w+|anulow\w+|uzavřen\w*|hotov\w*|zrušen\w*"
    r"|gesloten|geleverd|lukket|leveret|stängd|levererad)\b|已完成|已交|关闭|取消",
    re.I,
)
_NOT_CLOSED = re.compile(
    r"\b(?:not|to be|ready|await\w*|almost|nearly|half|pending|part\w*|teil\w*|nicht|noch|halb|bereit|pas|non?|en cours|nie|niet|ikke"
    r"|in progress|in arbeit)\b|open|offen|(?<!\d)\d{1,2} ?%|\d (?:of|von|sur|di|de) \d|部分|未",
    re.I,
)
_SUM = re.compile(
    r"\b(?:sub ?-?total|total|sum|(?:zwischen|gesamt)?summe|totale|sous-total|suma|razem|celkem|totaal)\b|合计|小计|总计",
    re.I,
)
_NOTHING = ("-", "–", "—")
"""How Excel shows a zero in accounting format."""
_ENDINGS = re.compile(r"\.(?:step|stp|iges|igs|sldprt|ipt|prt|catpart|dxf|dwg|pdf|f3d)$", re.I)


class BookLine(msgspec.Struct, frozen=True):
    """An order with its line in the table (the first is 1); ``due`` and ``release`` are ISO dates or date-times."""

    line: int
    order: str
    part: str
    quantity: int
    due: str
    release: str = ""
    priority: int = 1
    customer: str = ""


class OrderBook(msgspec.Struct, frozen=True):
    """The content of a table. ``columns``: the meaning given to each heading; ``remarks``: decisions for a person to check."""

    lines: tuple[BookLine, ...] = ()
    columns: dict[str, str] = {}
    remarks: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def read_order_book(
    tables: Sequence[Table],
    today: date,
    parts: Collection[str],
    *,
    day_first: bool | None = None,
    chosen: Mapping[str, str] | None = None,
    orders: Collection[str] = (),
) -> OrderBook:
    """Return the orders of the table with the most order-book headings.

    ``tables``: the sheets of a workbook, or a text split at different separators. ``parts``: the shop's parts, empty if none are known;
    ``day_first``: how to read 03/04/2026; ``chosen``: the heading for a kind of column, if the user chose one;
    ``orders``: existing names, which no new order may get.
    """
    table = max(tables, key=lambda table: max(_known(table), default=0), default=())
    return _Reader(table, today, parts, day_first, chosen or {}, orders).read()


class _Reader:
    """The state of reading one table."""

    def __init__(
        self,
        table: Table,
        today: date,
        parts: Collection[str],
        day_first: bool | None,
        chosen: Mapping[str, str],
        orders: Collection[str] = (),
    ) -> None:
        self.table, self.today, self.day_first, self.chosen = table, today, day_first, chosen
        self.parts, self.orders = _by_bare_name(parts), orders
        self.known = frozenset(parts)
        self.findings: list[Finding] = []
        self.remarks: list[str] = []
        self.heads: dict[str, int] = {}
        self.looked_for = 0
        self.head = 0
        self.filled: list[int] = []
        """All lines below the headings; ``rows`` are those that are orders."""
        self.rows: list[int] = []

    def read(self) -> OrderBook:
        """Return the orders, or the findings that prevent reading the table."""
        head = head_line(self.table)
        if head is None:
            first = next((row for row in self.table if any(row)), ())
            self._note("line 1", ", ".join(first)[:120] or "nothing", "column headings: order, part, quantity, due", "Add a heading line.")  # fmt: skip
            return OrderBook(findings=tuple(self.findings))
        self.head = head
        again = _filled(self.table[head])
        below = range(head + 1, len(self.table))
        self.filled = [k for k in below if (cells := _filled(self.table[k])) and cells != again]
        self.rows = list(self.filled)
        self._check_lengths()
        if self.findings:
            return OrderBook(findings=tuple(self.findings))
        self._choose_columns()
        if self.findings:
            return OrderBook(findings=tuple(self.findings))
        columns = {self._cell(head, place): kind for kind, place in self.heads.items()}
        missing = [kind for kind in ("order", "part", "quantity", "due") if kind not in self.heads]
        if missing:
            found = ", ".join(cell.strip() for cell in self.table[head] if cell.strip())[:120]
            expected = "columns for order, part, quantity and due"
            remedy = (
                f"Name the column of the {' and the '.join(missing)} (or choose it: --column {missing[0]}=HEADING)."
            )
            self._note(f"line {head + 1}", found, expected, remedy)
            return OrderBook((), columns, (), tuple(self.findings))
        self._leave_out_closed()
        self._leave_out_sums()
        lines = tuple(self._lines())
        if any(line.priority > 1 for line in lines):
            self.remarks.append("a larger priority is treated as more urgent")
        return OrderBook(lines, columns, tuple(self.remarks), tuple(self.findings))

    def _check_lengths(self) -> None:
        """Report cells too long for a date, number or name, since reading a cell takes time in proportion to its
        length.
        """
        kinds = {place: heading(cell) for place, cell in enumerate(self.table[self.head])}
        told = {_plain(said): kind for kind, said in self.chosen.items()}
        for place, cell in enumerate(self.table[self.head]):
            kind = told.get(_plain(cell)) or kinds[place]
            most = MOST_FIGURE if kind in _FIGURES else MOST_CELL
            if kind is None or kind in ("naming", "customer"):
                continue
            for row in self.filled:
                if len(found := self._cell(row, place)) > most:
                    self._note(f"line {row + 1}, {kind}", f"{len(found)} characters", f"at most {most} characters", "Shorten the cell.")  # fmt: skip

    def _choose_columns(self) -> None:
        kinds: dict[str, list[int]] = {}
        for place, cell in enumerate(self.table[self.head]):
            if kind := heading(cell):
                kinds.setdefault(kind, []).append(place)
        position = kinds.pop("position", [])
        part = self._part_column(kinds.pop("part", []), [*kinds.pop("naming", []), *position])
        if part is not None:
            self.heads["part"] = part
        if position := [place for place in position if place != part]:
            kinds["position"] = position
        if open_ones := kinds.pop("open", []):
            self._take_open(open_ones, kinds)
        for kind, places in kinds.items():
            self.heads[kind] = max(places, key=lambda place: sum(bool(self._cell(row, place)) for row in self.rows))
            if len(places) > 1 and kind not in self.chosen:
                self._weigh_rivals(kind, places)
        self._choose_as_told()

    def _take_open(self, open_ones: list[int], kinds: dict[str, list[int]]) -> None:
        """Use the open quantity as the quantity, unless the user chose another column; an open quantity above the
        ordered quantity is an error.
        """
        heads = {_plain(self._cell(self.head, place)) for place in open_ones}
        if "quantity" in self.chosen and _plain(self.chosen["quantity"]) not in heads:
            return
        name = self._cell(self.head, open_ones[0])
        for ordered in kinds.get("quantity", []) if "quantity" not in self.chosen else ():
            left, _ = read_quantities([self._cell(row, open_ones[0]) for row in self.rows])
            whole, _ = read_quantities([self._cell(row, ordered) for row in self.rows])
            if any(a is not None and b is not None and a > b for a, b in zip(left, whole, strict=True)):
                other = self._cell(self.head, ordered)
                remedy = f"Choose one with --column quantity={other!r}, or rename the other."
                self._note(
                    f"line {self.head + 1}", f"{name!r} larger than {other!r}", "quantity still to be made", remedy
                )
                break
        self.remarks.append(f"{name!r} is the quantity still to be made")
        kinds["quantity"] = open_ones
        kinds.pop("made", None)

    def _weigh_rivals(self, kind: str, places: list[int]) -> None:
        """Handle two columns of the same kind: for names either will do, but if dates or numbers differ, the user must choose one."""
        heads = [f"{self._cell(self.head, place)!r} (column {place + 1})" for place in places]
        differ = any(len({self._cell(row, place) for place in places} - {""}) > 1 for row in self.rows)
        if kind in ("quantity", "due", "made", "release") and differ:
            remedy = f"Choose one with --column {kind}={self._cell(self.head, places[0])!r}, or rename the other."
            self._note(f"line {self.head + 1}", " and ".join(heads), f"one column for the {kind}", remedy)
        elif kind in ("order", "quantity", "due"):
            taken = heads.pop(places.index(self.heads[kind]))
            self.remarks.append(f"{taken} is used as the {kind}, not {' or '.join(heads)}")

    def _choose_as_told(self) -> None:
        plain = {_plain(cell): place for place, cell in reversed(list(enumerate(self.table[self.head])))}
        for kind, said in self.chosen.items():
            if (place := plain.get(_plain(said))) is not None:
                self.heads[kind] = place
                continue
            there = ", ".join(cell.strip() for cell in self.table[self.head] if cell.strip())[:200]
            self._note(f"--column {kind}", said, f"one of {there}", "Correct the heading.")

    def _part_column(self, named: list[int], naming: list[int]) -> int | None:
        """Return the column whose cells are mostly the shop's parts; if no parts are known, the first with a part
        heading.
        """
        places = [*named, *naming]
        if not places or not self.parts:
            return next(iter(named), None)
        hits = {place: sum(self._is_part(row, place) for row in self.rows) for place in places}
        if not any(hits.values()):
            return next(iter(named), None)
        part = max(places, key=lambda place: hits[place])
        for place in places if "part" not in self.chosen else ():
            both = [row for row in self.rows if self._is_part(row, part) and self._is_part(row, place)]
            if any(bare(self._cell(row, part)) != bare(self._cell(row, place)) for row in both):
                heads = [f"{self._cell(self.head, each)!r} (column {each + 1})" for each in (part, place)]
                remedy = f"Choose one with --column part={self._cell(self.head, part)!r}, or rename the other."
                self._note(f"line {self.head + 1}", " and ".join(heads), "one column for the part", remedy)
        return part

    def _is_part(self, row: int, place: int) -> bool:
        cell = self._cell(row, place)
        return len(cell) <= MOST_CELL and bare(cell) in self.parts

    def _leave_out_closed(self) -> None:
        for kind, said in (("status", "closed"), ("quantity", "complete")):
            out = [row for row in self.rows if self._out(kind, self.of(row, kind))]
            if out:
                self.rows = sorted(set(self.rows) - set(out))
                which = ", ".join(str(row + 1) for row in out[:MOST_SAID]) + (", …" if len(out) > MOST_SAID else "")
                self.remarks.append(f"{said}, skipped: line {which}")

    @staticmethod
    def _out(kind: str, cell: str) -> bool:
        if kind == "status":
            return bool(_CLOSED.search(cell)) and not _NOT_CLOSED.search(cell)
        return cell in _NOTHING or re.fullmatch(r"0+(?:[.,]0+)?", cell) is not None

    def _leave_out_sums(self) -> None:
        """Remove lines that are totals or remarks: last lines without part, date and order number, and any other line
        that says that it is one.
        """
        sums = set()
        for row in self.rows:
            said = " ".join(_filled(self.table[row]))[:MOST_CELL]
            if _SUM.search(said) and not any(self.of(row, kind) for kind in ("part", "due")):
                sums.add(row)
                self.remarks.append(f"not an order, skipped: line {row + 1} ({said[:60]})")
        self.rows = [row for row in self.rows if row not in sums]
        while self.rows and not any(self.of(self.rows[-1], kind) for kind in ("part", "due")):
            if (order := self.of(self.rows[-1], "order")) and re.search(r"\d", order):
                return
            row = self.rows.pop()
            self.remarks.append(f"not an order, skipped: line {row + 1} ({' '.join(_filled(self.table[row]))[:60]})")

    def _lines(self) -> Iterator[BookLine]:
        dates = self._dates("due")
        releases = self._dates("release") if "release" in self.heads else [""] * len(self.rows)
        quantities = self._quantities()
        names = self._names()
        looks = validation.Names(self.orders)
        for k, row in enumerate(self.rows):
            part = self._part(row)
            due, release, quantity, name = dates[k], releases[k], quantities[k], names[k]
            if due is None or release is None or quantity is None or not part or not name:
                continue
            try:
                looks.check(validation.order_name(name))
            except validation.Wrong as wrong:
                self._note(f"line {row + 1}, order", wrong.found, wrong.expected, "Give it another name.")
                continue
            looks.add(name)
            if release > (due if "T" in due else f"{due}T24"):
                self._note(f"line {row + 1}, release", release, f"a date before the due date ({due})", "Correct one of them.")  # fmt: skip
                continue
            yield BookLine(row + 1, name, part, quantity, due, release, self._priority(row), self.of(row, "customer"))

    def _dates(self, kind: str) -> list[str | None]:
        cells = [self.of(row, kind) for row in self.filled]
        head = self._cell(self.head, self.heads[kind])
        if re.search(r"\b(?:kw|woche|week|wk)\b|woche$", head, re.I):
            cells = [f"W{cell}" if re.fullmatch(r"\d{1,2}(?:[./-]\d{2,4})?", cell) else cell for cell in cells]
        all_read, unsure = read_dates(cells, self.today, self.day_first)
        all_read = [day if day and abs(int(day[:4]) - self.today.year) <= MOST_YEARS else None for day in all_read]
        cells, found = self._of_orders(cells), self._of_orders(all_read)
        if unsure:
            which = next((cell for cell in cells if re.match(r"\d{1,2}[/-]\d", cell)), "")
            remedy = "Write 2026-11-30 (or choose the order: --dates day-first or month-first)."
            self._note(f"column {head}", which, "dates with unambiguous day and month", remedy)
            return [None] * len(cells)
        for row, cell, day in zip(self.rows, cells, found, strict=True):
            if day is None and (cell or kind == "due"):
                self._note(f"line {row + 1}, {kind}", cell[:80] or "nothing", "a date such as 2026-11-30 or 2026-11-30T14:00", "Correct the date.")  # fmt: skip
        if kind == "due" and any(re.match(r"(?:KW|CW|W)\W?\d", cell, re.I) for cell in cells):
            self.remarks.append("a week means its Friday")
        return ["" if kind == "release" and not cell else each for cell, each in zip(cells, found, strict=True)]

    def _quantities(self) -> list[int | None]:
        all_cells = [self.of(row, "quantity") for row in self.filled]
        all_read, unsure = read_quantities(all_cells)
        cells, found = self._of_orders(all_cells), self._of_orders(all_read)
        if unsure:
            which = next((cell for cell in cells if re.search(r"[.,]000\b", cell)), "")
            place = f"column {self._cell(self.head, self.heads['quantity'])}"
            self._note(place, which, "whole quantities", "Write 10 for ten, 10000 for ten thousand.")
            return [None] * len(cells)
        whole: list[int | None] = []
        for row, cell, ordered, made in zip(self.rows, cells, found, self._made(), strict=True):
            if made is None:
                remedy = "Correct it, or rename the column if it isn't the delivered quantity."
                self._note(
                    f"line {row + 1}, delivered", self.of(row, "made")[:80], "the quantity already delivered", remedy
                )
                whole.append(None)
                continue
            number = None if ordered is None else ordered - made
            if made and number is not None and number <= 0:
                self.remarks.append(f"complete, skipped: line {row + 1}")
                whole.append(None)
                continue
            unit = self.of(row, "unit")
            wrong_unit = bool(unit) and not PIECES.fullmatch(unit)
            if wrong_unit or number is None or number != int(number) or not 1 <= number <= MOST_QUANTITY:
                said = f"{cell} {unit}".strip()[:80] if wrong_unit else cell[:80]
                expected = f"whole pieces, 1 to {MOST_QUANTITY}"
                self._note(f"line {row + 1}, quantity", said or "nothing", expected, "Correct the quantity.")
                whole.append(None)
            else:
                whole.append(int(number))
        return whole

    def _made(self) -> list[float | None]:
        """Return how many pieces of each order are already made or delivered."""
        if "made" not in self.heads:
            return [0.0] * len(self.rows)
        head = self._cell(self.head, self.heads["made"])
        cells = ["0" if (cell := self.of(row, "made")) in ("", *_NOTHING) else cell for row in self.filled]
        read, unsure = read_quantities(cells)
        if unsure:
            which = next((cell for cell in cells if "000" in cell), "")
            self._note(f"column {head}", which, "whole quantities", "Write 10 for ten, 10000 for ten thousand.")
        self.remarks.append(f"{head!r} is subtracted from the quantity")
        return self._of_orders(read)

    def _names(self) -> list[str]:
        """Return each order's name, with its position, so that the name stays the same when the order gains a line; an
        empty cell repeats the line above.

        A column that merely counts the lines is not a position, unless an order has several lines.
        """
        names: list[str] = []
        filled = 0
        for row in self.rows:
            name = self.of(row, "order")
            if not name and names and names[-1] and "position" in self.heads:
                name, filled = names[-1], filled + 1
            if not name:
                self._note(f"line {row + 1}, order", "nothing", "the order's number", "Fill it in.")
            names.append(name)
        if filled:
            self.remarks.append(f"lines without an order number, assigned to the order above: {filled}")
        count = Counter(names)
        several = {name for name in names if name and count[name] > 1}
        if "position" not in self.heads:
            seen: set[str] = set()
            for row, name in zip(self.rows, names, strict=True):
                if name in seen and name:
                    self._note(f"line {row + 1}, order", name, "each order once, or a column of positions", "Give it another name.")  # fmt: skip
                seen.add(name)
            return names
        positions = [self.of(row, "position").lstrip("0") for row in self.rows]
        counted = len(count) > 1 and [self.of(row, "position") for row in self.filled] == [
            str(number + 1) for number in range(len(self.filled))
        ]
        made = [
            f"{name}-{position}" if name and position and (name in several or not counted) else name
            for name, position in zip(names, positions, strict=True)
        ]
        if made != names:
            named = next(new for new, name in zip(made, names, strict=True) if new != name)
            self.remarks.append(f"orders are named by number and position: {named}")
        last = dict(zip(made, self.rows, strict=True))
        for name, times in Counter(made).items():
            if times > 1 and name:
                row = last[name]
                self._note(f"line {row + 1}, order", name, "each order and position once", "Give it another position.")
        return made

    def _part(self, row: int) -> str:
        said = self.of(row, "part")
        if not said:
            self._note(f"line {row + 1}, part", "nothing", "a part", "Fill it in.")
            return ""
        if not self.known or said in self.known:
            return said
        found = self.parts.get(bare(said), ())
        if len(found) == 1:
            return found[0]
        near = self._near(bare(said))
        remedy = f"Did you mean {' or '.join(near)}?" if near else "Add its STEP file to the shop, or correct the name."
        expected = "one part of the shop" if found else "a part of the shop"
        self._note(f"line {row + 1}, part", said[:80], expected, remedy)
        return ""

    def _near(self, said: str) -> list[str]:
        """Return the parts most likely meant by a wrong name; only for the first wrong lines, as searching all of them takes long."""
        self.looked_for += 1
        if self.looked_for > MOST_SAID or len(said) > MOST_FIGURE:
            return []
        return [self.parts[name][0] for name in get_close_matches(said, self.parts, 3)]

    def _priority(self, row: int) -> int:
        said = self.of(row, "priority")
        if not said:
            return 1
        if re.fullmatch(r"\d{1,3}(?:[.,]0+)?", said) and 1 <= float(said.replace(",", ".")) <= MOST_PRIORITY:
            return int(float(said.replace(",", ".")))
        self._note(f"line {row + 1}, priority", said[:40], f"a whole number from 1 to {MOST_PRIORITY}, larger is more urgent", "Correct or clear it.")  # fmt: skip
        return 1

    def _of_orders(self, of_all: Sequence[T]) -> list[T]:
        """Return the values for lines that are orders, given one for each filled line: a column's format is judged by all lines."""
        orders = set(self.rows)
        return [each for row, each in zip(self.filled, of_all, strict=True) if row in orders]

    def of(self, row: int, kind: str) -> str:
        """Return a row's cell of a kind; empty if there is no such column."""
        return self._cell(row, self.heads[kind]) if kind in self.heads else ""

    def _cell(self, row: int, place: int) -> str:
        cells = self.table[row]
        return cells[place].strip() if place < len(cells) else ""

    def _note(self, place: str, found: str, expected: str, remedy: str) -> None:
        self.findings.append(Finding(FILE, place, found, expected, remedy))


def head_line(table: Table) -> int | None:
    """Return the heading line: the one of the first lines that has the most known headings, at least two."""
    known = _known(table)
    most = max(known, default=0)
    return known.index(most) if most >= _LEAST_HEADS else None


def _known(table: Table) -> list[int]:
    return [sum(heading(cell) is not None for cell in row) for row in table[:_HEAD_WITHIN]]


def heading(cell: str) -> str | None:
    """Return the kind of a column with this heading, if the heading or at least two words of it are known; brackets, accents, case and punctuation are ignored."""
    if len(cell) > MOST_HEADING:
        return None
    plain = _plain(re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", cell))
    if plain in _KIND_OF:
        return _KIND_OF[plain]
    words = plain.split()
    if _NOT_MEANT & set(words):
        return None
    count = len(words)
    spans = ((start, end) for start in range(count) for end in range(start + 2, min(start + _MOST_WORDS, count) + 1))
    held = [phrase for start, end in spans if (phrase := " ".join(words[start:end])) in _KIND_OF]
    return _KIND_OF[max(held, key=len)] if held else None


def _filled(cells: Sequence[str]) -> list[str]:
    return [cell.strip() for cell in cells if cell.strip()]


def bare(name: str) -> str:
    """Return a part's name for comparison: without file extension, case and punctuation."""
    return re.sub(r"[\W_]", "", _ENDINGS.sub("", name.strip())).casefold()


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKD", text.replace("ł", "l").replace("ß", "ss").casefold())
    text = "".join(sign for sign in text if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^\w]|_", " ", text).split())


def _by_bare_name(parts: Collection[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for part in sorted(parts):
        found[bare(part)] = (*found.get(bare(part), ()), part)
    return found


_KIND_OF = {_plain(name): kind for kind, names in _HEADINGS.items() for name in names.split(";")}
_MOST_WORDS = max(len(name.split()) for name in _KIND_OF)
"""Number of words in the longest known heading; longer phrases of a heading are not looked up."""
