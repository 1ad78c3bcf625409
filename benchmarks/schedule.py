"""Gap of the makespan search to the best known values of the shared instances: ratios only.

Run: ``python benchmarks/schedule.py DIR [SECONDS]`` with DIR holding ``instances/*.json`` and ``best_known.json``.
"""

import json
import sys
import time
from pathlib import Path

from nightmill.schedule import parse_instance, solve_instance, validate_instance


def main() -> None:
    folder = Path(sys.argv[1])
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 10.0
    known = json.loads((folder / "best_known.json").read_text())
    gaps: list[float] = []
    for name in sys.argv[3:] or sorted(known):
        instance = parse_instance((folder / "instances" / f"{name}.json").read_text())
        solve_instance(instance, iterations=1)
        until = time.monotonic() + seconds
        answer = solve_instance(instance, stop=lambda until=until: time.monotonic() > until, iterations=1 << 40)
        wrong = validate_instance(instance, answer)
        gap = answer.makespan / known[name]["ub"] - 1.0
        gaps.append(gap)
        best, bound = known[name]["ub"], answer.lower_bound
        print(
            f"{name:28} {answer.makespan:8} best known {best:8} gap {gap:7.2%} bound {bound:8} moves {answer.iterations:9}"
            f" violations {len(wrong)}",
            flush=True,
        )
    print(f"mean gap {sum(gaps) / len(gaps):.2%} over {len(gaps)} instances")


if __name__ == "__main__":
    main()
