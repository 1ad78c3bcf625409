import math
import random

import msgspec
import pytest

from nightmill.simulation import Uncertainty, certain
from nightmill.simulation.cell.uncertainty import (
    Cycle,
    Law,
    MachineHistory,
    MachineLaw,
    OperationLaw,
    draw,
    draw_cycle,
    learn,
    matched_draws,
)

PRIOR = Uncertainty()
LAW_FIELDS = list(Law.__struct_fields__)


def busy(machine: str, factor: float, sd: float, mtbf_h: float, n: int = 5000) -> MachineHistory:
    rng = random.Random(machine)
    return MachineHistory(
        machine,
        cycles=tuple(Cycle(100.0, 100.0 * factor * math.exp(rng.gauss(0, sd))) for _ in range(n)),
        running_h=mtbf_h * n,
        failures=n,
        repairs_h=tuple(2.0 * math.exp(rng.gauss(0, 0.3)) for _ in range(n)),
        interrupted=n,
        spoilt=n // 4,
        made=n,
        scrapped=n // 10,
    )


def test_without_data_the_prior_stays() -> None:
    assert learn((), PRIOR) == PRIOR
    idle = learn((MachineHistory("A"),), PRIOR)
    for name in LAW_FIELDS:
        assert getattr(idle, name) == pytest.approx(getattr(PRIOR, name))
        assert getattr(idle.law_of("A"), name) == pytest.approx(getattr(PRIOR, name))


def test_with_much_data_the_data_win() -> None:
    law = learn((busy("A", 1.2, 0.1, 50.0),), PRIOR).law_of("A")
    assert law.cycle_factor == pytest.approx(1.2, rel=0.01)
    assert law.cycle_sd == pytest.approx(0.1, rel=0.05)
    assert law.mtbf_h == pytest.approx(50.0, rel=0.01)
    assert law.repair_h == pytest.approx(2.0, rel=0.02)
    assert law.repair_sd == pytest.approx(0.3, rel=0.05)
    assert law.spoilt_share == pytest.approx(0.25, rel=0.01)
    assert law.scrap_share == pytest.approx(0.1, rel=0.01)


def test_a_little_data_moves_a_little() -> None:
    few = learn((MachineHistory("A", running_h=100.0, failures=2, made=4, scrapped=1),), PRIOR)
    assert few.mtbf_h == pytest.approx((4.0 * 300.0 + 100.0) / 6.0)
    assert few.scrap_share == pytest.approx((0.02 * 100 + 1) / 104)


def test_a_machine_without_data_gets_what_the_others_taught() -> None:
    laws = learn((busy("A", 1.2, 0.05, 50.0), busy("B", 1.2, 0.05, 50.0), MachineHistory("C")), PRIOR)
    assert laws.law_of("C").mtbf_h == pytest.approx(50.0, rel=0.01)
    assert laws.law_of("C").mtbf_weight == PRIOR.mtbf_weight
    assert laws.law_of("D").cycle_factor == pytest.approx(1.2, rel=0.01)


def test_a_machine_that_never_failed_is_repaired_as_surely_as_the_others() -> None:
    """The same people repair it: what the others' ten repairs have taught about the length holds for it with their weight."""
    failed = MachineHistory("A", running_h=100.0, failures=10, repairs_h=(1.9, 2.0, 2.1, 2.0, 2.0) * 2)
    laws = learn((failed, MachineHistory("B", running_h=100.0)), PRIOR)
    assert laws.law_of("B").repair_weight == laws.repair_weight == PRIOR.repair_weight + 10
    assert laws.law_of("B").mtbf_weight == PRIOR.mtbf_weight, "failures are a machine's own"
    drawn = [draw(laws.law_of("B"), key, True) for key in range(200)]
    assert max(math.exp(each.log_repair_h) for each in drawn) < 4.0


def test_a_shop_that_fails_often_is_believed_sooner_than_one_of_its_machines() -> None:
    """Of eight failures in 800 h the shop learns its rate; that five were one machine's says less about that machine."""
    history = [MachineHistory(name, running_h=200.0, failures=n) for name, n in zip("ABCD", (5, 1, 1, 1), strict=True)]
    laws = learn(tuple(history), Uncertainty(mtbf_weight=1.0))
    shop_h = (300.0 + 800.0) / 9.0
    assert laws.mtbf_h == pytest.approx(shop_h)
    for name, n in zip("AB", (5, 1), strict=True):
        assert laws.law_of(name).mtbf_h == pytest.approx((4.0 * shop_h + 200.0) / (4.0 + n))


