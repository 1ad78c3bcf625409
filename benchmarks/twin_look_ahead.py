"""Many short futures: 1,000 replications of a week of the 20-machine job shop, and 100 of a fab read from tables.

Run: ``python benchmarks/twin_look_ahead.py [FOLDER]`` with FOLDER holding AutoSched-style tables of a fab with its lots
in hand. It runs on as many threads as there are cores; seconds are for the simulation only, without compiling, reading
and preparation. Processor time is the sum over all threads: two free cores would take half of that.
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nightmill.simulation import look_ahead_fab
from nightmill.simulation.cell.random_streams import replication_key
from nightmill.simulation.factory.example_job_shop import job_shop
from nightmill.simulation.factory.kernel.encode import lay_out
from nightmill.simulation.factory.kernel.replication import Image, Replication, compiled

WEEK_MIN = 7 * 1440.0


def main() -> None:
    image, entries = Image(lay_out(job_shop())), compiled()
    Replication(image, 0, entries).to(WEEK_MIN)

    def future(number: int) -> int:
        run = Replication(image, replication_key(1, number), entries)
        run.to(WEEK_MIN)
        return int(run.number(0, "EVENTS"))

    cores = os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as threads:
        began, worked = time.perf_counter(), time.process_time()
        events = sum(threads.map(future, range(1000)))
        seconds, worked = time.perf_counter() - began, time.process_time() - worked
        rate = events / seconds / 1e6
        print(
            f"job shop, 1000 x 7 days on {cores} threads: {seconds:.2f} s ({worked:.2f} of processors), {rate:.1f} M events/s"
        )
        if len(sys.argv) > 1:
            paths = [path for path in Path(sys.argv[1]).iterdir() if path.suffix in (".txt", ".1l")]
            files = {path.name: path.read_text(encoding="utf-8") for path in paths}
            look_ahead_fab(files, days=0.01, replications=1, seed=1)
            worked = time.process_time()
            answer = look_ahead_fab(files, days=7.0, replications=100, seed=1, spread=threads.map)
            rate, worked = answer.events_per_s / 1e6, time.process_time() - worked
            print(
                f"fab, 100 x 7 days on {cores} threads: {answer.wall_s:.2f} s ({worked:.2f} of processors, reading included), {rate:.1f} M events/s"
            )


if __name__ == "__main__":
    main()
