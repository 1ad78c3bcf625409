"""Compare the closed loop with the conventional shop: same virtual shops, same seeds, paired differences with 95 % intervals.

Usage: python benchmarks/policies.py SHOP [--seeds 10] [--days 3]

SHOP is a folder with plans, as the demo writes it: `nightmill demo`, then `nightmill-demo`.
`cost_per_good_part_order_mix_usd` weights each part type by its quantity in the order book, since a policy that
finishes more of the expensive parts has a higher cost per part. `shipped_bad` counts parts that no log can reveal:
judged good, but out of tolerance or visibly spoilt according to the virtual shop's own journal. Everything here is
simulated.
"""

import argparse
import json
import math
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from nightmill.plant.run.shop_run import RunRequest, run_shop

FIGURES = (
    "good", "truly_good", "shipped_bad", "scrapped", "on_time_share", "unattended_hours",
    "cost_per_good_part_usd", "cost_per_good_part_order_mix_usd", "period_cost_per_good_part_usd", "spindle_hours", "interventions",
)  # fmt: skip
T_95 = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 7: 2.45, 8: 2.36, 9: 2.31, 10: 2.26}
LIMIT_UM = 100.0


def shipped_bad(shop: Path) -> int:
    """Return the parts dismounted as finished whose cuts are spoilt according to the journal: a visible defect or an
    error beyond the limit.
    """
    finished: set[str] = set()
    spoilt: set[str] = set()
    for line in (shop / ".nightmill" / "world" / "journal.jsonl").read_text().splitlines():
        deed = json.loads(line)
        if deed["event"] == "dismounted" and deed.get("place") == "finished":
            finished.add(deed["part"])
        elif deed["event"] == "cut_finished":
            truth: dict[str, Any] = deed.get("truth", {})
            errors = [abs(value) for name, value in truth.items() if name.startswith("error_um")]
            if deed.get("detail") or max(errors, default=0.0) > LIMIT_UM:
                spoilt.add(deed["part"])
    return len(finished & spoilt)


def run(shop: Path, seed: int, days: float, policy: str) -> dict[str, float]:
    """Return the results of one run."""
    answer = run_shop(shop, RunRequest(days, seed, policy, fresh=True))
    answer["shipped_bad"] = shipped_bad(shop)
    answer["truly_good"] = answer["good"] - answer["shipped_bad"]
    return {name: float(answer[name] or 0.0) for name in FIGURES}


def main() -> None:
    """Run all seeds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shop", type=Path)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--days", type=float, default=3.0)
    chosen = parser.parse_args()
    rows: list[tuple[dict[str, float], dict[str, float]]] = []
    for seed in range(1, chosen.seeds + 1):
        pair = [run(chosen.shop, seed, chosen.days, policy) for policy in ("closed-loop", "conventional")]
        rows.append((pair[0], pair[1]))
        print(
            f"seed {seed}: " + ", ".join(f"{name} {pair[0][name]:.4g}/{pair[1][name]:.4g}" for name in FIGURES),
            flush=True,
        )
    print(f"{'figure':34}{'closed loop':>14}{'conventional':>14}{'difference':>14}{'95 % interval':>26}")
    for name in FIGURES:
        ours, theirs = [row[0][name] for row in rows], [row[1][name] for row in rows]
        gaps = [a - b for a, b in zip(ours, theirs, strict=True)]
        half = T_95.get(len(gaps), 1.96) * stdev(gaps) / math.sqrt(len(gaps)) if len(gaps) > 1 else math.nan
        print(
            f"{name:34}{mean(ours):14.3f}{mean(theirs):14.3f}{mean(gaps):14.3f}{mean(gaps) - half:13.3f} ..{mean(gaps) + half:9.3f}"
        )


if __name__ == "__main__":
    main()
