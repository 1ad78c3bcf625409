"""Findings and reasons are records: each code has a sentence, and none is lost on the way through a file."""

import msgspec
import pytest

from nightmill.vocabulary.certificate_findings import (
    SENTENCES,
    CertificateFinding,
    FindingCode,
    ProgramLine,
    sentence,
)
from nightmill.vocabulary.plan import Certificate, Uncut
from nightmill.vocabulary.uncut_reasons import REASON_TEXTS, UncutReason


@pytest.mark.parametrize("code", FindingCode)
def test_every_finding_has_a_sentence_and_survives_a_file(code: FindingCode) -> None:
    found = CertificateFinding(
        code=code,
        fault=True,
        setup="1",
        program="1.ngc",
        line=7,
        lines=(7, 9),
        face=3,
        faces=(3, 4),
        point=(1.0, 2.5, -0.25),
        coordinates="model",
        tool=2,
        amount=2.0,
        limit=1.5,
        share=0.5,
        cut_by=ProgramLine("1", "1.ngc", 7),
        text="drill",
    )
    assert sentence(found)
    assert "None" not in sentence(found)
    proof = Certificate(False, None, None, None, (), None, None, (sentence(found),), findings=(found,))
    assert msgspec.json.decode(msgspec.json.encode(proof), type=Certificate) == proof


def test_the_catalogues_are_complete() -> None:
    assert set(SENTENCES) == set(FindingCode)
    assert set(REASON_TEXTS) == set(UncutReason)
    assert len(set(REASON_TEXTS.values())) == len(REASON_TEXTS), "a text without a code stands for one code"


def test_lines_beyond_the_shown_ones_are_counted() -> None:
    found = CertificateFinding(
        code=FindingCode.RAPID_INTO_STOCK, fault=True, setup="1", line=1, lines=tuple(range(1, 13)), amount=15
    )
    assert sentence(found).endswith("in line 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 3 more")


def test_a_reason_names_the_tool_and_what_the_plan_says() -> None:
    left = (UncutReason.FORGONE, UncutReason.SLOW)
    found = Uncut.of((1,), 2.0, UncutReason.OFF_FACE, 0.3, 5, left)
    first, second = (REASON_TEXTS[each] for each in left)
    assert found.reason == (
        f"the nearest moves stay up to 0.30 mm off the face, tool 5 could reach it; left by the plan: {first}; {second}"
    )
    assert msgspec.json.decode(msgspec.json.encode(found), type=Uncut) == found


def test_a_record_without_a_code_is_still_read() -> None:
    old = msgspec.json.decode(b'{"faces": [1], "area_mm2": 2.0, "reason": "too deep"}', type=Uncut)
    assert old.code is UncutReason.UNKNOWN
    assert old.without_text() == old
    assert msgspec.json.encode(old) == b'{"faces":[1],"area_mm2":2.0,"reason":"too deep"}'
