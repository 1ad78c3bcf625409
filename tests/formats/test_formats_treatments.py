"""What the shop's own ovens, washers and tumblers do to its parts, as its files say it."""

from pathlib import Path

import pytest
from test_formats_folder import MINIMAL, findings, shop

from nightmill.formats import read_shop

OVENS = """
[[machines]]
id = "oven"
kind = "process"
count = 2
places = 6
rate_usd_h = 4

[[machines]]
id = "table"
kind = "process"
"""
STEPS = """
[[finishing]]
name = "harden"
machine = "oven"
hours = 8

[[finishing]]
name = "deburr"
machine = "table"
hours = 0.2
load_s = 20
attended = true

[[finishing]]
name = "anodize"
days = 4
"""


def with_steps(folder: Path, steps: str, machines: str = OVENS) -> Path:
    shop(folder, MINIMAL + machines, orders="order,item,quantity,due\nA,plate,3,2026-11-13\n")
    (folder / "parts" / "plate.toml").write_text(steps)
    return folder


def test_a_step_names_the_machines_that_do_it(tmp_path: Path) -> None:
    found = read_shop(with_steps(tmp_path, STEPS), known_materials=None)
    harden, deburr = found.treatments_of("plate")
    assert harden.machines == ("oven-1", "oven-2")
    assert (deburr.machines, deburr.load_s, deburr.attended) == (("table",), 20.0, True)
    assert [step.name for step in found.finishing_of("plate")] == ["anodize"]
    assert found.finishing_days("plate") == 4.0
    assert found.treatments_left("plate", 1) == ("plate/deburr",)
    assert {unit.id: unit.places for unit in found.units("process")} == {"oven-1": 6, "oven-2": 6, "table": 1}


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        ('machine = "oven"', 'machine = "oven-1"', "finishing[1].machine"),
        ('machine = "oven"', 'machine = "mill"', "finishing[1].machine"),
        ("hours = 8", "hours = 0", "finishing[1].hours"),
        ("hours = 8", "hours = 8\ndays = 2", "finishing[1].machine"),
        ('machine = "oven"\n', "", "finishing[1].machine"),
        ('name = "deburr"', 'name = "harden"', "finishing[2].name"),
        ('name = "deburr"', 'name = "de/burr"', "finishing[2].name"),
        ("hours = 0.2", "hours = 9", "finishing[2].hours"),
        ('name = "harden"', 'name = "paint"\ndays = 1\n\n[[finishing]]\nname = "harden"', "finishing[2].machine"),
        ("hours = 8", "hours = 8\nattended = true", "finishing[1].attended"),
    ],
)
def test_what_no_machine_or_person_can_do_is_found(tmp_path: Path, before: str, after: str, place: str) -> None:
    assert before in STEPS
    told = findings(with_steps(tmp_path, STEPS.replace(before, after, 1)))
    assert place in [finding.place for finding in told if finding.file == "parts/plate.toml"]


def test_places_and_protocols_belong_to_their_machines(tmp_path: Path) -> None:
    machines = OVENS.replace('kind = "process"\ncount', 'kind = "gauge"\ncount') + 'protocol = "opcua"\naddress = "x"\n'
    told = {finding.place for finding in findings(with_steps(tmp_path, "", machines))}
    assert {"machines[2].places", "machines[3].protocol"} <= told
