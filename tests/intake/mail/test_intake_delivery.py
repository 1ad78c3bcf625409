"""When and where a buyer wants the parts: days, spans and towns in the words of many languages."""

from datetime import date

import pytest

from nightmill.intake import OrderDraft, read_rfq

TODAY = date(2026, 11, 26)


def _read(text: str) -> OrderDraft:
    return read_rfq(text, today=TODAY)


def _fields(draft: OrderDraft) -> set[str]:
    return {question.field for question in draft.questions}


def test_the_day_of_the_offer_is_not_the_day_of_the_parts() -> None:
    draft = _read("20 pcs of NM-1001.\nQuote due 3 December 2026.\nDelivery 5 February 2027.")
    assert draft.due_date is not None
    assert draft.due_date.value == "2027-02-05"
    assert "due_date" not in {question.field for question in draft.questions}
    draft = _read("20 pcs of NM-1001.\nWir erwarten Ihr Angebot bis 04.12.2026.")
    assert draft.due_date is None


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("livraison le 10 février 2027", "2027-02-10"),
        ("délai : semaine 5 2027", "2027-02-05"),
        ("livraison S5", "2027-02-05"),
        ("livraison souhaitée en S5 2027", "2027-02-05"),
        ("delivery 05-FEB-2027", "2027-02-05"),
        ("2月10日前到货", "2027-02-10"),
        ("Lieferung bis Ende Jänner", "2027-01-31"),
        ("delivery mid January", "2027-01-15"),
    ],
)
def test_days_in_other_words(words: str, day: str) -> None:
    due = _read(f"Please quote 20 pcs of NM-1001, {words}").due_date
    assert due is not None
    assert due.value == day


def test_the_end_of_this_month_is_this_year_s_to_its_last_day() -> None:
    for day in (2, 29, 30):
        draft = read_rfq("20 pcs of NM-1001, delivery end of November", today=date(2026, 11, day))
        assert draft.due_date is not None
        assert draft.due_date.value == "2026-11-30"


def test_a_span_from_the_order_on_is_no_day() -> None:
    draft = _read("Part no. QX-771-2, 12 pcs, C45, delivery within 10 weeks after receipt of order")
    assert draft.due_date is None
    assert any("counts from the order" in question.text for question in draft.questions)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Miejsce dostawy: Rzeszów", "Rzeszów"),
        ("Dodání nejpozději 5. 3. 2027, místo dodání Plzeň", "Plzeň"),
        ("Levering uiterlijk 5 maart 2027 in Eindhoven.", "Eindhoven"),
        ("Lieferung franko Domizil Rotkreuz", "Rotkreuz"),
        ("Liefertermin 12. Februar 2027 frei Baustelle Leuna", "Leuna"),
        ("Please get them to our Stockport site.", "Stockport"),
        ("Site delivery Port Hedland no later than 19 February 2027.", "Port Hedland"),
        ("Where      Huddersfield", "Huddersfield"),
        ("Livraison : Le Creusot (71), franco", "Le Creusot"),
    ],
)
def test_a_town_is_read_in_the_words_of_delivery_of_many_languages(text: str, place: str) -> None:
    draft = _read(f"Part no. QX-771-2, 12 pcs, C45\n{text}\n")
    assert draft.delivery_place is not None
    assert draft.delivery_place.value == place


@pytest.mark.parametrize("text", ["Lieferung an Herrn Meyer", "Delivery Friday by noon", "Delivery ASAP, please"])
def test_what_stands_behind_delivery_and_is_no_town(text: str) -> None:
    assert _read(f"Part no. QX-771-2, 12 pcs, C45\n{text}\n").delivery_place is None


def test_a_span_of_weeks_is_asked_about() -> None:
    draft = _read("Part no. QX-771-2, 12 pcs, C45, delivery week 12-14")
    assert draft.due_date is not None
    assert draft.due_date.value == "2027-03-26"
    assert "due_date" in _fields(draft)
    assert any("2027-04-09" in question.text for question in draft.questions)


