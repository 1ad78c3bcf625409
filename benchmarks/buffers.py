"""Safety stock in supply chains: proven gaps on published networks, and time on random trees compared with stockpyl at the same cost.

Run: ``python benchmarks/buffers.py [CHAINS.json.gz] [--trees N] [--stages N]``. CHAINS contains the chains of Willems
(2008) in the layout of docs/materials.md. On trees the peer is stockpyl's dynamic programme of Graves and Willems
(2000), if it is installed (``pip install stockpyl``); costs must agree, and the ratio is that of processor times in one
run.
"""

import argparse
import gzip
import json
import math
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nightmill.inventory import place_buffers, read_chain
from nightmill.inventory.network import HOLDING_RATE, Chain, Stage, service_factor


def random_tree(stages: int, seed: int) -> Chain:
    """Return a random tree of stages with arcs in either direction; only stages without successors have demand."""
    rng = random.Random(seed)
    arcs = []
    for n in range(1, stages):
        other = rng.randrange(max(0, n - 12), n)
        arcs.append((f"s{n}", f"s{other}") if rng.random() < 0.65 else (f"s{other}", f"s{n}"))
    used = {part for part, _ in arcs}
    made = tuple(
        Stage(f"s{n}", cost=rng.randint(1, 50), time=rng.randint(0, 6), mu=None if f"s{n}" in used else 10.0,
              sd=None if f"s{n}" in used else float(rng.randint(1, 9)), max_service=None if f"s{n}" in used else rng.choice([0, 0, 2]))
        for n in range(stages)
    )  # fmt: skip
    return Chain(made, tuple(arcs))


def peer_of(chain: Chain) -> Callable[[], float] | None:
    """Return stockpyl on the same tree, ready to run; ``None`` if it isn't installed."""
    try:
        from stockpyl.demand_source import DemandSource
        from stockpyl.gsm_tree import optimize_committed_service_times
        from stockpyl.supply_chain_network import SupplyChainNetwork, SupplyChainNode
    except ImportError:
        return None
    from nightmill.inventory.network import network

    net = network(chain)
    index = {name: n + 1 for n, name in enumerate(net.names)}
    tree: Any = SupplyChainNetwork()
    for n, stage in enumerate(chain.stages):
        node: Any = SupplyChainNode(n + 1)
        node.processing_time = math.ceil(stage.time or 0)
        # holding cost per piece: our weight without the spread of demand
        node.local_holding_cost = net.weight[n] / net.spread[n]
        node.demand_bound_constant = service_factor(stage.sl)
        if stage.has_demand:
            node.demand_source = DemandSource(type="N", mean=stage.mu or 0.0, standard_deviation=stage.sd or 0.0)
            node.external_outbound_cst = math.floor(stage.max_service or 0)
        if not net.suppliers[n]:
            node.supply_type, node.external_inbound_cst = "U", 0
        tree.add_node(node)
    for part, user in chain.arcs:
        tree.add_edge(index[part], index[user])
    return lambda: float(optimize_committed_service_times(tree)[1])


def trees(count: int, stages: int) -> None:
    ratios = []
    place_buffers(random_tree(5, 0))
    for seed in range(count):
        chain = random_tree(stages, seed + 1)
        peer = peer_of(chain)
        if peer is None:
            print("stockpyl isn't installed: no comparison on trees")
            return
        began = time.process_time()
        plan = place_buffers(chain)
        own = time.process_time() - began
        began = time.process_time()
        theirs = peer()
        ratios.append((time.process_time() - began) / own)
        assert math.isclose(plan.cost, theirs, rel_tol=1e-6), f"tree {seed}: {plan.cost} and {theirs}"
        assert plan.gap < 1e-6, f"tree {seed}: not proven"
    print(f"{count} trees of {stages} stages, equal cost: {statistics.median(ratios):.0f} times as fast as stockpyl ({min(ratios):.0f} .. {max(ratios):.0f})")  # fmt: skip


def chains(file: Path) -> None:
    text = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    total, worst = 0.0, {True: 0.0, False: 0.0}
    for entry in json.loads(text):
        began = time.process_time()
        plan = place_buffers(read_chain(json.dumps(entry)))
        total += time.process_time() - began
        small = len(entry["stages"]) <= 700
        worst[small] = max(worst[small], plan.gap)
        print(f"chain {entry['chain']}: {len(entry['stages'])} stages, {len(entry['arcs'])} arcs, gap {plan.gap:.4%}")
    print(
        f"worst gap up to 700 stages {worst[True]:.4%}, above {worst[False]:.4%}; {total:.0f} s of processor time in all"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--trees", type=int, default=8)
    parser.add_argument("--stages", type=int, default=60)
    asked = parser.parse_args()
    print(f"holding {HOLDING_RATE:.0%} a year")
    trees(asked.trees, asked.stages)
    if asked.file:
        chains(asked.file)


if __name__ == "__main__":
    main()
