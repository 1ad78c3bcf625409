import math
import random
from itertools import accumulate
from typing import Any

import msgspec
import pytest
from twin_shops import ALWAYS, in_file_order, one_machine

from nightmill.scheduling.problem.records import ShopProblem
from nightmill.simulation import Experiment, FloorModel, certain, forecast_orders, look_ahead
from nightmill.simulation.calibration.conformal import Forecast, Outcome, Widening, quality, wrapped
from nightmill.simulation.calibration.dispatch_order import ENOUGH, Moment, Order, dealt, kept_order
from nightmill.simulation.calibration.track_record import Past, TwinRecord, judge
from nightmill.vocabulary.units import DAY_S


def a_moment(rng: random.Random, at_s: float, keeps: Order) -> tuple[list[Forecast], dict[str, float]]:
    """Twelve orders on one machine that a twin believes to go shortest first, and when each is done by the order kept.

    The twin's 40 futures differ in how fast the machine is; so does the truth.
    """
    works = [rng.uniform(600.0, 9000.0) for _ in range(12)]
    dues = [at_s + rng.uniform(0.0, 4.0 * DAY_S) for _ in works]
    names = [f"{at_s:.0f}/{k}" for k in range(12)]
    ranks: dict[Order, list[float]] = {
        "plan": works,
        "shortest": works,
        "due": dues,
        "received": [float(k) for k in range(12)],
    }

    def ends(order: Order, slow: float) -> dict[str, float]:
        sequence = sorted(range(12), key=lambda k: ranks[order][k])
        done = accumulate(works[k] * slow for k in sequence)
        return {names[k]: at_s + end for k, end in zip(sequence, done, strict=True)}

    futures = [ends("shortest", rng.gauss(1.0, 0.1)) for _ in range(40)]
    forecasts = [
        Forecast(name, at_s, tuple(sorted(one[name] for one in futures)), due_s=due, work_s=work)
        for name, due, work in zip(names, dues, works, strict=True)
    ]
    return forecasts, ends(keeps, rng.gauss(1.0, 0.1))


@pytest.mark.parametrize("keeps", ["plan", "due", "received"])
def test_the_order_that_is_kept_is_found_and_told(keeps: Order) -> None:
    rng, past = random.Random(3), Past()
    for number in range(30):
        forecasts, done = a_moment(rng, number * 10.0 * DAY_S, keeps)
        past.add(Moment(forecasts), [Outcome(each, done[each.order]) for each in forecasts])
    order, _ = past.teaches()
    assert order == keeps
    forecasts, done = a_moment(rng, 400.0 * DAY_S, keeps)
    if keeps != "plan":
        found = Moment(forecasts).scores([Outcome(each, done[each.order]) for each in forecasts])
        assert sum(found[order]) < 0.3 * sum(found["plan"])


def test_what_is_dealt_out_is_each_futures_work_in_another_order() -> None:
    forecasts, _ = a_moment(random.Random(4), 0.0, "due")
    told = dealt(forecasts, "due")
    assert [each.order for each in told] == [each.order for each in forecasts]
    by_due = sorted(told, key=lambda each: each.due_s)
    slowest = [each.completions_s[-1] for each in by_due]
    whole = max(each.completions_s[-1] for each in forecasts) / sum(each.work_s for each in forecasts)
    expected = accumulate(each.work_s * whole for each in by_due)
    assert slowest == pytest.approx(list(expected))  # one machine: as much is done by when, whatever goes first
    again = dealt(forecasts, "shortest")
    assert [each.completions_s for each in again] == [pytest.approx(each.completions_s) for each in forecasts]


def test_without_work_or_reason_forecasts_stay_as_they_are() -> None:
    bare = [Forecast(f"O{k}", 0.0, (10.0 * k, 11.0 * k)) for k in range(1, 5)]
    assert dealt(bare, "due") == tuple(bare)
    forecasts, done = a_moment(random.Random(5), 0.0, "due")
    assert dealt(forecasts, "plan") == tuple(forecasts)
    few = [Outcome(each, done[each.order]) for each in forecasts]
    assert len(few) < ENOUGH
    assert kept_order([Moment(forecasts).scores(few)]) == "plan"
    assert kept_order([]) == "plan"


def test_an_order_that_is_not_done_within_the_days_keeps_no_end() -> None:
    early = Forecast("A", 0.0, (100.0, 110.0), due_s=900.0, work_s=100.0)
    never = Forecast("B", 0.0, (200.0, math.inf), due_s=100.0, work_s=100.0)
    first, second = dealt([early, never], "due")
    assert second.completions_s == (100.0, 110.0)
    assert first.completions_s == (200.0, math.inf)


@pytest.mark.parametrize("seed", range(20))
def test_rounding_makes_no_order_endless(seed: int) -> None:
    rng = random.Random(seed)
    works = [rng.uniform(1.0, 100.0) for _ in range(6)]
    ends = [*accumulate(works[:-1]), math.inf]
    dues = [3.0, 2.0, 1.0, 0.0, 4.0, 9.0]
    forecasts = [Forecast(f"O{k}", 0.0, (ends[k],) * 2, due_s=dues[k], work_s=works[k]) for k in range(6)]
    told = dealt(forecasts, "due")
    assert [each.order for each in told if math.isinf(each.completions_s[-1])] == ["O5"]


