"""Replay a real machine shop's log with its orders, people and working hours, but in another sequence of work.

Run: ``python benchmarks/real_log.py LOG.csv [--steps N] [--hours H]``, LOG with the columns ``case, activity, resource, start, complete``
(ISO times), one line per sitting (work session). The replay uses the log as follows:

- An order arrives with its first sitting. Its lead time runs from then to the end of its last sitting, both in the log
  and in the replay.
- A sitting is a task for anyone who has done its activity at least three times (or, if nobody has, at least once). It
  may start when all sittings of its order that ended before it in the log are done.
- People are present as in the log, with pauses of up to two hours included; after the end of the log its last four
  weeks repeat. Unfinished work of a person who leaves goes to anyone who arrives.
- Simultaneous sittings of one person are modelled in two ways. *Shared*: they share the person's time, so that a person
  does one thing at a time and all tasks add up to the hours with an open sitting. *At once*: a task takes as long as in
  the log, and a person has as many open tasks at any time as in the log, so that tasks add up to the sum of all
  sittings.

Nothing is known in advance. For an order, only the tasks that could start now are known; for a task, only the average
time of its activity in orders so far; for the rest of an order, only how much more time completed orders took from the
same point. The engine is called through its public interface, at most once in ``--hours``.
"""

import argparse
import csv
import datetime
import statistics
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import pairwise
from pathlib import Path

import msgspec

from nightmill.scheduling import solve_shop
from nightmill.scheduling.problem.records import (
    Alternative,
    ObjectiveWeights,
    ShopMachine,
    ShopOperation,
    ShopOrder,
    ShopProblem,
    Window,
)

HOUR, DAY, WEEK = 3600.0, 86400.0, 604800.0
PAUSE_S = 2.0 * HOUR
PRIOR_S = 1.5 * HOUR
"""Assumed time of a task before any of its kind has been seen; an order is assumed to take ten times as long."""
OFTEN = 3
Span = tuple[float, float]


class Task(msgspec.Struct, eq=False):
    """A sitting: its order, activity and person in the log, start and end there, the person's seconds, its
    predecessors.
    """

    order: str
    activity: str
    person: str
    start_s: float
    end_s: float
    work_s: float = 0.0
    open_before: int = 0
    after: list["Task"] = []
    left_s: float = 0.0


class Log(msgspec.Struct):
    """Orders with their tasks, who can do which task, and who is present when. A hand is a person, or one of the tasks
    that a person does in parallel.
    """

    orders: dict[str, list[Task]]
    able: dict[str, list[str]]
    shifts: dict[str, list[tuple[float, float]]]


def read_log(text: str, at_once: bool) -> Log:
    """Return the shop described by a log."""
    rows = list(csv.DictReader(text.splitlines()))
    zero = min(datetime.datetime.fromisoformat(row["start"]) for row in rows)
    monday = datetime.datetime.combine(zero.date() - datetime.timedelta(days=zero.weekday()), datetime.time())

    def at(text: str) -> float:
        return (datetime.datetime.fromisoformat(text) - monday).total_seconds()

    tasks = [Task(r["case"], r["activity"], r["resource"], at(r["start"]), at(r["complete"])) for r in rows]
    orders: dict[str, list[Task]] = defaultdict(list)
    people: dict[str, list[Task]] = defaultdict(list)
    for task in sorted(tasks, key=lambda task: (task.start_s, task.end_s)):
        orders[task.order].append(task)
        people[task.person].append(task)
    shifts: dict[str, list[tuple[float, float]]] = {}
    hands: dict[str, list[str]] = {}
    end = max(task.end_s for task in tasks)
    for person, mine in people.items():
        share(mine, at_once)
        lanes = lanes_of(mine) if at_once else []
        spans = [bridged([(task.start_s, task.end_s) for task in mine]), *lanes[1:]]
        hands[person] = [f"{person}/{k}" for k in range(len(spans))]
        shifts |= {name: repeated(span, end) for name, span in zip(hands[person], spans, strict=True)}
    for mine in orders.values():
        for k, task in enumerate(mine):
            before = [other for other in mine[:k] if other.end_s <= task.start_s and other is not task]
            task.open_before = len(before)
            for other in before:
                other.after.append(task)
    done = Counter((task.activity, task.person) for task in tasks)
    able: dict[str, list[str]] = {}
    for activity in sorted({task.activity for task in tasks}):
        often = [person for person in people if done[activity, person] >= OFTEN]
        who = often or [person for person in people if done[activity, person]]
        able[activity] = [hand for person in who for hand in hands[person]]
    return Log(dict(orders), able, shifts)


