"""Broken and hostile programs: each ends in problems, quickly; a few go the whole way of ``verify`` in a guarded child."""

import random
import sys
from pathlib import Path

import pytest

from nightmill.plant.part_planning import plan_part
from nightmill.verification import interpret, read_program

sys.path.insert(0, str(Path(__file__).parents[2] / "campaigns"))
from mutated_nc import BLOCKS, PART, campaign, mutated

HEAD = "G21 G17 G90 G94 G40 G49 G80 G54\nG98\nT1 M6\nG43 H1\nS1000 M3\nF100\nG0 X0 Y0 Z5\n"
GOOD = HEAD + "".join(f"G1 X{x} Y{x % 7} Z-{x % 3}\n" for x in range(200)) + "G83 R2 Z-9 Q3 X5 Y5\nG80\nM2\n"


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: ascii(block[:24]))
def test_hostile_blocks_are_read_to_an_end(block: str) -> None:
    motions = interpret(f"{HEAD}{block}\nG1 X1\nM2\n")
    assert len(motions) < 3_000_000
    read_program(f"{HEAD}{block}\nG1 X1\nM2\n")


@pytest.mark.parametrize(
    "block",
    [
        "G83 R2 Z-1000 Q0.0000001 F1", "G81 R2 Z-5 L2000000000 X1", "G3 X5 Y5 Z-50 I1 J1 P999999999", "X99999999",
        "G1 X" + "9" * 400, "#1=" + "9" * 400, "G1 X" + "[" * 400 + "1" + "]" * 400, "T99999999999 M6", "G64 P-1",
    ],
    ids=lambda block: block[:16],
)  # fmt: skip
def test_what_no_machine_could_do_is_refused(block: str) -> None:
    assert interpret(f"{HEAD}{block}\nG1 X1\nM2\n").fatal


def test_mutants_never_raise() -> None:
    draw = random.Random(3)
    read = [interpret(mutated(GOOD.encode(), draw).decode("utf-8", "replace")) for _ in range(150)]
    assert 0 < sum(bool(each.fatal) for each in read) < 150


@pytest.mark.slow
def test_mutants_of_a_plan_get_one_answer_each(tmp_path: Path) -> None:
    plan_part(PART, out=tmp_path)
    answers, failures = campaign([(tmp_path, PART)], 12, 1, 120.0, guarded_every=6)
    assert not failures
    assert sum(answers.values()) == 12
