"""Parts called by their names, in lists, by their siblings: whose pieces and whose material, and what is asked."""

import time
from datetime import date

import pytest

from nightmill.intake import OrderDraft, read_rfq

TODAY = date(2026, 11, 26)


def _read(text: str) -> OrderDraft:
    return read_rfq(text, today=TODAY)


def _lines(draft: OrderDraft) -> list[tuple[str, list[int], str | None]]:
    return [
        (
            str(line.part.value) if line.part else "",
            [int(each.value) for each in line.quantities],
            str(line.material.value) if line.material else None,
        )
        for line in draft.lines
    ]


@pytest.mark.parametrize(
    ("said", "materials"),
    [
        ("Welle und Nabe aus 34CrNiMo6, Deckel aus S235JR.", ["34CrNiMo6", "34CrNiMo6", "S235JR"]),
        ("34CrNiMo6 für die Welle und die Nabe, S235JR für den Deckel.", ["34CrNiMo6", "34CrNiMo6", "S235JR"]),
    ],
)
def test_materials_are_said_of_parts_by_name(said: str, materials: list[str]) -> None:
    draft = _read(f"Bitte anbieten:\n5 Stück Welle A-4011\n5 Stück Nabe A-4012\n10 Stück Deckel A-4013\n\n{said}")
    assert [material for _, _, material in _lines(draft)] == materials


def test_a_name_that_several_parts_bear_tells_nothing() -> None:
    draft = _read("4 pcs wear ring A-4011\n4 pcs piston ring A-4012\n\nPiston ring in C45.")
    assert _lines(draft) == [("A-4011", [4], None), ("A-4012", [4], "C45")]


def test_pieces_said_of_a_part_that_is_numbered_again() -> None:
    draft = _read("Please quote 250 pcs AB-1174 and 250 pcs SO-1180.\nFor AB-1174 please also quote 1000 pcs.")
    assert [pieces for _, pieces, _ in _lines(draft)] == [[250, 1000], [250]]


def test_pieces_of_a_list_of_parts_are_those_of_each_and_asked_about() -> None:
    draft = _read("We'd like pricing on FRM-880-TOP and FRM-880-BTM at 1, 10 and 100 pcs. MIC 6, no finish.")
    assert _lines(draft) == [("FRM-880-TOP", [1, 10, 100], "MIC 6"), ("FRM-880-BTM", [1, 10, 100], "MIC 6")]
    assert any("is it for each part" in each.text or "price breaks" in each.text for each in draft.questions)


def test_the_only_number_beside_a_part_is_asked_about() -> None:
    draft = _read("RFQ\nHopper flange – FDL-220 – 6\nScraper blade – FDL-224 – 24\n\n316L, DAP Sligo")
    assert [pieces for _, pieces, _ in _lines(draft)] == [[6], [24]]
    assert sum("the quantity" in each.text for each in draft.questions) == 2


def test_a_line_that_goes_on_as_the_line_of_a_part_does_names_one() -> None:
    draft = _read("Usual bits please:\n6171-A x 40\n6171-B x 40\n6180 x 10\nAll 303.")
    assert _lines(draft) == [("6171-A", [40], "303"), ("6171-B", [40], "303"), ("6180", [10], "303")]


@pytest.mark.parametrize(
    "said", ["2027: 5,000 / 2028: 12,000 of GBX-4410-02 please.", "GBX-4410-02\n2027: 5,000\n2028: 12,000"]
)
def test_pieces_of_years_are_all_read_and_asked_about(said: str) -> None:
    draft = _read(f"{said}\n8620 steel, FOB your dock")
    assert [pieces for _, pieces, _ in _lines(draft)] == [[5000, 12000]]
    assert any(each.field == "quantity" for each in draft.questions)


def test_what_is_taken_back_whole_is_no_part() -> None:
    draft = _read("P/N: TB-2250-075\nQty: 300\nMat: 17-4 PH\n\nOriginal request was TB-2250-050, 500 pcs - ignore it.")
    assert _lines(draft) == [("TB-2250-075", [300], "17-4 PH")]
    assert any(each.field == "part" and "TB-2250-050" in each.text for each in draft.questions)


def test_where_all_would_be_taken_back_nothing_is_dropped() -> None:
    draft = _read("Please cancel 10 of the 50 pcs of TB-2250-050 in 17-4 PH.")
    assert [part for part, _, _ in _lines(draft)] == ["TB-2250-050"]
    assert any(each.field == "part" for each in draft.questions)


