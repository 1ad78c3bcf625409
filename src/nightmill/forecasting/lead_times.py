"""When open deliveries will come, learned from closed and open ones: quantiles of the days from ordered to delivered.

The mean of two ways. Additive effects of mode, group, country and supplier on log days, each drawn to zero by how little
it has been seen and to the recent past by a half-life, with the distribution of the residuals; and the distribution of lines that are
alike and recent (quantile averaging, Lichtendahl et al. 2013). Both are of days at a level of 0; how the level of all has moved and goes
on (``drift``) is put to it. Half-life and way of drifting are chosen by what they would have foretold of the past.
A line that is still open has taken at least so long: without it, the quick ones alone would speak for the recent past. It is
censored (Kaplan & Meier 1958), unless it has waited longer than nearly all closed ones took: its record was lost, rather. In
the effects its expected rest is added (Buckley & James 1979), and its own quantiles are those of what takes longer than it has
waited. The levels at which to ask are learned at past days from what
was known then and what came of it (conformal calibration of levels).
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
"""How fast what is known may age; the one by which past lines would have been foretold best is taken."""
WANDERS = (STILL, Wander(step=0.05), Wander(bend=0.003), Wander(bend=0.01), Wander(step=0.03, swing=0.2))
"""How the level may drift; the way by which past lines would have been foretold best is taken."""
MOST_OPEN = 2.5
"""Times as many open lines as there would be if all took what closed ones took."""
MOST_MISSED = 40.0
"""Lines that should have come of those ordered since the last order that did, up to which that none has may be chance."""
PASSES, DRIFT_ROUNDS = 8, 2
ROUNDS = 3
"""How often the expected rest of open lines is put into the effects."""
QUANTILES = (0.5, 0.8, 0.9, 0.95)
UNLIKE = {"mode": 0.1, "group": 0.3, "country": 0.1, "supplier": 0.4}
"""What a known line still counts where it differs from the open one; rules of thumb."""
LEAST_LEFT, LONGEST = 0.02, 0.99
TAIL = 0.1
"""The share of lines that make the tail, by which what has waited longer than nearly all is foretold."""
PAST_DAYS = (90, 180, 270, 360, 450)
"""How many days ago the levels are checked."""
AHEAD_DAYS = 180
MOST_CHECKS = 150
"""Lines checked on each of those days, of those that waited and of those to come."""
LEAST_KNOWN, LEAST_CLOSED = 100, 20
"""Closed lines below which a past day says too little: known then, and checked since."""
LEAST_GAIN = 0.02
"""Share of the loss that drifting must take away."""
MOST_TRIED = 4000
"""Lines on which ways to drift and to age are tried."""
MOST_KNOWN = 20_000
"""Lines that are learned from, the newest."""
GRID = np.concatenate([np.linspace(0.01, 0.96, 96), [0.97, 0.98, 0.99, 0.995, 0.999]])
LEAST_CAME = 0.6
"""Share of a past day's lines that have come since, below which their middle isn't known yet."""
BIAS, BIAS_DAYS = 0.25, 4.0
"""How far times drift unforeseen, as a normal score, and as many past days as this counts."""
MISSES = 10.0
"""Expected misses at which a learned level counts as much as the plain one."""
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class OpenDelivery(msgspec.Struct, frozen=True):
    """Quantiles of the days from ordered to delivered of a line that is still open."""

    line: str
    q50: float
    q80: float
    q90: float
    q95: float


def open_delivery_quantiles(deliveries: tuple[Delivery, ...]) -> tuple[OpenDelivery, ...]:
    """Quantiles for each open line, learned from the others; none can be given where none is closed."""
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
    """Whether lines without a day of delivery can be still open.

    They can't where of all lines ordered since some day none has come although many should have, or where far more are open than take so
    long (those beyond ``longest`` are lost records anyway): then the day was left out of lines that had come, and how long they have
    waited says nothing.
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
    """How the level may drift and how fast the rest may age, as would have foretold the past best: first the one, then the other."""
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
    """A half-life (days) and a way to drift held against the past: the loss of what they would have foretold, and levels that would have held."""

    half_life: float
    wander: Wander
    loss: float
    levels: tuple[Floats, Floats]


