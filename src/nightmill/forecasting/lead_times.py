"""Forecast when open deliveries will arrive, from closed and open lines: quantiles of the days from order to delivery.

The forecast is the mean of two methods. The first has additive effects of mode, group, country and supplier on log days, each shrunk
towards zero if it has little data and weighted to the recent past by a half-life, plus the distribution of the residuals. The second is
the distribution of similar recent lines (quantile averaging, Lichtendahl et al. 2013). Both use days with the common level removed; the
level and its trend (``lead_time_trend``) are added afterwards. Half-life and drift are those that would have forecast the past best.

An open line has taken at least as long as it has waited; if it were left out, only the quick lines would represent the recent past. It is
treated as censored (Kaplan & Meier 1958), unless it has waited longer than nearly all closed lines took: in that case its record was
probably lost. For the effects its expected remainder is added (Buckley & James 1979), and its own quantiles are conditional on its wait.
The quantile levels are calibrated on past days, from the data known then and the deliveries since (conformal calibration of levels).
"""

import msgspec
import numpy as np
import numpy.typing as npt

from nightmill.forecasting.lead_time_trend import STILL, Drift, Wander, drift_of
from nightmill.forecasting.scores import pinball
from nightmill.mrp import Delivery
from nightmill.stats.conformal import trusted_level
from nightmill.stats.survival import kaplan_meier, kaplan_meier_ordered

PRIOR_SIGHTINGS = 8.0
HALF_LIVES_DAYS = (1620.0, 540.0, 180.0)
"""Candidate half-lives of the data; the one that would have forecast past lines best is used."""
WANDERS = (STILL, Wander(step=0.05), Wander(bend=0.003), Wander(bend=0.01), Wander(step=0.03, swing=0.2))
"""Candidate drifts of the level; the one that would have forecast past lines best is used."""
MOST_OPEN = 2.5
"""Maximum ratio of open lines to the number expected if all took as long as closed lines."""
MOST_MISSED = 40.0
"""Maximum number of expected but missing arrivals, among lines ordered since the last arrival, that chance can explain."""
PASSES, DRIFT_ROUNDS = 8, 2
ROUNDS = 3
"""Number of iterations in which the effects are fitted with the expected remainder of open lines."""
QUANTILES = (0.5, 0.8, 0.9, 0.95)
UNLIKE = {"mode": 0.1, "group": 0.3, "country": 0.1, "supplier": 0.4}
"""Weight of a known line that differs from the open line in this field; rules of thumb."""
LEAST_LEFT, LONGEST = 0.02, 0.99
TAIL = 0.1
"""Fraction of lines that form the tail, which is used to forecast lines that have waited longer than nearly all."""
PAST_DAYS = (90, 180, 270, 360, 450)
"""The past days, as days ago, on which the levels are checked."""
AHEAD_DAYS = 180
MOST_CHECKS = 150
"""Approximate maximum number of lines checked on each of those days, for lines already waiting and for lines ordered later."""
LEAST_KNOWN, LEAST_CLOSED = 100, 20
"""Minimum number of closed lines for a past day to be useful: lines known on that day, and lines checked since."""
LEAST_GAIN = 0.02
"""Fraction by which a drift must reduce the loss."""
MOST_TRIED = 4000
"""Number of lines on which drifts and half-lives are tried."""
MOST_KNOWN = 20_000
"""Number of lines to learn from: the newest are used."""
GRID = np.concatenate([np.linspace(0.01, 0.96, 96), [0.97, 0.98, 0.99, 0.995, 0.999]])
LEAST_CAME = 0.6
"""Minimum fraction of a past day's lines that must have arrived since, for their median to be known."""
BIAS, BIAS_DAYS = 0.25, 4.0
"""Unforeseen drift of lead times as a normal score, and its weight in past days."""
MISSES = 10.0
"""Expected misses at which a learned level weighs as much as the nominal one."""
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class OpenDelivery(msgspec.Struct, frozen=True):
    """Quantiles of the days from order to delivery for a line that is still open."""

    line: str
    q50: float
    q80: float
    q90: float
    q95: float


