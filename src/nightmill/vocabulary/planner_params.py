"""Parameters that steer the planner of parts: what a shop may set under ``[planner]`` of ``shop.toml``, with units and limits.

Fractions of surface are fractions of what a certificate lets stay uncut (``UNCUT_SHARE_LIMIT``), so that one limit sets them all.
"""

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, NamedTuple, get_args

import msgspec
from msgspec import Meta

from nightmill.vocabulary.plan import UNCUT_SHARE_LIMIT


class Limits(NamedTuple):
    """One parameter: its name within its group, default, unit, the range of valid values, and its meaning."""

    name: str
    default: float
    unit: str
    low: float
    high: float
    about: str


def _number(unit: str, about: str, example: float, low: float, high: float) -> Meta:
    return Meta(ge=low, le=high, description=about, extra={"unit": unit, "example": example})


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters that belong together. Raises ValueError, naming field, limits and value, for a value out of range."""

    def __post_init__(self) -> None:
        for limits in limits_of(type(self)):
            value = getattr(self, limits.name)
            if not limits.low <= value <= limits.high:
                unit = f" {limits.unit}" if limits.unit else ""
                raise ValueError(
                    f"{type(self).__name__}: {limits.name} must be from {limits.low:g} to {limits.high:g}{unit}, is {value:g}"
                )


@cache
def limits_of(group: type[Group]) -> tuple[Limits, ...]:
    """Return the parameters of a group in order."""
    found = []
    for field in msgspec.structs.fields(group):
        (meta,) = (each for each in get_args(field.type)[1:] if isinstance(each, Meta))
        low, high, extra = meta.ge, meta.le, meta.extra or {}
        assert low is not None
        assert high is not None
        found.append(Limits(field.name, field.default, extra["unit"], low, high, meta.description or ""))
    return tuple(found)


class StockParams(Group, frozen=True):
    """``[planner.stock]``: the raw piece, its grip in the vise, and the allowance of roughing."""

    side_allowance_mm: Annotated[
        float, _number("mm", "Allowance of a raw box on every side of the part", 1, 0.1, 50)
    ] = 1.0
    grip_mm: Annotated[float, _number("mm", "Height of the raw box in the jaws of the first setup", 5, 2, 100)] = 5.0
    grip_clearance_mm: Annotated[float, _number("mm", "Distance of the part above those jaws", 1, 0.5, 50)] = 1.0
    rough_allowance_mm: Annotated[
        float, _number("mm", "Allowance that a roughing mill leaves on walls for the finishing cut", 0.25, 0.05, 5)
    ] = 0.25


class UncutBudget(Group, frozen=True):
    """``[planner.budget]``: how much surface may stay uncut, as fractions of the 0.5 % that a certificate allows."""

    forgone_share: Annotated[
        float, _number("", "Surface that may be forgone as too slow to cut, in the whole part", 0.7, 0, 1)
    ] = 0.7
    stays_share: Annotated[
        float,
        _number("", "Surface that may stay for any reason once more is forgone; at least forgone_share", 0.84, 0, 1),
    ] = 0.84
    tabbed_share: Annotated[
        float,
        _number(
            "",
            "The same if more stays only at the feet of tabs, which are filed by hand; at least stays_share",
            0.96,
            0,
            1,
        ),
    ] = 0.96
    most_of_face_share: Annotated[
        float, _number("", "Largest fraction of a face that may be forgone, fillets aside", 0.5, 0, 1)
    ] = 0.5
    done_share: Annotated[
        float, _number("", "Surface that a setup may leave without a search for thinner mills", 0.04, 0, 1)
    ] = 0.04
    beside_tabs_share: Annotated[
        float, _number("", "Surface beside tabs that a setup may leave to be filed by hand", 0.2, 0, 1)
    ] = 0.2
    setup_share: Annotated[float, _number("", "Surface that a further setup must open to be planned", 0.1, 0, 10)] = 0.1
    tilted_share: Annotated[
        float, _number("", "Surface that a setup on a tilted axis must open if it opens no hole", 0.4, 0, 10)
    ] = 0.4
    turned_share: Annotated[
        float, _number("", "Surface that a turned part may lack before a mill finishes it", 0.8, 0, 10)
    ] = 0.8
    milled_share: Annotated[
        float, _number("", "Surface that a further milling setup of a turned part must open", 0.04, 0, 10)
    ] = 0.04
    held_share: Annotated[
        float,
        _number(
            "", "Surface that a lathe may leave where it holds the piece before the part is milled whole", 2, 0, 100
        ),
    ] = 2.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.forgone_share <= self.stays_share <= self.tabbed_share:
            raise ValueError(
                f"UncutBudget: forgone_share, stays_share and tabbed_share must not fall, are {self.forgone_share:g}, "
                f"{self.stays_share:g} and {self.tabbed_share:g}"
            )

    @staticmethod
    def of_surface(share: float) -> float:
        """Return a fraction of the certificate's limit as a fraction of the surface."""
        return share * UNCUT_SHARE_LIMIT


