"""Turn the findings of a check into a certificate: fractions of the area, uncut areas and why they stay, the verdict."""

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.verification.certificate.findings import SHOWN, Proof, place_of
from nightmill.verification.certificate.gouge_source import Blame
from nightmill.verification.certificate.job_files import Job
from nightmill.verification.checks.excess_and_gouge import Judgement, excess_limit
from nightmill.verification.checks.reachable_share import Within, clear_share
from nightmill.verification.checks.uncut import HIDDEN, below_tabs, uncut, wrongly_unreachable
from nightmill.verification.checks.wall_sections import LevelFindings
from nightmill.verification.removal.material_removal import Removal
from nightmill.verification.target.surface_samples import Target
from nightmill.vocabulary.plan import AREA_SHARE_LIMIT, CLOSED, GOUGE_LIMIT_MM, VISIBLE_SHARE_LIMIT, Certificate, Uncut

# Area on a face that may stay uncut although the plan doesn't list it: about one sample point of a small part.
UNLISTED_MM2 = 0.5


def unmade(proof: Proof, blocked: list[str]) -> Certificate:
    """Return the certificate for programs whose geometry could not be checked; ``blocked``: setups whose tools are not judged."""
    return Certificate(
        certified=False,
        gouge_mm=None,
        excess_mm=None,
        certified_area_share=None,
        uncut=(),
        rapid_hits=None,
        collisions=None,
        messages=(*proof.faults, *blocked, "the geometry was not checked", *proof.notes),
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


def rounded_down(share: float) -> str:
    """Return a fraction as text, rounded down: a value below a limit never looks as if it met the limit."""
    return f"{math.floor(1e4 * share) / 100:.2f} %"


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
            f"face {judgement.gouge_face}: cut {judgement.gouge_mm:.3f} mm too deep at {place_of(judgement.gouge_at)} (model)"
            f"{Blame(job, part, removal).face(judgement.gouge_at, judgement.gouge_mm)}"
        )
    if judgement.short_of_stock:
        proof.faults.append(f"the raw stock does not contain the part at {judgement.short_of_stock} points")
    gouge = max(judgement.gouge_mm, proof.gouge_mm)
    tabbed = _tabbed(job, part)
    left = uncut(part, judgement, removal, job.tools, reached, tabbed, job.uncut or ())
    if reached is not None and job.uncut is not None:
        proof.notes.extend(wrongly_unreachable(job.uncut, part, judgement, reached)[:SHOWN])
    proof.faults.extend(_unlisted(left, job))
    if asked_share < AREA_SHARE_LIMIT:
        kind = "visible" if reached is None else "reachable"
        proof.faults.append(
            f"{rounded_down(asked_share)} of the {kind} area is within 0.05 mm, at least 99.5 % is required"
        )
    if reach is not None and reach.usual is not None:
        # a hole for which the list has no drill is a hole that the part lacks
        usual = clear_share(part, judgement, reach.usual)
        if usual < VISIBLE_SHARE_LIMIT:
            proof.faults.append(
                f"{rounded_down(usual)} of the area that tools of usual sizes reach is within 0.05 mm: at least 95 % is required, whatever tools are listed"
            )
        else:
            proof.notes.append(
                f"{rounded_down(share)} of the visible area is within 0.05 mm: the rest is out of reach for usual tools, too"
            )
    proof.notes.extend(_unseen(left, part))
    worst = float(judgement.excess_mm[judgement.seen & ~tabbed].max(initial=0.0))
    if worst > 0:
        aside = ", tabs aside" if tabbed.any() else ""
        more = " or more" if worst >= 5 else ""
        proof.notes.append(f"most material left on a visible face{aside}: {worst:.2f} mm{more}")
    return Certificate(
        certified=not proof.faults and gouge <= GOUGE_LIMIT_MM and not proof.rapid_hits and not proof.collisions,
        gouge_mm=round(gouge, 4),
        excess_mm=round(excess_limit(judgement.excess_mm, asked), 4),
        certified_area_share=share,
        uncut=_rounded(left),
        rapid_hits=proof.rapid_hits,
        collisions=proof.collisions,
        messages=(*proof.faults, *proof.notes),
        grid_mm=round(proof.grid_mm, 4),
        samples=len(part.points),
        cycle_time_s=round(proof.cycle_s, 2),
        reachable_area_share=None if reached is None or not asked_area else asked_share,
        reachable_area_mm2=None if reached is None else round(asked_area, 3),
    )


def _tabbed(job: Job, part: Target) -> NDArray[np.bool_]:
    """Return which samples are below a tab listed in the plan: they stay proud, but for a reason."""
    found = np.zeros(len(part.points), dtype=np.bool_)
    for setup in job.setups:
        found |= below_tabs(part.points, np.array(setup.model_to_work, dtype=np.float64), setup.tabs)
    return found


def _unlisted(left: tuple[Uncut, ...], job: Job) -> list[str]:
    """Report uncut areas that are missing from the plan's own list, if it has one: a block may be missing there."""
    if job.uncut is None:
        return []
    found: dict[int, float] = {}
    for record in left:
        if record.reason not in (HIDDEN, CLOSED):
            for face in record.faces:
                found[face] = found.get(face, 0.0) + record.area_mm2
    sentences = []
    for face, area in found.items():
        listed = sum(record.area_mm2 for record in job.uncut if face in record.faces)
        if area > listed + UNLISTED_MM2:
            sentences.append(f"face {face}: {area:.2f} mm² stay uncut, but the plan lists {listed:.2f} mm²")
    return sentences


def _unseen(left: tuple[Uncut, ...], part: Target) -> list[str]:
    """Report areas that no axis sees and no fraction includes, as the programs don't make them: one sentence for undercuts and one for
    closed cavities.
    """
    sentences = []
    for reason, words in (
        (CLOSED, "lie in a closed cavity, where a part cut from one piece is solid"),
        (HIDDEN, "are seen along none of the six axes: the programs don't make them"),
    ):
        records = [record for record in left if record.reason == reason]
        area = sum(record.area_mm2 for record in records)
        if area > UNLISTED_MM2:
            faces = sorted({face for record in records for face in record.faces})
            listed = ", ".join(map(str, faces[:SHOWN])) + (", ..." if len(faces) > SHOWN else "")
            sentences.append(
                f"{area:,.1f} mm² ({100 * area / part.area_mm2:.2f} % of the surface, in none of the shares) {words}: face{'s' * (len(faces) > 1)} {listed}"
            )
    return sentences


def _rounded(records: tuple[Uncut, ...]) -> tuple[Uncut, ...]:
    return tuple(Uncut(record.faces, round(record.area_mm2, 4), record.reason) for record in records)