def _calibrated(known: list[Delivery], today: int, half_life: float, wander: Wander) -> _Tried:
    """Levels at which past quantiles would have held as often as promised, of lines that waited and of those yet to be ordered.

    What goes wrong with the one says little of the other: how long lines have waited tells much, and not how times drift.
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
    """Levels from where lines came to lie in what was foretold, by how many days ago that was.

    Of each past day the median error is taken out first. What lasts of these errors is put back: what has come later than thought all
    along will do so again; what came now earlier, now later, or less and less late, won't, but widens what is foretold as far as these errors differ.
    """
    from scipy.special import ndtr, ndtri

    plain = np.array(QUANTILES)
    if not days:
        return plain
    # where most are still open nobody knows the middle yet
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
    """What is left of past days' errors: their mean, drawn to zero by how little they agree, and no more than a line through them leaves today."""
    mean = float(error.mean())
    shrunk = mean**3 / (mean**2 + float(error.var()) + 1e-9)
    left = float(np.polyfit(ago, error, 1)[1])
    return float(np.clip(left, min(0.0, shrunk), max(0.0, shrunk)))


def _scores(place: Floats, closed: Flags, levels: Floats) -> Floats:
    """Quantiles of ``place``, those of open lines being the least that they can come to."""
    held = np.maximum.accumulate(1.0 - kaplan_meier(place, closed, np.ones(len(place))))
    return np.interp(levels, held, np.sort(place))


def _places(model: "_Model", lines: list[Delivery], day: int, today: int) -> tuple[Floats, Flags, float]:
    """Where in its distribution as of ``day`` each line came to lie, as a normal score; whether it is closed by ``today``; the pinball loss.

    Days and quantiles end today: of what lies beyond nobody knows which was right.
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
    """Days that each line took, or has waited until ``today``, and whether it was delivered by then."""
    closed = np.array([_done_by(d, today) for d in lines], bool)
    ends = [
        d.delivered.toordinal() if d.delivered is not None and done else today
        for d, done in zip(lines, closed, strict=True)
    ]
    return np.array([end - d.ordered.toordinal() for end, d in zip(ends, lines, strict=True)], float), closed


class _Model:
    """What the lines known on a day teach: ``known`` ordered by then, delivered by then or open."""

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
        """[lines, levels] quantiles of the days at ``levels`` of each line that has waited so long (< 0: not ordered yet)."""
        if not lines:
            return np.zeros((0, len(levels)))
        level = self.drift.at(np.array([line.ordered.toordinal() for line in lines], float))
        waited = np.where(waited < 0, waited, _without(np.maximum(waited, 0.0), level))
        plain = (self._by_effects(lines, waited, levels) + self._by_likeness(lines, waited, levels)) / 2
        return _without(plain, -level[:, None])

    def _by_likeness(self, lines: list[Delivery], waited: Floats, levels: Floats) -> Floats:
        """Quantiles of the known lines, weighed by what they share with the open one and by their age."""
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
        """Additive effects on log days by backfitting, open lines at their expected value."""
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
            # the mean residual beyond each one; what is beyond the largest is taken to be there
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
        # In-sample residuals of thin groups are too small: widen by the share of each effect that they took out themselves.
        count = sum(len(table) for table in self.effects)
        self.residual = self.residual * np.sqrt(1.0 + min(1.0, count / max(1.0, float(weight.sum()))))
        self.plain = kaplan_meier(self.days, self.closed, weight)

    def _by_effects(self, lines: list[Delivery], waited: Floats, levels: Floats) -> Floats:
        """Quantiles by effects, drawn to the plain ones by how little the effects explain."""
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
    """Days as they would be at a level of 0."""
    return np.maximum(0.0, np.expm1(np.log1p(days) - level))


def _conditional(value: Floats, beyond: Floats, least: float, levels: Floats) -> Floats:
    """Quantiles of a distribution (share ``beyond`` each value, values increasing) of what lies beyond ``least``.

    Where hardly any does, it is ``least`` and the excess of the distribution's tail over where the tail begins.
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
    """Coarse to fine, so that the finer effect only takes what the coarser leaves."""
    return (
        delivery.mode,
        delivery.group,
        delivery.country,
        f"{delivery.supplier}|{delivery.mode}",
        f"{delivery.supplier}|{delivery.country}|{delivery.mode}",
    )
