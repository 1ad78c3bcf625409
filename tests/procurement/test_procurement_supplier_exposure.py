import csv
import gzip
import os
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest

from nightmill.forecasting.lead_times import open_delivery_quantiles
from nightmill.mrp.tables import Delivery, read_tables
from nightmill.procurement.supplier_exposure import supplier_risk

DATA = Path(os.environ.get("NIGHTMILL_DATA", Path(__file__).parents[2].parent / "shared" / "data"))


def test_exposure_reaches_end_items_through_the_bill_and_counts_weeks_of_survival() -> None:
    tables = read_tables(
        {
            "items.csv": "item,source,lead_time_weeks\ncar,make,0\nvan,make,0\ndoor,make,0\nlock,buy,9\nwheel,buy,1\npaint,buy,1\n",
            "bom.csv": "parent,child,qty\ncar,door,2\nvan,door,2\ndoor,lock,1\ncar,wheel,4\n",
            "stock.csv": "item,on_hand\nlock,10\nwheel,4\n",
            "receipts.csv": "item,week,qty\nlock,2,2\n",
            "demand.csv": "item,week,qty\ncar,0,1\ncar,1,1\ncar,3,4\nvan,2,1\n",
            "suppliers.csv": "supplier,item,recover_weeks\nAcme,lock,6\nAcme,wheel,8\nBolt,wheel,3\nIdle,paint,1\nBolt,paint,2\n",
        }
    )
    report = supplier_risk(tables, 10)
    acme, bolt, idle = sorted(report.suppliers, key=lambda s: s.supplier)
    assert acme.single_source_items == ("lock",)
    assert acme.exposed_end_items == ("car", "van")
    # 10 + 2 locks against 2, 2, 2 and 8 a week: short in week 3.
    assert (acme.survive_weeks, acme.recover_weeks) == (3, 8)
    assert (bolt.single_source_items, bolt.survive_weeks, bolt.exposed_end_items) == ((), None, ())
    assert (idle.recover_weeks, report.suppliers[0].supplier) == (1, "Acme")
    assert set(msgspec.to_builtins(acme)) == {
        "supplier", "single_source_items", "exposed_end_items", "survive_weeks", "recover_weeks",
    }  # fmt: skip


def test_quantiles_follow_mode_and_the_recent_past() -> None:
    rng = np.random.default_rng(0)
    closed = []
    for k in range(600):
        mode = "air" if k % 2 else "sea"
        ordered = date(2024, 1, 1) + timedelta(days=k)
        level = (20 if mode == "air" else 60) * (2 if k > 300 else 1)
        days = int(level * rng.lognormal(0, 0.2))
        closed.append(Delivery(str(k), ordered, "S", "X", mode, "", ordered + timedelta(days=days)))
    air, sea = open_delivery_quantiles(
        (*closed, Delivery("a", date(2026, 3, 1), "S", "X", "air"), Delivery("b", date(2026, 3, 1), "S", "X", "sea"))
    )
    assert air.q50 < air.q80 < air.q90 < air.q95
    assert 34 < air.q50 < 50
    assert 1.9 < sea.q50 / air.q50 < 3.6


def test_a_line_that_has_waited_longer_than_most_takes_longer_than_it_has_waited() -> None:
    rng = np.random.default_rng(1)
    closed = tuple(
        Delivery(str(k), date(2025, 1, 1) + timedelta(days=k), "S", "X", "air", "", date(2025, 1, 1) + timedelta(days=k + int(d)))
        for k, d in enumerate(rng.lognormal(3.5, 0.6, 400))
    )  # fmt: skip
    last = max(d.delivered for d in closed if d.delivered is not None)
    fresh, waited = open_delivery_quantiles(
        (*closed, Delivery("a", last, "S", "X", "air"), Delivery("b", last - timedelta(days=60), "S", "X", "air"))
    )
    assert waited.q50 > fresh.q50 + 15
    assert waited.q95 > 60


