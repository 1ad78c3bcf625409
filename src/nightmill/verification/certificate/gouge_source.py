"""Find the source of a gouge: the setup and the line whose feed move is the first to remove a point in the part."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nightmill.verification.certificate.job_files import Job
from nightmill.verification.removal.material_removal import Removal
from nightmill.verification.target.surface_samples import Target
from nightmill.vocabulary.certificate_findings import ProgramLine
from nightmill.vocabulary.plan import GOUGE_LIMIT_MM

Floats = NDArray[np.float64]
_UNDER_MM = (1.0, 0.5, 0.25)
"""Depths below a face at which the gouge is searched for, as fractions of the known depth of cut there."""


@dataclass(frozen=True)
class Blame:
    """The moves of all setups, queried for single points."""

    job: Job
    part: Target
    removal: Removal

    def face(self, at: tuple[float, float, float] | None, depth_mm: float) -> ProgramLine | None:
        """Return the first line to cut at a point on a face (model) that is cut ``depth_mm`` too deep; None if no move is found."""
        if at is None:
            return None
        point = np.array(at)
        normal = self.part.normals[int(np.argmin(((self.part.points - point) ** 2).sum(axis=1)))]
        for share in _UNDER_MM:
            line = self._first(point - max(GOUGE_LIMIT_MM, share * depth_mm) * normal)
            if line is not None:
                return line
        return None

    def work(self, setup: str, at: tuple[float, float, float] | None) -> ProgramLine | None:
        """Return the first line to cut at the deepest point of a cut in one setup's height map (work coordinates)."""
        matrix = next((np.array(each.model_to_work) for each in self.job.setups if each.name == setup), None)
        if at is None or matrix is None:
            return None
        above = np.array(at) + np.array([0.0, 0.0, 1e-3])
        return self._first(np.linalg.solve(matrix[:3, :3], above - matrix[:3, 3]), setup)

    def _first(self, point: Floats, only: str = "") -> ProgramLine | None:
        found = self.removal.first_lines(point)
        mills, lathes = iter(found.milled), iter(found.turned)
        for setup in self.job.setups:
            line = next(lathes if setup.kind == "turn" else mills, None)
            if line is not None and only in ("", setup.name):
                return ProgramLine(setup.name, setup.program, line)
        return None