def test_machines_keep_their_own_laws() -> None:
    laws = learn((busy("A", 1.2, 0.05, 50.0), busy("B", 0.9, 0.05, 500.0)), PRIOR)
    assert laws.law_of("A").cycle_factor == pytest.approx(1.2, rel=0.01)
    assert laws.law_of("B").cycle_factor == pytest.approx(0.9, rel=0.01)
    assert laws.law_of("B").mtbf_h == pytest.approx(500.0, rel=0.01)


def test_learning_twice_is_learning_together() -> None:
    one, two = (
        MachineHistory("A", running_h=40.0, failures=1, made=3),
        MachineHistory("A", running_h=60.0, made=5, scrapped=2),
    )
    steps, together = learn((two,), learn((one,), PRIOR)), learn((one, two), PRIOR)
    for name in LAW_FIELDS:
        assert getattr(steps, name) == pytest.approx(getattr(together, name))


def test_what_never_failed_may_begin_to() -> None:
    assert learn((MachineHistory("A", running_h=100.0),), certain()).mtbf_h is None
    assert learn((MachineHistory("A", running_h=100.0, failures=2),), certain()).mtbf_h == 50.0


def test_draws_spread_about_the_figures_as_wide_as_the_weight_allows() -> None:
    law = Uncertainty(
        mtbf_h=100.0, mtbf_weight=25.0, scrap_share=0.1, scrap_weight=100.0, cycle_sd=0.1, cycle_weight=50.0
    )
    drawn = [draw(law, key, True) for key in range(4000)]
    rates = [3600.0 / each.mtbf_s for each in drawn]
    shares = [each.scrap_share for each in drawn]
    assert sum(rates) / 4000 == pytest.approx(0.01, rel=0.02)
    assert math.sqrt(sum((r - 0.01) ** 2 for r in rates) / 4000) == pytest.approx(0.01 / 5.0, rel=0.05)
    assert sum(shares) / 4000 == pytest.approx(0.1, rel=0.02)
    assert math.sqrt(sum((s - 0.1) ** 2 for s in shares) / 4000) == pytest.approx(math.sqrt(0.1 * 0.9 / 101), rel=0.05)
    factors = [each.log_factor for each in drawn]
    assert math.sqrt(sum(f * f for f in factors) / 4000) == pytest.approx(0.1 / math.sqrt(50), rel=0.08)
    assert draw(law, 7, False) == draw(law, 8, False)


def test_laws_survive_json() -> None:
    laws = learn((busy("A", 1.2, 0.1, 50.0, 20),), PRIOR)
    assert msgspec.json.decode(msgspec.json.encode(laws), type=Uncertainty) == laws
    assert msgspec.json.decode(msgspec.json.encode(certain()), type=Uncertainty) == certain()


@pytest.mark.parametrize("field", ["cycle_factor", "mtbf_h", "repair_weight", "scrap_share"])
def test_impossible_laws_are_refused(field: str) -> None:
    with pytest.raises(ValueError, match=field):
        msgspec.structs.replace(MachineLaw(machine="A"), **{field: -1.0})


def test_impossible_histories_are_refused() -> None:
    with pytest.raises(ValueError, match="scrapped"):
        MachineHistory("A", made=1, scrapped=2)
    with pytest.raises(ValueError, match="actual_s"):
        Cycle(1.0, 0.0)


def cycles(n: int, shift: float, median: float, sd: float, operation: str = "", seed: int = 1) -> tuple[Cycle, ...]:
    """Cuts of planned 100 s that take ``shift`` and then a lognormal of ``median`` times that."""
    rng = random.Random(seed)
    return tuple(Cycle(100.0, 100.0 * (shift + median * math.exp(rng.gauss(0, sd))), operation) for _ in range(n))


def test_a_shift_is_found_where_there_is_one_and_only_there() -> None:
    shifted = learn((MachineHistory("A", cycles(400, 0.9, 0.1, 0.8)),), PRIOR).law_of("A")
    assert shifted.cycle_shift == pytest.approx(0.9, abs=0.03)
    assert shifted.cycle_factor == pytest.approx(1.0, abs=0.01)
    for seed in range(20):
        plain = learn((MachineHistory("A", cycles(400, 0.0, 1.2, 0.1, seed=seed)),), PRIOR).law_of("A")
        assert plain.cycle_factor == pytest.approx(1.2, rel=0.02)
        drawn = [draw(plain, key, False) for key in range(2)]
        assert drawn[0].cycle_shift + math.exp(drawn[0].log_factor) == pytest.approx(plain.cycle_factor)


