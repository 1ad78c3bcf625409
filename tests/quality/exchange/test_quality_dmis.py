"""DMIS results in: actuals or deviations, tied to their features; what doesn't fit is refused by line."""

import random
from contextlib import suppress
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightmill.quality.exchange.dmis import is_dmis, read_dmis
from nightmill.quality.exchange.results_reader import Readings
from nightmill.quality.inspection.characteristic import Characteristic
from nightmill.vocabulary.errors import BadInput

Unit = Literal["mm", "deg"]


def _item(balloon: int, kind: str, nominal: float | None, half: float, unit: Unit = "mm") -> Characteristic:
    zone = half if nominal is None else None
    lower, upper = (None, None) if nominal is None else (nominal - half, nominal + half)
    return Characteristic(balloon, kind, nominal, lower, upper, zone, unit, (), "", (), "", "cmm", "", "pmi")


PLAN = (_item(1, "diameter", 20.0, 0.02), _item(2, "position", None, 0.1), _item(3, "angle", 30.0, 0.5, "deg"))
HEAD = """DMISMN/'flange',05.2
UNITS/MM,ANGDEC
PN(P)=PARTID/'4711'
PS(S)=PARTSN/'S-001'
OP(O)=OPERID/'Ann'
DATE=2026/11/25
TIME=13:45:00
"""
BODY = """$$ two holes, a plane and an angle
F(BORE)=FEAT/CIRCLE,INNER,CART,10,0,0,0,0,1,$
20.0
T(1)=TOL/DIAM,-0.02,0.02
T(B2)=TOL/POS,2D,0.1,MMC,DAT(A)
T(3)=TOL/ANGLB,30,-0.5,0.5
OUTPUT/FA(BORE),TA(1),TA(B2)
FA(BORE)=FEAT/CIRCLE,INNER,CART,10.01,0.02,0,0,0,1,20.005
TA(1)=TOL/DIAM,{one},INTOL
TA(B2)=TOL/POS,2D,0.045,INTOL,MMC,DAT(A)
TA(3)=TOL/ANGLB,{three},INTOL
"""


@pytest.mark.parametrize(("one", "three"), [("20.005", "30.1"), ("0.005", "0.1")])
def test_actuals_and_deviations_are_the_same_readings(one: str, three: str) -> None:
    text = HEAD + BODY.format(one=one, three=three)
    found = Readings.of_text(text, "a.dmo")
    assert found.part == "4711"
    told = [(each.characteristic, each.serial, each.unit, each.kind, each.nominal) for each in found.readings]
    assert told == [
        ("1", "S-001", "mm", "diameter", 20.0),
        ("2", "S-001", "mm", "position", None),
        ("3", "S-001", "deg", "", 30.0),
    ]
    assert [each.value for each in found.readings] == pytest.approx([20.005, 0.045, 30.1])
    assert (found.readings[0].time, found.readings[0].appraiser) == ("2026-11-25T13:45:00", "Ann")
    assert [each.verdict for each in found.judged(PLAN, 0.002)] == ["good", "good", "good"]


def test_inches_radians_several_parts_and_coordinates() -> None:
    text = """UNITS/INCH,ANGRAD
PS(S)=PARTSN/'A'
F(H)=FEAT/CYLNDR,INNER,CART,1.0,2.0,0,0,0,1,0.5,1.0
T(1)=TOL/CORTOL,YAXIS,-0.01,0.01
T(2)=TOL/RAD,-0.01,0.01
FA(H)=FEAT/CYLNDR,INNER,CART,1.001,2.002,0,0,0,1,0.502,1.0
TA(1)=TOL/CORTOL,YAXIS,0.002,INTOL
TA(2)=TOL/RAD,0.251,INTOL
TA(3)=TOL/ANGLR,0.01,INTOL
PS(S)=PARTSN/'B'
TA(2)=TOL/RAD,0.001,OUTOL
"""
    found = read_dmis(text, "a.dmo").readings
    assert [(e.serial, e.characteristic) for e in found] == [("A", "1"), ("A", "2"), ("A", "3"), ("B", "2")]
    assert [e.value for e in found] == pytest.approx([2.002 * 25.4, 0.251 * 25.4, 0.01 * 25.4, 0.251 * 25.4])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("TA(1)=TOL/DIAM,19.1,OUTOL", "20.005"),
        ("TA(1)=TOL/DIAM,INTOL", "without a number"),
        ("TA(1)=TOL/COMPOS,0.1,INTOL", "COMPOS"),
        ("FA(P)=FEAT/PLANE,CART,0,0,0,0,0,1\nTA(9)=TOL/DIAM,0.1,INTOL", "alone"),
        ("UNITS/CUBIT", "CUBIT"),
        ("TEXT/" + "x" * 20_000, "characters"),
    ],
)
def test_what_does_not_fit_is_refused_by_line(line: str, words: str) -> None:
    with pytest.raises(BadInput, match=r"line \d+") as error:
        read_dmis(HEAD + BODY.format(one="0.005", three="0.1") + line + "\n", "a.dmo")
    assert words in str(error.value)


def test_a_program_without_results_is_told_apart_from_results() -> None:
    assert is_dmis("$$ Data from a program\n\nFA(F1) = FEAT/PLANE, CART, 0, 0, 0, 0, 0, 1\n")
    assert not is_dmis("characteristic,value\n1,20.0\n")
    with pytest.raises(BadInput, match="no tolerance actuals"):
        Readings.of_text("F(F1)=FEAT/PLANE,CART,0,0,0,0,0,1\n", "a.dmi")


def test_mutated_texts_are_read_or_refused() -> None:
    draw = random.Random(7)
    seed = HEAD + BODY.format(one="0.005", three="0.1")
    words = ["$", "$$", "=", "/", ",", "(", ")", "TA(1)=TOL/DIAM", "nan", "1e999", "\x00", "é", "FA(BORE)=FEAT/", "\n"]
    refused = 0
    for _ in range(1500):
        text = seed
        for _ in range(draw.randint(1, 4)):
            at, until = sorted(draw.randrange(len(text) + 1) for _ in range(2))
            text = (
                text[:at]
                + draw.choice(("", draw.choice(words), text[at:until] * 2))
                + text[min(until, at + draw.randrange(30)) :]
            )
            text = text or "\n"
        try:
            assert all(abs(each.value) < 1e12 for each in Readings.of_text(text, "m.dmo").readings)
        except BadInput:
            refused += 1
    assert 0 < refused < 1500


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(BadInput):
        assert read_dmis("TA(1)=TOL/FLAT,0.1,INTOL\n" + text, "a.dmo").readings
