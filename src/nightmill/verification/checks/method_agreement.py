"""Compare two methods for walls: if exact sections and sampled removal disagree, a plan isn't certified."""

import numpy as np
from numpy.typing import NDArray

from nightmill.verification.checks.wall_sections import LevelFindings, Places
from nightmill.verification.removal.material_removal import Removal
from nightmill.verification.target.bodies import Solid
from nightmill.verification.target.surface_samples import Target
from nightmill.verification.target.visibility import LIFT_MM, visible
from nightmill.vocabulary.certificate_findings import CertificateFinding, FindingCode, hundredths
from nightmill.vocabulary.plan import EXCESS_LIMIT_MM, Uncut

# Both methods must be accurate to this distance; a point counts only if the sampling method agrees with itself all
# around it.
_MARGIN_MM = 0.005
# An unlisted face that stands proud along a shorter length of section than this may have hardly any uncut area.
_UNLISTED_MM = 2.0


def disagreements(findings: LevelFindings, removal: Removal, stock: Solid) -> list[CertificateFinding]:
    """Return one fault for each face that one method calls clear and the other proud."""
    faults = []
    for places, left, code in (
        (findings.proud, False, FindingCode.PROUD_BY_SECTIONS_ONLY),
        (findings.clear, True, FindingCode.PROUD_BY_SAMPLES_ONLY),
    ):
        against = _all_around(places, removal, stock, left)
        for face in np.unique(places.face[against]).tolist():
            at = hundredths(places.points[np.flatnonzero(against & (places.face == face))[0]])
            faults.append(CertificateFinding(code=code, fault=True, face=face, point=at, coordinates="model"))
    return faults


def unlisted(findings: LevelFindings, part: Target, listed: tuple[Uncut, ...]) -> list[CertificateFinding]:
    """Return one fault for each visible face that stands proud along sections but is in no record of ``listed``."""
    proud = findings.proud
    if not len(proud.face):
        return []
    on_face = proud.points - EXCESS_LIMIT_MM * proud.normals
    seen = visible(on_face, proud.normals, part.rays, max(LIFT_MM, 2 * part.deflection_mm))
    named = {face for record in listed for face in record.faces}
    faults = []
    for face in np.unique(proud.face[seen]).tolist():
        length = float(proud.length_mm[seen & (proud.face == face)].sum())
        if face not in named and length > _UNLISTED_MM:
            at = hundredths(proud.points[np.flatnonzero(seen & (proud.face == face))[0]])
            faults.append(
                CertificateFinding(
                    code=FindingCode.UNLISTED_ALONG_SECTIONS,
                    fault=True,
                    face=face,
                    point=at,
                    coordinates="model",
                    amount=length,
                )
            )
    return faults


def _all_around(places: Places, removal: Removal, stock: Solid, left: bool) -> NDArray[np.bool_]:
    """Return whether the sampling method finds each point, and the points just outside and inside it, all left standing (or all
    removed).
    """
    every = np.ones(len(places.face), dtype=np.bool_)
    for step in (-_MARGIN_MM, 0.0, _MARGIN_MM):
        points = places.points + step * places.normals
        gone = removal.removed(points)
        at = np.flatnonzero(~gone)
        gone[at] = ~stock.contains(points[at])
        every &= gone != left
    return every