def test_a_material_below_a_list_is_of_all_its_lines() -> None:
    draft = _read("- GB-TOP-2 -> 3 pcs\n- GB-BTM-2 -> 3 pcs\nalu 6082, sandblasted\nand 6x SP-MID-2 in brass")
    assert ["6082" in str(material) for _, _, material in _lines(draft)] == [True, True, False]


@pytest.mark.parametrize(
    ("said", "material"),
    [
        ("material as item 1", "UNS S32750"),
        ("same mat'l", "Inconel 718"),
        ("ditto", "Inconel 718"),
    ],
)
def test_a_material_that_is_another_positions(said: str, material: str) -> None:
    draft = _read(
        f"Item 1: NS-17-3021, UNS S32750 - Qty: 6 off\nItem 2: NS-17-3024, Inconel 718 - Qty: 12 off\nItem 3: NS-17-3026, {said} - Qty: 6 off"
    )
    assert _lines(draft)[2][2] == material


@pytest.mark.parametrize(
    "said",
    [
        "15 pcs P-330/A (C40) and 15 pcs P-331/A (B14)",
        "50 pcs - P-330/A - arm - C40\n50 pcs - P-331/A - bush - B14",
        "50 pcs P-330/A in C40\n50 pcs P-331/A in B14",
    ],
)
def test_a_code_where_a_material_stands_is_taken_and_asked_about(said: str) -> None:
    draft = _read(f"Please quote:\n{said}\nDAP Cork")
    assert [material for _, _, material in _lines(draft)] == ["C40", "B14"]
    assert any(each.field == "material" and "B14" in each.text for each in draft.questions)


def test_a_code_that_a_grade_explains_is_no_part() -> None:
    draft = _read("4 uds. eje plano EP-1820 en F-125 (42CrMo4) templado")
    assert _lines(draft) == [("EP-1820", [4], "42CrMo4")]


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ("Z-40118_Welle.pdf 5 Stk\nZ-40119_Nabe.pdf 5 Stk", ["Z-40118", "Z-40119"]),
        ("5 pcs Z-40118_left.pdf\n5 pcs Z-40118_right.pdf", ["Z-40118_left", "Z-40118_right"]),
        (
            "SEAT_RAIL_LH.pdf, SEAT_RAIL_RH.pdf, SR-BLOCK-02.pdf: 5 pcs each",
            ["SEAT_RAIL_LH", "SEAT_RAIL_RH", "SR-BLOCK-02"],
        ),
    ],
)
def test_files_name_parts_without_the_names_behind_their_numbers(said: str, parts: list[str]) -> None:
    assert [part for part, _, _ in _lines(_read(f"{said}\nC45, DAP Cork"))] == parts


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("Consegna entro fine gennaio (29/01/2027)", "2027-01-29"),
        ("要货时间:明年1月20号之前", "2027-01-20"),
        ("Delivery by end of next month", "2026-12-31"),
        ("Dodání do 15.01 DAP", "2027-01-15"),
    ],
)
def test_days_that_are_said_twice_or_by_the_next_year(said: str, day: str) -> None:
    draft = _read(f"10 pcs AB-1174, C45. {said}")
    assert draft.due_date is not None
    assert draft.due_date.value == day


@pytest.mark.parametrize(
    ("said", "town"),
    [
        ("rendu Toulouse (DAP)", "Toulouse"),
        ("frei Haus 94315 Straubing", "Straubing"),
        ("CONSEGNA FRANCO NS. MAGAZZINO DI TREVIGLIO", "Treviglio"),
        ("Delivery required: Shap Quarry, 18 January 2027", "Shap Quarry"),
        ("送苏州工业园区。", "苏州"),
        ("Levering op locatie Delfzijl, 19 februari 2027", "Delfzijl"),
        ("Dunton by the 15th January.", "Dunton"),
    ],
)
def test_towns_beside_a_term_a_postcode_and_a_day(said: str, town: str) -> None:
    draft = _read(f"10 pcs AB-1174, C45.\n{said}")
    assert draft.delivery_place is not None
    assert str(draft.delivery_place.value) == town


@pytest.mark.parametrize("said", ["请报价 AB-1234 5件 304", "Please re-quote AB-1234 at 5 pcs in 304."])
def test_a_number_behind_a_word_of_quoting_is_a_part_where_it_asks_for_one(said: str) -> None:
    assert _lines(_read(said)) == [("AB-1234", [5], "304")]


