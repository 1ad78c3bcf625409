"""Small shops for the tests of the twin."""

from nightmill.schedule.records import (
    Alternative,
    Assignment,
    ShopMachine,
    ShopOperation,
    ShopOrder,
    ShopProblem,
    ShopSchedule,
    Window,
)

DAY = 86400.0
ALWAYS = (Window(0.0, 400 * DAY, 2),)
SHIFTS = tuple(Window(d * DAY + 6 * 3600.0, d * DAY + 14 * 3600.0) for d in range(60))


def one_machine(
    cuts: list[float], presence: tuple[Window, ...] = ALWAYS, pallets: int = 0, due_s: float = DAY
) -> ShopProblem:
    """An order a part, one operation each, all on machine A."""
    ops = tuple(
        ShopOperation(f"S{k}/op", f"S{k}", f"O{k}", "op", (Alternative("A", cut),), 240.0, 60.0)
        for k, cut in enumerate(cuts)
    )
    return ShopProblem(
        now_s=0.0,
        horizon_s=7 * DAY,
        machines=(ShopMachine("A"),),
        operations=ops,
        orders=tuple(ShopOrder(f"O{k}", due_s) for k in range(len(cuts))),
        presence=presence,
        pallets=pallets or len(cuts),
    )


def in_file_order(problem: ShopProblem) -> ShopSchedule:
    """A schedule that only says sequence and machine: all that the twin takes from one."""
    rows = tuple(
        Assignment(op.id, op.serial, op.order, op.machine or op.alternatives[0].machine, *(float(k),) * 5)
        for k, op in enumerate(problem.operations)
    )
    return ShopSchedule(rows, (), (), 0.0, 0.0, 0.0, 0.0, 0)