def share(mine: list[Task], at_once: bool) -> None:
    """Set the time of a person that each task takes: all of its duration, or its share among the tasks open at the same time."""
    edges = sorted({edge for task in mine for edge in (task.start_s, task.end_s)})
    for begin, end in pairwise(edges):
        open_ = [task for task in mine if task.start_s <= begin and end <= task.end_s]
        for task in open_:
            task.work_s += (end - begin) / (1 if at_once else len(open_))


def lanes_of(mine: list[Task]) -> list[list[Span]]:
    """Return the times when a person had more than 0, 1, 2 … sittings open."""
    lanes: list[list[Span]] = []
    edges = sorted({edge for task in mine for edge in (task.start_s, task.end_s)})
    for begin, end in pairwise(edges):
        heads = sum(task.start_s <= begin and end <= task.end_s for task in mine)
        lanes.extend([] for _ in range(heads - len(lanes)))
        for spans in lanes[:heads]:
            if spans and spans[-1][1] == begin:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((begin, end))
    return lanes


def bridged(spans: list[Span]) -> list[Span]:
    """Return spans (sorted by start) with short pauses included."""
    found: list[Span] = []
    for begin, end in spans:
        if found and begin - found[-1][1] <= PAUSE_S:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return [(begin, end) for begin, end in found if begin < end]


def repeated(spans: list[Span], end_s: float) -> list[Span]:
    """Return the spans, followed by the last four weeks of the log repeated for a year."""
    last = [span for span in spans if span[0] >= end_s - 4 * WEEK]
    return spans + [(begin + 4 * WEEK * k, end + 4 * WEEK * k) for k in range(1, 14) for begin, end in last]


class Known(msgspec.Struct):
    """What has been observed so far: seconds of each activity's completed tasks, and of completed orders."""

    activities: dict[str, list[float]] = {}
    orders: list[float] = []

    def work_s(self, activity: str) -> float:
        """Return the average time of an activity's tasks."""
        seconds = self.activities.get(activity)
        return statistics.mean(seconds) if seconds else PRIOR_S

    def rest_s(self, spent_s: float) -> float:
        """Return how much more time orders took from the same time spent, counting one additional order of average size."""
        more = [seconds - spent_s for seconds in self.orders if seconds > spent_s]
        return statistics.mean([*more, 10.0 * PRIOR_S + spent_s])


