"""Collect the findings from a check, and the sentences that report them."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nightmill.verification.certificate.gouge_source import Blame
from nightmill.verification.certificate.job_files import Job
from nightmill.verification.checks.method_agreement import disagreements, unlisted
from nightmill.verification.checks.wall_sections import LevelFindings
from nightmill.verification.nc.motions import Motions
from nightmill.verification.removal.material_removal import Removal
from nightmill.verification.stock.milling_setup import SetupFindings
from nightmill.verification.stock.turning_setup import TurnFindings
from nightmill.verification.target.bodies import Solid
from nightmill.verification.target.surface_samples import Target

Floats = NDArray[np.float64]

SHOWN = 12
"""Maximum number of lines, faces or points listed in one sentence, or for one program."""
_FAR_MM = 250.0
# The mesh must agree with the exact solid within this tolerance, or neither is trusted.
_MESH_AGREEMENT = 0.01


@dataclass
class Proof:
    """Findings so far; only ``faults`` keep a plan from being certified."""

    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rapid_hits: int = 0
    collisions: int = 0
    gouge_mm: float = 0.0
    grid_mm: float = 0.0
    cycle_s: float = 0.0


def cross_check(part: Target, proof: Proof) -> None:
    """Compare the verifier's own mesh with the exact values: a lost face changes the area, an open or reversed face the volume."""
    for name, mesh, exact in (
        ("area", part.mesh_area_mm2, part.area_mm2),
        ("volume", part.mesh_volume_mm3, part.volume_mm3),
    ):
        if abs(mesh - exact) > _MESH_AGREEMENT * abs(exact):
            proof.faults.append(
                f"the part's {name} is {exact:.3f} by its faces and {mesh:.3f} by the mesh: not to be trusted"
            )
    if part.lost:
        listed = ", ".join(map(str, part.lost[:SHOWN]))
        proof.faults.append(f"the part's faces {listed} got no mesh and could not be checked")


def note_far(program: str, motions: Motions, around: list[Floats], proof: Proof) -> None:
    """Report a move far beyond the piece and its fixtures, as caused by a lost decimal point, regardless of the machine's travel."""
    if not around or not len(motions.end):
        return
    corners = np.concatenate(around)[:, :2]
    beyond = np.maximum(corners.min(axis=0) - motions.end[:, :2], motions.end[:, :2] - corners.max(axis=0)).max(axis=1)
    worst = int(np.argmax(beyond))
    if beyond[worst] > _FAR_MM:
        proof.faults.append(
            f"{program} line {motions.line[worst]}: a move leads {beyond[worst]:.0f} mm beyond piece and fixtures"
        )


def note_setup(name: str, findings: SetupFindings | TurnFindings, proof: Proof, grid_mm: float) -> None:
    """Report rapids into stock and collisions of one setup, with their line numbers; ``grid_mm``: the resolution of the search."""
    collisions = {*findings.stock_collision_lines, *findings.fixture_collision_lines}
    proof.rapid_hits += len(findings.rapid_lines)
    proof.collisions += len(collisions)
    proof.grid_mm = max(proof.grid_mm, grid_mm)
    for lines, text in (
        (findings.rapid_lines, "rapid moves into stock"),
        (findings.stock_collision_lines, "shank or holder runs into stock"),
        (findings.fixture_collision_lines, "tool, shank or holder runs into a fixture"),
    ):
        if lines:
            listed = ", ".join(str(line) for line in lines[:SHOWN])
            more = f" and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
            proof.faults.append(f"setup {name}: {text} in line {listed}{more}")


def note_gouge(name: str, findings: SetupFindings, proof: Proof, blame: Blame) -> None:
    """Report how deep the moves of one setup cut into the part according to their height map, if they do."""
    if findings.gouge_at is not None:
        proof.gouge_mm = max(proof.gouge_mm, findings.gouge_mm)
        proof.faults.append(
            f"setup {name}: its moves cut {findings.gouge_mm:.3f} mm into the part"
            f" at {place_of(findings.gouge_at)} (work coordinates){blame.work(name, findings.gouge_at)}"
        )


def note_walls(found: tuple[float, tuple[float, float, float] | None], proof: Proof, blame: Blame) -> None:
    """Report how deep the swept volumes cut into a wall, if they do, and where (model coordinates)."""
    depth, at = found
    if at is not None:
        proof.gouge_mm = max(proof.gouge_mm, depth)
        proof.faults.append(f"a wall is cut {depth:.3f} mm too deep at {place_of(at)} (model){blame.face(at, depth)}")


def note_levels(
    found: LevelFindings | None, part: Target, removal: Removal, stock: Solid, job: Job, proof: Proof
) -> None:
    """Report the findings of the second method for walls; None if it was not run because a setup turns."""
    if found is None:
        proof.notes.append(
            "walls were judged by only one method: no exact sections were made, as there is a turning setup"
        )
        return
    if found.gouge is not None:
        gouge = found.gouge
        proof.gouge_mm = max(proof.gouge_mm, gouge.depth_mm)
        proof.faults.append(
            f"setup {gouge.setup} line {gouge.line}: {gouge.depth_mm:.3f} mm into a section of the part"
            f" at {place_of(gouge.at)} (model)"
        )
    proof.faults.extend(disagreements(found, removal, stock)[:SHOWN])
    if job.uncut is not None:
        proof.faults.extend(unlisted(found, part, job.uncut)[:SHOWN])
    if found.meshed:
        proof.notes.append(
            f"{found.meshed} of {found.levels} wall sections come from the mesh, not from the exact faces"
        )
    if found.missed:
        proof.notes.append(f"{found.missed} wall sections could not be made and were left out")


def place_of(point: tuple[float, float, float]) -> str:
    """Return a point as readable text, mm."""
    return ", ".join(f"{axis}{value:.2f}" for axis, value in zip("XYZ", point, strict=True))
