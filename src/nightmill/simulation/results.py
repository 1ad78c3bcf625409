"""What the twin answers; times in seconds of the shop, shares from 0 to 1."""

import msgspec


class CycleTime(msgspec.Struct, frozen=True):
    """Seconds from the beginning of a part's first mount to the end of its last dismount; ``None`` where none ended.

    Of parts that were not yet begun at the start and ended good within the days; a part made again counts from its own.
    """

    mean: float | None
    p90: float | None


class MachineShare(msgspec.Struct, frozen=True):
    """Share of the period in which the machine cuts."""

    machine: str
    share: float


class Completion(msgspec.Struct, frozen=True):
    """When the order's last part is done, in shop seconds; ``None`` where that lies beyond the days.

    ``p10``, ``p50``, ``p80``, ``p90`` are what the twin draws: promise dates that hold with that probability.
    ``late_share`` is the share of futures in which the order is late, ``late_by_s`` by how much it is on average, over
    all futures (to the end of the days where it isn't done): the order's risk. The share is ``None`` where the days end before the order is
    due and it is still open in some future. Between ``low`` and ``high`` the order is done with 90 %, after
    what became of earlier forecasts, where there were enough.
    """

    order: str
    p10: float | None
    p50: float | None
    p90: float | None
    low: float | None = None
    high: float | None = None
    p80: float | None = None
    late_share: float | None = 0.0
    late_by_s: float = 0.0


class ResourceUse(msgspec.Struct, frozen=True):
    """How much of what there is of a resource is in use, on average, and how many parts wait for it.

    ``mills``: holding a part or stopped; ``people``: at work, of those present; ``robots``, ``gauges``, ``cameras``;
    ``pallets``: with a part on them (the buffer between people and mills), what waits are parts that could be mounted;
    ``processes``: ovens, washers and tables with parts in them.
    ``full_share`` is the share of time in which all of it was in use (for people: of their presence).
    """

    resource: str
    used_share: float
    full_share: float
    waiting: float


class TwinAnswer(msgspec.Struct, frozen=True):
    """Possible futures of ``days``, means over ``replications``; simulated.

    ``throughput``: good parts finished a day; ``orders_per_day``: orders completed a day. ``tardiness_s``: mean over
    orders of the time past due by completion, or by the end of the days where not complete. ``unattended_h``:
    cutting hours with nobody present. ``resources``: the one in fullest use, the bottleneck, first. ``failures``, ``scrapped``: a replication. ``events``: of all replications.
    """

    throughput: float
    cycle_time: CycleTime
    utilisation: tuple[MachineShare, ...]
    completions: tuple[Completion, ...]
    events: int
    days: float
    replications: int
    orders_per_day: float
    tardiness_s: float
    unattended_h: float
    failures: float
    scrapped: float
    resources: tuple[ResourceUse, ...] = ()


class Difference(msgspec.Struct, frozen=True):
    """Changed less unchanged, over replications paired by their random numbers, with its 95 % interval.

    ``low`` and ``high`` are ``None`` with a single replication.
    """

    measure: str
    mean: float
    low: float | None
    high: float | None


class WhatIfAnswer(msgspec.Struct, frozen=True):
    """The shop as it is and as it would be, each scheduled anew; ``differences`` of throughput (parts a day),
    tardiness and completion (s, means over the orders of the unchanged shop) and unattended hours.
    """

    change: str
    before: TwinAnswer
    after: TwinAnswer
    differences: tuple[Difference, ...]
