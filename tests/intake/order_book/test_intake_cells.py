"""Dates and quantities that one reading alone fits."""

from datetime import date

import pytest

from nightmill.intake.order_book.cells import read_dates, read_quantities

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("Mar 5, 2027", "2027-03-05"), ("dic 15 2026", "2026-12-15"), ("mar 5 jan 2027", "2027-01-05"), ("Mar 5", "2027-03-05"),
        ("15 déc. 2026", "2026-12-15"), ("15-déc-26", "2026-12-15"), ("15-Dec", "2026-12-15"), ("Fr 04.12.2026", "2026-12-04"),
        ("26-11-30", None), ("26/12/05", None), ("Dec-26", None), ("30-11-26", "2026-11-30"), ("27.01.26", "2026-01-27"),
    ],
)  # fmt: skip
def test_a_date_is_read_one_way_or_not_at_all(cell: str, day: str | None) -> None:
    assert read_dates([cell], TODAY, None)[0] == [day]


def test_a_nought_before_three_decimals_tells_decimals_of_the_column() -> None:
    assert read_quantities(["10,000", "0,000"]) == ([10.0, 0.0], False)
    assert read_quantities(["10,000", "5,000"])[1]
