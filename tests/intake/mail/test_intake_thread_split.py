"""Mails as people write them: chains, signatures, tables, and letters in the manner of real buyers."""

import sys
import time
from datetime import date
from functools import lru_cache
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "benchmarks"))

from buyers_letters import Letter, letters
from rfq_mails import Judged, judged

from nightmill.intake import OrderDraft, read_rfq
from nightmill.intake.lexicon.material_grades import MATERIAL, is_grade
from nightmill.intake.mail.text_tables import cells
from nightmill.intake.mail.thread_split import messages

TODAY = date(2026, 11, 26)
GRADES = (
    "1.4301 42CrMo4 34CrNiMo6+QT 16MnCr5 X5CrNi18-10 S355J2+N P265GH C45E 11SMnPb30 100Cr6 AlMgSi1 AlSi10Mg "
    "6082-T6 A356-T6 CuZn39Pb3 CuSn12-C CW614N TiAl6V4 TC4 EN24T EN-GJS-400-15 QT450-10 GG25 HT250 Q235B 40Cr "
    "45钢 SUS304 SCM440 S45C 35NCD16 XC48 304L 17-4PH POM-C PEEK PTFE"
)


def _read(text: str) -> OrderDraft:
    return read_rfq(text, today=TODAY)


@lru_cache(maxsize=1)
def _all_judged() -> dict[str, Judged]:
    """Each letter, judged once for all tests, by its text."""
    return {letter.text: judged(letter) for letter in letters()}


def test_letters_of_buyers_are_read() -> None:
    found = [_all_judged()[letter.text] for letter in letters()]
    hits, missed, wrong = (
        sum(each.hits for each in found),
        sum(len(each.missed) for each in found),
        sum(len(each.wrong) for each in found),
    )
    assert len(found) == 673
    assert 2 * hits / (2 * hits + missed + wrong) > 0.98


@pytest.mark.parametrize("letter", letters(), ids=lambda letter: letter.lines[0].part if letter.lines else "no number")
def test_no_letter_has_a_wrong_value_that_nobody_is_asked_about(letter: Letter) -> None:
    assert _all_judged()[letter.text].silent == []


def test_a_signature_is_no_part_and_a_postscript_is_read() -> None:
    draft = _read(
        "Please quote 5 pcs of NM-1001.\n\nKind regards\nJo\nVAT ID DE123456789\nTel. +49 911 556677\nPS: 1.4301 please"
    )
    assert [line.part.value for line in draft.lines if line.part] == ["NM-1001"]
    assert draft.lines[0].material is not None
    assert draft.lines[0].material.value == "1.4301"


def test_places_stay_where_they_are_in_the_text() -> None:
    text = "> earlier\n> words\nHello\n\nBest regards\nJo"
    for message in messages(text):
        assert len(message.text) == len(text)
        assert [a for a in message.text if a == "\n"] == [a for a in text if a == "\n"]


def test_a_part_that_only_the_quoted_mail_names_is_asked_about_and_the_newer_number_counts() -> None:
    draft = _read("Make it 80 pcs.\n\nOn 20 Nov 2026 Ann wrote:\n> 50 pcs of NM-7001 in C45 please")
    (line,) = draft.lines
    assert line.part is not None
    assert (line.part.value, [q.value for q in line.quantities]) == ("NM-7001", [80])
    assert ("part", "ambiguous") in {(question.field, question.reason) for question in draft.questions}


def test_a_mail_that_was_handed_on_is_read_without_that_question() -> None:
    text = "See below.\n\n-------- Forwarded Message --------\nFrom: A <a@example.com>\nDate: 20 Nov 2026\nSubject: quote\n\n50 pcs of NM-7001 in C45 please"
    draft = _read(text)
    assert [line.part.value for line in draft.lines if line.part] == ["NM-7001"]
    assert "part" not in {question.field for question in draft.questions}
    assert draft.due_date is None


def test_a_number_of_a_part_is_never_cut_short() -> None:
    for number in ("KR-64.2", "AB-12/3-C", "NM-100.20.3"):
        (line,) = _read(f"Please quote 20 pcs of {number} by 2027-02-01").lines
        assert line.part is not None
        assert line.part.value == number


