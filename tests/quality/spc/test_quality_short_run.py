"""Several items on one chart: by hand, by what must not matter, and by how soon a shift is seen."""

import numpy as np
import pytest

from nightmill.quality import SpcOptions
from nightmill.quality.spc.control_charts import spc
from nightmill.quality.spc.short_run import Method, short_run
from nightmill.vocabulary.errors import BadInput

ITEMS = ["A", "A", "B", "B", "A", "B"]
VALUES = [10.1, 9.9, 50.2, 50.6, 10.0, 50.0]
NOMINAL = [10.0, 10.0, 50.0, 50.0, 10.0, 50.0]


def test_deviations_by_hand() -> None:
    # ranges within the items: A 0.2, 0.1; B 0.4, 0.6: mean 0.325
    answer = short_run(VALUES, ITEMS, "deviation", nominal=NOMINAL, options=SpcOptions(usl=1.0))
    chart = answer.charts[0]
    assert (chart.kind, chart.center) == ("individuals", 0.0)
    assert chart.sigma == pytest.approx(0.325 / 1.1283791670955126)
    assert answer.mean == pytest.approx(0.8 / 6)
    assert answer.capability.cpk == pytest.approx((1 - 0.8 / 6) / 3 / chart.sigma)
    assert answer.capability.cpk_high is not None
    assert [(one.item, one.n, one.moving_ranges, one.given) for one in answer.short_run.items] == [
        ("A", 3, 2, ("nominal",)),
        ("B", 3, 2, ("nominal",)),
    ]


def test_z_by_hand() -> None:
    answer = short_run(VALUES, ITEMS, "z", nominal=NOMINAL, sigma=[None, 0.1, 0.1, None, None, None])
    chart, moving = answer.charts[:2]
    assert (chart.center, chart.lcl, chart.ucl) == (0.0, -3.0, 3.0)
    assert moving.ucl == pytest.approx(3.6859, abs=1e-4)
    # z of B is 2, 6, 0 and of A 1, -1, 0
    assert answer.mean == pytest.approx(8 / 6)
    found = [(signal.index, signal.chart) for signal in answer.signals if signal.rule == "beyond_limits"]
    assert found[:2] == [(3, "individuals"), (3, "moving_range")]
    assert answer.capability.cpk is None


@pytest.mark.parametrize("method", ["deviation", "z"])
def test_neither_place_nor_with_z_the_scale_of_an_item_matters(method: Method) -> None:
    rng = np.random.default_rng(4)
    items = [f"item {place}" for place in rng.integers(0, 4, 60)]
    values = rng.normal(size=60)
    values[50:] += 4.0
    scale = {name: 10.0**place if method == "z" else 1.0 for place, name in enumerate(sorted(set(items)))}
    moved = [value * scale[name] + 7 * len(name) + 3 for value, name in zip(values, items, strict=True)]
    plain, other = (short_run(list(row), items, method).signals for row in (values, moved))
    assert plain == other
    assert plain


def test_a_single_item_without_a_nominal_is_the_ordinary_chart_about_its_mean() -> None:
    values = np.random.default_rng(5).normal(3.0, 1.0, 40).tolist()
    pooled, plain = short_run(values, ["A"] * 40, "deviation"), spc(values)
    assert pooled.signals == plain.signals
    assert pooled.charts[0].sigma == pytest.approx(plain.charts[0].sigma)


def test_a_shift_of_one_sigma_is_seen_across_lots_of_five_within_fifteen_parts() -> None:
    rng = np.random.default_rng(6)
    spread = {"A": 0.002, "B": 0.05, "C": 0.4}
    delays = []
    for _ in range(60):
        items = [("A", "B", "C")[part // 5 % 3] for part in range(60)]
        values = [spread[item] * (rng.normal() + (part >= 20)) for part, item in enumerate(items)]
        known = [spread[item] for item in items]
        # lambda 0.2 and width 2.86: 370 parts between false alarms
        options = SpcOptions(ewma_width=2.86)
        answer = short_run(values, items, "z", nominal=[0.0] * 60, sigma=known, options=options)
        delays += [next((s.index - 19 for s in answer.signals if s.chart == "ewma" and s.index >= 20), 40)]
    assert np.mean(delays) <= 15


def test_no_range_spans_a_tool_change() -> None:
    event = ["", "", "", "tool_change", "", ""]
    answer = short_run([0.0, 0.1, 0.0, 9.0, 9.1, 9.0], ["A"] * 6, "deviation", event=event)
    assert answer.charts[0].sigma == pytest.approx(0.1 / 1.1283791670955126)


def test_what_cannot_be_charted_is_said() -> None:
    with pytest.raises(BadInput, match="item C: found 1 readings that don't give a spread"):
        short_run([*VALUES, 1.0], [*ITEMS, "C"], "z")
    with pytest.raises(BadInput, match="usl"):
        short_run(VALUES, ITEMS, "z", options=SpcOptions(usl=3.0))
    with pytest.raises(BadInput, match=r"item A, column nominal: found 10\.0 and 11\.0"):
        short_run(VALUES, ITEMS, "deviation", nominal=[10.0, 11.0, 50.0, 50.0, 10.0, 50.0])
    with pytest.raises(BadInput, match=r"row 1, column sigma: found 0\.0"):
        short_run(VALUES, ITEMS, "z", sigma=[0.1, 0.0, 1.0, 1.0, 0.1, 1.0])
    with pytest.raises(BadInput, match="no item read twice"):
        short_run([1.0, 2.0], ["A", "B"], "deviation")
