"""Operations, their alternatives and tool uses as columns; for a changed shop only the changes are encoded again."""

from collections.abc import Sequence

import msgspec
import numpy as np

from nightmill.scheduling.engine.state import Floats, Ints
from nightmill.scheduling.problem.records import Alternative, ShopOperation, ToolUse

STATES = {"waiting": 0, "mounted": 1, "running": 2, "cut": 3}


class Columns(msgspec.Struct, frozen=True):
    """The operation data that the kernels need, in kernel order; uses are grouped by alternative, alternatives by operation.

    ``times``: release, mount, dismount, measure and start of each operation (s); ``codes``: state, order, fixture (-1: none)
    and the number of parts cut with it. ``machine``, ``run``, ``use_first`` (and its end) belong to each permitted
    alternative; ``tool`` and ``seconds`` to each use.
    """

    operations: tuple[ShopOperation, ...]
    times: Floats
    codes: Ints
    alt_first: Ints
    machine: Ints
    run: Floats
    use_first: Ints
    tool: Ints
    seconds: Floats

    @property
    def alternatives(self) -> list[Alternative]:
        """The permitted alternatives, operation by operation."""
        return [a for op in self.operations for a in allowed(op)]


class Names(msgspec.Struct, frozen=True):
    """The numbers of machines, orders and fixture kinds."""

    machines: dict[str, int]
    orders: dict[str, int]
    fixtures: dict[str, int]

    def begin_with(self, others: "Names") -> bool:
        """Return whether every name in ``others`` has the same number here."""
        return all(
            ours.items() >= theirs.items()
            for ours, theirs in (
                (self.machines, others.machines),
                (self.orders, others.orders),
                (self.fixtures, others.fixtures),
            )
        )


def numbered(names: Sequence[str]) -> dict[str, int]:
    """Map each name to its position."""
    return {name: index for index, name in enumerate(names)}


def csr(counts: Sequence[int] | Ints) -> Ints:
    """The start of each group, and the end of the last."""
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)


def allowed(op: ShopOperation) -> tuple[Alternative, ...]:
    """The alternatives of an operation, or only the one on its given machine if it has one."""
    return tuple(a for a in op.alternatives if a.machine == op.machine) if op.machine else op.alternatives


def columns_of(operations: tuple[ShopOperation, ...], names: Names) -> Columns:
    """The columns of operations in kernel order."""
    machines, orders, fixtures = names.machines, names.orders, names.fixtures
    groups = [allowed(op) for op in operations]
    flat = [a for group in groups for a in group]
    uses: list[ToolUse] = [use for a in flat for use in a.tools]
    return Columns(
        operations=operations,
        times=np.array(
            [
                [op.release_s for op in operations],
                [op.mount_s for op in operations],
                [op.dismount_s for op in operations],
                [op.measure_s for op in operations],
                [op.started_s or 0.0 for op in operations],
            ]
        ).T,
        codes=np.array(
            [
                [STATES[op.state] for op in operations],
                [orders[op.order] for op in operations],
                [fixtures.get(op.fixture, -1) for op in operations],
                [1 + len(op.together) for op in operations],
            ],
            dtype=np.int64,
        ).T,
        alt_first=csr([len(group) for group in groups]),
        machine=np.array([machines[a.machine] for a in flat], dtype=np.int64),
        run=np.array([a.run_s for a in flat], dtype=np.float64),
        use_first=csr([len(a.tools) for a in flat]),
        tool=np.array([use.tool for use in uses], dtype=np.int64),
        seconds=np.array([use.seconds for use in uses], dtype=np.float64),
    )


def changed_columns(known: Columns, operations: tuple[ShopOperation, ...], names: Names) -> Columns:
    """``columns_of`` for a shop most of whose operations are the very same objects as in ``known``, at the same positions."""
    pairs = zip(operations, known.operations, strict=True)
    changed = [k for k, (op, was) in enumerate(pairs) if op is not was]
    if not changed:
        return known
    fresh = columns_of(tuple(operations[k] for k in changed), names)
    source = np.arange(len(operations))
    source[changed] = len(operations) + np.arange(len(changed))
    alternatives, alt_first = _gathered(_joined(known.alt_first, fresh.alt_first), source)
    uses, use_first = _gathered(_joined(known.use_first, fresh.use_first), alternatives)
    return Columns(
        operations=operations,
        times=np.concatenate((known.times, fresh.times))[source],
        codes=np.concatenate((known.codes, fresh.codes))[source],
        alt_first=alt_first,
        machine=np.concatenate((known.machine, fresh.machine))[alternatives],
        run=np.concatenate((known.run, fresh.run))[alternatives],
        use_first=use_first,
        tool=np.concatenate((known.tool, fresh.tool))[uses],
        seconds=np.concatenate((known.seconds, fresh.seconds))[uses],
    )


def _joined(first: Ints, second: Ints) -> Ints:
    """Return where the groups of two lists start when the second is appended to the first."""
    return np.concatenate((first, first[-1] + second[1:]))


def _gathered(first: Ints, groups: Ints) -> tuple[Ints, Ints]:
    """The members of the chosen groups, one group after the other, and the start of each group in the result."""
    counts = np.diff(first)[groups]
    begins = csr(counts)
    return np.repeat(first[groups] - begins[:-1], counts) + np.arange(begins[-1]), begins
