"""Find how much of the uncut area some tool could clear: a tool of the plan's list, or one that a shop could buy."""

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
"""Number of points to check if the share is a little above its limit, or below it by no more than reach could change.
"""
ABOVE, BELOW = 0.0005, 0.004


@dataclass(frozen=True)
class Within:
    """Which tool could clear each sample (n,) that is visible and stands proud, 0 where none could.

    ``listed``: a tool of the plan's own list; ``usual``: one of that list or of usual sizes, None if that isn't computed: where little
    of the part stays uncut, and where the listed tools reach so much of it that it can't be certified anyway.
    """

    listed: Numbers
    usual: Numbers | None


@dataclass(frozen=True)
class Told:
    """Results kept for the next check of the same part with the same ``listed`` tools: by sample the tool that reaches it."""

    listed: dict[int, int] = field(default_factory=dict)
    usual: dict[int, int] = field(default_factory=dict)


def within(
    part: Target,
    judgement: Judgement,
    tools: Sequence[Tool],
    late: Callable[[], bool] = lambda: False,
    told: Told | None = None,
) -> Within | None:
    """Find tools that could clear what stands proud and is visible; None where ``late`` says that time was up."""
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
    """Return the clear share of the visible area that is clear or that a tool could clear; a turned surface counts whatever a mill reaches."""
    weight = np.where(judgement.seen, part.weight_mm2, 0.0)
    asked = float(weight[judgement.clear | judgement.turned | (reached > 0)].sum())
    return float(weight[judgement.clear].sum()) / asked if asked > 0 else 0.0
