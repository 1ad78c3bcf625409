"""Classic instances: the three forms, refusals that name the line, the judge under seeded faults, known optima."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import numpy as np
import pytest

from nightmill.scheduling import Instance, InstanceSchedule, parse_instance, solve_instance, validate_instance
from nightmill.vocabulary.errors import BadInput

DATA = Path(os.environ.get("NIGHTMILL_DATA", Path(__file__).parents[4] / "shared" / "data")) / "scheduling"
JSP = "2 2\n0 3 1 2\n1 2 0 4\n"
FJS = "2 2 1.5\n2 2 1 3 2 4 1 2 2\n1 1 1 5\n"


def test_forms_agree_and_number_machines_as_their_file_does() -> None:
    plain = parse_instance(JSP)
    same = parse_instance(
        json.dumps({"name": "x", "machines": 2, "jobs": [[[[0, 3]], [[1, 2]]], [[[1, 2]], [[0, 4]]]]})
    )
    assert plain.jobs == same.jobs
    flexible = parse_instance(FJS, form="fjs")
    assert flexible.jobs[0][0] == ((0, 3), (1, 4))
    answer = solve_instance(flexible, iterations=200)
    assert {o.machine for o in answer.operations} <= {1, 2}
    assert validate_instance(flexible, answer) == ()
    assert solve_instance(plain, iterations=200).makespan == 7


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "line 1"),
        ("2 2\n0 3 1 x\n1 2 0 4\n", "line 2"),
        ("2 2\n0 3 5 2\n1 2 0 4\n", "line 2"),
        ("3 2\n0 3 1 2\n1 2 0 4\n", "line 3"),
        ("2 2\n0 3 1 2\n1 2 0 -4\n", "line 3"),
        ('{"machines": 1, "jobs": [[[[4, 1]]]]}', "job 0 operation 0"),
    ],
)
def test_malformed_text_is_refused_with_its_place(text: str, place: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_instance(text, form="" if text.startswith("{") else "jsp")
    assert caught.value.findings[0].place == place


def test_a_cut_fjs_line_is_refused() -> None:
    with pytest.raises(BadInput, match="line 2"):
        parse_instance("1 2\n2 2 1 3 2\n", form="fjs")


def test_seeded_faults_are_found() -> None:
    instance = parse_instance(JSP)
    answer = solve_instance(instance, iterations=100)

    def rules(faulty: InstanceSchedule) -> set[str]:
        return {violation.rule for violation in validate_instance(instance, faulty)}

    replace = msgspec.structs.replace
    ops = answer.operations
    assert rules(answer) == set()
    assert "each operation once" in rules(replace(answer, operations=ops[1:]))
    assert "makespan equals the last end" in rules(replace(answer, makespan=answer.makespan - 1))
    early = tuple(replace(o, start=0, end=o.end - o.start) for o in ops)
    assert {"job order", "one operation per machine"} <= rules(replace(answer, operations=early))
    wrong = (replace(ops[0], machine=1), *ops[1:])
    assert "machine and time" in rules(replace(answer, operations=wrong))


@pytest.mark.skipif(not DATA.is_dir(), reason="NIGHTMILL_DATA holds no scheduling instances")
@pytest.mark.parametrize(("name", "share"), [("ft06", 1.0), ("la21", 1.03), ("mk01", 1.06)])
def test_search_comes_near_the_best_known(name: str, share: float) -> None:
    instance = parse_instance((DATA / "instances" / f"{name}.json").read_text())
    best = json.loads((DATA / "best_known.json").read_text())[name]["ub"]
    answer = solve_instance(instance, iterations=30000, seed=1)
    assert validate_instance(instance, answer) == ()
    assert answer.lower_bound <= best <= answer.makespan <= share * best
    assert answer == solve_instance(instance, iterations=30000, seed=1)


def random_instance(seed: int, jobs: int, machines: int, choice: int = 1) -> Instance:
    lot = np.random.default_rng(seed)
    return Instance(
        "random",
        machines,
        tuple(
            tuple(
                tuple(
                    (int((m + k) % machines), int(lot.integers(0, 99))) for k in range(int(lot.integers(1, choice + 1)))
                )
                for m in lot.permutation(machines)
            )
            for _ in range(jobs)
        ),
    )


@pytest.mark.parametrize(("jobs", "machines", "choice"), [(8, 5, 1), (9, 4, 3), (60, 50, 1), (60, 50, 2)])
def test_the_answer_depends_on_the_seed_alone_and_is_valid(jobs: int, machines: int, choice: int) -> None:
    instance = random_instance(jobs, jobs, machines, choice)
    alone = solve_instance(instance, iterations=12000, seed=3)
    assert validate_instance(instance, alone) == ()
    with ThreadPoolExecutor(2) as threads:
        assert solve_instance(instance, iterations=12000, seed=3, executor=threads) == alone
    dispatched = solve_instance(instance, iterations=0, seed=3)
    assert validate_instance(instance, dispatched) == ()
    assert alone.iterations <= 12000
    assert alone.lower_bound <= alone.makespan < dispatched.makespan


@pytest.mark.slow
def test_long_times_take_wider_numbers() -> None:
    small = random_instance(5, 8, 5)
    wide = Instance("wide", 5, tuple(tuple(tuple((m, t << 40) for m, t in op) for op in job) for job in small.jobs))
    one, two = (solve_instance(instance, iterations=2000) for instance in (small, wide))
    assert one.makespan << 40 == two.makespan
    assert validate_instance(wide, two) == ()


def test_plain_python_gives_the_same_answer() -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from test_scheduling_instance import random_instance;"
        "from nightmill.scheduling import solve_instance;"
        "print([solve_instance(random_instance(1, 7, 5, k), iterations=1500, seed=2) for k in (1, 3)])"
    )
    answers = [
        subprocess.run(
            [sys.executable, "-W", "error", "-c", script, str(Path(__file__).parent)],
            env={**os.environ, "NUMBA_DISABLE_JIT": off},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for off in ("0", "1")
    ]
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "text",
    [
        "2 2\n0 3 1 " + "9" * 5000 + "\n0 1 1 1\n",
        "2 2\n0 3 1 10000000000000\n0 1 1 1\n",
        "9" * 400 + " 2\n0 3 1 2\n",
        "2 99999999999\n0 3 1 2\n0 1 1 1\n",
        "2 2\n0 ٣ 1 2\n0 1 1 1\n",
        '{"machines": 2, "jobs": [[[[0, 100000000000000000000]]]]}',
        '{"machines": 10000000000, "jobs": [[[[0, 1]]]]}',
    ],
)
def test_numbers_beyond_all_measure_are_bad_input(text: str) -> None:
    with pytest.raises(BadInput):
        parse_instance(text)


@pytest.mark.parametrize("text", ["[1, 2]", "null", '"text"', "[" * 100_000])
def test_json_that_is_no_instance_is_bad_input(text: str) -> None:
    with pytest.raises(BadInput):
        parse_instance(text, form="json")
