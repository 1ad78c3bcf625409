"""Results of the twin; times in shop seconds, fractions from 0 to 1."""

import msgspec


class CycleTime(msgspec.Struct, frozen=True):
    """Seconds from the start of a part's first mount to the end of its last dismount; ``None`` if no part was finished.

    It covers parts not yet started at the beginning and finished good within the days; a remade part counts from its own start.
    """

    mean: float | None
    p90: float | None


class MachineShare(msgspec.Struct, frozen=True):
    """Fraction of the period in which the machine is cutting."""

    machine: str
    share: float


class Completion(msgspec.Struct, frozen=True):
    """When the order's last part is done, in shop seconds; ``None`` if that is beyond the days.

    ``p10``, ``p50``, ``p80``, ``p90`` are the simulated quantiles: promise dates that hold with that probability.
    ``late_share`` is the fraction of futures in which the order is late, ``late_by_s`` its mean lateness over all futures (up
    to the end of the days if it isn't done): the order's risk. ``late_share`` is ``None`` if the days end before the order is
    due and it is still open in some future. With a probability of 90 % the order is done between ``low`` and ``high``, which
    are calibrated on the outcomes of earlier forecasts if there were enough.
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
    """Average use of a resource, and the number of parts that wait for it.

    ``mills``: holding a part or stopped; ``people``: at work, among those present; ``robots``, ``gauges``, ``cameras``;
    ``pallets``: carrying a part (the buffer between people and mills), with mountable parts as the queue;
    ``processes``: ovens, washers and tables with parts in them.
    ``full_share`` is the fraction of time in which all units were in use (for people: of their presence).
    """

    resource: str
    used_share: float
    full_share: float
    waiting: float


class TwinAnswer(msgspec.Struct, frozen=True):
    """Summary of the simulated futures over ``days``, as means over ``replications``.

    ``throughput``: good parts finished per day; ``orders_per_day``: orders completed per day. ``tardiness_s``: mean over orders
    of the time past due at completion, or at the end of the days if not complete. ``unattended_h``: cutting hours with nobody
    present. ``resources``: starting with the most fully used, the bottleneck. ``failures``, ``scrapped``: per replication.
    ``events``: in all replications.
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
    """Result with the change minus result without it, over replications paired by their random numbers, with the 95 %
    interval.

    ``low`` and ``high`` are ``None`` with a single replication.
    """

    measure: str
    mean: float
    low: float | None
    high: float | None


class WhatIfAnswer(msgspec.Struct, frozen=True):
    """The shop as it is and with the change, each rescheduled, and the ``differences``.

    The differences cover throughput (parts per day), tardiness and completion (s, means over the orders of the unchanged shop)
    and unattended hours.
    """

    change: str
    before: TwinAnswer
    after: TwinAnswer
    differences: tuple[Difference, ...]
