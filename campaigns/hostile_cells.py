"""Send hostile values through every entry point: impossible names, quantities, levels and dates, in tables, mails,
commands and shop files.

``python campaigns/hostile_cells.py [--cases N] [--seed S] [--entry NAME]``: N cases per entry point (default 1,000).
Allowed results are a refusal (``BadInput``, a finding, a refused proposal, exit code 2) or an accepted value that is
printable, in its range and equal to the input. Failures are any other exception, more than 2 s of processor time, and
an accepted name that has an invisible character, looks like an existing name, or would be run by a spreadsheet. Exits
with 1 after any failure.
"""

import argparse
import contextlib
import csv
import io
import random
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable
from datetime import date
from pathlib import Path

import msgspec

from nightmill.cli import app as command_line
from nightmill.formats import copy_example, read_shop
from nightmill.intake import read_mail, read_rfq
from nightmill.plant.proposals import Desk
from nightmill.plant.requests import Caller
from nightmill.plant.requests.order_table import MOST_BYTES, MOST_LINES, read_sheet
from nightmill.plant.workspace.guarded_reading import orders_asked, read_here
from nightmill.vocabulary import requests as a
from nightmill.vocabulary import validation
from nightmill.vocabulary.csv_text import csv_lines
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.spreadsheet_cells import plain_cell, safe_cell

