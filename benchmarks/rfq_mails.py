"""Measure how well requests for quotation are read: mails from templates with exact truth, in English, German and Chinese.

    python benchmarks/rfq_mails.py [--mails 200] [--seed 1] [--unseen | --letters]

Prints F1 over part, quantities, material, due date, Incoterm, place, general tolerance and finish, each value with its
part. ``--unseen`` uses templates for which the reader has no specific rule, ``--letters`` uses letters written like
those of real buyers.
"""

import argparse
import random
import re
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from email.message import EmailMessage
from typing import NamedTuple

from buyers_letters import Letter, letters

from nightmill.intake import OrderDraft, read_mail, read_rfq

TODAY = date(2026, 11, 25)
MATERIALS = [
    "6061-T6",
    "EN AW-6082 T6",
    "7075-T6",
    "1.4301",
    "1.4404",
    "42CrMo4",
    "S355J2",
    "C45E",
    "16MnCr5",
    "AISI 316L",
    "Ti-6Al-4V",
    "CuZn39Pb3",
    "POM-C",
    "PEEK",
    "1.2379",
    "17-4PH",
    "Inconel 718",
]
FINISHES = ["anodized black", "zinc plated", "passivated", "bead blasted", "powder coated", "hard anodized"]
FINISHES_DE = ["verzinkt", "vernickelt", "brüniert", "pulverbeschichtet", "eloxiert", "gestrahlt"]
PLACES = ["Hamburg", "Rotterdam", "Graz", "Detroit", "Zürich", "Gdansk", "Shanghai", "München"]
TERMS = ["EXW", "FCA", "DAP", "DDP", "CPT", "FOB", "CIF"]
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
MONATE = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
]


@dataclass
class Mail:
    """A text and its values: (field, value)."""

    text: str
    truth: set[tuple[str, str]]


def _day(rng: random.Random, language: str) -> tuple[str, date]:
    day = TODAY + timedelta(days=rng.randint(15, 200))
    forms = {
        "en": [
            f"{day:%Y-%m-%d}",
            f"{MONTHS[day.month - 1]} {day.day}, {day.year}",
            f"{day.day} {MONTHS[day.month - 1]} {day.year}",
        ],
        "de": [f"{day:%d.%m.%Y}", f"{day.day}. {MONATE[day.month - 1]} {day.year}", f"{day:%Y-%m-%d}"],
        "zh": [f"{day.year}年{day.month}月{day.day}日", f"{day:%Y-%m-%d}"],
    }
    return rng.choice(forms[language]), day


def _number(rng: random.Random) -> str:
    return rng.choice(
        [
            f"NM-{rng.randint(1000, 9999)}",
            f"P{rng.randint(10000, 99999)}-{rng.choice('ABC')}",
            f"BRK-{rng.randint(100, 999)}-0{rng.randint(1, 9)}",
            f"{rng.randint(100, 999)}-{rng.randint(1000, 9999)}",
        ]
    )