class Replay:
    """The shop under a planner, which decides which task a person starts next."""

    def __init__(self, log: Log, planner: "Planner") -> None:
        self.log, self.planner, self.known = log, planner, Known({}, [])
        self.arrived: dict[str, float] = {}
        self.done_s: dict[str, float] = {}
        self.spent: dict[str, float] = defaultdict(float)
        self.ready: list[Task] = []
        self.doing: dict[str, Task] = {}
        self.since: dict[str, float] = {}
        self.begun: list[tuple[float, str, Task]] = []
        self.left = {order: len(tasks) for order, tasks in log.orders.items()}
        self.waiting_on: dict[int, int] = {}
        self.events: list[tuple[float, int, str, object]] = []
        self.count = 0
        self.now = 0.0
        for order, tasks in log.orders.items():
            self._at(tasks[0].start_s, "arrives", order)
            for task in tasks:
                self.waiting_on[id(task)] = task.open_before
                task.left_s = task.work_s
        for person, spans in log.shifts.items():
            for begin, end in spans:
                self._at(begin, "comes", person)
                self._at(end, "leaves", person)

    def _at(self, when: float, what: str, whom: object) -> None:
        self.count += 1
        heappush(self.events, (when, self.count, what, whom))

    def run(self) -> dict[str, float]:
        """Return the lead times (s) of the orders."""
        while self.events and len(self.done_s) < len(self.left):
            self.now = self.events[0][0]
            while self.events and self.events[0][0] <= self.now:
                _, _, what, whom = heappop(self.events)
                if what == "arrives":
                    self.arrived[str(whom)] = self.now
                    self.ready += [task for task in self.log.orders[str(whom)] if task.open_before == 0]
                elif what == "ends" and isinstance(whom, Task):
                    self._end(whom)
                elif what == "leaves" and whom in self.doing:
                    self._hand_back(str(whom))
            for person in self.log.shifts:
                if person not in self.doing and self._stays(person) > 0.0:
                    self._begin(person)
        return {order: done - self.arrived[order] for order, done in self.done_s.items()}

    def _stays(self, person: str) -> float:
        spans = self.log.shifts[person]
        last = bisect_right(spans, (self.now, float("inf"))) - 1
        return spans[last][1] - self.now if last >= 0 else 0.0

    def _begin(self, person: str) -> None:
        mine = [task for task in self.ready if person in self.log.able[task.activity]]
        if mine:
            task = self.planner(self, person, mine)
            self.ready.remove(task)
            self.doing[person] = task
            self.since[person] = self.now
            self.begun.append((self.now, person, task))
            if task.left_s <= self._stays(person):
                self._at(self.now + task.left_s, "ends", task)
                task.person = person

    def _hand_back(self, person: str) -> None:
        """Return unfinished work to the pool when a person leaves."""
        if self.now - self.since[person] < self.doing[person].left_s - 1e-6:
            task = self.doing.pop(person)
            task.left_s -= self.now - self.since[person]
            self.ready.append(task)

    def _end(self, task: Task) -> None:
        del self.doing[task.person]
        self.known.activities.setdefault(task.activity, []).append(task.work_s)
        self.spent[task.order] += task.work_s
        self.left[task.order] -= 1
        for other in task.after:
            self.waiting_on[id(other)] -= 1
            if self.waiting_on[id(other)] == 0:
                self.ready.append(other)
        if self.left[task.order] == 0:
            self.done_s[task.order] = self.now
            self.known.orders.append(self.spent[task.order])


Planner = Callable[[Replay, str, list[Task]], Task]


def as_in_the_log(_: Replay, __: str, mine: list[Task]) -> Task:
    """Follow the log's own sequence, to show that this model isn't faster than the real shop by itself."""
    return min(mine, key=lambda task: task.start_s)


def first_order_first(replay: Replay, _: str, mine: list[Task]) -> Task:
    """Sort by arrival."""
    return min(mine, key=lambda task: replay.arrived[task.order])


def shortest_task(replay: Replay, _: str, mine: list[Task]) -> Task:
    """Sort by the usual time of the activity."""
    return min(mine, key=lambda task: replay.known.work_s(task.activity))


def weight(replay: Replay, task: Task) -> float:
    """Return the value of an hour spent on an order: the less remaining work is expected, the higher (Smith 1956; Gittins 1979)."""
    return HOUR / replay.known.rest_s(replay.spent[task.order])


def least_left(replay: Replay, _: str, mine: list[Task]) -> Task:
    """Sort by the weight that the engine uses."""
    return max(mine, key=lambda task: weight(replay, task))


