"""Populations: who enters, when one has settled, and that the best of several meet."""

import numpy as np
from test_scheduling_disjunctive_graph import random_problem

from nightmill.scheduling.job_shop.population import CHAMPIONS, Population
from nightmill.scheduling.job_shop.solution import Point, Problem, dispatched


def worth(problem: Problem, seed: int, makespan: int) -> Point:
    point = dispatched(problem, 2, 0, seed)
    point.makespan = makespan
    return point


def filled(room: int) -> tuple[Problem, Population]:
    problem = random_problem(3, jobs=12)
    population = Population(problem, room)
    while population.wants_new():
        population.take(0, worth(problem, 10 + population.call(), 100 + population.starts))
    return problem, population


def test_a_better_child_takes_the_place_of_its_twin_or_else_of_the_worst() -> None:
    problem, population = filled(3)
    assert sorted(elite.makespan for elite in population.elites) == [101, 102, 103]
    population.take(population.number, worth(problem, 10, 90))
    assert sorted(elite.makespan for elite in population.elites) == [90, 102, 103]
    population.take(population.number, worth(problem, 77, 95))
    assert sorted(elite.makespan for elite in population.elites) == [90, 95, 102]
    population.take(population.number, worth(problem, 78, 102))
    assert population.idle == 1


def test_the_best_of_settled_populations_meet_and_late_children_are_left_out() -> None:
    problem, population = filled(3)
    for number in range(1, CHAMPIONS + 1):
        while population.wants_new():
            population.take(0, worth(problem, population.call(), 200 + number))
        while not population.settled():
            population.take(population.number, worth(problem, 99, 500))
        assert population.renew() == (number < CHAMPIONS)
    assert [elite.makespan for elite in population.elites] == [101, 202, 203]
    assert not population.wants_new()
    population.take(population.number - 1, worth(problem, 5, 1))
    assert min(elite.makespan for elite in population.elites) == 101
    one, two = population.two(np.random.default_rng(0))
    assert one is not two


def test_each_population_of_new_starts_is_larger_than_the_last_up_to_a_limit() -> None:
    problem, population = filled(3)
    rooms: list[int] = []
    while len(rooms) < 6:
        rooms.append(population.room)
        while population.wants_new():
            population.take(0, worth(problem, population.call(), 200))
        while not population.settled():
            population.take(population.number, worth(problem, 99, 500))
        population.renew()
    assert rooms == [3, 6, 12, CHAMPIONS, 24, 24]
    assert Population(problem, 40).room == 40