def delivered(number: int, seed: int, until: date) -> list[Delivery]:
    """Lines ordered over three years up to ``until`` from two modes, all delivered sooner or later."""
    rng = np.random.default_rng(seed)
    found = []
    for k, ago in enumerate(rng.integers(0, 1100, number).tolist()):
        mode = "air" if k % 3 else "sea"
        days = int((30 if mode == "air" else 90) * rng.lognormal(0, 0.5))
        ordered = until - timedelta(days=ago)
        found.append(Delivery(str(k), ordered, f"S{k % 7}", "X", mode, "", ordered + timedelta(days=days)))
    return found


def test_waiting_lines_and_lines_to_come_are_covered_as_promised() -> None:
    held, asked = np.zeros((2, 4)), np.zeros(2)
    for seed in range(3):
        today = date(2026, 3, 1)
        waiting, come = [], []
        lines = delivered(2200, seed, today)
        closed = [d for d in lines if d.delivered is not None and d.delivered <= today]
        last = max(d.delivered for d in closed if d.delivered is not None)
        waiting = [d for d in lines if d.delivered is not None and d.delivered > today]
        come = delivered(300, 100 + seed, today + timedelta(days=1200))
        out = [msgspec.structs.replace(d, delivered=None) for d in (*waiting, *come)]
        q = np.array([[a.q50, a.q80, a.q90, a.q95] for a in open_delivery_quantiles((*closed, *out))])
        days = np.array([(d.delivered - d.ordered).days for d in (*waiting, *come) if d.delivered is not None])
        assert (q[: len(waiting), 0] >= [(last - d.ordered).days - 1 for d in waiting]).mean() > 0.97
        for k, span in enumerate((slice(0, len(waiting)), slice(len(waiting), None))):
            held[k] += (days[span, None] <= q[span]).sum(axis=0)
            asked[k] += len(days[span])
    promised = np.array([0.5, 0.8, 0.9, 0.95])
    assert asked.min() > 150
    assert np.abs(held[1] / asked[1] - promised).max() < 0.04
    assert np.abs(held[0] / asked[0] - promised).max() < 0.08


