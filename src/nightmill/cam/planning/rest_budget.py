"""Decide which surface of a part may stay uncut: inner corners that would take far more time than they are worth, up to
a fraction of the surface.

One account is kept for the whole part, in samples of its surface. Each sample counts once, whichever tool or setup leaves
it. Later entries aren't known in advance, so the account follows the threshold rule of the online knapsack (Zhou,
Chakrabarty, Lukose, "Budget constrained bidding in keyword auctions and online knapsack problems", WINE 2008): the more of
the account is used, the more time an entry must save.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nightmill.cad import PartModel
from nightmill.cam.geometry.visible_surface import Samples
from nightmill.vocabulary.plan import UNCUT_SHARE_LIMIT, Thread
from nightmill.vocabulary.planner_params import UncutBudget
from nightmill.vocabulary.shop import Requirement

FIRST_MM2_S, LAST_MM2_S = 0.12, 0.003
"""Surface gained per second below which the first part of the account may be spent, and below which the last part may be spent."""
HALF_ROUND_DEG = 175.0
"""A hollow round face with a smaller sweep than this is the fillet of an inner corner; otherwise it is the end of a slot."""
ASKED_KINDS = ("profile", "flatness", "straightness", "roundness", "cylindricity", "diameter")
"""Kinds of requirement that allow no uncut spot on a face."""


def least_mm2_s(used: float) -> float:
    """Return the gain in surface per second below which surface is forgone once a fraction ``used`` (0 to 1) of the account is spent."""
    return float(FIRST_MM2_S * (LAST_MM2_S / FIRST_MM2_S) ** used)


@dataclass
class Account:
    """Account of the surface left so far: ``seconds`` (n,) that each sample would have taken, 0 if the sample isn't left.

    ``limit_mm2``: how much the certificate lets stay; ``budget``: how much of that may be left; ``kept`` (n,): samples on
    faces that must be cut completely; ``whole`` (f,): mm2 of each face as its samples measure it, infinite for fillets of
    inner corners.
    """

    samples: Samples
    limit_mm2: float
    budget: UncutBudget
    kept: NDArray[np.bool_]
    whole: NDArray[np.float64]
    seconds: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self.seconds = np.zeros(len(self.samples.uncut))

    @classmethod
    def of(
        cls, part: PartModel, samples: Samples, seen: NDArray[np.bool_], budget: UncutBudget, forgoing: float = 1.0
    ) -> "Account":
        """Return a new account in which nothing is left yet; ``seen`` (n,): the samples that any setup sees.

        ``forgoing``: the fraction of the budget that may be used.
        """
        count = max(len(part.faces), int(samples.face.max(initial=0)) + 1)
        whole = np.bincount(samples.face, weights=samples.area, minlength=count).astype(np.float64)
        for face in part.faces:
            if face.hollow and face.surface != "plane" and (face.sweep_deg or 360.0) < HALF_ROUND_DEG:
                whole[face.id] = np.inf
        limit_mm2 = forgoing * UNCUT_SHARE_LIMIT * float(samples.area[seen].sum())
        return cls(samples, limit_mm2, budget, np.zeros(len(samples.uncut), dtype=np.bool_), whole)

    @property
    def total_mm2(self) -> float:
        """Return how much may be left because it isn't worth the time."""
        return self.budget.forgone_share * self.limit_mm2

    def keep_off(self, faces: set[int]) -> None:
        """Require that these faces are cut completely."""
        self.kept |= np.isin(self.samples.face, sorted(faces))

    def forgone(self) -> NDArray[np.bool_]:
        """Return which samples (n,) are forgone and still uncut."""
        return (self.seconds > 0) & self.samples.uncut

    def takes(
        self,
        fresh: NDArray[np.bool_],
        seconds: float,
        besides: NDArray[np.bool_],
        tabbed: NDArray[np.bool_] | None = None,
    ) -> bool:
        """Return whether the account allows leaving ``fresh`` samples (n,), which would take this many seconds; if so, count them.

        ``besides`` (n,): surface that stays for another reason and also uses the account; ``tabbed`` (n,): samples on
        the feet of tabs.
        """
        area = self.samples.area
        gained = float(area[fresh].sum())
        if not gained or not self.total_mm2:
            return False
        used = float(area[self.forgone() & ~fresh].sum())
        stays = float(area[(self.forgone() | besides) & ~fresh].sum())
        feet = tabbed is not None and bool(tabbed[fresh].all())
        worth = FIRST_MM2_S if feet else least_mm2_s(used / self.total_mm2)
        share = self.budget.tabbed_share if feet else self.budget.stays_share
        most = min(self.total_mm2 - used, share * self.limit_mm2 - stays)
        if gained > most or gained > worth * seconds:
            return False
        if bool(self.kept[fresh].any()) or self._whole_face(fresh):
            return False
        self.count(fresh, seconds)
        return True

    def bears(self, left: NDArray[np.bool_]) -> bool:
        """Return whether samples (n,) may stay uncut in addition to those already forgone, however long they would take."""
        mm2 = float(self.samples.area[left | self.forgone()].sum())
        return mm2 <= self.total_mm2 and not self.kept[left].any() and not self._whole_face(left)

    def count(self, fresh: NDArray[np.bool_], seconds: float) -> None:
        """Enter forgone samples with their time; a sample entered before keeps the shorter time."""
        area = self.samples.area[fresh]
        each = seconds * area / max(float(area.sum()), 1e-9)
        now = self.seconds.copy()  # saved states keep the previous array
        known = now[fresh]
        now[fresh] = np.where(known > 0, np.minimum(known, each), np.maximum(each, 1e-9))
        self.seconds = now

    def words(self) -> str:
        """Return the plan's note on the surface left and how long cutting it would take; empty if nothing is left."""
        stays = self.forgone()
        if not stays.any():
            return ""
        mm2, minutes = float(self.samples.area[stays].sum()), float(self.seconds[stays].sum()) / 60
        took = f"{minutes:.0f} min" if minutes >= 1.5 else f"{60 * minutes:.0f} s"
        size = f"{mm2:.3g}" if mm2 < 100 else f"{mm2:.0f}"
        return (
            f"inner corners and other spots left uncut because they aren't worth the time: {size} mm2, {took} more "
            "(--all-corners cuts these and also the corners for which no thinner mill was tried, which takes even "
            "longer)"
        )

    def _whole_face(self, fresh: NDArray[np.bool_]) -> bool:
        """Return whether most of a face that is not a fillet would stay uncut."""
        touched = np.unique(self.samples.face[fresh])
        both = np.flatnonzero(fresh | self.forgone())
        left = np.bincount(self.samples.face[both], weights=self.samples.area[both], minlength=len(self.whole))
        return bool((left[touched] > self.budget.most_of_face_share * self.whole[touched]).any())


def asked_faces(part: PartModel, threads: tuple[Thread, ...], requirements: tuple[Requirement, ...]) -> set[int]:
    """Return faces that the model's PMI, the shop's requirements or a thread require to be cut completely."""
    asked = [item.faces for item in part.pmi if any(kind in item.kind for kind in ASKED_KINDS)]
    return {face for faces in (*asked, *(t.faces for t in threads), *(r.faces for r in requirements)) for face in faces}