@pytest.mark.parametrize("number", ["RFQ 2026-0457-R1", "PO-88213", "Angebot A2611-38", "Bestellung Nr. 26-4471"])
def test_the_number_of_an_enquiry_or_an_order_is_no_part(number: str) -> None:
    found = [line.part.value for line in _read(f"{number}\n\nPart no. NM-1001, 5 pcs").lines if line.part]
    assert found == ["NM-1001"]


@pytest.mark.parametrize(
    "text",
    [
        "Part No.\tMaterial\tQty\nNM-1\t1.4301\t5\nNM-22\tC45\t6",
        "| Part No. | Material | Qty |\n|---|---|---|\n| NM-1 | 1.4301 | 5 |\n| NM-22 | C45 | 6 |",
        "Part No.; Material; Qty\nNM-1; 1.4301; 5\nNM-22; C45; 6",
        "Part No.   Material   Qty\nNM-1       1.4301     5\nNM-22      C45        6",
    ],
)
def test_a_table_is_read_whatever_parts_its_cells(text: str) -> None:
    found = [(cell.kind, cell.text) for cell in cells(text)]
    assert found == [
        ("part", "NM-1"), ("material", "1.4301"), ("quantity", "5"), ("part", "NM-22"), ("material", "C45"), ("quantity", "6"),
    ]  # fmt: skip
    for cell in cells(text):
        assert text[cell.start : cell.end] == cell.text


def test_of_two_columns_that_number_a_part_the_parts_own_counts() -> None:
    found = [cell.text for cell in cells("Item\tPart No.\tDrawing\tQty\n1\tNM-1\tDW-9\t5") if cell.kind == "part"]
    assert found == ["NM-1"]