def test_values_and_numbers_that_take_turns() -> None:
    draft = _read("A quote for CP-3307 and CP-3309, both in 304 stainless.\n35 of the CP-3307, 70 of the CP-3309.")
    assert _lines(draft) == [("CP-3307", [35], "304 stainless"), ("CP-3309", [70], "304 stainless")]


def test_a_word_of_the_trade_is_no_town() -> None:
    draft = _read("I bräucht nochmal a Angebot: 250 Stk. von 2024-118-07, V4A")
    assert draft.delivery_place is None


def test_a_price_below_an_amount_in_the_line_above_is_none() -> None:
    draft = _read("2 Stk. GP-880-1, S355J2+N à 1.480,00 €\n4 Stk. FL-881-2, 1.2842 à 215,00 €")
    assert [pieces for _, pieces, _ in _lines(draft)] == [[2], [4]]


def test_a_labelled_material_goes_before_a_postcode_that_looks_like_one() -> None:
    draft = _read("PLZ/Ort: 7050 Arosa\nTeilenummer: SH-4410-3\nStückzahl: 8\nWerkstoff: 1.7225")
    assert _lines(draft) == [("SH-4410-3", [8], "1.7225")]


@pytest.mark.parametrize(
    ("text", "pieces", "material"),
    [
        ("1200 steel pins to drawing 4471-C in C45.", [1200], "C45"),
        ("drawing 4471-C, quantities 250, 420, 600 in EN24.", [250, 420, 600], "EN24"),
        ("drawing 4471-C, 50 pcs, shaft D20 L120, C45.", [50], "C45"),
        ("drawing 4471-C, shaft hardened 40 pieces, C45.", [40], "C45"),
        ("drawing 4471-C, bracket, 304, 50 pcs.", [50], "304"),
        ("drawing 4471-C, 4140 steel, hardened 58, 50 pcs.", [50], "4140"),
        ("drawing 4471-C, spar pin, L168, 50 pcs.", [50], "L168"),
    ],
)
def test_numbers_of_pieces_and_lengths_are_no_grades(text: str, pieces: list[int], material: str) -> None:
    (line,) = _read(f"Please quote {text}\nDelivery by 15 May 2026.").lines
    assert [quantity.value for quantity in line.quantities] == pieces
    assert line.material is not None
    assert line.material.value == material


@pytest.mark.parametrize("price", ["10.05 €", "10.05 Euro", "10.05%"])
def test_a_price_or_a_share_behind_a_word_of_until_is_no_day(price: str) -> None:
    assert _read(f"Wir brauchen 40 Stück 4471-C aus C45 bis {price} pro Stück.").due_date is None


@pytest.mark.parametrize(
    "said",
    ["Eloxieren entfällt", "please ignore the old revision note", "不需要表面处理", "anodising no longer required"],
)
def test_a_part_whose_treatment_or_note_is_taken_back_is_still_asked_for(said: str) -> None:
    draft = _read(f"Please quote:\n4471-C, 40 pcs, 6082, {said}\n4472-D, 60 pcs, 6082\n")
    assert [line.part and line.part.value for line in draft.lines] == ["4471-C", "4472-D"]


def test_a_part_that_a_later_sentence_takes_back_by_its_number_is_asked_about() -> None:
    draft = _read("Please quote:\n4471-C, 40 pcs, 6082\n4472-D, 60 pcs, 6082\nPlease ignore 4471-C.\n")
    asked = [question.text for question in draft.questions if question.field == "part"]
    assert asked == ["'Please ignore 4471-C.' names 4471-C: is this part requested?"]


def test_an_empty_cell_names_no_material() -> None:
    draft = _read("LN PART QTY UOM MATERIAL\n1 4471-C 50 EA C45\n2 4472-D 60 EA\n")
    assert [line.material and line.material.value for line in draft.lines][1] != "-"
    assert not any("'-'" in question.text for question in draft.questions)


def test_a_long_list_takes_no_time_by_the_square_of_its_lines() -> None:
    def seconds(text: str) -> float:
        begun = time.process_time()
        _read(text)
        return time.process_time() - begun

    two_lines = "\nHub A-{0}-C\n  Qty: 5 pcs, material C45\n"
    for line, times in (("A-{0}-C  5 pcs  ditto\n", 8), ("A-{0}-C (hub) 40 pcs in C45, ", 8), (two_lines, 16)):
        short, long = ("".join(line.format(1000 + k) for k in range(count)) for count in (60, 60 * times))
        seconds(short)
        assert seconds(long) < 2.5 * times * max(seconds(short), 0.02)