SEEN = {
    "en": [
        "Hello,\n\nplease quote {q} pcs of part {p} in {m}, {f}, general tolerances {g}.\nDelivery by {d}, {t} {l}.\n\nBest regards\nJim",
        "Request for quotation\n\nPart no.: {p}\nQuantity: {q}\nMaterial: {m}\nFinish: {f}\nTolerances: {g}\nRequired by: {d}\nIncoterm: {t} {l}\n",
        "Dear team,\nwe need {q} pieces of drawing {p}. Material is {m}, parts {f}. Unless stated otherwise {g} applies. Please deliver no later than {d} ({t} {l}).\nThanks",
        "Hi,\nRFQ for {p}:\n- Qty: {q}\n- Mat'l: {m}\n- Surface: {f}\n- {g}\n- Need date: {d}\n- Terms: {t} {l}\n",
    ],
    "de": [
        "Guten Tag,\n\nbitte bieten Sie uns {q} Stück {p} aus {m} an, {f}, Allgemeintoleranzen {g}.\nLiefertermin bis {d}, {t} {l}.\n\nMit freundlichen Grüßen",
        "Anfrage\n\nArtikelnummer: {p}\nMenge: {q}\nWerkstoff: {m}\nOberfläche: {f}\nAllgemeintoleranz: {g}\nLiefertermin: {d}\nLieferbedingung: {t} {l}\n",
        "Sehr geehrte Damen und Herren,\nwir benötigen {q} Stk. nach Zeichnung {p}, Werkstoff {m}, {f}. Es gilt {g}. Lieferung bis spätestens {d}, {t} {l}.",
    ],
    "zh": [
        "您好，\n请报价：图号 {p}，数量 {q} 件，材料 {m}，未注公差 {g}。\n交货日期：{d}，{t} {l}。\n",
        "询价单\n零件号：{p}\n数量：{q}\n材料：{m}\n公差：{g}\n交期：{d}\n贸易条款：{t} {l}\n",
    ],
}
UNSEEN = {
    "en": [
        "Good morning Sarah,\n\nCould you let me have your best price and lead time for the attached component ({p})? We're looking at a batch of {q} off, machined from {m} and then {f}. {g} for everything not toleranced. The parts should be with us on {d}; please price {t} {l}.\n\nCheers, Tom",
        "RFQ 2026-118\n\n| Item | Drawing | Qty | Material | Finish |\n| 1 | {p} | {q} pcs | {m} | {f} |\n\nGeneral: {g}\nDelivery date {d}\nDelivery terms {t} {l}\n",
    ],
    "de": [
        "Hallo Herr Berger,\n\nfür unser Projekt brauchen wir ein Angebot über {q} Teile, Zeichnungs-Nr. {p}. Material {m}, anschließend {f}, Toleranzen nach {g}. Anlieferung am {d}, frei {t} {l}.\n\nViele Grüße",
        "ANGEBOTSANFRAGE\nPos. 1: {q} St. {p}\n  Material {m}\n  Behandlung {f}\n  Toleranz {g}\nWunschtermin {d}\nLieferkondition {t} {l}\n",
    ],
    "zh": ["李工，\n麻烦报个价，零件 {p} 共 {q} 件，材质 {m}，按 {g}，请于 {d} 前交货，{t} {l}，谢谢。"],
}


def mail(rng: random.Random, templates: dict[str, list[str]]) -> Mail:
    """Return one mail and its truth."""
    language = rng.choice(["en", "en", "de", "de", "zh"])
    words, day = _day(rng, language)
    finish = rng.choice(FINISHES_DE if language == "de" else FINISHES)
    made = {
        "p": _number(rng), "q": str(rng.choice([5, 10, 12, 25, 40, 50, 75, 100, 120, 250, 500, 1200])), "m": rng.choice(MATERIALS), "f": finish,
        "g": "ISO 2768-" + rng.choice(["mK", "m", "fH", "f"]), "d": words, "t": rng.choice(TERMS), "l": rng.choice(PLACES),
    }  # fmt: skip
    template = rng.choice(templates[language])
    truth = {
        ("part", made["p"]), ("quantity", made["q"]), ("material", made["m"]), ("due_date", day.isoformat()), ("incoterm", made["t"]),
        ("place", made["l"]), ("tolerance", made["g"]),
    }  # fmt: skip
    if "{f}" in template:
        truth.add(("finish", finish))
    return Mail(template.format(**made), truth)


def found(draft: OrderDraft) -> set[tuple[str, str]]:
    """Return the values of a draft, in the form of the truth."""
    values = {("part", str(line.part.value)) for line in draft.lines if line.part}
    values |= {("quantity", str(each.value)) for line in draft.lines for each in line.quantities}
    values |= {("material", str(line.material.value)) for line in draft.lines if line.material}
    for name, value in (("due_date", draft.due_date), ("incoterm", draft.incoterm), ("place", draft.delivery_place)):
        if value is not None:
            values.add((name, str(value.value)))
    values |= {("tolerance", str(each.value)) for each in draft.tolerances}
    return values | {("finish", str(each.value)) for each in draft.finishes}


def as_mail(letter: Letter) -> bytes:
    """Return the letter as an ``.eml``."""
    message = EmailMessage()
    message["From"], message["Subject"] = "buyer@example.com", "Hello"
    message["Date"] = "Thu, 26 Nov 2026 09:00:00 +0000"
    message.set_content(letter.text, subtype="html" if letter.html else "plain")
    return message.as_bytes()


