"""A bad edge among twenty machines: what is held is what it cut, no part more and none less."""

import random
from pathlib import Path

import pytest

from nightmill.plant.analysis.quality.containment import contained
from nightmill.vocabulary.errors import BadInput

HEADER = "serial,machine,tool_edge,verdict"


def _planted(seed: int) -> tuple[list[str], str, str, list[str]]:
    """Lines of 500 parts with two cuts each, the finding, its edge, and the parts cut since the edge went bad."""
    rng = random.Random(seed)
    machines = [f"M{number}" for number in range(20)]
    # edges carry the same names on every machine, and each is changed now and then
    edges = {(machine, tool): 1 for machine in machines for tool in ("T1", "T2")}
    bad_machine, bad_at = rng.choice(machines), rng.randint(100, 250)
    lines, affected, bad_edge, proven = [HEADER], [], "", False
    for part in range(500):
        serial = f"{part:04d}"
        machine = bad_machine if part in (bad_at - 1, bad_at, bad_at + 40) else rng.choice(machines)
        for tool in ("T1", "T2"):
            if rng.random() < 0.03 and not (
                machine == bad_machine and tool == "T1" and bad_at - 1 <= part <= bad_at + 40
            ):
                edges[machine, tool] += 1
            edge = f"{tool}.{edges[machine, tool]}"
            if part == bad_at and (machine, tool) == (bad_machine, "T1"):
                bad_edge = edge
            hit = machine == bad_machine and edge == bad_edge and part >= bad_at
            verdict = "good" if rng.random() < 0.2 and not hit else ""
            if part == bad_at - 1 and tool == "T1":
                verdict, proven = "good", True
            if hit:
                affected.append(serial)
                verdict = "bad" if part == bad_at + 40 else ""
            lines.append(f"{serial},{machine},{edge},{verdict}")
    assert proven
    return lines, f"{bad_at + 40:04d}", bad_edge, affected


@pytest.mark.parametrize("seed", range(8))
def test_what_is_held_is_what_the_bad_edge_cut(seed: int, tmp_path: Path) -> None:
    lines, finding, edge, affected = _planted(seed)
    file = tmp_path / "cuts.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    answer = contained(file, finding, edge)
    assert answer["held"] == affected
    assert answer["parts"] == 500
    both = contained(file, finding)
    assert set(affected) <= set(both["held"])
    assert len(both["edges"]) == 2


def test_lists_and_serials_that_tell_nothing_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "cuts.csv"
    file.write_text("serial,machine\n1,M1\n", encoding="utf-8")
    with pytest.raises(BadInput, match="tool_edge"):
        contained(file, "1")
    file.write_text(f"{HEADER}\n1,M1,T1,fine\n,M1,T1,\n", encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        contained(file, "1")
    assert len(caught.value.findings) == 2
    file.write_text(f"{HEADER}\n1,M1,T1,bad\n", encoding="utf-8")
    with pytest.raises(BadInput, match="no such cut"):
        contained(file, "2")
