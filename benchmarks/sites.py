"""Compare eight sites for many parts with ten thousand draws each: measure the time, and check that every figure is
based on a fact.

Run: ``python benchmarks/sites.py [PARTS] [DRAWS]`` (1000, 10000). Sites and facts are generated. The reference is the
same comparison with the facts drawn again for each part, as in a call for one part; the results for a sample of parts
must agree to the last bit.
"""

import sys
import time
from datetime import date

import msgspec
import numpy as np

from nightmill.costing import SiteBook, SiteComparison, SiteRequest, where_to_make
from nightmill.costing.facts.fact_kinds import DUTY, KINDS
from nightmill.costing.facts.site_book import Fact, Site

DAY = date(2026, 6, 1)
SITES = 8
SAMPLE = 20


def book(seed: int) -> SiteBook:
    rng = np.random.default_rng(seed)
    sites = tuple(Site(f"s{n}", f"Site {n}", "US" if n < 2 else f"{chr(65 + n)}X") for n in range(SITES))
    facts = []
    for site in sites:
        for name, kind in (*KINDS.items(), (DUTY + "a", KINDS["risk_share"]), (DUTY + "b", KINDS["quality_share"])):
            value = kind.low + (kind.high - kind.low) * rng.uniform(0.1, 0.6)
            facts.append(Fact(site.id, name, value, kind.unit, "made for this benchmark", DAY, DAY, "B"))
    return SiteBook("s0", "US", sites, tuple(facts))


def part(n: int, rng: np.random.Generator) -> SiteRequest:
    return SiteRequest(
        f"part {n}", quantity_year=float(rng.integers(50, 20000)), machine_min=float(rng.gamma(2, 10)),
        attended_min=float(rng.gamma(2, 1)), weight_kg=float(rng.gamma(1, 1)), material_usd=float(rng.gamma(2, 5)),
        tool_usd=float(rng.gamma(1, 1)), energy_kwh=float(rng.gamma(2, 1)),
    )  # fmt: skip


def main() -> None:
    parts, draws = (int(a) for a in (sys.argv[1:] + ["1000", "10000"][len(sys.argv) - 1 :]))
    made, rng = book(1), np.random.default_rng(2)
    asked = [part(n, rng) for n in range(parts)]
    began = time.process_time()
    comparison = SiteComparison(made, DAY, draws=draws)
    answers = [comparison.answer(one) for one in asked]
    took = time.process_time() - began
    began = time.process_time()
    alone = [where_to_make(one, made, DAY, draws=draws) for one in asked[:SAMPLE]]
    each = (time.process_time() - began) / len(alone)
    assert alone == answers[:SAMPLE], "a part compared alone gives a different answer"
    figures = [factor for answer in answers for site in answer.sites for factor in site.factors]
    traced = sum(bool(f.facts) and all(fact.source and fact.as_of for fact in f.facts) for f in figures)  # fmt: skip
    print(f"{SITES} sites, {parts} parts, {draws} draws: {took:.1f} s of processor time, {each * parts / took:.1f} times as fast as one part at a time")  # fmt: skip
    print(f"{traced:,} of {len(figures):,} figures traced to fact, source and day")
    print(f"{len({msgspec.json.encode(a.decision) for a in answers})} different decisions")


if __name__ == "__main__":
    main()
