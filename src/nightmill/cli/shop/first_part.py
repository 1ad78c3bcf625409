"""Show the first part of a shop on one screen: planning, machining, inspection and cost."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from nightmill.cli.output import print_table
from nightmill.vocabulary.ids import balloon_of

if TYPE_CHECKING:
    from nightmill.plant.demo import FirstPart


def print_first_part(part: "FirstPart", page: Path) -> None:
    """Print the result for the first part, each measured dimension, and the path of its page."""
    outcome = part.disposition or "not finished in the time given"
    print_table(
        f"\nthe first part: {part.serial}, {part.part} of {part.material}: {outcome} (simulated)",
        ["", ""],
        _lines(part),
    )
    rows = [
        [
            balloon_of(size.id),
            size.kind,
            *(f"{value:.3f}" for value in (size.nominal_mm, size.lower_mm, size.upper_mm, size.measured_mm)),
            "within" if size.within else "OUT",
            size.asked_by,
        ]
        for size in part.sizes
    ]
    columns = ["no.", "size", "nominal", "lower", "upper", "measured", "verdict", "limits from"]
    print_table("gauge readings, mm", columns, rows)
    typer.echo(f"3D view, programs, certificate, measurements and cost of the part: {page}\n")


def _lines(part: "FirstPart") -> Iterator[list[str]]:
    certificate = part.certificate
    reachable = certificate.reachable_area_share
    share = certificate.certified_area_share if reachable is None else reachable
    area = "" if share is None else f", {share:.1%} of the area that tools can reach cut to size"
    verdict = "certified" if certificate.certified else "not certified"
    gouge = "" if certificate.gouge_mm is None else f", gouge {certificate.gouge_mm:.3f} mm"
    yield ["planned", f"{part.setups} setups, {part.steps} steps; {verdict}{gouge}{area}"]
    where = " and ".join(part.machines) or "no machine"
    yield [
        "made",
        f"on {where}: {part.cutting_s:.0f} s of cutting, {part.lead_s / 60:.1f} min from blank to last check",
    ]
    if part.lost:
        yield ["lost earlier", "; ".join(part.lost)]
    good = sum(size.within for size in part.sizes)
    verdicts = ", ".join(f"{by} says {verdict}" for by, verdict in part.verdicts) or "no verdict yet"
    yield ["inspected", f"{good} of {len(part.sizes)} sizes within their limits; {verdicts}"]
    spent = ", ".join(f"{name} {value:.2f}" for name, value in part.cost.items() if round(value, 2))
    yield ["cost", f"{sum(part.cost.values()):.2f} {part.currency}: {spent}" if part.cost else "not known yet"]
