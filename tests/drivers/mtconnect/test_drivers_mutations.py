"""Short runs of ``campaigns/mutated_protocols.py`` and ``campaigns/mutated_files.py``, and proof that they would notice."""

import sys
from contextlib import suppress
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "campaigns"))
import mutated_files
import mutated_protocols

from nightmill.drivers.limited_xml import parse_xml
from nightmill.drivers.mtconnect.client import AgentSaid
from nightmill.vocabulary.errors import BadInput

PARSERS = mutated_protocols.PARSERS | mutated_files.PARSERS


@pytest.mark.parametrize("parser", sorted(PARSERS))
def test_what_is_mutated_is_read_and_mutants_break_no_parser(parser: str) -> None:
    seeds, parse = PARSERS[parser]
    accepted = 0
    for seed in seeds:
        with suppress(AgentSaid, BadInput):  # some documents are of another kind than the parser's
            parse(seed)
            accepted += 1
    assert accepted
    failures, _, _ = mutated_protocols.run(PARSERS, parser, 150, 7)
    assert failures == []


def test_a_parser_that_breaks_is_noticed() -> None:
    failures, _, _ = mutated_protocols.run({"frail": ([b"12345"], int)}, "frail", 50, 7)
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
    with pytest.raises(BadInput):
        parse_xml(document, "test")
