"""Random planning directories and a slow, independent planner of the same rules."""

import random

from nightmill.mrp.explode import compute_plan
from nightmill.mrp.pegging import plan_answer
from nightmill.mrp.plan import MrpPlan
from nightmill.mrp.tables import MaterialTables, read_tables

Rows = list[dict[str, str | int | float]]


def plan_mrp(tables: MaterialTables, weeks: int) -> MrpPlan:
    return plan_answer(compute_plan(tables, weeks), 0.0)


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
