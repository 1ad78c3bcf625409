"""What could be another value than the one that was read is asked about; what has a role of its own is not."""

from datetime import date

import pytest

from nightmill.intake import read_rfq

TODAY = date(2026, 11, 26)


def asked(text: str, field: str) -> list[str]:
    """The texts of the questions about a field."""
    return [question.text for question in read_rfq(text, today=TODAY).questions if question.field == field]


PLAIN = "Please quote 20 pcs of part NM-4711 in 1.4301, delivery DAP Graz by 2027-01-15."


def test_a_plain_request_is_asked_nothing() -> None:
    assert read_rfq(PLAIN, today=TODAY).questions == ()


@pytest.mark.parametrize(
    "told",
    [
        "Our yearly demand is 500 pcs of part NM-4711 in 1.4301.",
        "Wir rufen 100 Stück NM-4711 aus 1.4301 in Abrufen zu 20 ab.",
        "5 call-offs of 100 pcs of part NM-4711, material 1.4301.",
        "We have 3 pcs of part NM-4711 in stock, material 1.4301.",
    ],
)
def test_pieces_of_a_year_a_call_off_or_a_stock_are_asked_about(told: str) -> None:
    assert asked(f"Please quote. {told} Delivery DAP Graz by 2027-01-15.", "quantity")


@pytest.mark.parametrize("told", ["", "12 brackets went to the wrong line.", "Please add 35 to be safe."])
def test_a_figure_without_a_role_is_asked_about(told: str) -> None:
    assert bool(asked(f"{PLAIN}\n{told}", "quantity")) is bool(told)


@pytest.mark.parametrize(
    "harmless",
    [
        "Incoterms 2020 apply.",
        "Payment 30 days net.",
        "It goes to press 4 in hall 7.",
        "Our offices: Wiesenweg 11, 26129 Oldenburg.",
        "Call 04 73 55 01 44.",
        "The part has 4 holes and 2 threads M6, length 120 mm, see sheet 2 of 3.",
        "Invoice 4411 was fine.",
    ],
)
def test_a_figure_with_a_role_is_not_asked_about(harmless: str) -> None:
    assert asked(f"{PLAIN}\n{harmless}", "quantity") == []


def test_a_price_that_nobody_set_is_asked_about() -> None:
    assert asked(f"{PLAIN}\nAnother shop took 48 EUR.", "price")
    assert asked(f"{PLAIN}\nOur target is 48 EUR each.", "price") == []
    assert asked(f"{PLAIN}\nTarget price: 48 EUR", "price") == []


def test_a_number_made_unlike_the_labelled_ones_is_asked_about_with_all_that_hangs_on_it() -> None:
    text = (
        "Please quote:\n- Drawing 5588-03-B: bush, 200 pcs, CuSn12\n- shaft F-1252, 50 pcs, 42CrMo4\n"
        "Delivery DAP Graz by 2027-01-15."
    )
    assert asked(text, "part") == ["Is F-1252 a requested part?"]
    assert any("50" in each for each in asked(text, "quantity"))
    assert any("42CrMo4" in each for each in asked(text, "material"))


def test_a_number_that_another_goes_on_from_is_asked_about() -> None:
    text = (
        "Please quote part LK-88-207, 12 pcs, 16MnCr5.\nPlease quote part LK-88-207-Z, 12 pcs, 16MnCr5.\n"
        "Delivery DAP Graz by 2027-01-15."
    )
    assert any("LK-88-207 " in each for each in asked(text, "part"))


def test_another_town_is_asked_about() -> None:
    assert asked(PLAIN, "delivery_place") == []
    assert asked(f"{PLAIN}\nDelivery to: Bergweg 4, 80331 München", "delivery_place")


def test_a_month_that_is_no_date_is_asked_about() -> None:
    assert asked(f"{PLAIN}\nThe rest in February.", "due_date")
    assert asked(PLAIN.replace("by 2027-01-15", "the week of January 18"), "due_date")


def test_a_code_beside_a_labelled_material_is_asked_about() -> None:
    text = "Drawing: NM-4711\nQty: 10\nMaterial: PB102 (CuSn8)\nDelivery: 2027-01-15, DAP Graz"
    assert any("PB102" in each for each in asked(text, "material"))