def open_delivery_quantiles(deliveries: tuple[Delivery, ...]) -> tuple[OpenDelivery, ...]:
    """Return quantiles for each open line, learned from the others; none if no line is closed."""
    still = [d for d in deliveries if d.delivered is None]
    done = [d.delivered.toordinal() for d in deliveries if d.delivered is not None]
    if not done or not still:
        return ()
    today = max(done)
    waited = np.array([today - d.ordered.toordinal() for d in still], float)
    known = [d for d in deliveries if d.delivered is not None]
    days, _ = _days(known, today)
    longest = float(np.quantile(days, LONGEST))
    if _still_waiting(known, days, waited, today, longest):
        known += [d for d, wait in zip(still, waited.tolist(), strict=True) if 0 <= wait <= longest]
    else:
        waited[:] = -1.0
    known = sorted(known, key=lambda d: d.ordered)[-MOST_KNOWN:]
    best = _best(known, today)
    model, q = _Model(known, today, best.half_life, best.wander), np.empty((len(still), len(QUANTILES)))
    for own, here in zip(best.levels, (waited >= 0, waited < 0), strict=True):
        lines = [d for d, one in zip(still, here, strict=True) if one]
        q[here] = np.maximum.accumulate(model.quantiles(lines, waited[here], own), axis=1)
    return tuple(OpenDelivery(delivery.line, *row) for delivery, row in zip(still, q.tolist(), strict=True))


def _still_waiting(done: list[Delivery], days: Floats, waited: Floats, today: int, longest: float) -> bool:
    """Return whether lines without a delivery date can really be open.

    They can't if, of all lines ordered since some day, none has arrived although many should have, or if far more lines are open than
    expected (lines that have waited longer than ``longest`` count as lost records anyway). In these cases the delivery dates of arrived
    lines were not recorded, and the waits mean nothing.
    """
    age = today - np.array([d.ordered.toordinal() for d in done], float)
    old = np.sort(days[age > longest] if (age > longest).sum() >= LEAST_KNOWN else days)

    def came(waits: Floats) -> float:
        return float((np.searchsorted(old, waits, side="right") / len(old)).sum())

    waiting, recent = waited[(waited >= 0) & (waited <= longest)], age[age <= longest]
    expected = len(waiting) + len(recent) - came(waiting) - came(recent)
    missed = came(waiting[waiting < age.min()])
    return missed <= MOST_MISSED and len(waiting) <= MOST_OPEN * expected + LEAST_CLOSED