def test_no_line_is_foretold_to_have_come_already() -> None:
    today = date(2025, 1, 1)
    closed = [d for d in delivered(900, 5, today) if d.delivered is not None and d.delivered <= today]
    last = max(d.delivered for d in closed if d.delivered is not None)
    longest = max((d.delivered - d.ordered).days for d in closed if d.delivered is not None)
    waited = (0, longest // 2, longest, longest + 40, 3 * longest)
    lines = [Delivery(str(days), last - timedelta(days=days), "S1", "C1", "air") for days in waited]
    for days, answer in zip(waited, open_delivery_quantiles((*closed, *lines)), strict=True):
        assert days <= answer.q50 < answer.q80 < answer.q95 < days + 3 * longest


def test_a_line_whose_delivery_was_never_noted_teaches_nothing() -> None:
    today = date(2026, 3, 1)
    lines = delivered(900, 5, today)
    closed = tuple(d for d in lines if d.delivered is not None and d.delivered <= today)
    coming = Delivery("new", today + timedelta(days=5), "S1", "X", "air")
    lost = tuple(Delivery(f"lost {k}", today - timedelta(days=900 + k), "S1", "X", "air") for k in range(200))
    without, among = open_delivery_quantiles((*closed, coming)), open_delivery_quantiles((*closed, coming, *lost))
    assert among[0] == without[0]
    assert among[1].q50 > 900


def drifting(number: int, seed: int, level_of: Callable[[int], float]) -> list[Delivery]:
    """Lines of 2000 days whose log level on a day of order is told."""
    rng = np.random.default_rng(seed)
    found = []
    for k, after in enumerate(np.sort(rng.integers(0, 2000, number)).tolist()):
        ordered = date(2020, 1, 1) + timedelta(days=after)
        days = int(40 * np.exp(level_of(after)) * rng.lognormal(0, 0.3))
        found.append(Delivery(str(k), ordered, f"S{k % 5}", "X", "air", "", ordered + timedelta(days=days)))
    return found


@pytest.mark.parametrize(
    "level_of",
    [lambda day: 0.25 * day / 365, lambda day: 0.5 * np.sin(2 * np.pi * day / 365.25)],
    ids=["trend", "season"],
)
def test_times_that_drift_are_followed_to_the_days_to_come(level_of: Callable[[int], float]) -> None:
    lines = drifting(1500, 7, level_of)
    today = date(2020, 1, 1) + timedelta(days=1820)
    closed = [d for d in lines if d.delivered is not None and d.delivered <= today]
    later = [d for d in lines if d.delivered is not None and d.delivered > today]
    asked = (msgspec.structs.replace(d, delivered=None) for d in later)
    middle = np.array([a.q50 for a in open_delivery_quantiles((*closed, *asked))])
    took, past = (np.array([(d.delivered - d.ordered).days for d in some if d.delivered]) for some in (later, closed))
    assert len(later) > 100
    assert 0.35 < (took <= middle).mean() < 0.65
    assert np.abs(took - middle).mean() < 0.85 * np.abs(took - np.median(past)).mean()


def test_lines_that_cannot_all_be_open_still_are_taken_as_not_ordered_yet() -> None:
    lines = delivered(1500, 3, date(2026, 3, 1))
    since = date(2025, 6, 1)
    closed = [d for d in lines if d.ordered < since]  # delivered up to a year after that day
    left_out = [d for d in lines if d.ordered >= since]
    answers = open_delivery_quantiles((*closed, *(msgspec.structs.replace(d, delivered=None) for d in left_out)))
    took = np.array([(d.delivered - d.ordered).days for d in left_out if d.delivered])
    assert 0.4 < (took <= np.array([a.q50 for a in answers])).mean() < 0.6


def test_nothing_closed_nothing_promised() -> None:
    assert open_delivery_quantiles((Delivery("a", date(2025, 9, 1)),)) == ()


def scms() -> list[Delivery]:
    path = DATA / "materials" / "scms_lines.csv.gz"
    if not path.exists():
        pytest.skip("the delivery history is not here: set NIGHTMILL_DATA")
    with gzip.open(path, "rt", encoding="utf-8", errors="replace") as file:
        rows = list(csv.DictReader(file))
    found = []
    for k, row in enumerate(rows):
        names = {key.lower(): value for key, value in row.items()}
        ordered, delivered = _day(_pick(names, "po sent")), _day(_pick(names, "delivered"))
        if ordered and delivered and delivered >= ordered:
            found.append(
                Delivery(str(k), ordered, names.get("vendor", ""), names.get("country", ""), _pick(names, "mode"), "", delivered)
            )  # fmt: skip
    return found


def _pick(row: dict[str, str], word: str) -> str:
    return next((value for key, value in row.items() if word in key), "")


def _day(text: str) -> date | None:
    for pattern in ("%d-%b-%y", "%m/%d/%Y"):
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007
        except ValueError:
            continue
    return None


def test_real_deliveries_are_predicted_better_than_by_the_global_quantile() -> None:
    lines = scms()
    split = date(2012, 7, 1)
    train = [d for d in lines if d.delivered and d.delivered < split]
    test = [d for d in lines if d.ordered >= split and d.delivered]
    answers = open_delivery_quantiles((*train, *(msgspec.structs.replace(d, delivered=None) for d in test)))
    actual = np.array([(d.delivered - d.ordered).days for d in test if d.delivered], float)
    past = np.array([(d.delivered - d.ordered).days for d in train if d.delivered], float)
    q = np.array([[a.q50, a.q80, a.q90, a.q95] for a in answers])
    levels = np.array([0.5, 0.8, 0.9, 0.95])

    def loss(q: np.ndarray) -> np.ndarray:
        gap = actual[:, None] - q
        return np.asarray(np.maximum(levels * gap, (levels - 1) * gap).mean(axis=0))

    ours, plain = loss(q), loss(np.broadcast_to(np.quantile(past, levels), q.shape))
    assert len(test) > 500
    assert ours.mean() < plain.mean()
