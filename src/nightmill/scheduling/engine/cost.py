"""Cost of a decoded schedule in weighted seconds of tardiness, compiled."""

from nightmill.scheduling.engine.batch_machines import share
from nightmill.scheduling.engine.energy import energy_of
from nightmill.scheduling.engine.state import (
    BATCHES,
    CHANGE,
    CHOSEN,
    DUE,
    END,
    ENERGY,
    FAR,
    FLOW,
    HORIZON,
    MACHINE,
    MAKESPAN,
    NOW,
    OPS,
    ORDER_DONE,
    ORDER_S,
    ORDERS,
    PREVIOUS_MACHINE,
    PREVIOUS_START,
    SHIFT,
    START,
    STATE,
    TARDINESS,
    UNATTENDED,
    WAITING,
    WEIGHT,
    Floats,
    Ints,
    alt,
    code,
    general,
    given,
    placed,
)
from nightmill.scheduling.engine.timeline import absent_in
from nightmill.vocabulary.compiled import compiled


@compiled
def objective(f: Floats, n: Ints) -> float:
    """Weighted tardiness, flow, makespan and energy, minus unattended cutting, plus the cost of departing from the plan in force."""
    total = makespan_cost(f, n)
    for order in range(n[ORDERS]):
        total += order_cost(f, n, order)
    for op in range(n[OPS]):
        total += operation_cost(f, n, op)
    return total


@compiled
def makespan_cost(f: Floats, n: Ints) -> float:
    """The cost of the makespan."""
    if general(f, n, MAKESPAN) == 0.0:
        return 0.0
    done = general(f, n, NOW)
    for order in range(n[ORDERS]):
        done = max(done, f[n[ORDER_DONE] + order])
    return float(general(f, n, MAKESPAN) * (done - general(f, n, NOW)))


@compiled
def order_cost(f: Floats, n: Ints, order: int) -> float:
    """Weighted tardiness and flow of an order that is complete at its ``order_done``."""
    done, row = f[n[ORDER_DONE] + order], n[ORDER_S] + 2 * order
    late, flow = max(0.0, done - f[row + DUE]), max(0.0, done - general(f, n, NOW))
    return float(f[row + WEIGHT] * (general(f, n, TARDINESS) * late + general(f, n, FLOW) * flow))


@compiled
def operation_cost(f: Floats, n: Ints, op: int) -> float:
    """An operation's cost of energy and of departing from its previous place, minus unattended cutting before the horizon.

    Parts in a machine of several places count as their share of a full one.
    """
    start = placed(f, n, op, START)
    if start >= FAR:
        return 0.0
    begin, finish = max(general(f, n, NOW), start), min(placed(f, n, op, END), general(f, n, HORIZON))
    total = 0.0
    if general(f, n, UNATTENDED) != 0.0:
        total -= general(f, n, UNATTENDED) * absent_in(f, n, begin, finish)
    if general(f, n, ENERGY) != 0.0:
        total += general(f, n, ENERGY) * energy_of(
            f, n, n[n[CHOSEN] + op], max(general(f, n, NOW), start), placed(f, n, op, END)
        )
    if n[BATCHES] > 0:
        total *= share(n, n[n[CHOSEN] + op])
    previous = code(n, op, PREVIOUS_MACHINE)
    if previous >= 0 and code(n, op, STATE) == WAITING:
        if alt(n, n[n[CHOSEN] + op], MACHINE) != previous:
            total += general(f, n, CHANGE)
        total += general(f, n, SHIFT) * abs(start - given(f, n, op, PREVIOUS_START))
    return float(total)
