"""Find how much of the uncut area some tool could clear: a tool in the plan's list, or one that a shop could buy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nightmill.verification.checks.excess_and_gouge import Judgement
from nightmill.verification.checks.standard_tools import usual_tools
from nightmill.verification.checks.tool_reach import ASKED, reached_by
from nightmill.verification.target.surface_samples import Target
from nightmill.vocabulary.plan import AREA_SHARE_LIMIT, VISIBLE_SHARE_LIMIT, Tool

Numbers = NDArray[np.int32]

CLOSELY = 4000
"""Number of points to check if the fraction is just above its limit, or so little below that the uncut area out of
reach could decide the result.
"""
ABOVE, BELOW = 0.0005, 0.004


@dataclass(frozen=True)
class Within:
    """Which tool could clear each sample (n,) that is visible and stands proud, 0 if none could.

    ``listed``: a tool in the plan's own list; ``usual``: a tool in that list or of a usual size. ``usual`` is None if not computed: when
    little of the part stays uncut, or when the listed tools reach so much of the uncut area that the plan can't be certified anyway.
    """

    listed: Numbers
    usual: Numbers | None


@dataclass(frozen=True)
class Told:
    """Results kept for the next check of the same part with the same ``listed`` tools: the number of the tool that reaches each sample."""

    listed: dict[int, int] = field(default_factory=dict)
    usual: dict[int, int] = field(default_factory=dict)


def within(
    part: Target,
    judgement: Judgement,
    tools: Sequence[Tool],
    late: Callable[[], bool] = lambda: False,
    told: Told | None = None,
) -> Within | None:
    """Find tools that could clear the visible points that stand proud; None if ``late`` says that time was up."""
    told = told or Told()
    reached = np.zeros(len(part.points), dtype=np.int32)
    proud = np.flatnonzero(~judgement.clear & judgement.seen & (part.weight_mm2 > 0))
    for most in (ASKED, CLOSELY):
        found = reached_by(part, proud, tools, late, most, told.listed)
        if found is None:
            return None
        reached[proud] = found
        over = clear_share(part, judgement, reached) - AREA_SHARE_LIMIT
        if len(proud) <= most or not -BELOW < over < ABOVE:
            break
    seen = np.where(judgement.seen, part.weight_mm2, 0.0)
    much = float(seen[judgement.clear].sum()) < VISIBLE_SHARE_LIMIT * float(seen.sum())
    if not much or over < 0:
        return Within(reached, None)
    usual = reached.copy()
    missed = proud[reached[proud] == 0]
    found = reached_by(part, missed, usual_tools(), late, known=told.usual)
    if found is None:
        return None
    usual[missed] = found
    return Within(reached, usual)


def clear_share(part: Target, judgement: Judgement, reached: Numbers) -> float:
    """Return the clear area as a fraction of the visible area that is clear or that a tool could clear; a turned surface counts whether or
    not a mill reaches it.
    """
    weight = np.where(judgement.seen, part.weight_mm2, 0.0)
    asked = float(weight[judgement.clear | judgement.turned | (reached > 0)].sum())
    return float(weight[judgement.clear].sum()) / asked if asked > 0 else 0.0