@pytest.mark.parametrize(
    "part", ["|", "> a\nb\n", "From: a\nTo: b\n", "AB-12-", "NM-1001 ", "C45 ", "5 pcs ", "quote "]
)
def test_a_mail_made_to_be_slow_costs_no_more_than_another(part: str) -> None:
    usual = "Please quote 20 pcs of NM-1001 in C45, delivery 5 February 2027.\n"
    costs = []
    for text in (usual * (20_000 // len(usual)), part * (20_000 // len(part))):
        begun = time.thread_time()
        _read(text)
        costs.append(time.thread_time() - begun)
    assert costs[1] < 5 * costs[0] + 0.5


@pytest.mark.parametrize("number", ["S12-400", "S45-B12"])
def test_a_part_that_is_called_like_a_french_week_is_a_part(number: str) -> None:
    draft = _read(f"Please quote 20 pcs of {number} by 15 March 2027.")
    assert [line.part and line.part.value for line in draft.lines] == [number]
    assert draft.due_date is not None
    assert draft.due_date.value == "2027-03-15"
    other = _read("We need 20 pcs of NM-1001 with screws S 12, delivery to Munich.")
    assert other.due_date is None


@pytest.mark.parametrize("number", ["0120-455-900", "0815-4711-123", "012-345-6789"])
def test_a_part_that_looks_like_a_telephone_is_a_part_where_it_is_called_so(number: str) -> None:
    for text in (
        f"Part number: {number}\n20 pcs, DAP Ulm",
        f"Please quote 20 pcs of {number} in 1.4301",
        f"Part no. | Qty\n{number} | 20",
    ):
        line = _read(f"{text}\nOur telephone: 0711 123-4567").lines[0]
        assert line.part is not None
        assert line.part.value == number
        assert [quantity.value for quantity in line.quantities] == [20]
    assert _read("20 pcs as drawn. Call 0120-455-900.").lines[0].part is None


def test_thanks_behind_a_greeting_do_not_end_the_letter() -> None:
    text = "Please quote 20 pcs of NM-1001.\nDelivery by 15 March 2027, DAP Munich."
    draft = _read(f"Hello,\nThank you!\n{text}\nThanks,\nBob\nDelivery by 1 May 2027 is our motto")
    assert draft.due_date is not None
    assert draft.due_date.value == "2027-03-15"
    assert draft.delivery_place is not None
    assert len([question for question in draft.questions if question.field == "due_date"]) == 0


def test_a_label_without_a_value_does_not_take_the_pieces_for_it() -> None:
    line = _read("Part number:\n20 pcs, 1.4301, DAP Ulm").lines[0]
    assert line.part is None
    assert [quantity.value for quantity in line.quantities] == [20]


@pytest.mark.parametrize("name", GRADES.split())
def test_names_of_materials(name: str) -> None:
    assert is_grade(name)
    found = MATERIAL.search(f"made of {name}, please")
    assert found is not None
    assert found.group() == name


@pytest.mark.parametrize("text", ["2024-02-28", "M8x1.25", "ISO 2768", "Ti-6A1-4V", "anodized bla", "12 pcs", "S355Jx"])
def test_what_is_no_name_of_a_material(text: str) -> None:
    assert not is_grade(text)


def test_a_material_that_no_system_knows_is_asked_about() -> None:
    draft = _read("Part no. NM-1001, 5 pcs, material: Gun metal, by 2027-02-01")
    assert draft.lines[0].material is not None
    assert draft.lines[0].material.value == "Gun metal"
    assert ("material", "ambiguous") in {(question.field, question.reason) for question in draft.questions}


def test_a_finish_that_changes_is_asked_about() -> None:
    draft = _read("Please change the finish of NM-1001 from zinc plating to black oxide, 5 pcs, C45.")
    assert ("finish", "ambiguous") in {(question.field, question.reason) for question in draft.questions}


def _lines(draft: OrderDraft) -> list[tuple[object, list[object], object]]:
    return [
        (line.part and line.part.value, [q.value for q in line.quantities], line.material and line.material.value)
        for line in draft.lines
    ]


def _fields(draft: OrderDraft) -> set[str]:
    return {question.field for question in draft.questions}


@pytest.mark.parametrize(
    "text",
    [
        "Artikel / Article: QX-771-2\nWerkstoff / Matière: 1.4301\nStückzahl / Quantité: 10 / 25",
        "part_number: QX-771-2\nmaterial: 1.4301\nquantities: 10, 25",
        "PART NO......: QX-771-2   MATERIAL: 1.4301   Q'TY: 10 PCS AND 25 PCS",
        "图号:QX-771-2 材质:1.4301 数量:10件、25件",
        "Parça No: QX-771-2 / Material: 1.4301 / Qty: 10 adet, 25 adet",
    ],
)
def test_a_label_says_what_its_value_is_in_whatever_language(text: str) -> None:
    assert _lines(_read(text)) == [("QX-771-2", [10, 25], "1.4301")]


@pytest.mark.parametrize(
    "text",
    [
        "Plates QX-771-2 480 x 220 x 12 mm, 12 pcs",
        "12 pcs of QX-771-2 to BS 8888, YO11 3UT",
        "Rev 3 of QX-771-2, 12 pcs, see attachment (2x PDF)",
        "QX-771-2: 12 pcs, hardened 58-62 HRC, M8 and M10",
    ],
)
def test_figures_of_another_role_are_no_pieces_and_no_part(text: str) -> None:
    assert [line[:2] for line in _lines(_read(text))] == [("QX-771-2", [12])]


def test_a_table_with_heads_in_two_lines_and_cells_under_them() -> None:
    text = (
        "Pos    Material      Bezeichnung\n       Menge   Einheit   Lieferdatum\n----\n"
        "10     R9024418      MUTTER\n       48      ST        12.02.2027\n"
        "20     R9024419      FLANSCH\n       16      ST        12.02.2027\n"
    )
    draft = _read(text)
    assert [line[:2] for line in _lines(draft)] == [("R9024418", [48]), ("R9024419", [16])]
    assert draft.due_date is not None
    assert draft.due_date.value == "2027-02-12"


def test_pieces_said_once_for_all_parts_are_of_each() -> None:
    draft = _read("Please price 10 and 25 pcs each of:\n\nQX-771-2, 1.4301\nQX-771-3, 1.4404")
    assert _lines(draft) == [("QX-771-2", [10, 25], "1.4301"), ("QX-771-3", [10, 25], "1.4404")]
    assert "quantity" in _fields(draft)


def test_a_part_that_is_taken_back_is_no_line_and_asked_about() -> None:
    draft = _read("Please drop the cover QX-771-9. Only 12 pcs of QX-771-2 in C45 are needed.")
    assert [line[0] for line in _lines(draft)] == ["QX-771-2"]
    assert "part" in _fields(draft)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Part no. QX-771-2, 12 pcs, C45. The jig is HB-4410-7.", "part"),
        ("Part no. QX-771-2, C45:\n200 pcs 15.01.2027\n200 pcs 15.02.2027", "quantity"),
        ("Part no. QX-771-2, twice as many as last time, C45", "quantity"),
        ("Part no. QX-771-2, 12 pcs, C45, EXW or DAP Ulm", "incoterm"),
        ("Part no. QX-771-2, 12 pcs, C45, delivery within 10 weeks after receipt of order", "due_date"),
        ("Part no. QX-771-2, 12 pcs in C45. The line starts on 5 March 2027 in Ulm", "delivery_place"),
        ("Follow-up: 12 pcs of part no. QX-771-2 were ordered last week.", "kind"),
    ],
)
def test_what_has_no_sure_meaning_is_asked_about(text: str, field: str) -> None:
    assert field in _fields(_read(text))


