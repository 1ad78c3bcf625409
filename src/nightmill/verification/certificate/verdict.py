"""Turn the findings of a check into a certificate: fractions of the area, uncut areas and why they stay, the verdict."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.verification.certificate.findings import Proof
from nightmill.verification.certificate.gouge_source import Blame
from nightmill.verification.certificate.job_files import Job
from nightmill.verification.checks.excess_and_gouge import Judgement, excess_limit
from nightmill.verification.checks.reachable_share import Within, clear_share
from nightmill.verification.checks.uncut import below_tabs, uncut, wrongly_unreachable
from nightmill.verification.checks.wall_sections import LevelFindings
from nightmill.verification.removal.material_removal import Removal
from nightmill.verification.target.surface_samples import Target
from nightmill.vocabulary.certificate_findings import SHOWN, CertificateFinding, FindingCode, hundredths, sentences
from nightmill.vocabulary.plan import AREA_SHARE_LIMIT, GOUGE_LIMIT_MM, VISIBLE_SHARE_LIMIT, Certificate, Uncut
from nightmill.vocabulary.uncut_reasons import UncutReason

# Area on a face that may stay uncut although the plan doesn't list it: about one sample point of a small part.
UNLISTED_MM2 = 0.5


def unmade(proof: Proof, blocked: list[CertificateFinding]) -> Certificate:
    """Return the certificate for programs whose geometry could not be checked; ``blocked``: setups whose tools are not judged."""
    unchecked = CertificateFinding(code=FindingCode.GEOMETRY_NOT_CHECKED, fault=True)
    findings = (*proof.faults, *blocked, unchecked, *proof.notes)
    return Certificate(
        certified=False,
        gouge_mm=None,
        excess_mm=None,
        certified_area_share=None,
        uncut=(),
        rapid_hits=None,
        collisions=None,
        messages=sentences(findings),
        findings=findings,
    )


def with_levels(certificate: Certificate, found: LevelFindings | None) -> Certificate:
    """Return the certificate with the amount of wall that the second method judged."""
    if found is None:
        return certificate
    return msgspec.structs.replace(
        certificate,
        wall_sections=found.levels,
        wall_outline_mm=round(found.outline_mm, 1),
        wall_area_share=round(found.share, 4),
    )


def answer(
    job: Job,
    part: Target,
    removal: Removal,
    judgement: Judgement,
    reach: Within | None,
    proof: Proof,
) -> Certificate:
    """Return the certificate for all findings; ``reach`` is None if time ran out before it was known."""
    reached = None if reach is None else reach.listed
    weight = np.where(judgement.seen, part.weight_mm2, 0.0)
    seen_area = float(weight.sum())
    share = float(weight[judgement.clear].sum()) / seen_area if seen_area > 0 else 0.0
    asked = weight if reached is None else np.where(judgement.clear | judgement.turned | (reached > 0), weight, 0.0)
    asked_area = float(asked.sum())
    asked_share = float(weight[judgement.clear].sum()) / asked_area if asked_area > 0 else 0.0
    if judgement.gouge_at is not None:
        proof.faults.append(
            CertificateFinding(
                code=FindingCode.FACE_GOUGE,
                fault=True,
                face=judgement.gouge_face,
                point=hundredths(judgement.gouge_at),
                coordinates="model",
                amount=judgement.gouge_mm,
                cut_by=Blame(job, part, removal).face(judgement.gouge_at, judgement.gouge_mm),
            )
        )
    if judgement.short_of_stock:
        proof.faults.append(
            CertificateFinding(code=FindingCode.STOCK_TOO_SMALL, fault=True, amount=judgement.short_of_stock)
        )
    gouge = max(judgement.gouge_mm, proof.gouge_mm)
    tabbed = _tabbed(job, part)
    left = uncut(part, judgement, removal, job.tools, reached, tabbed, job.uncut or ())
    if reached is not None and job.uncut is not None:
        proof.notes.extend(wrongly_unreachable(job.uncut, part, judgement, reached)[:SHOWN])
    proof.faults.extend(_unlisted(left, job))
    if asked_share < AREA_SHARE_LIMIT:
        code = FindingCode.VISIBLE_SHARE if reached is None else FindingCode.REACHABLE_SHARE
        proof.faults.append(CertificateFinding(code=code, fault=True, share=asked_share, limit=AREA_SHARE_LIMIT))
    if reach is not None and reach.usual is not None:
        # a hole for which the tool list has no drill is a hole that the part lacks
        usual = clear_share(part, judgement, reach.usual)
        if usual < VISIBLE_SHARE_LIMIT:
            code = FindingCode.USUAL_TOOLS_SHARE
            proof.faults.append(CertificateFinding(code=code, fault=True, share=usual, limit=VISIBLE_SHARE_LIMIT))
        else:
            proof.notes.append(CertificateFinding(code=FindingCode.BEYOND_USUAL_TOOLS, fault=False, share=share))
    proof.notes.extend(_unseen(left, part))
    worst = float(judgement.excess_mm[judgement.seen & ~tabbed].max(initial=0.0))
    if worst > 0:
        proof.notes.append(
            CertificateFinding(code=FindingCode.MOST_EXCESS, fault=False, amount=worst, tabs_aside=bool(tabbed.any()))
        )
    return Certificate(
        certified=not proof.faults and gouge <= GOUGE_LIMIT_MM and not proof.rapid_hits and not proof.collisions,
        gouge_mm=round(gouge, 4),
        excess_mm=round(excess_limit(judgement.excess_mm, asked), 4),
        certified_area_share=share,
        uncut=_rounded(left),
        rapid_hits=proof.rapid_hits,
        collisions=proof.collisions,
        messages=sentences(proof.findings),
        grid_mm=round(proof.grid_mm, 4),
        samples=len(part.points),
        cycle_time_s=round(proof.cycle_s, 2),
        reachable_area_share=None if reached is None or not asked_area else asked_share,
        reachable_area_mm2=None if reached is None else round(asked_area, 3),
        findings=proof.findings,
    )


def _tabbed(job: Job, part: Target) -> NDArray[np.bool_]:
    """Return which samples are below a tab listed in the plan: they stay uncut for a known reason."""
    found = np.zeros(len(part.points), dtype=np.bool_)
    for setup in job.setups:
        found |= below_tabs(part.points, np.array(setup.model_to_work, dtype=np.float64), setup.tabs)
    return found


def _unlisted(left: tuple[Uncut, ...], job: Job) -> list[CertificateFinding]:
    """Report uncut areas that are missing from the plan's own list, if it has one: a block may be missing there."""
    if job.uncut is None:
        return []
    found: dict[int, float] = {}
    for record in left:
        if record.code not in (UncutReason.NOT_VISIBLE, UncutReason.CLOSED):
            for face in record.faces:
                found[face] = found.get(face, 0.0) + record.area_mm2
    faults = []
    for face, area in found.items():
        listed = sum(record.area_mm2 for record in job.uncut if face in record.faces)
        if area > listed + UNLISTED_MM2:
            faults.append(
                CertificateFinding(code=FindingCode.UNLISTED_AREA, fault=True, face=face, amount=area, limit=listed)
            )
    return faults


def _unseen(left: tuple[Uncut, ...], part: Target) -> list[CertificateFinding]:
    """Report areas that no axis sees, which the programs don't make and no reported fraction includes: one note for
    undercuts and one for closed cavities.
    """
    notes = []
    for reason, code in (
        (UncutReason.CLOSED, FindingCode.CLOSED_CAVITY),
        (UncutReason.NOT_VISIBLE, FindingCode.UNSEEN_AREA),
    ):
        records = [record for record in left if record.code is reason]
        area = sum(record.area_mm2 for record in records)
        if area > UNLISTED_MM2:
            faces = tuple(sorted({face for record in records for face in record.faces}))
            share = area / part.area_mm2
            notes.append(CertificateFinding(code=code, fault=False, faces=faces, amount=area, share=share))
    return notes


def _rounded(records: tuple[Uncut, ...]) -> tuple[Uncut, ...]:
    return tuple(msgspec.structs.replace(record, area_mm2=round(record.area_mm2, 4)) for record in records)