def test_an_order_without_an_end_hides_no_better_one() -> None:
    scores: dict[Order, list[float]] = {"plan": [9.0], "due": [math.nan], "shortest": [3.0], "received": [math.inf]}
    assert kept_order([scores] * ENOUGH) == "shortest"


def test_a_little_better_over_few_days_is_chance() -> None:
    scores: dict[Order, list[float]] = {"plan": [10.0], "due": [7.5], "shortest": [20.0], "received": [20.0]}
    assert kept_order([scores] * 2 * ENOUGH) == "plan", "a quarter better"
    scores["due"] = [5.0]
    assert kept_order([scores] * (ENOUGH - 1)) == "plan", "not known for long enough"
    assert kept_order([scores] * ENOUGH) == "due"


def test_quality_is_of_what_has_an_end_as_it_was_told() -> None:
    forecasts = [Forecast(f"O{k}", 0.0, (10.0 + k, 11.0 + k)) for k in range(3)]
    told = [*forecasts[:2], msgspec.structs.replace(forecasts[2], completions_s=(12.0, math.inf))]
    found = quality([(Outcome(each, 12.0), wrapped(each, Widening(0.9))) for each in forecasts], told)
    assert found is not None
    assert found.outcomes == 2
    assert found.ordered_crps_s == found.crps_s


def test_a_forecast_is_told_by_the_order_that_was_known_when_it_was_made() -> None:
    rng = random.Random(6)
    forecasts, done = list[Forecast](), dict[str, float]()
    for number in range(40):
        made, ends = a_moment(rng, number * 10.0 * DAY_S, "due")
        forecasts += made
        done |= ends
    record = judge(forecasts, done, 500.0 * DAY_S)
    assert record.order == "due"
    assert record.quality is not None
    assert record.quality.ordered_crps_s < 0.4 * record.quality.crps_s
    assert record.quality.coverage_90 < 0.6
    assert 0.84 <= record.quality.wrapped_90 <= 0.96
    first = judge(forecasts[:12], done, 500.0 * DAY_S)
    assert first.order == "plan"
    assert first.quality is not None
    assert first.quality.ordered_crps_s == first.quality.crps_s


def test_completions_are_told_by_the_order_that_the_shop_keeps() -> None:
    problem = one_machine([3600.0] * 4, ALWAYS, pallets=1)
    orders = tuple(
        msgspec.structs.replace(each, due_s=1e6 - 1e5 * number) for number, each in enumerate(problem.orders)
    )
    problem = msgspec.structs.replace(problem, orders=orders)

    def p50(order: Order) -> list[float | None]:
        record = TwinRecord(None, Widening(0.9), order)
        answer = look_ahead(
            problem,
            in_file_order(problem),
            record=record,
            experiment=Experiment(days=10.0, replications=3, seed=1),
            floor=FloorModel(uncertainty=certain()),
        )
        return [each.p50 for each in answer.completions]

    as_planned = p50("plan")
    assert as_planned == sorted(as_planned, key=lambda at_s: at_s or math.inf)
    assert p50("due") == pytest.approx(as_planned[::-1])


def told_by_due(problem: ShopProblem) -> list[tuple[float | None, float | None]]:
    """Of each order the completion by the plan's order, and by due date."""
    plan = in_file_order(problem)

    def p50(order: Order) -> list[float | None]:
        record = TwinRecord(None, Widening(0.9), order)
        answer = look_ahead(problem, plan, Experiment(10.0, 3, 1), FloorModel(certain()), record=record)
        return [each.p50 for each in answer.completions]

    return list(zip(p50("plan"), p50("due"), strict=True))


def due_in_days(problem: ShopProblem, *days: float) -> ShopProblem:
    orders = (msgspec.structs.replace(each, due_s=d * DAY_S) for each, d in zip(problem.orders, days, strict=True))
    return msgspec.structs.replace(problem, orders=tuple(orders))


def changed(problem: ShopProblem, number: int, **fields: Any) -> ShopProblem:
    operations = list(problem.operations)
    operations[number] = msgspec.structs.replace(operations[number], **fields)
    return msgspec.structs.replace(problem, operations=tuple(operations))


def test_an_order_to_come_is_not_told_to_be_done_before_it_is_released() -> None:
    shop = due_in_days(one_machine([3600.0] * 3, ALWAYS, pallets=3), 9.0, 8.0, 6.0)
    first, second, to_come = told_by_due(changed(shop, 2, release_s=5.0 * DAY_S))
    assert to_come[0] == to_come[1]
    assert first == pytest.approx(second[::-1])


def test_what_is_cut_already_is_not_told_to_wait_for_others() -> None:
    shop = due_in_days(one_machine([3600.0] * 3, ALWAYS, pallets=3), 9.0, 2.0, 1.0)
    cut, second, third = told_by_due(changed(shop, 0, state="cut", machine="A"))
    assert cut[0] == cut[1]
    assert second == pytest.approx(third[::-1])


def test_of_a_running_cut_what_is_left_is_work() -> None:
    shop = msgspec.structs.replace(one_machine([3600.0] * 2, ALWAYS), now_s=10_000.0)
    shop = changed(shop, 0, state="running", machine="A", started_s=7_400.0)
    made = forecast_orders(
        shop,
        in_file_order(shop),
        experiment=Experiment(days=10.0, replications=1, seed=1),
        floor=FloorModel(uncertainty=certain()),
    )
    assert [each.work_s for each in made] == [1000.0, 3600.0]
