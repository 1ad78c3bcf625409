"""A supply chain as a graph of stages, read from JSON and prepared for the guaranteed-service model.

Model: Graves & Willems (2000, MSOM 2:68-83), on general acyclic networks; the data layout follows Willems (2008, MSOM 10:19-23). An arc
goes from a part to its user.
"""

import math
from typing import Annotated

import msgspec
import numpy as np
import numpy.typing as npt

from nightmill.vocabulary.errors import BadInput, Finding

HOLDING_RATE = 0.20
DEFAULT_SERVICE_LEVEL = 0.95
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]


class Stage(msgspec.Struct, frozen=True):
    """A stage: ``cost`` added here, ``time`` in days, demand ``mu`` and ``sd`` per day if it has customers.

    ``max_service`` is the longest service time in days it may quote to customers; ``sl`` is the service level it promises.
    """

    name: Annotated[str, msgspec.Meta(min_length=1)]
    cost: NotNegative = 0.0
    time: NotNegative | None = None
    mu: NotNegative | None = None
    sd: NotNegative | None = None
    max_service: NotNegative | None = None
    sl: NotNegative | None = None

    @property
    def has_demand(self) -> bool:
        """Whether this stage has customers."""
        return self.mu is not None or self.sd is not None


class Chain(msgspec.Struct, frozen=True):
    """Stages and arcs (part, user) by name."""

    stages: tuple[Stage, ...]
    arcs: tuple[tuple[str, str], ...]
    chain: int | str = ""


class Network(msgspec.Struct, frozen=True):
    """A validated chain with indices, as the optimiser needs it.

    ``weight`` = 0.20 C s, so that a stage costs ``weight * sqrt(net time)``; ``spread`` = s; ``time`` = T in whole days; ``quote_limit``
    = longest service time to customers, -1 = no limit; ``order`` lists suppliers first.
    """

    names: tuple[str, ...]
    time: Ints
    weight: Floats
    spread: Floats
    mean: Floats
    quote_limit: Ints
    suppliers: tuple[tuple[int, ...], ...]
    users: tuple[tuple[int, ...], ...]
    order: tuple[int, ...]


def read_chain(text: str, file: str = "chain.json") -> Chain:
    """Read a chain from JSON text. Raises ``BadInput`` with the mismatch."""
    try:
        return msgspec.json.decode(text, type=Chain)
    except (msgspec.DecodeError, RecursionError) as error:
        message, _, place = str(error).partition(" - at ")
        raise BadInput(
            Finding(
                file, place.strip("`"), message, "a supply chain {chain, stages[], arcs[[part, user]]}", "Correct it."
            )
        ) from error


def network(chain: Chain, file: str = "chain.json") -> Network:
    """Return the chain with indices, path counts and cumulative costs. Raises ``BadInput`` for unknown names or a cycle."""
    findings: list[Finding] = []
    index: dict[str, int] = {}
    for position, stage in enumerate(chain.stages):
        if stage.name in index:
            findings.append(Finding(file, f"stages[{position}].name", repr(stage.name), "a unique name", "Rename it."))
        index.setdefault(stage.name, position)
    if not chain.stages:
        findings.append(Finding(file, "stages", "no stage", "at least one stage", "Add the stages."))
    for position, arc in enumerate(chain.arcs):
        findings.extend(
            Finding(file, f"arcs[{position}]", repr(name), "the name of a stage", "Correct the arc.")
            for name in arc
            if name not in index
        )
    if findings:
        raise BadInput(*findings)
    n = len(chain.stages)
    suppliers: list[list[int]] = [[] for _ in range(n)]
    users: list[list[int]] = [[] for _ in range(n)]
    for part, user in dict.fromkeys(chain.arcs):
        suppliers[index[user]].append(index[part])
        users[index[part]].append(index[user])
    order = _topological(suppliers, users)
    if len(order) < n:
        inside = sorted(set(range(n)) - set(order))
        names = ", ".join(chain.stages[i].name for i in inside[:8])
        raise BadInput(
            Finding(file, "arcs", f"a cycle among or before {names}", "arcs without cycles", "Remove one of its arcs.")
        )
    return _measured(chain, suppliers, users, order)


def _measured(chain: Chain, suppliers: list[list[int]], users: list[list[int]], order: list[int]) -> Network:
    n = len(chain.stages)
    cost = np.array([stage.cost for stage in chain.stages])
    for i in order:
        cost[i] += sum(cost[j] for j in suppliers[i])
    demand = [i for i, stage in enumerate(chain.stages) if stage.has_demand]
    column = {i: k for k, i in enumerate(demand)}
    # The number of paths is a float: it may exceed any integer type in a dense network, and is only used under a root.
    paths = np.zeros((n, len(demand)))
    for i in reversed(order):
        if i in column:
            paths[i, column[i]] += 1
        for user in users[i]:
            paths[i] += paths[user]
    sigma = np.array([service_factor(chain.stages[i].sl) * (chain.stages[i].sd or 0.0) for i in demand])
    mu = np.array([chain.stages[i].mu or 0.0 for i in demand])
    spread = np.sqrt(np.square(paths * sigma).sum(axis=1))
    limit = np.array(
        [
            math.floor(stage.max_service or 0.0) if stage.has_demand or not users[i] else -1
            for i, stage in enumerate(chain.stages)
        ],
        np.int64,
    )
    return Network(
        names=tuple(stage.name for stage in chain.stages),
        time=np.array([math.ceil(stage.time or 0.0) for stage in chain.stages], np.int64),
        weight=HOLDING_RATE * cost * spread,
        spread=spread,
        mean=paths @ mu,
        quote_limit=limit,
        suppliers=tuple(map(tuple, suppliers)),
        users=tuple(map(tuple, users)),
        order=tuple(order),
    )


def service_factor(level: float | None) -> float:
    """Return the safety factor z for a service level: the normal quantile at the level, clipped to 0.5 .. 0.9999; 3 if it is 1 or more."""
    from scipy.special import ndtri

    if level is None:
        level = DEFAULT_SERVICE_LEVEL
    return 3.0 if level >= 1 else float(ndtri(min(max(level, 0.5), 0.9999)))


def _topological(suppliers: list[list[int]], users: list[list[int]]) -> list[int]:
    waiting = [len(parts) for parts in suppliers]
    order = [i for i, count in enumerate(waiting) if not count]
    for i in order:
        for user in users[i]:
            waiting[user] -= 1
            if not waiting[user]:
                order.append(user)
    return order