class Engine:
    """Our plan of the tasks that can start now, with people as machines, renewed from time to time; unknown tasks are ranked by weight."""

    def __init__(self, steps: int, seed: int, every_s: float = HOUR) -> None:
        self.steps, self.seed, self.every_s, self.next_s = steps, seed, every_s, 0.0
        self.place: dict[int, tuple[str, float]] = {}

    def __call__(self, replay: Replay, hand: str, mine: list[Task]) -> Task:
        if replay.now >= self.next_s:
            self.next_s = replay.now + self.every_s
            self._plan(replay)
        planned = [task for task in mine if self.place.get(id(task), ("", 0.0))[0] == hand]
        if not planned:
            return least_left(replay, hand, mine)
        first = min(planned, key=lambda task: self.place[id(task)][1])
        return least_left(replay, hand, [first, *(task for task in mine if id(task) not in self.place)])

    def _plan(self, replay: Replay) -> None:
        now = replay.now
        hands = {
            hand: [s for s in spans if now < s[1] and s[0] < now + 4 * WEEK]
            for hand, spans in replay.log.shifts.items()
        }
        machines, longest = [], {}
        for hand, spans in hands.items():
            if spans:
                edges = [now, *(edge for span in spans for edge in span)]
                down = [Window(a, b) for a, b in list(pairwise(edges))[::2] if a < b]
                task = replay.doing.get(hand)
                free = now + replay.known.work_s(task.activity) if task else now
                machines.append(ShopMachine(hand, free, tuple(down)))
                longest[hand] = max(end - max(begin, now) for begin, end in spans)
        operations, orders = [], {}
        for k, task in enumerate(replay.ready):
            run = replay.known.work_s(task.activity)
            able = [hand for hand in replay.log.able[task.activity] if hand in longest]
            ways = tuple(Alternative(hand, min(run, longest[hand])) for hand in able)
            if ways:
                operations.append(ShopOperation(str(k), str(k), task.order, task.activity, ways, 0.0, 0.0))
                orders[task.order] = ShopOrder(task.order, replay.arrived[task.order], weight(replay, task))
        problem = ShopProblem(
            now, now + WEEK, tuple(machines), tuple(operations), tuple(orders.values()),
            (Window(now, now + 520 * WEEK, len(operations) + 1),), len(operations) + 1, move_s=0.0, mount_lead_s=0.0,
        )  # fmt: skip
        plan = solve_shop(problem, iterations=self.steps, seed=self.seed, weights=ObjectiveWeights(unattended=0.0))
        self.place = {id(replay.ready[int(a.operation)]): (a.machine, a.start_s) for a in plan.assignments}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log", type=Path)
    parser.add_argument("--ways", nargs="+", choices=["shared", "at-once"], default=["shared", "at-once"])
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--hours", type=float, default=6.0, help="hours between two of our plans")
    parser.add_argument("--seeds", type=int, default=3)
    chosen = parser.parse_args()
    text = chosen.log.read_text()
    for way in chosen.ways:
        at_once = way == "at-once"
        log = read_log(text, at_once)
        recorded = [max(t.end_s for t in tasks) - tasks[0].start_s for tasks in log.orders.values()]
        median = statistics.median(recorded)
        work = sum(task.work_s for tasks in log.orders.values() for task in tasks) / HOUR
        print(
            f"{way}: {len(recorded)} orders, {work:.0f} h of work, median lead time in the log {median / HOUR:.0f} h, mean {statistics.mean(recorded) / HOUR:.0f} h",
            flush=True,
        )
        planners: dict[str, Planner] = {
            "as in the log": as_in_the_log,
            "first order first": first_order_first,
            "shortest task": shortest_task,
            "least left": least_left,
        }
        planners |= {
            f"nightmill, seed {seed}": Engine(chosen.steps, seed, chosen.hours * HOUR) for seed in range(chosen.seeds)
        }
        for name, planner in planners.items():
            lead = Replay(read_log(text, at_once), planner).run()
            found = sorted([*lead.values(), *[float("inf")] * (len(recorded) - len(lead))])
            print(
                f"  {name:20} median {statistics.median(found) / HOUR:5.0f} h, {statistics.median(found) / median:.2f} of that in the log; mean {statistics.mean(lead.values()) / HOUR:5.0f} h, {len(lead)} done",
                flush=True,
            )


if __name__ == "__main__":
    main()
