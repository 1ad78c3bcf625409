"""Collect the findings from the checks of a plan."""

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
from nightmill.vocabulary.certificate_findings import SHOWN, CertificateFinding, FindingCode, hundredths

Floats = NDArray[np.float64]

_FAR_MM = 250.0
# the mesh must agree with the exact solid within this tolerance; otherwise neither is trusted
_MESH_AGREEMENT = 0.01


@dataclass
class Proof:
    """Findings so far; only ``faults`` prevent a plan from being certified."""

    faults: list[CertificateFinding] = field(default_factory=list)
    notes: list[CertificateFinding] = field(default_factory=list)
    rapid_hits: int = 0
    collisions: int = 0
    gouge_mm: float = 0.0
    grid_mm: float = 0.0
    cycle_s: float = 0.0

    @property
    def findings(self) -> tuple[CertificateFinding, ...]:
        """Return the faults, then the notes."""
        return (*self.faults, *self.notes)


def cross_check(part: Target, proof: Proof) -> None:
    """Compare the verifier's own mesh with the exact values: a lost face changes the area, an open or reversed face the volume."""
    for name, mesh, exact in (
        ("area", part.mesh_area_mm2, part.area_mm2),
        ("volume", part.mesh_volume_mm3, part.volume_mm3),
    ):
        if abs(mesh - exact) > _MESH_AGREEMENT * abs(exact):
            proof.faults.append(
                CertificateFinding(code=FindingCode.MESH_DISAGREES, fault=True, text=name, amount=mesh, limit=exact)
            )
    if part.lost:
        proof.faults.append(
            CertificateFinding(code=FindingCode.FACES_NOT_MESHED, fault=True, faces=tuple(map(int, part.lost)))
        )


def note_far(program: str, motions: Motions, around: list[Floats], proof: Proof) -> None:
    """Report a move far beyond the piece and its fixtures, as caused by a lost decimal point, regardless of the machine's travel."""
    if not around or not len(motions.end):
        return
    corners = np.concatenate(around)[:, :2]
    beyond = np.maximum(corners.min(axis=0) - motions.end[:, :2], motions.end[:, :2] - corners.max(axis=0)).max(axis=1)
    worst = int(np.argmax(beyond))
    if beyond[worst] > _FAR_MM:
        proof.faults.append(
            CertificateFinding(
                code=FindingCode.FAR_MOVE,
                fault=True,
                program=program,
                line=int(motions.line[worst]),
                amount=float(beyond[worst]),
            )
        )


def note_setup(name: str, findings: SetupFindings | TurnFindings, proof: Proof, grid_mm: float) -> None:
    """Report rapids into stock and collisions of one setup, with their line numbers; ``grid_mm``: the resolution of the search."""
    collisions = {*findings.stock_collision_lines, *findings.fixture_collision_lines}
    proof.rapid_hits += len(findings.rapid_lines)
    proof.collisions += len(collisions)
    proof.grid_mm = max(proof.grid_mm, grid_mm)
    for lines, code in (
        (findings.rapid_lines, FindingCode.RAPID_INTO_STOCK),
        (findings.stock_collision_lines, FindingCode.SHANK_INTO_STOCK),
        (findings.fixture_collision_lines, FindingCode.FIXTURE_COLLISION),
    ):
        if lines:
            shown = tuple(int(line) for line in lines[:SHOWN])
            proof.faults.append(
                CertificateFinding(code=code, fault=True, setup=name, line=shown[0], lines=shown, amount=len(lines))
            )


def note_gouge(name: str, findings: SetupFindings, proof: Proof, blame: Blame) -> None:
    """Report how deep the moves of one setup cut into the part according to their height map; nothing if they don't."""
    if findings.gouge_at is not None:
        proof.gouge_mm = max(proof.gouge_mm, findings.gouge_mm)
        proof.faults.append(
            CertificateFinding(
                code=FindingCode.SETUP_GOUGE,
                fault=True,
                setup=name,
                point=hundredths(findings.gouge_at),
                coordinates="work",
                amount=float(findings.gouge_mm),
                cut_by=blame.work(name, findings.gouge_at),
            )
        )


def note_walls(found: tuple[float, tuple[float, float, float] | None], proof: Proof, blame: Blame) -> None:
    """Report how deep the swept volumes cut into a wall, and where (model coordinates); nothing if they don't."""
    depth, at = found
    if at is not None:
        proof.gouge_mm = max(proof.gouge_mm, depth)
        proof.faults.append(
            CertificateFinding(
                code=FindingCode.WALL_GOUGE,
                fault=True,
                point=hundredths(at),
                coordinates="model",
                amount=float(depth),
                cut_by=blame.face(at, depth),
            )
        )


def note_levels(
    found: LevelFindings | None, part: Target, removal: Removal, stock: Solid, job: Job, proof: Proof
) -> None:
    """Report the findings of the second method for walls; None if the method was not run because one of the setups is a turning setup."""
    if found is None:
        proof.notes.append(CertificateFinding(code=FindingCode.ONE_WALL_METHOD, fault=False))
        return
    if found.gouge is not None:
        gouge = found.gouge
        proof.gouge_mm = max(proof.gouge_mm, gouge.depth_mm)
        proof.faults.append(
            CertificateFinding(
                code=FindingCode.SECTION_GOUGE,
                fault=True,
                setup=gouge.setup,
                line=int(gouge.line),
                point=hundredths(gouge.at),
                coordinates="model",
                amount=float(gouge.depth_mm),
            )
        )
    proof.faults.extend(disagreements(found, removal, stock)[:SHOWN])
    if job.uncut is not None:
        proof.faults.extend(unlisted(found, part, job.uncut)[:SHOWN])
    if found.meshed:
        proof.notes.append(
            CertificateFinding(
                code=FindingCode.SECTIONS_FROM_MESH, fault=False, amount=found.meshed, limit=found.levels
            )
        )
    if found.missed:
        proof.notes.append(CertificateFinding(code=FindingCode.SECTIONS_MISSING, fault=False, amount=found.missed))