SLOW_S = 2.0
TODAY = date(2026, 11, 2)
EXISTING = "A-1001"
NAMES = (
    "A-1001\u202e", "\u0410-1001", "=HYPERLINK(1)", "+1", "@SUM(A1)", "-2+3", "\tx", "a\rb", "a\x00b", "\ufeffA", "A\u200b1", "\uff21-1001", "A\u20101001", "e\u0301x", "\u0301x",
    "x" + "\u0301" * 50, "..", "../../etc/passwd", "con", "a/b", "a|b", " a", "", "A" * 81, "A" * 10_000, "\U0001f600", "\ud800", "\u3164", "\ufdd0", "\U000e0041", "夜工-7",
    "Größe ½", "Wałek 3", "Вал-M6", "'=1", "''=1", "NaN", "null", "A,B", 'A"B', "A;B", "{{7*7}}", "<script>", "A\u00a01001", "1\u0662", "\U0001d400-1001",
)  # fmt: skip
NUMBERS = ("0", "-0", "-1", "1", "12", "1.5", "1e3", "1e308", "1e999", "-1e999", "NaN", "nan", "inf", "-inf", "9" * 400, "9" * 5000, "0x10", "1_000", "1 000", "1,000", "١٢", "１２", "½", "", "=1+1", "--1", "1" + "0" * 60, "10 " * 300, "1" + " " * 4000 + "x")  # fmt: skip
DATES = ("2026-11-20", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2026-02-30", "2026-13-01", "KW 54", "KW 48", "00/00/0000", "31.12.9999", "due by 3 " * 500, "2026-11-20" + " " * 5000 + "x", "1 " * 1000, "T " * 1000, "", "NaT", "-2026-11-20", "2026-W53-7", "week " * 800, "12/11/26", "３.３.２６")  # fmt: skip
HEADINGS = (
    "order",
    "part",
    "quantity",
    "due",
    "Liefertermin",
    "priority",
    "(" * 2000,
    "due date " * 400,
    "[" * 150 + "due",
    "order no",
    "x" * 5000,
    "qty (pcs)",
    "",
    "=qty",
)


def _hostile(draw: random.Random, choices: tuple[str, ...]) -> str:
    """Return one of the choices: mostly unchanged, sometimes joined with another or repeated."""
    found = draw.choice(choices)
    match draw.randrange(6):
        case 0:
            return found + draw.choice(NAMES)
        case 1:
            return (found or " ") * draw.choice((2, 30, 400))
        case _:
            return found


def _table(
    draw: random.Random,
    columns: tuple[str, ...],
    sound: tuple[str, ...],
    choices: tuple[tuple[str, ...], ...],
    marks: str = ",,,;\t",
) -> bytes:
    """Return a CSV table of one to four rows with some hostile cells."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=draw.choice(marks))
    writer.writerow(columns)
    for number in range(draw.randint(1, 4)):
        row = [f"{cell}{number}" if cell.endswith("-") else cell for place, cell in enumerate(sound)]
        for place in draw.sample(range(len(row)), draw.randint(0, 2)):
            row[place] = _hostile(draw, choices[place])
        writer.writerow(row)
    return out.getvalue().encode("utf-8", draw.choice(("surrogatepass", "replace")))


def _orders_table(draw: random.Random) -> bytes:
    columns = ["order", "part", "quantity", "due", "priority"]
    if draw.random() < 0.2:
        columns[draw.randrange(5)] = _hostile(draw, HEADINGS)
    return _table(
        draw, tuple(columns), ("X-", "bracket", "2", "2026-11-20", "1"), (NAMES, NAMES, NUMBERS, DATES, NUMBERS)
    )


def bad_name(name: str) -> str:
    """Return the fault in an accepted name, judged without the validators; empty if there is none."""
    if any(unicodedata.category(sign)[0] == "C" or unicodedata.category(sign) in ("Zl", "Zp") for sign in name):
        return f"accepted with an invisible character: {name!r}"
    if unicodedata.normalize("NFKC", name)[:1] in ("=", "+", "-", "@"):
        return f"accepted although a spreadsheet would run it: {name!r}"
    plain = unicodedata.normalize("NFKC", name).translate(str.maketrans("АВЕКМНОРСТХ\u2010\u2011", "ABEKMHOPCTX--"))
    return f"accepted beside {EXISTING}: {name!r}" if plain == EXISTING and name != EXISTING else ""


def bad_order(order: str, quantity: float, due_s: float = 0.0) -> str:
    """Return the fault in an accepted order."""
    wrong = "" if 1 <= quantity <= 10_000 and quantity == int(quantity) else f"accepted with {quantity!r} pieces"
    return wrong or bad_name(order) or ("" if abs(due_s) < 1e10 else f"accepted due at {due_s!r} s")


class Entries:
    """The entry points; each makes a random case and returns the fault in the result, and whether the case was refused."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "shop"
        copy_example(self.folder)
        head, *rows = (self.folder / "orders.csv").read_text().splitlines()
        self.orders = f"{head}\n{rows[0].replace(rows[0].split(',')[0], EXISTING, 1)}\n"
        (self.folder / "orders.csv").write_text(self.orders)
        self.shop = read_shop(self.folder)
        self.parts = [part.name for part in self.shop.parts]
        self.desk, self.caller, self.number = Desk(self.folder, loop_wait_s=0.0), Caller("ann", "admin"), 0
        self.all: dict[str, Callable[[random.Random], tuple[str, bool]]] = {
            "table": self.table, "guarded table": self.guarded_table, "API import": self.api_import, "shop tables": self.shop_tables, "shop.toml": self.shop_toml,
            "command as JSON": self.command, "proposal": self.proposal, "mail": self.mail, "eml": self.eml, "agent's mail": self.agent_mail, "command line": self.words, "export": self.export,
        }  # fmt: skip

    def table(self, draw: random.Random) -> tuple[str, bool]:
        """Read a table with the reader of order books, in this process."""
        book = read_here(orders_asked(_orders_table(draw), (MOST_BYTES, MOST_LINES), TODAY, self.parts, [EXISTING]))
        wrong = (bad_order(line.order, line.quantity) for line in book.lines)
        return next(filter(None, wrong), ""), bool(book.findings)

    def guarded_table(self, draw: random.Random) -> tuple[str, bool]:
        """Read a table as a server does, in the persistent child; it is a failure if a table kills the child."""
        sheet = read_sheet(_orders_table(draw), self.shop)
        died = [each.found for each in sheet.findings if "child" in each.found]
        wrong = [bad_order(row.command.order, row.command.quantity, row.command.due_s) for row in sheet.rows]
        return next(filter(None, [*died, *wrong]), ""), bool(sheet.findings)

    def api_import(self, draw: random.Random) -> tuple[str, bool]:
        """Make the call that the page and the API make."""
        self.number += 1
        sheet, _, made = self.desk.import_orders(self.caller, f"c{self.number}", _orders_table(draw), execute=False)
        wrong = [
            bad_name(each.command.order) for each in made if isinstance(each.command, a.TakeOrder) and not each.refused
        ]
        return next(filter(None, wrong), ""), bool(sheet.findings)

    def shop_tables(self, draw: random.Random) -> tuple[str, bool]:
        """Read the tables of a shop folder."""
        item = self.parts[0]
        tables = {
            "orders.csv": (("order", "item", "quantity", "due"), ("X-", item, "2", "2026-11-20"), (NAMES, NAMES, NUMBERS, DATES)),
            "items.csv": (("item", "source", "lead_time_days", "price_usd"), ("I-", "buy", "2", "1.5"), (NAMES, NAMES, NUMBERS, NUMBERS)),
            "stock.csv": (("item", "on_hand"), (item, "2"), (NAMES, NUMBERS)),
            "receipts.csv": (("item", "quantity", "due"), (item, "2", "2026-11-20"), (NAMES, NUMBERS, DATES)),
            "suppliers.csv": (("supplier", "item", "price_usd"), ("S-", item, "2"), (NAMES, NAMES, NUMBERS)),
            "history.csv": (("item", "period", "quantity"), (item, "1", "2"), (NAMES, NUMBERS, NUMBERS)),
            "bom.csv": (("parent", "child", "quantity"), (item, f"blank-{item}", "2"), (NAMES, NAMES, NUMBERS)),
        }  # fmt: skip
        name = draw.choice(sorted(tables))
        path = self.folder / name
        before = path.read_bytes() if path.exists() else None
        path.write_bytes(_table(draw, *tables[name], marks=","))
        try:
            shop = read_shop(self.folder)
        finally:
            path.unlink() if before is None else path.write_bytes(before)
        wrong = [bad_name(order.id) for order in shop.orders]
        return next(filter(None, wrong), ""), False

    def shop_toml(self, draw: random.Random) -> tuple[str, bool]:
        """Read keys of shop.toml with impossible numbers, dates and names."""
        path = self.folder / "shop.toml"
        before = path.read_text()
        lines = before.splitlines()
        at = draw.choice([k for k, line in enumerate(lines) if " = " in line and "{" not in line])
        key = lines[at].partition(" = ")[0]
        value = _hostile(draw, draw.choice((NAMES, NUMBERS, DATES)))
        quoted = msgspec.json.encode(value.encode("utf-8", "replace").decode()).decode()
        lines[at] = f"{key} = {value if draw.random() < 0.5 else quoted}"
        path.write_bytes("\n".join(lines).encode("utf-8", "replace"))
        try:
            shop = read_shop(self.folder)
        finally:
            path.write_text(before)
        return "" if 1970 <= shop.start.year <= 2200 else f"accepted start {shop.start}", False

    def command(self, draw: random.Random) -> tuple[str, bool]:
        """Decode JSON as commands."""
        number = draw.choice(
            (
                "1",
                "-0",
                "0",
                "1e308",
                "1e999",
                "-1e999",
                "NaN",
                "9" * 400,
                "1.5",
                '"1"',
                "-10000",
                "101",
                "null",
                "true",
                "[" * 500,
            )
        )
        name = msgspec.json.encode(_hostile(draw, NAMES).encode("utf-8", "replace").decode()).decode()
        forms = (
            f'{{"kind": "order", "order": {name}, "part": "bracket", "quantity": {number}, "due_s": 1e5}}',
            f'{{"kind": "order", "order": {name}, "part": {name}, "quantity": 1, "due_s": {number}}}',
            f'{{"kind": "check", "unit": "mill-1", "resource": "{draw.choice(("coolant", "chips", "probe"))}", "level": {number}}}',
            f'{{"kind": "lot", "lot": "L-1", "item": {name}, "quantity": {number}, "heat": {name}}}',
            f'{{"kind": "scrap", "serial": {name}, "reason": {name}}}',
        )
        try:
            ask = a.checked(msgspec.json.decode(draw.choice(forms), type=a.AnyAsk))
        except (msgspec.DecodeError, validation.Wrong, RecursionError):
            return "", True
        if isinstance(ask, a.TakeOrder):
            # whether the name looks like another is judged by the shop: see "proposal"
            return bad_name(f"{ask.order}~"), False
        if isinstance(ask, a.NoteCheck):
            return "" if ask.resource == "probe" or 0 <= ask.level <= 100 else f"accepted {ask}", False
        return "", False

    def proposal(self, draw: random.Random) -> tuple[str, bool]:
        """Send a proposal to the desk that page, API and agents use."""
        self.number += 1
        name = _hostile(draw, NAMES)
        try:
            ask = msgspec.convert(
                {"kind": "order", "order": name, "part": self.parts[0], "quantity": 1, "due_s": 1e6}, a.AnyAsk
            )
        except msgspec.ValidationError:
            return "", True
        made = self.desk.propose(self.caller, f"p{self.number}", ask, draw.choice(("", "rush")))
        return ("", True) if made.refused else (bad_name(name), False)

    def _text(self, draw: random.Random) -> str:
        words = ("Please quote ", "10 pcs ", "part ", "due ", "\n", " | ", "Werkstoff ", "price ", "by ", "; ")
        pieces = [
            draw.choice(words) + _hostile(draw, draw.choice((NAMES, NUMBERS, DATES))) for _ in range(draw.randint(1, 8))
        ]
        return "".join(pieces)[:4_000]

    def mail(self, draw: random.Random) -> tuple[str, bool]:
        """Read the text of a mail."""
        read_rfq(self._text(draw), today=TODAY)
        return "", False

    def eml(self, draw: random.Random) -> tuple[str, bool]:
        """Read a mail with its headers, as text or as HTML."""
        kind = draw.choice(("plain", "html"))
        head = f"From: {_hostile(draw, NAMES)[:500]}\nDate: {draw.choice(('Mon, 31 Dec 9999 23:59:59 +0000', 'x', 'Mon, 2 Nov 2026 10:00:00 +0100'))}\nSubject: RFQ\nContent-Type: text/{kind}\n\n"
        body = (
            draw.choice(("<script>", "<", "<td>", "<style", "&#x110000;", "</td> ")) * draw.choice((1, 50, 3000))
            if kind == "html"
            else ""
        )
        read_mail((head + body + self._text(draw)).encode("utf-8", "replace"), today=TODAY)
        return "", False

    def agent_mail(self, draw: random.Random) -> tuple[str, bool]:
        """Call the agents' tool that reads mails, in the persistent child."""
        from nightmill.plant.views.agent_reads import ShopReads

        day = _hostile(draw, DATES)[:10]
        ShopReads(self.folder, self.desk.following).mail(self._text(draw)[:2000], day)
        return "", False

    def words(self, draw: random.Random) -> tuple[str, bool]:
        """Run the command line, in this process."""
        table = self.folder.parent / "sent.csv"
        table.write_bytes(_orders_table(draw))
        number = draw.choice(NUMBERS)
        name = _hostile(draw, NAMES).replace("\0", "") or "x"
        words = draw.choice((
            ["check", str(self.folder), "mill-1", "coolant", f"--by={name}", "--", number],
            ["promise", str(self.folder), name, "--plan-only"],
            ["explain", str(self.folder), name],
                ["import", "orders", str(table), str(self.folder), "--preview"],
            ["release", str(self.folder), "--by=x", "--why=y", "--", name],
        ))  # fmt: skip
        out, err, argv = io.StringIO(), io.StringIO(), sys.argv
        sys.argv = ["nightmill", *words]
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                command_line.run()
        except SystemExit as left:
            code = left.code
        finally:
            sys.argv = argv
        wrong = (
            ""
            if code in (0, 1, 2, 3, None) and "Traceback" not in err.getvalue()
            else f"{words}: {code} {err.getvalue()[-300:]}"
        )
        return wrong, code == BadInput.exit_code

    def export(self, draw: random.Random) -> tuple[str, bool]:
        """Write a text into a CSV cell and read it back: the text must be the same, and a spreadsheet must not run it."""
        text = _hostile(draw, (*NAMES, *NUMBERS))
        written = safe_cell(text)
        runs = written[:1] in ("=", "+", "-", "@", "\t", "\r") and not written.lstrip("+-")[:1].isdigit()
        out = io.StringIO()
        csv.writer(out).writerows([["name"], [written]])
        said = "" if "\r" in text or "\0" in text or not text.strip() else csv_lines(out.getvalue(), "x")[0][1]["name"]
        same = plain_cell(written) == text and (
            not said or len(text) > 100_000 or any(mark in text for mark in ",;\t") or said == text
        )
        return ("" if same and not runs else f"{text!r} is written as {written!r} and read as {said!r}"), False


def run(cases: int, seed: int, only: str = "") -> dict[str, tuple[list[str], int]]:
    """Return failures as text, and how many cases were refused, by entry point."""
    found: dict[str, tuple[list[str], int]] = {}
    with tempfile.TemporaryDirectory(prefix="nightmill-cells-") as home:
        entries = Entries(Path(home))
        for name, entry in entries.all.items():
            if only and name != only:
                continue
            draw = random.Random(seed)
            failures, refused = list[str](), 0
            for number in range(-1, cases):  # the first case isn't timed, since it includes imports
                begun = time.process_time()
                try:
                    wrong, no = entry(draw)
                except (BadInput, csv.Error):
                    wrong, no = "", True
                except Exception as error:  # noqa: BLE001 - whatever else comes out is what the campaign looks for
                    wrong, no = f"{type(error).__name__}: {error}", False
                took = time.process_time() - begun
                if took > SLOW_S and number >= 0:
                    wrong = wrong or f"{took:.1f} s"
                refused += no
                if wrong:
                    failures.append(f"case {number}: {wrong[:300]}")
            found[name] = (failures, refused)
    return found


def main() -> int:
    """Run with the command line's options; return the exit code."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=1000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--entry", default="")
    given = options.parse_args()
    bad = 0
    for name, (failures, refused) in run(given.cases, given.seed, given.entry).items():
        bad += len(failures)
        print(f"{name}: {given.cases} cases, {refused} refused, {len(failures)} failures", flush=True)
        for failure in failures[:20]:
            print(f"  {failure}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
