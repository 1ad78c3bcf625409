"""A shop with one shift: long cuts go into the night."""

from nightmill.scheduling import Model, validate_shop

shop = Model()
for name in ("M1", "M2"):
    shop.machine(name)
shop.shift(7, 15, days=range(5))
shop.pallets = 6
for number, hours in enumerate((1, 1.5, 2, 6, 7, 9), 1):
    order = shop.order(f"A-{number}", due_h=48)
    for _ in range(2):
        shop.operation(shop.part(order), {"M1": hours, "M2": hours})

plan = shop.solve(iterations=500)
print(f"breaks no rule: {not validate_shop(shop.problem, plan)}")
print(f"{plan.unattended_s / 3600:.1f} h cut with nobody there; {plan.weighted_tardiness_s / 3600:.1f} weighted h late")
for a in plan.assignments:
    print(
        f"{a.serial:7} {a.machine}  mounted at {a.mount_s / 3600:5.1f} h, cut {a.start_s / 3600:5.1f} to {a.end_s / 3600:5.1f} h"
    )
