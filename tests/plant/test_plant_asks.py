"""What names may be asked with."""

import msgspec
import pytest

from nightmill.vocabulary import requests as a

TAKEN = {"kind": "order", "part": "plate", "quantity": 1, "due_s": 9.0}


@pytest.mark.parametrize("order", ["PO 4711/1", "\u00c4-3", "x", "L" * 80, "R-1.2_3", "#12 (B)"])
def test_an_order_is_taken_under_the_name_that_it_has_elsewhere(order: str) -> None:
    assert msgspec.convert(TAKEN | {"order": order}, a.TakeOrder).order == order


@pytest.mark.parametrize("order", ["", " a", "a ", "a\n", "a\nb", "a\tb", "a\x85b", "a\u2028b", "L" * 81])
def test_a_name_that_is_no_short_line_is_refused(order: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(TAKEN | {"order": order}, a.TakeOrder)


def test_a_line_end_behind_a_name_is_refused_everywhere() -> None:
    for command in ({"kind": "cancel", "order": "A\n"}, {"kind": "unit_up", "unit": "mill\n"}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(command, a.AnyAsk)
