import gzip
import itertools
import json
import math
import os
import random
from pathlib import Path

import msgspec
import pytest

from nightmill.inventory.guaranteed_service import BufferPlan, place_buffers
from nightmill.inventory.network import Chain, Stage, read_chain, service_factor
from nightmill.vocabulary.errors import BadInput

DATA = Path(os.environ.get("NIGHTMILL_DATA", Path(__file__).parents[2].parent / "shared" / "data"))


def path_count(chain: Chain, start: str, end: str) -> int:
    arcs = set(chain.arcs)
    return 1 if start == end else sum(path_count(chain, user, end) for part, user in arcs if part == start)


def cumulative(chain: Chain, name: str) -> float:
    cost = {s.name: s.cost for s in chain.stages}
    return cost[name] + sum(cumulative(chain, part) for part, user in set(chain.arcs) if user == name)


def limit(chain: Chain, stage: Stage) -> float:
    has_user = any(part == stage.name for part, _ in chain.arcs)
    return math.inf if has_user and not stage.has_demand else math.floor(stage.max_service or 0)


def spread(chain: Chain, stage: Stage) -> float:
    return math.sqrt(
        sum(
            (path_count(chain, stage.name, d.name) * service_factor(d.sl) * (d.sd or 0)) ** 2
            for d in chain.stages
            if d.has_demand
        )
    )


def priced(chain: Chain, inbound: dict[str, int], service: dict[str, int]) -> float:
    """The cost of the format for given times, and every constraint checked; independent of the room."""
    for part, user in chain.arcs:
        assert service[part] <= inbound[user]
    total = 0.0
    for stage in chain.stages:
        S, net = service[stage.name], inbound[stage.name] + math.ceil(stage.time or 0) - service[stage.name]
        assert 0 <= S <= limit(chain, stage)
        assert inbound[stage.name] >= 0
        assert net >= 0
        total += 0.2 * cumulative(chain, stage.name) * spread(chain, stage) * math.sqrt(net)
    return total


def check(chain: Chain, plan: BufferPlan) -> None:
    inbound = {s.name: s.inbound_time for s in plan.stages}
    service = {s.name: s.service_time for s in plan.stages}
    assert priced(chain, inbound, service) == pytest.approx(plan.cost)
    assert plan.lower_bound <= plan.cost * (1 + 1e-9)


def brute_force(chain: Chain) -> float:
    """Least cost over all whole service times."""
    T = {s.name: math.ceil(s.time or 0) for s in chain.stages}
    suppliers = {s.name: [p for p, u in chain.arcs if u == s.name] for s in chain.stages}
    longest = sum(T.values())
    best = math.inf
    ranges = [range(int(min(limit(chain, s), longest)) + 1) for s in chain.stages]
    for quotes in itertools.product(*ranges):
        service = dict(zip(T, quotes, strict=True))
        inbound = {name: max((service[p] for p in suppliers[name]), default=0) for name in T}
        if all(inbound[name] + T[name] >= service[name] for name in T):
            best = min(best, priced(chain, inbound, service))
    return best


def random_chain(seed: int) -> Chain:
    rng = random.Random(seed)
    n = rng.randint(2, 5)
    names = [f"s{i}" for i in range(n)]
    arcs = [(a, b) for a, b in itertools.combinations(names, 2) if rng.random() < 0.6]
    users = {a for a, _ in arcs}
    stages = tuple(
        Stage(
            name, cost=rng.randint(1, 60), time=rng.choice([0, 1, 1.5, 2]),
            sd=None if name in users and rng.random() < 0.8 else rng.randint(1, 9),
            max_service=rng.choice([None, 0, 1.7]), sl=rng.choice([None, 0.9, 1.0]),
        )
        for name in names
    )  # fmt: skip
    return Chain(stages, tuple(arcs))


def test_small_chains_are_solved_to_the_proven_optimum() -> None:
    for seed in range(25):
        chain = random_chain(seed)
        plan = place_buffers(chain, time_limit_s=600)
        check(chain, plan)
        assert plan.cost == pytest.approx(brute_force(chain), rel=1e-6), seed
        assert plan.gap < 1e-4


def test_the_checker_catches_a_service_time_that_its_user_does_not_wait_for() -> None:
    chain = Chain((Stage("a", 1, 3), Stage("b", 1, 1, sd=2)), (("a", "b"),))
    with pytest.raises(AssertionError):
        priced(chain, {"a": 0, "b": 0}, {"a": 2, "b": 0})


def test_service_levels_follow_the_format() -> None:
    assert service_factor(None) == pytest.approx(1.6448536)
    assert service_factor(1.0) == 3.0
    assert service_factor(0.2) == 0.0
    assert service_factor(0.99999) == pytest.approx(3.7190165)


def test_stock_and_keys() -> None:
    plan = place_buffers(Chain((Stage("only", 10, 4, mu=5, sd=2, sl=0.95),), ()))
    (stage,) = plan.stages
    assert stage.safety_stock == pytest.approx(1.6448536 * 2 * 2)
    assert stage.base_stock == pytest.approx(20 + stage.safety_stock)
    assert set(msgspec.to_builtins(plan)) == {"cost", "lower_bound", "gap", "stages"}
    assert set(msgspec.to_builtins(stage)) == {"name", "inbound_time", "service_time", "safety_stock", "base_stock"}


def test_mistakes_are_named() -> None:
    with pytest.raises(BadInput, match="nobody"):
        place_buffers(Chain((Stage("a"),), (("a", "nobody"),)))
    with pytest.raises(BadInput, match="cycle"):
        place_buffers(Chain((Stage("a"), Stage("b")), (("a", "b"), ("b", "a"))))
    with pytest.raises(BadInput, match="time"):
        read_chain('{"stages": [{"name": "a", "time": -1}], "arcs": []}')
    with pytest.raises(BadInput):
        read_chain("{")


def test_a_real_chain_is_proven_optimal() -> None:
    path = DATA / "materials" / "willems_chains.json.gz"
    if not path.exists():
        pytest.skip("the published chains are not here: set NIGHTMILL_DATA")
    entry = json.loads(gzip.decompress(path.read_bytes()))[1]
    chain = read_chain(json.dumps(entry))
    plan = place_buffers(chain, time_limit_s=600)
    check(chain, plan)
    assert plan.gap < 1e-4
