import math
from random import Random

import msgspec
import pytest
from twin_shops import ALWAYS, SHIFTS, in_file_order, one_machine

from nightmill.simulation import Experiment, FloorModel, Uncertainty, certain, look_ahead
from nightmill.stats.averages import predictive_quantile, quantile
from nightmill.vocabulary.errors import BadInput

PROBLEM = one_machine([7200.0] * 12, SHIFTS)
SCHEDULE = in_file_order(PROBLEM)


def test_a_seed_fixes_the_answer() -> None:
    def answer(seed: int) -> bytes:
        return msgspec.json.encode(
            look_ahead(
                PROBLEM,
                SCHEDULE,
                experiment=Experiment(days=5, replications=20, seed=seed),
                floor=FloorModel(uncertainty=Uncertainty()),
            )
        )

    assert answer(1) == answer(1)
    assert answer(1) != answer(2)


def test_the_first_replications_do_not_depend_on_how_many_follow() -> None:
    few, many = (
        look_ahead(
            PROBLEM,
            SCHEDULE,
            experiment=Experiment(days=5, replications=n, seed=4),
            floor=FloorModel(uncertainty=Uncertainty()),
        ).events
        for n in (1, 2)
    )
    assert few < many


def test_more_breakdowns_end_orders_later() -> None:
    calm, rough = (
        look_ahead(
            PROBLEM,
            SCHEDULE,
            experiment=Experiment(days=40, replications=100, seed=2),
            floor=FloorModel(uncertainty=Uncertainty(mtbf_h=mtbf)),
        ).completions
        for mtbf in (2000.0, 40.0)
    )
    for one, other in zip(calm, rough, strict=True):
        assert one.p90 is not None
        assert other.p90 is None or other.p90 >= one.p90
    assert calm[-1].p90 is not None
    assert rough[-1].p90 is None or rough[-1].p90 > calm[-1].p90 + 3600.0


def test_figures_of_a_shop_without_chance_add_up() -> None:
    problem = one_machine([3600.0] * 4, ALWAYS, due_s=7200.0)
    answer = look_ahead(
        problem,
        in_file_order(problem),
        experiment=Experiment(days=1, replications=3, seed=0),
        floor=FloorModel(uncertainty=certain()),
    )
    done = [300 + k * 3720 + 3600 + 120 for k in range(4)]
    assert answer.throughput == answer.orders_per_day == 4.0
    assert answer.utilisation[0].share == pytest.approx(4 * 3600 / 86400)
    assert [c.p50 for c in answer.completions] == done
    assert answer.tardiness_s == pytest.approx(sum(max(0, end - 7200) for end in done) / 4)
    assert answer.cycle_time.mean == pytest.approx(sum(done) / 4 - (0 + 0 + 240 + 240) / 4)  # two persons mount
    assert answer.unattended_h == answer.failures == answer.scrapped == 0.0


def test_what_lies_beyond_the_days_is_null() -> None:
    problem = one_machine([36000.0] * 4, ALWAYS)
    answer = look_ahead(
        problem,
        in_file_order(problem),
        experiment=Experiment(days=1, replications=2, seed=0),
        floor=FloorModel(uncertainty=certain()),
    )
    assert [c.p90 is None for c in answer.completions] == [False, False, True, True]
    assert answer.throughput == 2.0
    assert answer.utilisation[0].share == pytest.approx((86400 - 300 - 2 * 120) / 86400)


def test_uncertain_parameters_widen_the_answer() -> None:
    def width(draw: bool) -> float:
        laws = Uncertainty(cycle_sd=0.1, cycle_weight=2.0, mtbf_h=None, scrap_share=0.0, draw_parameters=draw)
        problem = one_machine([7200.0] * 12)
        last = look_ahead(
            problem,
            in_file_order(problem),
            experiment=Experiment(days=5, replications=200, seed=0),
            floor=FloorModel(uncertainty=laws),
        )
        done = last.completions[-1]
        assert done.p10 is not None
        assert done.p90 is not None
        return done.p90 - done.p10

    assert width(True) > 1.5 * width(False)


def test_all_that_is_wrong_is_said_at_once() -> None:
    bad = msgspec.structs.replace(PROBLEM, pallets=0)
    schedule = msgspec.structs.replace(SCHEDULE, assignments=SCHEDULE.assignments[1:])
    with pytest.raises(BadInput) as caught:
        look_ahead(
            bad,
            schedule,
            experiment=Experiment(days=0, replications=1, seed=0),
            floor=FloorModel(uncertainty=certain(), robots=0),
        )
    assert [f.place for f in caught.value.findings] == ["days", "robots", "operation S0/op", "pallets"]
    with pytest.raises(BadInput, match="replications"):
        look_ahead(
            PROBLEM,
            SCHEDULE,
            experiment=Experiment(days=1, replications=0, seed=0),
            floor=FloorModel(uncertainty=certain()),
        )


def test_quantiles_are_those_of_the_order_statistics() -> None:
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([0.0, 10.0], 0.9) == pytest.approx(9.0)
    assert quantile([0.0, float("inf")], 0.5) == float("inf")
    assert quantile([0.0, 1.0, float("inf")], 0.5) == 1.0


def test_a_further_value_lies_below_a_predictive_quantile_as_often_as_it_says() -> None:
    draw = Random(3)
    for count, share in ((1, 0.5), (9, 0.1), (9, 0.9), (19, 0.95), (60, 0.05)):
        trials = 20_000
        below = sum(
            draw.random() <= predictive_quantile([draw.random() for _ in range(count)], share) for _ in range(trials)
        )
        assert abs(below / trials - share) < 4.0 * (share * (1.0 - share) / trials) ** 0.5
    assert predictive_quantile([1.0, 2.0, math.inf], 0.9) == math.inf
