"""Which numbers of a mail are parts and pieces, and which only look so: tables without heads, what is replaced, denied or of another thing."""

import time
from datetime import date

import pytest

from nightmill.intake import OrderDraft, read_rfq
from nightmill.intake.lexicon import patterns
from nightmill.intake.review.missing_requirements import contested

TODAY = date(2026, 11, 26)


def _read(text: str) -> OrderDraft:
    return read_rfq(text, today=TODAY)


def _parts(draft: OrderDraft) -> dict[str, list[int]]:
    return {str(line.part.value): [int(each.value) for each in line.quantities] for line in draft.lines if line.part}


def _asked_fields(draft: OrderDraft) -> set[str]:
    return {question.field for question in draft.questions}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("four parts:\n\n    VF-2201-A    body      25\n    VF-2202      stem      50\n", {"VF-2201-A": [25], "VF-2202": [50]}),
        ('"Part No","Rev","Desc","Qty 1","Qty 2","Material"\n"TZ-91-B","C","Lever, brake","50","100","C45"\n"TZ-92-A","A","Pin","80","90","C45"', {"TZ-91-B": [50, 100], "TZ-92-A": [80, 90]}),
        ("LN QTY UOM ITEM         DESC           NEED-BY\n01 24  EA  C-7701-0042  SPACER         22JAN2027\n02 2   EA  C-7702-0001  PLATE          22JAN2027\n", {"C-7701-0042": [24], "C-7702-0001": [2]}),
        ("Offerta per disegni 8831 e 8832: 5 pezzi cad., C40", {"8831": [5], "8832": [5]}),
        ("Part: 9-2210-77 (replaces 9-2210-71)\nQty: 4", {"9-2210-77": [4]}),
        ("Please quote the shaft, drawing 22-0147, machined from our casting 22-0146, 50 pcs.", {"22-0147": [50]}),
        ("Plan : VN-100-01\nQuantités à chiffrer : 25, 50\nDésignation : clapet\nPlan : VN-100-07\nQuantités à chiffrer : 10, 20", {"VN-100-01": [25, 50], "VN-100-07": [10, 20]}),
        ("Angebot über vier (4) Flansche nach Zeichnung IPF-0033-A", {"IPF-0033-A": [4]}),
        ("PO 45: 771.203-2 bitte auf 64 Stück erhöhen, bisher 48.", {"771.203-2": [64]}),
        ("čep Z-4410-2, materiál 12 050, 60 ks", {"Z-4410-2": [60]}),
        ("Quote 20 pcs of bracket-REV-C_final_v2.stp", {"bracket": [20]}),
        ("Qty  Part                        Material\n2    SK-4471-01 Dipper pin       C45\n4    SK-4471-02 Retainer plate   C45\n", {"SK-4471-01": [2], "SK-4471-02": [4]}),
        ("Pls quote our P/N 3100889 (old P/N 2900457), 2,500 pcs", {"3100889": [2500]}),
        ("We had ordered 12 pcs of TB-9001 from you in May. We need 18 more now.", {"TB-9001": [18]}),
        ("1 (one) chamber body per drawing UN-VC-100\n2 (two) blank flanges per drawing UN-VC-104", {"UN-VC-100": [1], "UN-VC-104": [2]}),
        ("Teil 4711-22-B, 30 Stk.\nRückruf: 0711 / 811-4455", {"4711-22-B": [30]}),
        ("Part: AX-2207\nVolumes: 2027: 5,000 / 2028: 12,000", {"AX-2207": [5000, 12000]}),
        ("8 St Bolzen, Zeichn.-Nr. RA-0415, 1.4021", {"RA-0415": [8]}),
    ],
)  # fmt: skip
def test_parts_and_their_pieces_are_told_from_what_is_like_them(text: str, read: dict[str, list[int]]) -> None:
    assert _parts(_read(text)) == read


def test_a_column_of_a_year_and_a_meeting_are_asked_about() -> None:
    draft = _read("Component   Drawing    Annual qty\nPlunger     MD-20114   12,000\nHub         MD-20118   24,000\n")
    assert "quantity" in _asked_fields(draft)
    draft = _read("Quote 20 pcs of NM-1001, I need it for a customer meeting on 2 December 2026.")
    assert "due_date" in _asked_fields(draft)
    draft = _read("Quote 20 pcs of NM-1001 in 1.4301, frumblefixed, DAP Ulm, due 5 February 2027.")
    assert "finish" in _asked_fields(draft)


def test_what_is_denied_is_not_taken() -> None:
    draft = _read("40 Stück ZP-180-3, diesmal nicht in S235JR sondern in 1.4301. CIF is not needed. Förzinkas ej.")
    assert draft.lines[0].material is not None
    assert draft.lines[0].material.value == "1.4301"
    assert draft.incoterm is None
    assert draft.finishes == ()


@pytest.mark.parametrize("text", ["AB-1234 12 pcs ", "Part NM-1001, 50 pcs, 1.4301, DAP Hamburg, 12.01.2027; "])
def test_a_line_twice_as_long_costs_about_twice_as_much(text: str) -> None:
    costs = []
    for length in (4_000, 16_000):
        begun = time.thread_time()
        _read(text * (length // len(text)))
        costs.append(time.thread_time() - begun)
    assert costs[1] < 9 * costs[0]


def test_the_price_of_a_piece_goes_before_a_total() -> None:
    draft = _read("PO 10088 for $2,940.00:\n60 ea 7731-B-02 bracket @ $32.50\n60 ea 7731-B-05 shim @ $16.50")
    assert draft.price is not None
    assert draft.price.value == 32.5
    draft = _read("Quotation not exceeding USD 9,500 for\n1 pc UN-VC-100, 304L\n2 pcs UN-VC-104, 304L")
    assert "price" in _asked_fields(draft)


def test_a_week_of_four_figures_is_one_of_a_year() -> None:
    draft = _read("40 st 40-1187-2, leveransvecka 2706. Tack")
    assert draft.due_date is not None
    assert draft.due_date.value == "2027-02-12"


def test_a_sentence_with_many_words_of_change_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []

    class Counted:
        def search(self, body: str, start: int, stop: int) -> None:
            looked.append(start)

    monkeypatch.setattr(patterns, "PIECES", Counted())
    assert contested("AB-12, formerly 48\n" * 50 + ".\nNow 5 instead of 6. Revised again. ", (), (), ()) == ()
    assert 1 <= len(looked) <= 3
