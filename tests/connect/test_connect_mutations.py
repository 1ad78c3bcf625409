"""A short run of ``campaigns/mutated_protocols.py``, and proof that it would notice."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "campaigns"))
import mutated_protocols


@pytest.mark.parametrize("parser", sorted(mutated_protocols.PARSERS))
def test_mutated_inputs_break_no_parser(parser: str) -> None:
    failures, _, _ = mutated_protocols.run(parser, 150, 7)
    assert failures == []


def test_a_parser_that_breaks_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(mutated_protocols.PARSERS, "frail", ([b"12345"], int))
    failures, _, _ = mutated_protocols.run("frail", 50, 7)
    assert failures


@pytest.mark.parametrize(
    "document",
    [
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        "<a>" * 200 + "</a>" * 200,
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        "<a",
        "",
    ],
)
def test_xml_beyond_the_limits_is_refused(document: str) -> None:
    from nightmill.connect.limited_xml import parse_xml
    from nightmill.vocabulary.errors import BadInput

    with pytest.raises(BadInput):
        parse_xml(document, "test")