def test_an_order_without_its_words_is_asked_about() -> None:
    text = "20 pcs of part NM-4711 in 1.4301 at 12.80 EUR each, delivery DAP Graz by 2027-01-15. Please confirm."
    assert asked(text, "kind")
    assert asked(PLAIN, "kind") == []


def test_values_said_by_position_are_of_the_part_at_it() -> None:
    text = (
        "Item   Material        Quantity  UoM\n00010  M-448120-03     24        EA\n00020  M-448131-01     48        EA\n\n"
        "Item 00010 Material spec: ASTM A536 65-45-12\nItem 00020 Material spec: 1018\n"
    )
    lines = read_rfq(text, today=TODAY).lines
    read = [(str(line.part and line.part.value), str(line.material and line.material.value)) for line in lines]
    assert read == [("M-448120-03", "ASTM A536 65-45-12"), ("M-448131-01", "1018")]


def test_each_as_a_unit_is_not_said_of_each_part() -> None:
    text = "Item: 5510-PIN-03 | Quantity: 1,500 Each |\nItem: 5510-BSH-03 | Quantity: 3,000 Each |\n"
    lines = read_rfq(text, today=TODAY).lines
    assert [[each.value for each in line.quantities] for line in lines] == [[1500], [3000]]


@pytest.mark.parametrize(
    ("told", "due"),
    [
        ("The delivery date moves from 1 March 2027 to 15 March 2027.", "2027-03-15"),
        ("Liefertermin 26.02.2027 statt 12.02.2027.", "2027-02-26"),
    ],
)
def test_a_day_in_whose_place_another_is_put_is_not_the_parts(told: str, due: str) -> None:
    found = read_rfq(f"Please quote 20 pcs of part NM-4711 in 1.4301. {told}", today=TODAY).due_date
    assert found is not None
    assert found.value == due


def test_price_breaks_are_no_date() -> None:
    draft = read_rfq("PN 700-1182-001\nQTY BREAKS 1/5/10/25\nMTL INCONEL 625", today=TODAY)
    assert draft.due_date is None
    assert [each.value for each in draft.lines[0].quantities] == [1, 5, 10, 25]


def test_a_sentence_that_speaks_of_the_phone_is_no_signature() -> None:
    text = "As discussed on the phone: we need 80 of part SP-118-A in 6082-T6."
    assert [each.value for each in read_rfq(text, today=TODAY).lines[0].quantities] == [80]


def test_terms_in_small_letters() -> None:
    term = read_rfq("need 6 off HX-2210, 316L. dap leeds.", today=TODAY).incoterm
    assert term is not None
    assert term.value == "DAP"


@pytest.mark.parametrize(
    ("told", "pieces"),
    [
        ("P/N NM-4711: 60 pcs (was 40), 1.4571", [60]),
        ("Please quote only the first release of 250 of part NM-4711.", [250]),
        ("- NM-4711 (bracket) x 12 in 1.4301", [12]),
    ],
)
def test_pieces_in_the_words_of_purchasers(told: str, pieces: list[int]) -> None:
    assert [each.value for each in read_rfq(told, today=TODAY).lines[0].quantities] == pieces


def test_a_day_between_dashes_begins_with_the_day_or_the_month() -> None:
    due = read_rfq("10 pcs of part NM-4711, delivery 26-02-2027", today=TODAY).due_date
    assert due is not None
    assert due.value == "2027-02-26"


def test_each_of_two_blocks_of_labels_has_its_own_pieces() -> None:
    text = "Line 1\n  Item: 4471-000-22\n  Quantity: 15 Each\nLine 2\n  Item: 4471-000-31\n  Quantity: 30 Each\n"
    lines = read_rfq(text, today=TODAY).lines
    assert [[each.value for each in line.quantities] for line in lines] == [[15], [30]]


@pytest.mark.parametrize("number", ["A 221 334 07 01", "5Q0 118 447 C", "4711-03"])
def test_a_labelled_number_in_groups_is_read_whole(number: str) -> None:
    part = read_rfq(f"Sachnummer: {number}\nMenge: 150\nWerkstoff: C45E\n", today=TODAY).lines[0].part
    assert part is not None
    assert part.value == number