def test_what_was_bought_and_paid_before_is_neither_wanted_nor_the_price() -> None:
    draft = _read(
        "You made us 20 off QX-771-2 last spring (£86.50 each) and we'd like the same again, but 30 pcs this time, in C45."
    )
    assert _lines(draft) == [("QX-771-2", [30], "C45")]
    assert draft.price is None
    assert "price" in _fields(draft)
    only = _read("You made us 20 off QX-771-2 last spring, in C45. Same again please.")
    assert _lines(only) == [("QX-771-2", [20], "C45")]
    assert "quantity" in _fields(only)


def test_steps_of_a_price_have_columns_of_their_own_and_their_heads_are_no_pieces() -> None:
    draft = _read("Teil\tMaterial\tMenge 1\tMenge 2\nQX-771-2\tC45\t100\t500\n")
    assert _lines(draft) == [("QX-771-2", [100, 500], "C45")]


def test_a_form_without_colons_is_read() -> None:
    draft = _read("Drawing    QX-771-2\nMat'l      PB102\nBatch      10 off\nWanted     17 February 2027\n")
    assert _lines(draft) == [("QX-771-2", [10], "PB102")]
    assert draft.due_date is not None
    assert draft.due_date.value == "2027-02-17"


def test_parts_and_values_that_take_turns_in_a_sentence_belong_together() -> None:
    draft = _read("Pris på 35 stk. bøsninger, tegning 11-7704-3, i RG7 og 40 stk. aksler, tegning 11-7705-1, i 1.4404?")
    assert _lines(draft) == [("11-7704-3", [35], "RG7"), ("11-7705-1", [40], "1.4404")]


def test_the_same_material_is_that_of_the_part_before() -> None:
    draft = _read("8 Stück Ritzel 77-4410 in 18CrNiMo7-6 und 4 Stück Rad 77-4411, gleicher Werkstoff")
    assert _lines(draft) == [("77-4410", [8], "18CrNiMo7-6"), ("77-4411", [4], "18CrNiMo7-6")]


def test_the_drawing_of_a_part_that_has_its_own_number_is_no_part() -> None:
    draft = _read(
        "Part no. / Teilenummer: LK-88-207\nDrawing / Zeichnung: LK-88-207-Z rev. 3\nQuantity: 500\nMaterial: C45"
    )
    assert _lines(draft) == [("LK-88-207", [500], "C45")]


def test_the_revision_of_a_file_is_none_of_the_parts_number() -> None:
    draft = _read("Attached: BKT-3310-L_revB.pdf. Please price 40 pcs in 1.4301.")
    assert [line[0] for line in _lines(draft)] == ["BKT-3310-L"]