@pytest.mark.parametrize(
    ("text", "day", "asked"),
    [
        (
            "Fecha de entrega: 12/03/2027\nLugar de entrega: Valladolid, para el taller de la planta",
            "2027-03-12",
            False,
        ),
        ("Issued 12/20/2026. Due date: 03/12/2027", "2027-03-12", False),
        ("Due date: 03/12/2027", "2027-03-12", True),
        ("Termin dostawy: 5 marca 2027", "2027-03-05", False),
        ("Szállítási határidő: 2027. március 5.", "2027-03-05", False),
    ],
)
def test_days_in_the_manner_of_a_language(text: str, day: str, asked: bool) -> None:
    draft = _read(f"Part no. QX-771-2, 12 pcs, C45\n{text}\n")
    assert draft.due_date is not None
    assert (draft.due_date.value, "due_date" in _fields(draft)) == (day, asked)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Deliver to Pump House, Severn Road, Gloucester GL1 2AB, by 26 February 2027", "Gloucester"),
        ("Die Lieferung bitte an das Institut in 95447 Bayreuth.", "Bayreuth"),
        ("Afleveradres: Nijverheidsweg 12, 5071 NK Udenhout", "Udenhout"),
        ("Adres dostawy: ul. Fabryczna 3, 44-100 Gliwice", "Gliwice"),
        ("Delivery 4 weeks from PO. Place: Katowice.", "Katowice"),
        ("Need them at the Bangor mill by 18 December 2026", "Bangor"),
    ],
)
def test_a_town_of_an_address_is_told_by_its_postcode_or_site(text: str, place: str) -> None:
    draft = _read(f"Part no. QX-771-2, 12 pcs, C45\n{text}\n")
    assert draft.delivery_place is not None
    assert draft.delivery_place.value == place


def test_the_incoterm_that_a_correction_puts_in_the_place_of_another_holds() -> None:
    draft = _read("Part no. QX-771-2, 12 pcs, C45, CIF Odessa... correction: DAP Warsaw")
    assert draft.incoterm is not None
    assert draft.delivery_place is not None
    assert (draft.incoterm.value, draft.delivery_place.value) == ("DAP", "Warsaw")
    assert {"incoterm", "delivery_place"} <= _fields(draft)


def test_a_british_mail_begins_its_dates_with_the_day() -> None:
    draft = _read("12 off QX-771-2 in C45, delivery to Barnsley S75 3DL by 05/02/27 please")
    assert draft.due_date is not None
    assert (draft.due_date.value, "due_date" in _fields(draft)) == ("2027-02-05", False)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("Material D2 4EA.", True),
        ("M6 4PL, ship to Los Angeles.", True),
        ("Made per dwg, per rev C, per AMS, per QAP.", True),
        ("Ship to Leeds LS1 4DY.", False),
        ("Ship to Manchester M1 1AE.", False),
    ],
)
def test_a_date_is_british_only_by_what_is_british(said: str, *, asked: bool) -> None:
    draft = _read(f"Quote part DIE-100, qty 10. {said} Due: 03/04/2027")
    assert any(question.field == "due_date" for question in draft.questions) is asked


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("on or before the twenty-second of January 2027", "2027-01-22"),
        ("spätestens am ersten März 2027", "2027-03-01"),
        ("by mid-March 2027", "2027-03-15"),
        ("in the first week of February 2027", "2027-02-05"),
        ("in der zweiten Woche im Februar 2027", "2027-02-12"),
        ("in 8 weeks, but not later than Feb 1, 2027", "2027-02-01"),
    ],
)
def test_days_in_words_are_read(said: str, day: str) -> None:
    draft = _read(f"5 pcs of NM-1001 are to be in Hull {said}.")
    assert draft.due_date is not None
    assert draft.due_date.value == day