def test_a_number_behind_its_position_is_a_part() -> None:
    text = "Item 1: 10-7714-A Bearing retainer\n Quantity: 75 EA\n Material: 4140\nItem 2: 10-7715-A Spacer\n Quantity: 150 EA\n Material: 1018\n"
    lines = read_rfq(text, today=TODAY).lines
    read = [(str(line.part and line.part.value), [each.value for each in line.quantities]) for line in lines]
    assert read == [("10-7714-A", [75]), ("10-7715-A", [150])]
    assert [str(line.material and line.material.value) for line in lines] == ["4140", "1018"]


def test_a_line_that_is_set_in_goes_on_with_the_part_above() -> None:
    text = (
        "Pos  Item            Qty   Unit price\n1    77-2210-01      100   EUR 5.20\n     Pin, 100Cr6\n"
        "2    77-2211-01      100   EUR 3.10\n     Ring, 16MnCr5\n"
    )
    lines = read_rfq(text, today=TODAY).lines
    assert [str(line.material and line.material.value) for line in lines] == ["100Cr6", "16MnCr5"]


def test_and_in_other_languages_is_no_british_steel() -> None:
    draft = read_rfq("Kun je 24 stuks as AS-771-1 (C45) en 24 stuks bus BU-772-1 (POM) aanbieden?", today=TODAY)
    read = [(str(line.part and line.part.value), str(line.material and line.material.value)) for line in draft.lines]
    assert read == [("AS-771-1", "C45"), ("BU-772-1", "POM")]


@pytest.mark.parametrize(
    "named",
    [
        "X5CrNi18-10 (1.4301)", "1.4404 / X2CrNiMo17-12-2", "42CrMo4 (1.7225)", "EN AW-6082 (AlMgSi1)", "EN AW-7075 T6 (AlZnMgCu1.5)",
        "CuZn39Pb3 (CW614N)", "Ti6Al4V (Grade 5)", "42CrMo4+QT (1.7225)", "1.4301 / X5CrNi18-10+AT",
    ],
)  # fmt: skip
def test_two_names_of_one_material_are_one(named: str) -> None:
    assert not asked(f"Please quote 20 pcs of part NM-4711 in {named}, delivery DAP Graz by 2027-01-15.", "material")


@pytest.mark.parametrize(
    "named",
    [
        "X5CrNi18-10 (1.4404)",
        "42CrMo4+QT (1.7131)",
        "1.4301 or 1.4404",
        "42CrMo4 (1.7131)",
        "EN AW-6082 (AlMg3)",
        "AISI 304 (1.4301)",
    ],
)
def test_names_of_two_materials_are_asked_about(named: str) -> None:
    assert asked(f"Please quote 20 pcs of part NM-4711 in {named}, delivery DAP Graz by 2027-01-15.", "material")


@pytest.mark.parametrize(
    "told",
    [
        "in 42CrMo4, vergütet auf 28-32 HRC", "in 1.4301, stress relieved", "in 42CrMo4. Tempered to 44 HRC",
        "in C45, traité thermique 38 HRC", "in 1.2379. Surface min. 650 HV10", "in 45钢，调质 HRC28-32",
    ],
)  # fmt: skip
def test_a_treatment_or_a_hardness_that_no_finish_names_is_asked_about(told: str) -> None:
    assert asked(f"Please quote 20 pcs of part NM-4711 {told}, delivery DAP Graz by 2027-01-15.", "finish")


@pytest.mark.parametrize(
    ("told", "finish"),
    [
        ("case hardened 58-62 HRC", "case hardened 58-62 HRC"),
        ("gehärtet und angelassen 60+2 HRC", "gehärtet und angelassen 60+2 HRC"),
        ("hardened and tempered to 52 +/-2 HRC", "hardened and tempered to 52 +/-2 HRC"),
        ("nitrided, min. 550 HV 0,3", "nitrided, min. 550 HV 0,3"),
        ("zinc plated", "zinc plated"),
    ],
)
def test_a_hardness_behind_a_hardening_is_part_of_it(told: str, finish: str) -> None:
    draft = read_rfq(
        f"Please quote 20 pcs of part NM-4711 in 16MnCr5, {told}, delivery DAP Graz by 2027-01-15.", today=TODAY
    )
    assert [each.value for each in draft.finishes] == [finish]
    assert not draft.questions


def test_the_state_in_which_a_material_is_bought_is_asked_nothing() -> None:
    assert not asked(
        "Please quote 20 pcs of part NM-4711 in 42CrMo4 vergütet, delivery DAP Graz by 2027-01-15.", "finish"
    )
