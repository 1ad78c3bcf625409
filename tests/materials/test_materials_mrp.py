import random

import msgspec
import pytest

from nightmill.materials.mrp import compute_plan, plan_mrp
from nightmill.materials.pegging import plan_summary
from nightmill.materials.plan import MrpPlan
from nightmill.materials.tables import MaterialTables, read_tables
from nightmill.vocabulary.errors import BadInput

Rows = list[dict[str, str | int]]


def table(rows: Rows) -> str:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(columns)] + [",".join(str(row.get(name, "")) for name in columns) for row in rows]
    return "\n".join(lines) + "\n"


def tables_of(**files: Rows) -> MaterialTables:
    return read_tables({f"{name}.csv": table(rows) for name, rows in files.items() if rows})


def up(a: int, b: int) -> int:
    q, r = divmod(a, b)
    return q + (r > 0)


def reference(files: dict[str, Rows], W: int) -> dict[tuple[str, int], tuple[int, int, int, int]]:  # noqa: C901
    """The netting rules of the format, item by item in plain Python: (item, due) → good, start, release, past due."""
    items = {str(r["item"]): r for r in files["items"]}
    bom = files["bom"]
    level: dict[str, int] = {}

    def depth(name: str) -> int:
        if name not in level:
            level[name] = max((depth(str(r["parent"])) + 1 for r in bom if r["child"] == name), default=0)
        return level[name]

    gross = {name: [0] * W for name in items}
    receipts = {name: [0] * W for name in items}
    on_hand = dict.fromkeys(items, 0)
    for r in files["stock"]:
        on_hand[str(r["item"])] += int(r["on_hand"])
    for r in files["demand"]:
        if int(r["week"]) < W:
            gross[str(r["item"])][int(r["week"])] += int(r["qty"])
    for r in files["orders"]:
        if int(r["due_week"]) < W:
            gross[str(r["item"])][int(r["due_week"])] += int(r["qty"])
    for r in files["receipts"]:
        if int(r["week"]) < W:
            receipts[str(r["item"])][int(r["week"])] += int(r["qty"])
    orders: dict[tuple[str, int], tuple[int, int, int, int]] = {}
    for name in sorted(items, key=depth):
        item = items[name]
        phantom = item["source"] == "phantom"
        lead = 0 if phantom else int(item["lead_time_weeks"])
        rule = "L4L" if phantom else item.get("lot_rule", "L4L")
        size = int(item.get("lot_size", 1))
        safety = 0 if phantom else int(item.get("safety_stock", 0))
        share = 100 if phantom else int(item.get("yield_percent", 100))
        available = on_hand[name]
        for t in range(W):
            available += receipts[name][t] - gross[name][t]
            if available >= safety:
                continue
            need = good = safety - available
            if rule == "MULT":
                good = up(need, size) * size
            elif rule == "MIN":
                good = max(need, size)
            elif rule == "POQ":
                good = max(need, need + sum(gross[name][u] - receipts[name][u] for u in range(t + 1, min(W, t + size))))
            start, release = up(100 * good, share), max(0, t - lead)
            orders[name, t] = (good, start, release, max(0, lead - t))
            available += good
            usable = [
                r for r in bom
                if r["parent"] == name and int(r.get("from_week", 0)) <= release <= int(r.get("to_week", W - 1))
            ]  # fmt: skip
            for r in usable:
                group = r.get("alternate_group", "")
                if group and r is not min(
                    (o for o in usable if o.get("alternate_group") == group), key=lambda o: int(o.get("priority", 1))
                ):
                    continue
                gross[str(r["child"])][release] += up(100 * start * int(r["qty"]), 100 - int(r.get("scrap_percent", 0)))
    return orders