class SearchParams(Group, frozen=True):
    """``[planner.search]``: which mills and setups are tried, and how much of the planning time each may take."""

    step_share: Annotated[
        float,
        _number(
            "",
            "Largest next mill, as a fraction of the mill before it, unless no thinner one is listed",
            0.62,
            0.1,
            0.99,
        ),
    ] = 0.62
    fitting_share: Annotated[
        float,
        _number(
            "",
            "Smallest next mill that just fits an inner corner, as a fraction of the mill before it",
            0.35,
            0.05,
            0.99,
        ),
    ] = 0.35
    corner_share: Annotated[
        float,
        _number("", "Thinnest mill considered for a slot or an inner corner, as a fraction of its width", 0.6, 0.1, 1),
    ] = 0.6
    close_share: Annotated[
        float,
        _number("", "A next mill at least this fraction of the first one is also tried as the first", 0.7, 0.1, 1),
    ] = 0.7
    tries: Annotated[int, _number("", "Sets of mills that a setup is planned again without", 3, 0, 100)] = 3
    mills: Annotated[int, _number("", "Last mills among which those sets are chosen", 10, 1, 16)] = 10
    blocks: Annotated[int, _number("", "Blocks that those trials may write in any case", 2000, 0, 1_000_000)] = 2000
    blocks_share: Annotated[
        float, _number("", "Blocks that they may write besides, as a fraction of those of the setup", 0.25, 0, 10)
    ] = 0.25
    whole_setups: Annotated[
        int,
        _number(
            "", "First setups that clear all the stock they see; later ones only that around uncut surface", 2, 1, 10
        ),
    ] = 2
    tilted_setups: Annotated[int, _number("", "Largest number of setups on tilted axes", 4, 0, 20)] = 4
    setup_time_share: Annotated[
        float,
        _number(
            "",
            "Fraction of the planning time left for a setup up to its slopes, and the most for its slopes",
            0.6,
            0.05,
            1,
        ),
    ] = 0.6
    slopes_time_share: Annotated[
        float, _number("", "Least fraction of the planning time left for the slopes of a setup", 0.15, 0.01, 1)
    ] = 0.15
    turned_time_share: Annotated[
        float, _number("", "Fraction of the planning time for turning and the milling after it", 0.5, 0.05, 1)
    ] = 0.5


class PlannerParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that steers the planner besides the part, the tools and the machines."""

    stock: StockParams = StockParams()
    budget: UncutBudget = UncutBudget()
    search: SearchParams = SearchParams()


def listed(params: PlannerParams) -> Iterator[tuple[str, Limits, Any]]:
    """Return each parameter as ``group.name`` with its limits and its value."""
    for field in msgspec.structs.fields(PlannerParams):
        group: Group = getattr(params, field.name)
        for limits in limits_of(type(group)):
            yield f"{field.name}.{limits.name}", limits, getattr(group, limits.name)
