"""Limits of fits against values that every workshop knows by heart (ISO 286-2)."""

import pytest

from nightmill.cad.pmi.reader import read_pmi
from nightmill.cad.step.part21 import read_part21
from nightmill.vocabulary.fits import deviations


@pytest.mark.parametrize(
    ("fit", "nominal", "low", "high"),
    [
        ("H7", 10, 0, 15), ("H7", 10.01, 0, 18), ("H7", 25, 0, 21), ("H8", 50, 0, 39), ("H11", 100, 0, 220), ("h6", 20, -13, 0),
        ("h9", 30, -52, 0), ("g6", 25, -20, -7), ("f7", 40, -50, -25), ("F8", 16, 16, 43), ("G7", 30, 7, 28), ("E9", 20, 40, 92),
        ("js7", 25, -10.5, 10.5), ("JS9", 8, -18, 18), ("k6", 25, 2, 15), ("m6", 25, 8, 21), ("n6", 50, 17, 33), ("p6", 25, 22, 35),
        ("k8", 25, 0, 33), ("d9", 60, -174, -100), ("K7", 20, -15, 6), ("H4", 20, 0, 6),
    ],
)  # fmt: skip
def test_known_fits(fit: str, nominal: float, low: float, high: float) -> None:
    found = deviations(fit, nominal)
    assert found is not None
    assert (found[0] * 1000, found[1] * 1000) == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("fit", "nominal"), [("K11", 20), ("H19", 20), ("H7", 600), ("H7", 0), ("7H", 20), ("H", 20), ("", 20)]
)
def test_what_the_tables_lack_is_not_guessed(fit: str, nominal: float) -> None:
    assert deviations(fit, nominal) is None


def test_a_fit_in_a_file_gives_its_limits() -> None:
    text = """DATA;
#1=(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT(.MILLI.,.METRE.));
#40=DIMENSIONAL_SIZE(#11,'diameter');
#41=DIMENSIONAL_CHARACTERISTIC_REPRESENTATION(#40,#42);
#42=SHAPE_DIMENSION_REPRESENTATION('',(#43),#99);
#43=MEASURE_REPRESENTATION_ITEM('nominal value',LENGTH_MEASURE(25.),#1);
#44=PLUS_MINUS_TOLERANCE(#45,#40);
#45=LIMITS_AND_FITS('H','hole','7','');
ENDSEC;"""
    (item,) = read_pmi(read_part21(text), {})
    assert (item.fit, item.lower) == ("H7", 25.0)
    assert item.upper == pytest.approx(25.021)
