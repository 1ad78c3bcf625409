import random

import msgspec
import numpy as np
import pytest
from material_sample import random_files, tables_of

from nightmill.mrp.arrays import plan_inputs
from nightmill.mrp.explode import compute_plan
from nightmill.mrp.net_change import LivePlan, PlanChange
from nightmill.mrp.pegging import peg_records
from nightmill.vocabulary.errors import BadInput


def test_a_chain_of_random_changes_gives_the_plan_that_planning_anew_gives() -> None:
    netted = 0
    for seed in range(150):
        W = 2 + seed % 15
        rng = random.Random(seed)
        inputs = plan_inputs(tables_of(**random_files(seed, W)), W)
        live = LivePlan(inputs)
        for _ in range(6):
            change = PlanChange(
                rng.choice(inputs.names),
                **{rng.choice(["demand", "receipts", "on_hand"]): rng.randint(-9, 25)},
                week=rng.randrange(W),
            )
            try:
                netted += len(live.change(change, change))
            except BadInput:
                continue
            fresh = compute_plan(live.plan.inputs)
            np.testing.assert_array_equal(live.plan.good, fresh.good)
            np.testing.assert_array_equal(live.plan.gross, fresh.gross)
            item = rng.choice(inputs.names)
            assert live.pegs_for(item) == tuple(
                p for part in fresh.pegs for p in peg_records(fresh, part) if p.item == item
            )
        np.testing.assert_array_equal(live.repeg().pegs[0].quantity, compute_plan(live.plan.inputs).pegs[0].quantity)
        np.testing.assert_array_equal(inputs.on_hand, plan_inputs(tables_of(**random_files(seed, W)), W).on_hand)
    assert netted > 500


def test_a_change_that_nothing_depends_on_reaches_one_item() -> None:
    tables = tables_of(
        items=[{"item": name, "source": "make", "lead_time_weeks": 1} for name in "ab"],
        bom=[{"parent": "a", "child": "b", "qty": 2}],
        demand=[{"item": "a", "week": 3, "qty": 5}],
    )
    live = LivePlan(plan_inputs(tables, 6))
    assert live.change(PlanChange("b", on_hand=1)).tolist() == [1]
    assert live.plan.good[1].tolist() == [0, 0, 9, 0, 0, 0]
    assert live.change(PlanChange("a", demand=-5, week=3)).tolist() == [0, 1]
    assert not live.plan.good.any()


def test_wrong_changes_are_refused_together_and_change_nothing() -> None:
    live = LivePlan(plan_inputs(tables_of(items=[{"item": "a", "source": "buy", "lead_time_weeks": 0}]), 4))
    before = msgspec.structs.asdict(live.plan)
    with pytest.raises(BadInput) as caught:
        live.change(PlanChange("z"), PlanChange("a", week=4), PlanChange("a", on_hand=-1), PlanChange("a", demand=5))
    assert len(caught.value.findings) == 3
    assert not live.plan.gross.any()
    assert before["inputs"].on_hand.tolist() == [0]


def test_a_change_beyond_64_bits_is_planned_exactly() -> None:
    tables = tables_of(
        items=[{"item": name, "source": "make", "lead_time_weeks": 0} for name in "abcd"],
        bom=[{"parent": a, "child": b, "qty": 10**6} for a, b in ("ab", "bc", "cd")],
    )
    live = LivePlan(plan_inputs(tables, 3))
    live.change(PlanChange("a", demand=7, week=1))
    assert live.plan.good[3, 1] == 7 * 10**18