@pytest.mark.parametrize(
    "words", ["geanodiseerd", "anodowany", "eloxovaný", "anodiseret", "nitrurado", "kaleno", "TiN-beschichtet"]
)
def test_finishes_in_more_languages(words: str) -> None:
    assert [each.value for each in _read(f"Part no. QX-771-2, 12 pcs, C45, {words}").finishes] == [words]


def test_counts_in_brackets_begin_lines_unless_they_number_them() -> None:
    draft = _read("(2) 4140 shafts per drawing NM-77-204\n(4) bushings (C93200) per drawing NM-77-205\n")
    assert _lines(draft) == [("NM-77-204", [2], "4140"), ("NM-77-205", [4], "C93200")]
    numbered = _read("(1) NM-77-204, C45, 8 pcs\n(2) NM-77-205, C45, 9 pcs\n")
    assert _lines(numbered) == [("NM-77-204", [8], "C45"), ("NM-77-205", [9], "C45")]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("阀体VB-1102(材料CF8M,30台),阀杆VB-1107(材料2205,60根)", [("VB-1102", [30], "CF8M"), ("VB-1107", [60], "2205")]),
        ("Deckel   2.114.512   EN AW-6060   2.000 Stück", [("2.114.512", [2000], "EN AW-6060")]),
        ("4 x 51-0093 end stops and 6 x 51-0094 brackets", [("51-0093", [4], None), ("51-0094", [6], None)]),
        ("Quantities: P-4410 → 12, P-4411 → 24, all in 1.4404", [("P-4410", [12], "1.4404"), ("P-4411", [24], "1.4404")]),
        ("Part QX-771-2, C45, 8 pcs, key stock 1/2 x 1/2 x 12", [("QX-771-2", [8], "C45")]),
        ("Part QX-771-2 for machine HX-2200, C45, 8 pcs", [("QX-771-2", [8], "C45")]),
        ("Part: TB-1190\nQty: 2\nMat: EN8\nPart: TB-1191\nQty: 10\nMat: C45", [("TB-1190", [2], "EN8"), ("TB-1191", [10], "C45")]),
        ("Kun je 5 st. tandwiel TW-3310 en 7 st. rondsel TW-3311 leveren?", [("TW-3310", [5], None), ("TW-3311", [7], None)]),
    ],
)  # fmt: skip
def test_parts_and_their_pieces_in_the_manner_of_many(
    text: str, lines: list[tuple[str, list[int], str | None]]
) -> None:
    assert _lines(_read(text)) == lines


def test_a_change_of_pieces_is_asked_about_though_the_new_number_is_not_read() -> None:
    draft = _read(
        "Statt der 40 Stück brauchen wir jetzt mehr.\n\nWir bräuchten von HB-2207 40 Stk. aus 1.4301, DAP Ulm."
    )
    assert "quantity" in _fields(draft)


def test_columns_parted_by_strokes_are_a_table_and_two_languages_are_none() -> None:
    draft = _read(
        "Drawing No. / Name / Material / Q'ty\nTK-5501-2A / Slide base / FC250 / 3\nTK-5502-1B / Slider / S45C / 5\n"
    )
    assert _lines(draft) == [("TK-5501-2A", [3], "FC250"), ("TK-5502-1B", [5], "S45C")]
    assert _lines(_read("Part no. / Teilenummer: LK-88\nQuantity / Menge: 5\nMaterial / Werkstoff: C45")) == [
        ("LK-88", [5], "C45")
    ]


@pytest.mark.parametrize(
    "said",
    [
        "niet geanodiseerd, zonder verzinken",
        "ikke forzinket",
        "ej förzinkad, inte lackerad",
        "bez cynkowania, nie malowane",
        "bez zinkování",
        "sem zincado, não cromado",
        "nem horganyzott, eloxálás nélkül",
        "ei maalata",
        "nikel kaplama yok",
        "zinc plated is not required",
        "passivation not needed",
        "Verzinkung ist nicht mehr nötig",
        "verzinken entfällt",
        "zincatura non necessaria",
    ],
)
def test_a_finish_that_is_denied_is_none_in_any_language(said: str) -> None:
    assert _read(f"Please quote 20 pcs of FL-120 in C45, {said}. DAP Aarhus").finishes == ()


