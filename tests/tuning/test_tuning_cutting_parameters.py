from nightmill.tuning import CuttingObservation, CuttingTask, next_factors
from nightmill.tuning.cutting_parameters import HIGH, LOW, cutting_cost

TASK = CuttingTask("bracket op10", minutes=12.0, wear_share=0.05, minute_usd=1.5, tool_usd=60.0)


def shop(speed: float, feed: float, exponent: float) -> CuttingObservation:
    """The truth of a machine whose tools wear otherwise than the handbook says."""
    return CuttingObservation(
        speed, feed, 0.04 * speed ** (exponent - 1) * feed**0.4, 12.5 / (speed * feed), 1.4 * feed**1.8
    )


def improved(task: CuttingTask, exponent: float) -> tuple[list[CuttingObservation], float, float]:
    seen: list[CuttingObservation] = []
    for _ in range(7):
        advice = next_factors(task, seen)
        assert LOW <= advice.speed_factor <= HIGH
        assert LOW <= advice.feed_factor <= HIGH
        seen.append(shop(advice.speed_factor, advice.feed_factor, exponent))
    costs = [cutting_cost(task, o.minutes, o.wear_share) for o in seen]
    return seen, costs[0], min(costs)


def test_the_first_advice_is_the_handbook_and_later_ones_cost_less() -> None:
    seen, first, best = improved(TASK, 5.0)
    assert (seen[0].speed_factor, seen[0].feed_factor) == (1.0, 1.0)
    assert best < 0.85 * first


def test_power_is_a_hard_limit() -> None:
    seen, _, _ = improved(CuttingTask("heavy", 12.0, 0.05, 1.5, 60.0, power_share=0.95), 5.0)
    assert all(0.95 * o.speed_factor * o.feed_factor**0.75 <= 1 + 1e-9 for o in seen)


def test_a_rough_finish_holds_the_feed_back() -> None:
    loose, _, _ = improved(TASK, 5.0)
    tight, _, _ = improved(CuttingTask("fine", 12.0, 0.05, 1.5, 60.0, roughness_limit_um=1.7), 5.0)
    assert max(o.feed_factor for o in tight) < max(o.feed_factor for o in loose)
    assert sum((o.roughness_um or 0) > 1.7 for o in tight) <= 1


def test_the_same_observations_give_the_same_advice() -> None:
    seen, _, _ = improved(TASK, 4.0)
    assert next_factors(TASK, seen) == next_factors(TASK, seen)