def test_exact_times_are_learned_as_they_are() -> None:
    for slower in (0, 3):
        times = [Cycle(100.0, 103.0)] * 30 + [Cycle(100.0, 104.0)] * slower
        law = learn((MachineHistory("A", tuple(times)),), PRIOR).law_of("A")
        assert law.cycle_factor == pytest.approx(1.03, abs=0.005)
        assert law.cycle_sd < 0.02


def test_cuts_that_were_cut_off_are_not_taken_for_short_ones() -> None:
    rng = random.Random(3)
    times = [100.0 * math.exp(rng.gauss(math.log(1.5), 0.4)) for _ in range(3000)]
    limits = [100.0 * rng.uniform(0.5, 4.0) for _ in times]
    pairs = list(zip(times, limits, strict=True))
    censored = tuple(Cycle(100.0, min(t, c), complete=t <= c) for t, c in pairs)
    naive = tuple(Cycle(100.0, t) for t, c in pairs if t <= c)
    law = learn((MachineHistory("A", censored),), PRIOR).law_of("A")
    assert law.cycle_factor == pytest.approx(1.5, rel=0.03)
    assert law.cycle_sd == pytest.approx(0.4, abs=0.02)
    assert learn((MachineHistory("A", naive),), PRIOR).law_of("A").cycle_factor < 1.42


def test_a_cut_off_cut_says_little() -> None:
    """One that ran a tenth of its time is worth nothing; one that outlasted nearly all others pulls the law up."""
    whole = cycles(20, 0.0, 1.0, 0.05)
    base = learn((MachineHistory("A", whole),), PRIOR).law_of("A")
    young = learn((MachineHistory("A", (*whole, Cycle(100.0, 10.0, complete=False))),), PRIOR).law_of("A")
    old = learn((MachineHistory("A", (*whole, Cycle(100.0, 112.0, complete=False))),), PRIOR).law_of("A")
    assert young.cycle_factor == pytest.approx(base.cycle_factor)
    assert old.cycle_factor > base.cycle_factor + 0.002


def test_an_operation_has_a_law_of_its_own_shrunk_to_its_machine() -> None:
    many, few = cycles(200, 0.0, 1.5, 0.02, "long", 1), cycles(2, 0.0, 0.5, 0.02, "short", 2)
    laws = {law.operation: law for law in learn((MachineHistory("A", (*many, *few)),), PRIOR).by_operation}
    assert laws["long"].cycle_factor == pytest.approx(1.5, rel=0.01)
    assert laws["short"].cycle_factor > 0.6  # two cuts at 0.5 against what the machine does in general
    assert laws["short"].cycle_weight == pytest.approx(PRIOR.cycle_weight + 2)
    assert laws["long"].cycle_sd < 0.05


def test_operations_are_drawn_by_their_own_laws() -> None:
    law = OperationLaw(machine="A", operation="op", cycle_factor=1.2, cycle_sd=0.1, cycle_weight=50.0, cycle_shift=0.7)
    drawn = [draw_cycle(law, key, True) for key in range(4000)]
    assert all(shift == 0.7 for _, _, shift in drawn)
    middles = sorted(shift + math.exp(log) for log, _, shift in drawn)
    assert middles[2000] == pytest.approx(1.2, abs=0.002)
    assert draw_cycle(law, 1, False) == draw_cycle(law, 2, False)
    assert draw_cycle(law, 1, False) == pytest.approx((math.log(0.5), 0.1, 0.7))


def test_drawn_rates_of_many_replications_have_the_mean_of_what_is_known() -> None:
    law = msgspec.structs.replace(PRIOR, mtbf_h=50.0, mtbf_weight=1.0, care_h=20.0, care_weight=2.0)
    drawn = matched_draws(law, range(20), spread=True)
    assert sum(1.0 / each.mtbf_s for each in drawn) / 20 == pytest.approx(1.0 / (50.0 * 3600.0))
    assert sum(1.0 / each.care_s for each in drawn) / 20 == pytest.approx(1.0 / (20.0 * 3600.0))
    assert max(each.mtbf_s for each in drawn) > 3.0 * min(each.mtbf_s for each in drawn), "they still differ"
    never = matched_draws(msgspec.structs.replace(law, mtbf_h=None, care_h=None), range(20), spread=True)
    assert all(math.isinf(each.mtbf_s) and math.isinf(each.care_s) for each in never)
    few = [draw(law, key, spread=True) for key in range(3)]
    assert matched_draws(law, range(3), spread=True) == few
