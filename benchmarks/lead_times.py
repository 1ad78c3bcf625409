"""Forecast the days from order to delivery as of past days, from the data known then: pinball loss compared with the
global quantile, and coverage.

Run: ``python benchmarks/lead_times.py [LINES.csv[.gz]] [--ahead DAYS]``. The file has a column whose name holds "po
sent" (ordered), one with "delivered", and Vendor, Country, Shipment Mode and Product Group; without a file, lines with
drifting times are generated. On each past day the lines delivered by then are closed; lines not yet delivered, or
ordered in the next DAYS (180), are open, however long they eventually took. Days after which a line could still be open
at the end of the file are left out, because only the fast lines would count.
"""

import argparse
import csv
import gzip
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np

from nightmill.forecasting.lead_times import LONGEST, QUANTILES, open_delivery_quantiles
from nightmill.mrp.tables import Delivery

EVERY_DAYS = 60
DAYS = 20
LEAST_CLOSED = 1000


def read_lines(path: Path) -> list[Delivery]:
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    found = []
    for k, row in enumerate(csv.DictReader(text.decode("utf-8", "replace").splitlines())):
        named = {key.lower(): value for key, value in row.items()}
        ordered, delivered = (
            day_of(next(v for n, v in named.items() if word in n)) for word in ("po sent", "delivered")
        )
        if ordered and delivered and delivered >= ordered:
            keys = (named["vendor"], named["country"], named["shipment mode"], named["product group"])
            found.append(Delivery(str(k), ordered, *keys, delivered))
    return found


def day_of(text: str) -> date | None:
    for pattern in ("%d-%b-%y", "%m/%d/%y", "%m/%d/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def made_lines(number: int, seed: int) -> list[Delivery]:
    rng = np.random.default_rng(seed)
    found = []
    for k, after in enumerate(np.sort(rng.integers(0, 3000, number)).tolist()):
        supplier, mode = int(rng.integers(30)), ("air", "sea", "truck")[int(rng.integers(3))]
        level = (40 + supplier) * (3 if mode == "sea" else 1) * (1 + 0.3 * np.sin(after / 400))
        ordered = date(2018, 1, 1) + timedelta(days=after)
        delivered = ordered + timedelta(days=int(level * rng.lognormal(0, 0.4)))
        found.append(Delivery(str(k), ordered, f"S{supplier}", f"C{supplier % 9}", mode, "", delivered))
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--ahead", type=int, default=180)
    asked = parser.parse_args()
    lines = read_lines(asked.file) if asked.file else made_lines(4000, 1)
    ends = [(d.ordered, d.delivered) for d in lines if d.delivered is not None]
    last, levels = max(end for _, end in ends), np.array(QUANTILES)
    longest = timedelta(days=float(np.quantile([(end - ordered).days for ordered, end in ends], LONGEST)))
    sums, held, checked = np.zeros((2, 4)), np.zeros(4), 0
    for back in range(DAYS):
        day = last - longest - timedelta(days=asked.ahead + EVERY_DAYS * back)
        closed = [d for d, (_, end) in zip(lines, ends, strict=True) if end <= day]
        soon = day + timedelta(days=asked.ahead)
        later = [d for d, (ordered, end) in zip(lines, ends, strict=True) if end > day and ordered <= soon]
        if len(closed) < LEAST_CLOSED:
            break
        answers = open_delivery_quantiles((*closed, *(msgspec.structs.replace(d, delivered=None) for d in later)))
        own = np.array([[a.q50, a.q80, a.q90, a.q95] for a in answers])
        took, past = (
            np.array([(d.delivered - d.ordered).days for d in some if d.delivered], float) for some in (later, closed)
        )
        for k, q in enumerate((own, np.quantile(past, levels)[None])):
            gap = took[:, None] - q
            sums[k] += np.maximum(levels * gap, (levels - 1) * gap).sum(axis=0)
        covered = took[:, None] <= own
        held, checked = held + covered.sum(axis=0), checked + len(later)
        print(f"{day}: {len(closed):,} closed, {len(later):,} open; covered {words(covered.mean(axis=0))}")
    print(
        f"all: covered {words(held / checked)}; reduction of pinball loss compared with the global quantile "
        f"{words(1 - sums[0] / sums[1])}"
    )


def words(shares: np.ndarray) -> str:
    return ", ".join(f"q{level * 100:.0f} {share:.1%}" for level, share in zip(QUANTILES, shares, strict=True))


if __name__ == "__main__":
    main()