def test_an_italian_finish_behind_ne_is_one() -> None:
    draft = _read("Servono 20 pz della staffa ST-500 in S235JR, ne servono zincate.")
    assert [finish.value for finish in draft.finishes] == ["zincate"]


def test_files_that_differ_in_their_last_letters_are_two_parts() -> None:
    draft = _read("Please quote 10 each of 100-R12.stp and 100-R13.stp in 6061-T6, due: 2027-03-04")
    assert [line.part.value for line in draft.lines if line.part] == ["100-R12", "100-R13"]
    draft = _read("Please quote 10 pcs of 100-45_revB.stp in 6061-T6, due: 2027-03-04")
    assert [line.part.value for line in draft.lines if line.part] == ["100-45"]


@pytest.mark.parametrize(
    "said",
    [
        "There are two revisions of BR-500.",
        "We have three questions on part BR-500.",
        "We have 3 questions on part BR-500.",
        "We are three people assembling the BR-500.",
        "Plate BR-500, thickness 10 no paint.",
    ],
)
def test_what_is_counted_beside_a_part_needs_not_be_pieces(said: str) -> None:
    draft = _read(f"{said} 6061-T6, DAP Cork, due: 2027-03-04")
    assert [line.quantities for line in draft.lines] == [()]
    assert any(question.field == "quantity" for question in draft.questions)


@pytest.mark.parametrize(
    "said",
    [
        "50 pcs per month for 6 months",
        "1/2 dozen",
        "2 1/2 dozen",
        "20 to 30 pcs",
        "20-30 pcs",
        "min 20 max 30 pcs",
        "3 sets (each set = 4 pcs)",
    ],
)
def test_numbers_that_are_no_number_of_pieces_yet_are_asked_about(said: str) -> None:
    draft = _read(f"Please quote BR-500, C45, {said}. DAP Cork, due: 2027-03-04")
    assert any(question.field == "quantity" for question in draft.questions)
    assert 24 not in [quantity.value for line in draft.lines for quantity in line.quantities]


def test_words_of_numbers_before_a_drawing_count_pieces() -> None:
    for said in ("two shafts per drawing W-5001", "zwei Wellen nach Zeichnung W-5001", "deux arbres selon plan W-5001"):
        assert [quantity.value for quantity in _read(f"Please quote {said}, C45.").lines[0].quantities] == [2]


@pytest.mark.parametrize("said", ["Qty: 50.", "Batch size: 50.", "Menge: 50."])
def test_a_number_of_pieces_at_the_end_of_a_sentence_is_no_position(said: str) -> None:
    draft = _read(f"Part: BR-500, 6061-T6. {said} DAP Cork, due: 2027-03-04")
    assert [quantity.value for quantity in draft.lines[0].quantities] == [50]


def test_a_part_that_was_bought_before_is_not_asked_for_again_beside_its_successor() -> None:
    draft = _read("We bought 200 pieces of your GSK-041 last year at 6.20. This year we need 350 pieces of GSK-042.")
    assert [(line.part.value, [q.value for q in line.quantities]) for line in draft.lines if line.part] == [
        ("GSK-042", [350])
    ]
    assert "part" in {question.field for question in draft.questions}


@pytest.mark.parametrize(
    "said",
    [
        "Wir haben Bedarf an NM-1001, 20 Stück.",
        "Wir haben hier die NM-1001, 20 Stück, anzufragen.",
        "Wij hebben nodig: NM-1001, 20 stuks.",
        "Wir hatten Ihnen NM-1001 angefragt, 20 Stück.",
    ],
)
def test_what_somebody_has_was_not_bought(said: str) -> None:
    draft = _read(f"{said}\nAlso: NM-1003, 5 pcs.")
    assert [(line.part.value, [q.value for q in line.quantities]) for line in draft.lines if line.part] == [
        ("NM-1001", [20]),
        ("NM-1003", [5]),
    ]


