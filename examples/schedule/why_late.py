"""What an order's lateness is made of, and the changes that would have helped."""

from nightmill.scheduling import Explained, LivePlan, Model


def shop(down: list[tuple[float, float]]) -> Model:
    """Two machines, one of which may stand still."""
    model = Model()
    model.machine("M1", down_h=down)
    model.machine("M2")
    model.shift(6, 22)
    for number in range(6):
        order = model.order(f"A-{number}", due_h=24 + 2 * number)
        for _ in range(2):
            part = model.part(order)
            model.operation(part, {"M1": 2.0})
            model.operation(part, {"M2": 1.5})
    return model


promised = shop([])
plan = promised.solve(iterations=500)
problem = shop([(10, 30)]).problem
mended = LivePlan(problem, plan).schedule()
late = max(mended.promises, key=lambda promise: promise.late_by_s)
told = Explained(problem, mended, (promised.problem, plan)).of(late.order)
print(f"{told.order} is late by {told.late_by_s / 3600:.1f} h")
for blame in told.blame:
    print(f"  {blame.seconds / 3600:5.1f} h: {blame.cause}")
for change in told.counterfactuals:
    print(f"  with {change.change}: late by {change.late_by_s / 3600:.1f} h (verified: {change.verified})")