def random_files(seed: int, W: int) -> dict[str, Rows]:
    rng = random.Random(seed)
    n = rng.randint(2, 14)
    names = [f"I{i}" for i in range(n)]
    items: Rows = [
        {
            "item": name,
            "source": rng.choice(["make", "buy", "make", "phantom"]),
            "lead_time_weeks": rng.randint(0, 5),
            "lot_rule": rng.choice(["L4L", "MULT", "MIN", "POQ"]),
            "lot_size": rng.randint(1, 9),
            "safety_stock": rng.choice([0, 0, rng.randint(1, 12)]),
            "yield_percent": rng.choice([100, 100, rng.randint(1, 99)]),
        }
        for name in names
    ]
    bom: Rows = []
    for _ in range(rng.randint(0, 3 * n)):
        a, b = sorted(rng.sample(range(n), 2))
        bom.append(
            {
                "parent": names[a],
                "child": names[b],
                "qty": rng.randint(0, 4),
                "scrap_percent": rng.choice([0, 0, rng.randint(1, 99)]),
                "from_week": rng.choice([0, 0, rng.randint(0, W)]),
                "to_week": rng.choice([W - 1, rng.randint(0, W + 3)]),
                "alternate_group": rng.choice(["", "", "x", "y"]),
                "priority": rng.randint(1, 3),
            }
        )

    def weekly(most: int) -> Rows:
        return [
            {"item": rng.choice(names), "week": rng.randint(0, W + 2), "qty": rng.randint(0, 20)}
            for _ in range(rng.randint(0, most))
        ]

    orders: Rows = [
        {"order": f"O{k % 3}", "item": rng.choice(names), "qty": rng.randint(0, 15), "due_week": rng.randint(0, W)}
        for k in range(rng.randint(0, 5))
    ]
    stock: Rows = [{"item": rng.choice(names), "on_hand": rng.randint(0, 30)} for _ in range(n)]
    rng.shuffle(items)
    return {"items": items, "bom": bom, "stock": stock, "demand": weekly(12), "orders": orders, "receipts": weekly(6)}


def quantities(plan: MrpPlan) -> dict[tuple[str, int], tuple[int, int, int, int]]:
    return {
        (o.item, o.due_week): (o.quantity, o.start_quantity, o.release_week, o.past_due_weeks)
        for o in plan.planned_orders
    }


def check_pegging(plan: MrpPlan, tables: MaterialTables, W: int) -> None:  # noqa: C901
    """Conservation: each demand in full, no supply more than it has, no supply after its demand's week."""
    orders = {o.id: o for o in plan.planned_orders}
    have: dict[tuple[str, str], int] = {}
    need: dict[tuple[str, str], int] = {}
    for s in tables.stock:
        have[s.item, "stock"] = have.get((s.item, "stock"), 0) + s.on_hand
    for r in tables.receipts:
        have[r.item, f"receipt:{r.week}"] = have.get((r.item, f"receipt:{r.week}"), 0) + r.qty
    for o in plan.planned_orders:
        have[o.item, o.id] = o.quantity
    for d in tables.demand:
        if d.week < W:
            need[d.item, f"demand:{d.week}"] = need.get((d.item, f"demand:{d.week}"), 0) + d.qty
    for c in tables.orders:
        if c.due_week is not None and c.due_week < W:
            need[c.item, f"order:{c.order}"] = need.get((c.item, f"order:{c.order}"), 0) + c.qty
    for i in tables.items:
        if i.safety_stock and i.source != "phantom":
            need[i.item, "safety"] = i.safety_stock
    for o in plan.planned_orders:
        lines = [b for b in tables.bom if b.parent == o.item]
        usable = [b for b in lines if b.from_week <= o.release_week <= (W - 1 if b.to_week is None else b.to_week)]
        for b in usable:
            rivals = [r for r in usable if r.alternate_group == b.alternate_group]
            if b.alternate_group and b is not min(rivals, key=lambda r: r.priority):
                continue
            need[b.child, o.id] = need.get((b.child, o.id), 0) + up(
                100 * o.start_quantity * b.qty, 100 - b.scrap_percent
            )
    for peg in plan.pegging:
        assert peg.quantity > 0
        have[peg.item, peg.supply] -= peg.quantity
        need[peg.item, peg.demand] -= peg.quantity
        if peg.demand in orders and peg.supply in orders:
            assert orders[peg.supply].due_week <= orders[peg.demand].release_week
    assert all(left >= 0 for left in have.values())
    assert not any(need.values())


def test_random_bills_agree_with_the_reference_quantity_for_quantity() -> None:
    orders = 0
    for seed in range(300):
        W = 1 + seed % 17
        files = random_files(seed, W)
        tables = tables_of(**files)
        plan = plan_mrp(tables, W)
        assert quantities(plan) == reference(files, W), seed
        check_pegging(plan, tables, W)
        orders += len(plan.planned_orders)
    assert orders > 1500


