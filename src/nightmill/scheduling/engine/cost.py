"""Cost of a decoded schedule in weighted seconds of tardiness, compiled."""

from nightmill.scheduling.engine import state as s
from nightmill.scheduling.engine.batch_machines import share
from nightmill.scheduling.engine.energy import energy_of
from nightmill.scheduling.engine.state import Floats, Ints, alt, code, general, given, placed
from nightmill.scheduling.engine.timeline import absent_in
from nightmill.vocabulary.compiled import compiled


@compiled
def objective(f: Floats, n: Ints) -> float:
    """Weighted tardiness, flow, makespan and energy, minus unattended cutting, plus the cost of departing from the plan in force."""
    total = makespan_cost(f, n)
    for order in range(n[s.ORDERS]):
        total += order_cost(f, n, order)
    for op in range(n[s.OPS]):
        total += operation_cost(f, n, op)
    return total


@compiled
def makespan_cost(f: Floats, n: Ints) -> float:
    """Cost of the makespan."""
    if general(f, n, s.MAKESPAN) == 0.0:
        return 0.0
    done = general(f, n, s.NOW)
    for order in range(n[s.ORDERS]):
        done = max(done, f[n[s.ORDER_DONE] + order])
    return float(general(f, n, s.MAKESPAN) * (done - general(f, n, s.NOW)))


@compiled
def order_cost(f: Floats, n: Ints, order: int) -> float:
    """Weighted tardiness and flow of an order that is completed at its ``order_done``."""
    done, row = f[n[s.ORDER_DONE] + order], n[s.ORDER_S] + 2 * order
    late, flow = max(0.0, done - f[row + s.DUE]), max(0.0, done - general(f, n, s.NOW))
    return float(f[row + s.WEIGHT] * (general(f, n, s.TARDINESS) * late + general(f, n, s.FLOW) * flow))


@compiled
def operation_cost(f: Floats, n: Ints, op: int) -> float:
    """Cost of an operation's energy and of departing from its previous place, minus unattended cutting before the horizon.

    Parts in a machine with several places count as a fraction of a full load.
    """
    start = placed(f, n, op, s.START)
    if start >= s.FAR:
        return 0.0
    begin, finish = max(general(f, n, s.NOW), start), min(placed(f, n, op, s.END), general(f, n, s.HORIZON))
    total = 0.0
    if general(f, n, s.UNATTENDED) != 0.0:
        total -= general(f, n, s.UNATTENDED) * absent_in(f, n, begin, finish)
    if general(f, n, s.ENERGY) != 0.0:
        total += general(f, n, s.ENERGY) * energy_of(
            f, n, n[n[s.CHOSEN] + op], max(general(f, n, s.NOW), start), placed(f, n, op, s.END)
        )
    if n[s.BATCHES] > 0:
        total *= share(n, n[n[s.CHOSEN] + op])
    previous = code(n, op, s.PREVIOUS_MACHINE)
    if previous >= 0 and code(n, op, s.STATE) == s.WAITING:
        if alt(n, n[n[s.CHOSEN] + op], s.MACHINE) != previous:
            total += general(f, n, s.CHANGE)
        total += general(f, n, s.SHIFT) * abs(start - given(f, n, op, s.PREVIOUS_START))
    return float(total)
