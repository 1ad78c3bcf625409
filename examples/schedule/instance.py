"""A classic flexible job shop from its text, with bound and certificate check."""

from nightmill.scheduling import parse_instance, solve_instance, validate_instance

TEXT = """3 3 2
2 2 1 3 2 4 1 3 2
2 1 2 5 2 1 4 3 3
3 1 3 2 2 1 2 2 3 1 1 4
"""

instance = parse_instance(TEXT, name="three jobs", form="fjs")
answer = solve_instance(instance, iterations=2000)
print(
    f"makespan {answer.makespan}, no less than {answer.lower_bound}; breaks no rule: {not validate_instance(instance, answer)}"
)
for op in answer.operations:
    print(f"job {op.job} operation {op.operation}: machine {op.machine}, {op.start} to {op.end}")
