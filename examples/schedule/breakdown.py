"""A machine stands still: a valid plan at once, a better one after a moment, each as a diff."""

from nightmill.scheduling import LivePlan, Model
from nightmill.scheduling.rescheduling.disruptions import Breakdown
from nightmill.scheduling.rescheduling.live_schedule import steps

shop = Model()
for name in ("M1", "M2", "M3"):
    shop.machine(name)
shop.shift(6, 22, persons=2)
for number in range(12):
    order = shop.order(f"A-{number}", due_h=20 + 2 * number, weight=1 + number % 3)
    for _ in range(2):
        part = shop.part(order)
        shop.operation(part, {"M1": 1.5, "M2": 1.5})
        shop.operation(part, {"M2": 1.0, "M3": 1.2})

live = LivePlan(shop.problem, shop.solve(iterations=500))
first = live.disrupt(Breakdown("M2", until_s=20 * 3600.0), at_s=8 * 3600.0)
print(f"at once: {len(first.changes)} operations move, {first.machine_changes} to another machine")
live.improve(steps(2000))
print(f"weighted lateness {first.weighted_tardiness_before_s / 3600:.1f} h before, {first.weighted_tardiness_s / 3600:.1f} h at once, "
      f"{live.weighted_tardiness_s / 3600:.1f} h after a search")  # fmt: skip