def test_the_pegging_check_catches_a_seeded_fault() -> None:
    files = random_files(5, 12)
    tables = tables_of(**files)
    plan = plan_mrp(tables, 12)
    first = plan.pegging[0]
    wrong = (msgspec.structs.replace(first, quantity=first.quantity + 1), *plan.pegging[1:])
    with pytest.raises(AssertionError):
        check_pegging(msgspec.structs.replace(plan, pegging=wrong), tables, 12)


def test_quantities_beyond_64_bits_stay_exact() -> None:
    files: dict[str, Rows] = {
        "items": [{"item": name, "source": "make", "lead_time_weeks": 1, "yield_percent": 97} for name in "abcdefgh"],
        "bom": [{"parent": a, "child": b, "qty": 12345, "scrap_percent": 7} for a, b in zip("abcdefg", "bcdefgh", strict=True)],
        "demand": [{"item": "a", "week": 3, "qty": 987654321}],
        "stock": [], "orders": [], "receipts": [],
    }  # fmt: skip
    plan = plan_mrp(tables_of(**files), 6)
    assert quantities(plan) == reference(files, 6)
    assert max(order.quantity for order in plan.planned_orders) > 2**64


def test_summary_adds_up_to_the_orders_and_keys_are_those_of_the_format() -> None:
    tables = tables_of(**random_files(11, 20))
    plan, summary = plan_mrp(tables, 20), plan_summary(compute_plan(tables, 20), 0.25)
    assert sum(t.quantity for t in summary.totals) == sum(o.quantity for o in plan.planned_orders)
    assert sum(t.orders for t in summary.totals) == len(plan.planned_orders)
    assert summary.plan_seconds == 0.25
    keys = msgspec.to_builtins(plan)
    assert set(keys) == {"weeks", "plan_seconds", "planned_orders", "pegging", "exceptions"}
    assert set(keys["pegging"][0]) == {"item", "quantity", "supply", "demand"}


def test_exceptions_name_past_due_expedite_defer_cancel_and_missing_component() -> None:
    plan = plan_mrp(
        tables_of(
            items=[
                {"item": "a", "source": "make", "lead_time_weeks": 2},
                {"item": "b", "source": "buy", "lead_time_weeks": 6},
                {"item": "c", "source": "buy", "lead_time_weeks": 1},
                {"item": "d", "source": "buy", "lead_time_weeks": 1},
            ],
            bom=[
                {"parent": "a", "child": "b", "qty": 1, "from_week": 0},
                {"parent": "a", "child": "c", "qty": 1, "from_week": 6},
                {"parent": "a", "child": "d", "qty": 1, "from_week": 9},
            ],
            demand=[{"item": "a", "week": 5, "qty": 4}, {"item": "a", "week": 9, "qty": 4}],
            receipts=[
                {"item": "b", "week": 6, "qty": 3},
                {"item": "c", "week": 2, "qty": 4},
                {"item": "d", "week": 1, "qty": 5},
            ],
        ),
        12,
    )
    kinds = {(e.kind, e.item) for e in plan.exceptions}
    assert {("past_due", "b"), ("expedite", "b"), ("defer", "c"), ("cancel", "d")} <= kinds


def test_an_order_whose_lines_are_all_out_of_date_is_named() -> None:
    plan = plan_mrp(
        tables_of(
            items=[{"item": "a", "source": "make", "lead_time_weeks": 0}, {"item": "b", "source": "buy", "lead_time_weeks": 0}],
            bom=[{"parent": "a", "child": "b", "qty": 1, "from_week": 5}],
            demand=[{"item": "a", "week": 1, "qty": 1}],
        ),
        8,
    )  # fmt: skip
    assert [(e.kind, e.item, e.week) for e in plan.exceptions] == [("no_component", "a", 1)]


def test_a_horizon_of_no_weeks_is_refused() -> None:
    with pytest.raises(BadInput, match="--weeks"):
        plan_mrp(tables_of(items=[{"item": "a", "source": "buy", "lead_time_weeks": 0}]), 0)