def test_a_price_without_a_currency_is_no_part() -> None:
    draft = _read("Please quote 4471-C, 40 pcs in C45. Price 12.50, target price 9.80. Delivered Leeds by 15 May.")
    assert _lines(draft) == [("4471-C", [40], "C45")]


def test_of_two_names_one_of_which_is_made_of_the_other_each_names_its_own_part() -> None:
    draft = _read(
        "Bitte um Angebot: 4471-C (Welle) aus C45, 4472-D (Antriebswelle) aus 42CrMo4. Welle 20 Stück, Antriebswelle 10 Stück."
    )
    assert _lines(draft) == [("4471-C", [20], "C45"), ("4472-D", [10], "42CrMo4")]
    assert not any("Several materials" in question.text for question in draft.questions)


@pytest.mark.parametrize(
    "said",
    ["Anfrage: 20x 4471-C (Welle), 10x 4472-D aus C45", "Please send your quote: 20x 4471-C, 10 pcs 4472-D in C45"],
)
def test_pieces_behind_the_word_of_an_enquiry_are_no_number_of_it(said: str) -> None:
    assert [(part, pieces) for part, pieces, _ in _lines(_read(said))] == [("4471-C", [20]), ("4472-D", [10])]


def test_heads_cut_short_and_labels_whose_value_stays_are_known() -> None:
    draft = _read("č. výkresu        název         materiál   ks\nP-30-112-4        Příruba       11 523     60\n")
    assert _lines(draft) == [("P-30-112-4", [60], "11 523")]
    draft = _read(
        "Part: 4471-C\nQty: 40 pcs\nMaterial: bronce\nDate unchanged: 14 January 2027\nDestination unchanged: Cork\n"
    )
    assert (draft.due_date and draft.due_date.value, draft.delivery_place and draft.delivery_place.value) == (
        "2027-01-14",
        "Cork",
    )
    assert [question.text for question in draft.questions if question.field == "material"]


def test_swedish_parts_behind_art() -> None:
    draft = _read(
        "Kan du räkna på följande:\nArt 118204 rev B Fäste, S355J2, 15 st\nArt 118205 rev A Platta, S355J2, 30 st\n"
    )
    assert _lines(draft) == [("118204", [15], "S355J2"), ("118205", [30], "S355J2")]


def test_a_value_where_a_number_is_said_again_is_no_error() -> None:
    draft = _read(
        "Plano | Cant. | Material\nZT-1140 | 16 | C45\nF-1250 | 24 | F-1250\nZT-1141 | 8 | C45\nF-1250 F-1250 F-1250\n"
    )
    assert draft.lines
    draft = _read(
        "| Plano | Pieza | Material | Unid |\n| ZT-1140 | Tapa | AISI 304 | 16 |\n| ZT-1150 | Tornillo | F-1250 | 24 |\n"
    )
    assert draft.lines


def test_what_stands_in_a_column_of_materials_is_no_part() -> None:
    draft = _read("| Plano | Material | Cant. |\n| ZT-1140 | AISI 304 | 16 |\n| ZT-1150 | F-1250 | 24 |\n")
    assert _lines(draft) == [("ZT-1140", [16], "AISI 304"), ("ZT-1150", [24], "F-1250")]


def test_a_column_of_references_beside_pieces_is_one_of_parts_where_none_other_is() -> None:
    draft = _read("Item  Description     Your ref     Qty\n1     Rotor shaft     RS-5501-B    4\nMaterial to EN19T.\n")
    assert _lines(draft) == [("RS-5501-B", [4], "EN19T")]


def test_the_later_of_two_numbers_from_which_and_to_which_is_the_pieces() -> None:
    draft = _read("Stückzahl für ABX-220-1 von 50 auf 80 erhöht, Material 1.4571.")
    assert _lines(draft) == [("ABX-220-1", [80], "1.4571")]
    assert any(question.field == "quantity" for question in draft.questions)


def test_a_revision_behind_a_number_is_none_of_it() -> None:
    assert _lines(_read("Part number : 8834-002-REV B\nQty : 10\nMaterial : 316L\n"))[0][0] == "8834-002"