def _best(known: list[Delivery], today: int) -> "_Tried":
    """Return the drift and the half-life that would have forecast the past best; the drift is chosen first."""
    longest, *shorter = HALF_LIVES_DAYS
    step = -(-len(known) // MOST_TRIED)
    some = known[::step]
    tried = [_calibrated(some, today, longest, wander) for wander in WANDERS]
    moving = min(tried, key=lambda way: way.loss).wander
    wanders = [STILL] if moving == STILL else [STILL, moving]
    tried += [_calibrated(some, today, half_life, wander) for half_life in shorter for wander in wanders]
    best = min(tried, key=lambda way: way.loss * (1.0 if way.wander == STILL else 1.0 + LEAST_GAIN))
    return best if step == 1 else _calibrated(known, today, best.half_life, best.wander)


class _Tried(msgspec.Struct, frozen=True):
    """A half-life (days) and a drift tested on the past: the loss of their forecasts, and their calibrated levels."""

    half_life: float
    wander: Wander
    loss: float
    levels: tuple[Floats, Floats]


def _calibrated(known: list[Delivery], today: int, half_life: float, wander: Wander) -> _Tried:
    """Return levels at which past quantiles would have held as often as promised, for lines already waiting and lines ordered later.

    Errors of the first kind say little about the second: the wait so far tells much about a line, but nothing about how lead times drift.
    """
    found: tuple[list[tuple[int, Floats, Flags]], list[tuple[int, Floats, Flags]]] = ([], [])
    loss = 0.0
    for day in (today - ago for ago in PAST_DAYS):
        then = [d for d in known if d.ordered.toordinal() <= day]
        if sum(_done_by(d, day) for d in then) < LEAST_KNOWN:
            continue
        model = _Model(then, day, half_life, wander)
        waiting = [d for d in then if not _done_by(d, day)]
        coming = [d for d in known if day < d.ordered.toordinal() <= day + AHEAD_DAYS]
        for lines, places in zip((waiting, coming), found, strict=True):
            place, closed, lost = _places(model, lines[:: 1 + len(lines) // MOST_CHECKS], day, today)
            loss += lost
            if closed.sum() >= LEAST_CLOSED:
                places.append((today - day, place, closed))
    return _Tried(half_life, wander, loss, (_levels(found[0]), _levels(found[1])))


def _levels(days: list[tuple[int, Floats, Flags]]) -> Floats:
    """Return levels from the scores of actual lead times in their forecast distributions, by how many days ago that was.

    The median error of each past day is removed first, and its lasting part is put back afterwards. If lines have always arrived later
    than forecast, they are expected to do so again. Errors that change sign or shrink are not expected to last; they widen the forecast
    by as much as they differ.
    """
    from scipy.special import ndtr, ndtri

    plain = np.array(QUANTILES)
    if not days:
        return plain
    # while most lines are still open, the median is unknown
    known = [
        day for day in days if 1.0 - kaplan_meier(day[1], day[2], np.ones(len(day[1]))).min(initial=1.0) >= LEAST_CAME
    ]
    days = known or days
    middles = np.array([_scores(place, closed, np.array([0.5]))[0] for _, place, closed in days])
    lasting = _lasting(np.array([back for back, *_ in days]), middles) if len(days) > 2 else 0.0
    place = np.concatenate([place - middle for (_, place, _), middle in zip(days, middles.tolist(), strict=True)])
    closed = np.concatenate([closed for *_, closed in days])
    misses = float(closed.sum()) * (1.0 - plain)
    spread = _scores(place, closed, plain)
    within = (float(spread[2]) / float(ndtri(plain[2]))) ** 2
    between = (len(days) * float(middles.var()) + BIAS_DAYS * BIAS**2) / (len(days) + BIAS_DAYS)
    moved = ndtr(spread * np.sqrt(1.0 + between / max(within, 0.1)) + lasting)
    return np.clip(trusted_level(moved, plain, misses, MISSES), 0.05, 0.999)


def _lasting(ago: Floats, error: Floats) -> float:
    """Return the lasting part of past days' errors: their mean, shrunk towards zero if they disagree, and limited by their trend."""
    mean = float(error.mean())
    shrunk = mean**3 / (mean**2 + float(error.var()) + 1e-9)
    left = float(np.polyfit(ago, error, 1)[1])
    return float(np.clip(left, min(0.0, shrunk), max(0.0, shrunk)))


def _scores(place: Floats, closed: Flags, levels: Floats) -> Floats:
    """Return quantiles of ``place``; the scores of open lines are lower bounds (censored)."""
    held = np.maximum.accumulate(1.0 - kaplan_meier(place, closed, np.ones(len(place))))
    return np.interp(levels, held, np.sort(place))


def _places(model: "_Model", lines: list[Delivery], day: int, today: int) -> tuple[Floats, Flags, float]:
    """Return, as of ``day``, each line's normal score in its forecast, whether it is closed by ``today``, and the pinball loss.

    Days and quantiles are cut off at today, since nobody knows yet which longer forecast is right.
    """
    from scipy.special import ndtri

    waited = np.array([day - d.ordered.toordinal() for d in lines], float)
    q = np.maximum.accumulate(model.quantiles(lines, waited, GRID), axis=1)
    days, closed = _days(lines, today)
    score = ndtri([np.interp(y, row, GRID, 0.001, 0.999) for y, row in zip(days, q, strict=True)])
    levels, until = np.array(QUANTILES), np.array([today - d.ordered.toordinal() for d in lines], float)
    q = np.minimum(np.array([np.interp(levels, GRID, row) for row in q]).reshape(-1, len(levels)), until[:, None])
    return score, closed, float(pinball(days[:, None], q, levels).sum())


def _done_by(delivery: Delivery, day: int) -> bool:
    return delivery.delivered is not None and delivery.delivered.toordinal() <= day


def _days(lines: list[Delivery], today: int) -> tuple[Floats, Flags]:
    """Return the days that each line took, or has waited until ``today``, and whether it was delivered by today."""
    closed = np.array([_done_by(d, today) for d in lines], bool)
    ends = [
        d.delivered.toordinal() if d.delivered is not None and done else today
        for d, done in zip(lines, closed, strict=True)
    ]
    return np.array([end - d.ordered.toordinal() for end, d in zip(ends, lines, strict=True)], float), closed


class _Model:
    """The model learned from the lines known on a day: ``known`` lines ordered by that day, delivered or still open."""

    def __init__(self, known: list[Delivery], today: int, half_life: float, wander: Wander) -> None:
        self.days, self.closed = _days(known, today)
        ordered = np.array([d.ordered.toordinal() for d in known], float)
        self.recent = 0.5 ** ((today - ordered) / half_life)
        self.kinds = [np.array([getattr(d, name) for d in known]) for name in UNLIKE]
        keys, plain = [_keys(d) for d in known], self.days
        self.drift = Drift(today, 0, (0.0,))
        self._fit(keys)
        for _ in range(DRIFT_ROUNDS if wander != STILL else 0):
            whole = self.left + self.drift.at(ordered)
            self.drift = drift_of(
                ordered, whole - np.average(whole, weights=self.recent), self.recent, today, AHEAD_DAYS, wander
            )
            self.days = _without(plain, self.drift.at(ordered))
            self._fit(keys)
        self.order = np.lexsort((~self.closed, self.days))

    def quantiles(self, lines: list[Delivery], waited: Floats, levels: Floats) -> Floats:
        """Return quantiles [lines, levels] of the days for each line, given the days it has ``waited`` (< 0: not ordered yet)."""
        if not lines:
            return np.zeros((0, len(levels)))
        level = self.drift.at(np.array([line.ordered.toordinal() for line in lines], float))
        waited = np.where(waited < 0, waited, _without(np.maximum(waited, 0.0), level))
        plain = (self._by_effects(lines, waited, levels) + self._by_likeness(lines, waited, levels)) / 2
        return _without(plain, -level[:, None])

    def _by_likeness(self, lines: list[Delivery], waited: Floats, levels: Floats) -> Floats:
        """Return quantiles of the known lines, weighted by their similarity to the open line and by their age."""
        days, closed, recent = self.days[self.order], self.closed[self.order], self.recent[self.order]
        kinds = [kind[self.order] for kind in self.kinds]
        beyond: dict[tuple[str, ...], Floats] = {}
        rows = []
        for line, wait in zip(lines, waited.tolist(), strict=True):
            key = tuple(getattr(line, name) for name in UNLIKE)
            if key not in beyond:
                weight = recent.copy()
                for kind, own, unlike in zip(kinds, key, UNLIKE.values(), strict=True):
                    weight[kind != own] *= unlike
                beyond[key] = kaplan_meier_ordered(closed, weight)
            rows.append(_conditional(days, beyond[key], wait, levels))
        return np.array(rows)

    def _fit(self, keys: list[tuple[str, ...]]) -> None:
        """Fit additive effects on log days by backfitting, with open lines at their expected value."""
        log_days, weight = np.log1p(self.days), self.recent
        open_ = ~self.closed
        aim = log_days.copy()
        coded = [np.unique([key[level] for key in keys], return_inverse=True) for level in range(len(keys[0]))]
        fresh = [np.zeros(len(names)) for names, _ in coded]
        for _ in range(ROUNDS if open_.any() else 1):
            self.center = float(np.average(aim, weights=weight))
            fitted = self.center + sum(
                (own[inverse] for own, (_, inverse) in zip(fresh, coded, strict=True)), np.zeros(len(aim))
            )
            for _ in range(PASSES):
                for level, (_, inverse) in enumerate(coded):
                    residual = aim - fitted + fresh[level][inverse]
                    mass = np.bincount(inverse, weight)
                    new = np.bincount(inverse, weight * residual) / (mass + PRIOR_SIGHTINGS)
                    fitted += (new - fresh[level])[inverse]
                    fresh[level] = new
            residual = log_days - fitted
            order = np.lexsort((open_, residual))
            self.residual, self.beyond = residual[order], kaplan_meier(residual, self.closed, weight)
            shares = -np.diff(self.beyond, prepend=1.0)
            above = np.cumsum((shares * self.residual)[::-1])[::-1]
            rest = np.empty(len(aim))
            # the mean residual beyond each residual; weight beyond the largest is placed at the largest
            last = self.beyond[-1] * self.residual[-1]
            rest[order] = (above - shares * self.residual + last) / np.maximum(self.beyond, 1e-12)
            aim = np.where(open_ & (rest + fitted > log_days), fitted + rest, log_days)
        self.left = aim - fitted
        self.effects = [
            dict(zip(names.tolist(), own.tolist(), strict=True)) for own, (names, _) in zip(fresh, coded, strict=True)
        ]
        total = float(np.average(np.square(aim - self.center), weights=weight)) + 1e-12
        within = float(np.average(np.square(aim - fitted), weights=weight))
        self.trust = max(0.0, 1.0 - within / total)
        # In-sample residuals of small groups are too small, since each line is part of its own effect: widen them by that part.
        count = sum(len(table) for table in self.effects)
        self.residual = self.residual * np.sqrt(1.0 + min(1.0, count / max(1.0, float(weight.sum()))))
        self.plain = kaplan_meier(self.days, self.closed, weight)

    def _by_effects(self, lines: list[Delivery], waited: Floats, levels: Floats) -> Floats:
        """Return quantiles by effects, shrunk towards the quantiles without effects if the effects explain little."""
        days = self.days[self.order]
        rows = []
        for line, wait in zip(lines, waited.tolist(), strict=True):
            middle = self.center + sum(
                table.get(name, 0.0) for table, name in zip(self.effects, _keys(line), strict=True)
            )
            least = np.log1p(wait) - middle if wait >= 0 else -np.inf
            own = np.expm1(middle + _conditional(self.residual, self.beyond, least, levels))
            rows.append(self.trust * own + (1 - self.trust) * _conditional(days, self.plain, wait, levels))
        return np.maximum(np.array(rows), 0.0)


def _without(days: Floats, level: Floats) -> Floats:
    """Return the days with the level removed."""
    return np.maximum(0.0, np.expm1(np.log1p(days) - level))


def _conditional(value: Floats, beyond: Floats, least: float, levels: Floats) -> Floats:
    """Return quantiles of a distribution given a value above ``least``; ``beyond`` is the fraction above each of the sorted values.

    If hardly any value exceeds ``least``, return ``least`` plus the distance of the tail's quantiles from the start of the tail.
    """
    at = int(np.searchsorted(value, least, side="right"))
    left = 1.0 if at == 0 else float(beyond[at - 1])
    excess = 0.0
    if left <= LEAST_LEFT:
        begin = int(np.searchsorted(-beyond, -TAIL))
        left, excess = float(beyond[begin]), least - float(value[begin])
    share = 1.0 - left * (1.0 - levels)
    return np.interp(share, np.maximum.accumulate(1.0 - beyond), value) + excess


def _keys(delivery: Delivery) -> tuple[str, ...]:
    """Return effect keys from coarse to fine, so that a finer effect only takes the part that coarser effects leave."""
    return (
        delivery.mode,
        delivery.group,
        delivery.country,
        f"{delivery.supplier}|{delivery.mode}",
        f"{delivery.supplier}|{delivery.country}|{delivery.mode}",
    )
