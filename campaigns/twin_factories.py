"""Simulate random factories: the kernel must give the same records compiled, with checks and in plain Python, and pass
the audit.

Usage: python campaigns/twin_factories.py [COUNT] [FIRST] [--checked]      (1000, 10000)

With ``--checked`` the compiled code checks every address; this code takes a while to compile and isn't cached. Prints
the features that the factories used and every failed seed; exits with 1 if a seed failed.
"""

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "simulation"))

from kernel_audit import audit, type_faults
from random_factories import random_factory

from nightmill.simulation.cell.random_streams import replication_key
from nightmill.simulation.factory.kernel.encode import lay_out
from nightmill.simulation.factory.kernel.replication import Image, Replication, compiled

UNTIL = 300.0


def main() -> int:
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    count, first = (*numbers, *(1000, 10_000)[len(numbers) :])
    entries, done, failed = compiled("--checked" in sys.argv), Counter[str](), 0
    for seed in range(first, first + count):
        image = Image(lay_out(random_factory(seed)))
        runs = [Replication(image, replication_key(seed, 0), each) for each in (None, entries)]
        for run in runs:
            run.to(UNTIL)
        found = [*audit(runs[0]), *type_faults(runs[0])]
        if runs[0].words() != runs[1].words() or runs[0].records != runs[1].records:
            found.append("compiled and plain results differ")
        if found:
            failed += 1
            print(f"factory {seed}: {'; '.join(found[:3])}")
        done["operations"] += int(runs[0].number(0, "OPERATIONS"))
        done["events"] += int(runs[0].number(0, "EVENTS"))
        for row in image.laid.stops.values():
            done["stops"] += int(runs[0].number(row, "STOP_HAPPENED"))
        for row in image.laid.classes.values():
            for name in ("FINISHED", "SCRAPPED", "LOST", "LATE_STEPS"):
                done[name.lower()] += int(runs[0].number(row, f"CLASS_{name}"))
    print(f"{count} factories, {failed} failed; exercised {dict(done)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