def test_what_somebody_has_bought_was_bought() -> None:
    draft = _read("Wir haben letztes Jahr Ihre GSK-041 gekauft.\nJetzt brauchen wir 350 Stück GSK-042.")
    assert [line.part.value for line in draft.lines if line.part] == ["GSK-042"]


@pytest.mark.parametrize(
    ("said", "pieces"),
    [
        ("NM-1001 in 1.4305, 9,600 a year in calls of 800.", [800]),
        ("NM-1001 in 1.4305: 100, 200 and 500 pcs per year.", [100, 200, 500]),
        ("NM-1001 in 1.4305: 100 Stück bis Jahresende und 200 Stück danach.", [100, 200]),
        ("NM-1001 in 1.4305: 100 pcs before the annual shutdown and 200 pcs after it.", [100, 200]),
        ("NM-1001 in 1.4305: 50 Stück im Jahr 2027 und 100 Stück im Jahr 2028.", [50, 100]),
    ],
)
def test_what_is_told_of_a_year(said: str, pieces: list[int]) -> None:
    draft = _read(f"Please quote {said}")
    assert [[q.value for q in line.quantities] for line in draft.lines] == [pieces]


def test_pieces_of_a_year_give_way_to_those_of_a_call_and_are_asked_about() -> None:
    draft = _read("Article number: 8800-3317\nYearly demand: 9,600 pieces in monthly calls of 800\nAlloy: 1.4305")
    assert [[q.value for q in line.quantities] for line in draft.lines] == [[800]]
    assert any(question.field == "quantity" and "year" in question.text for question in draft.questions)


def test_a_years_pieces_alone_stay() -> None:
    draft = _read("Article number: 8800-3317\nYearly demand: 9,600 pieces\nAlloy: 1.4305")
    assert [[q.value for q in line.quantities] for line in draft.lines] == [[9600]]


def test_a_list_of_pieces_ends_before_a_colon() -> None:
    draft = _read("Please quote, each in lots of 10, 50 and 250:\nGRP-001-A finger, 7075-T6\nGRP-003-B palm, 6082-T6")
    assert [[q.value for q in line.quantities] for line in draft.lines] == [[10, 50, 250]] * 2


def test_price_breaks_said_again_in_brackets_are_no_others() -> None:
    draft = _read("Part no. 4022-118-7\nMenge: 50 / 200 / 1.000 Stück\nErstlieferung (50 Stück): 26.02.2027")
    assert [[q.value for q in line.quantities] for line in draft.lines] == [[50, 200, 1000]]


def test_per_cent_is_no_tolerance() -> None:
    assert _read("Budget prices +/-10 % for 5 pcs of NM-1001, +/-0.1 mm").tolerances[0].source.strip() == "+/-0.1 mm"


def test_what_was_said_in_a_talk_last_week_is_wanted_now() -> None:
    draft = _read("Zu unserem Termin letzte Woche: die Gabelköpfe (GK-104-3) brauchen wir in 1.4404, 80 Stück.")
    (line,) = draft.lines
    assert [(q.value, q.confidence) for q in line.quantities] == [(80, 0.9)]
    assert line.material is not None
    assert line.material.value == "1.4404"


def test_more_pieces_on_a_condition_are_another_quantity() -> None:
    draft = _read("Component TFX-0007 in copper C110, we need 2 now for testing and 20 more if it works.")
    (line,) = draft.lines
    assert [q.value for q in line.quantities] == [2, 20]
    assert line.material is not None
    assert line.material.value == "C110"


def test_copper_of_one_part_is_not_taken_for_the_bronze_of_the_next() -> None:
    draft = _read("Please quote 5 pcs of NM-1001, copper C110. 20 pcs NM-1002 in bronze C932.")
    assert draft.lines[1].material is not None
    assert draft.lines[1].material.value == "C932"


def test_a_spanish_list_of_pieces_is_read_to_its_end() -> None:
    draft = _read("Me pueden cotizar la pieza 90-7715 en aluminio 7075-T6, cantidades 10, 25 y 50, anodizado.")
    assert [[q.value for q in line.quantities] for line in draft.lines] == [[10, 25, 50]]