def letter_values(letter: Letter) -> list[tuple[str, str, str]]:
    """Return the truth as field, part and value."""
    values = [("kind", "", letter.kind)]
    for line in letter.lines:
        values += [("part", "", line.part), *(("quantity", line.part, str(number)) for number in line.quantities)]
        values += [("material", line.part, line.material)] if line.material else []
    for name, value in (
        ("due_date", letter.due),
        ("incoterm", letter.incoterm),
        ("delivery_place", letter.place),
        ("price", letter.price),
    ):
        values += [(name, "", str(value))] if value else []
    return (
        values
        + [("finish", "", each) for each in letter.finishes]
        + [("tolerance", "", each) for each in letter.tolerances]
    )


def draft_values(draft: OrderDraft) -> list[tuple[str, str, str]]:
    """Return the values read from a letter, in the same form."""
    values = [("kind", "", str(draft.kind))]
    for line in draft.lines:
        part = str(line.part.value) if line.part else ""
        values += [("part", "", part)] if part else []
        values += [("quantity", part, str(each.value)) for each in line.quantities]
        values += [("material", part, str(line.material.value))] if line.material else []
    for name in ("due_date", "incoterm", "delivery_place", "price"):
        found = getattr(draft, name)
        values += [(name, "", str(found.value))] if found else []
    values += [("finish", "", str(each.value)) for each in draft.finishes]
    return values + [("tolerance", "", str(each.value)) for each in draft.tolerances]


def _same(a: tuple[str, str, str], b: tuple[str, str, str]) -> bool:
    """Return whether two values match: texts if one contains the other; numbers, dates and parts if they are equal."""
    mine, other = (re.sub(r"[\s-]", "", each[2]).lower() for each in (a, b))
    loose = a[0] in ("material", "delivery_place", "finish", "tolerance") and min(len(mine), len(other)) > 1
    return a[:2] == b[:2] and (mine == other or (loose and (mine in other or other in mine)))


class Judged(NamedTuple):
    """Hits, missed values, wrong values, and the wrong values without a question."""

    hits: int
    missed: list[tuple[str, str, str]]
    wrong: list[tuple[str, str, str]]
    silent: list[tuple[str, str, str]]


def judged(letter: Letter) -> Judged:
    """Compare a letter as read with its truth."""
    draft = read_mail(as_mail(letter), today=date(2026, 11, 26))
    left, missed, hits = draft_values(draft), [], 0
    for truth in letter_values(letter):
        match = next((each for each in left if _same(truth, each)), None)
        if match is None:
            missed.append(truth)
        else:
            left.remove(match)
            hits += 1
    asked = {question.field for question in draft.questions}
    return Judged(hits, missed, left, [each for each in left if each[0] not in asked])


def tell_letters() -> None:
    """Print F1 and silent wrong values over the letters."""
    found = [judged(letter) for letter in letters()]
    hits = sum(each.hits for each in found)
    missed, wrong = [v for each in found for v in each.missed], [v for each in found for v in each.wrong]
    silent = [v for each in found for v in each.silent]
    print(
        f"{len(found)} letters: F1 {2 * hits / (2 * hits + len(missed) + len(wrong)):.4f}, silent wrong values {len(silent)}"
    )
    for name, values in (
        ("missed", missed),
        ("wrong, with a question", [each for each in wrong if each not in silent]),
        ("silent", silent),
    ):
        print(f"   {name}: {values}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unseen", action="store_true")
    parser.add_argument(
        "--letters", action="store_true", help="use the letters in the folder beside this script instead"
    )
    parser.add_argument("--show", type=int, default=0, help="number of wrongly read mails to print")
    given = parser.parse_args()
    if given.letters:
        tell_letters()
        return
    rng = random.Random(given.seed)
    hits = extra = missed = 0
    by_field: dict[str, int] = {}
    for _ in range(given.mails):
        one = mail(rng, UNSEEN if given.unseen else SEEN)
        values = found(read_rfq(one.text, today=TODAY))
        hits += len(values & one.truth)
        extra += len(values - one.truth)
        missed += len(one.truth - values)
        for name, _ in values ^ one.truth:
            by_field[name] = by_field.get(name, 0) + 1
        if given.show and values != one.truth:
            given.show -= 1
            print(one.text, "\n  missed", one.truth - values, "\n  extra", values - one.truth)
    print(f"{given.mails} mails: F1 {2 * hits / (2 * hits + extra + missed):.4f}; wrong or missed by field: {by_field}")
    sys.exit(0)


if __name__ == "__main__":
    main()
