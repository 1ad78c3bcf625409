"""A part is taken into a run that is on when all of it is there, once; a resumed run knows which files are new."""

import os
from contextlib import closing, suppress
from pathlib import Path

import msgspec
import pytest
from desk_sample import PARTS, append, write_shop

from nightmill.floor import ShopState, apply, empty_state
from nightmill.formats import shop_hash, write_atomic
from nightmill.plant.plan_store.route_record import RouteRecord
from nightmill.plant.proposals.proposal_service import Desk
from nightmill.plant.requests import adopt_part, inbox
from nightmill.plant.requests.roles import Caller
from nightmill.plant.run import shop_run
from nightmill.plant.workspace.event_log import read_events
from nightmill.plant.workspace.layout import pending
from nightmill.plant.workspace.shop import whole_shop
from nightmill.store import SqliteEventStore
from nightmill.vocabulary import events as e
from nightmill.vocabulary import requests as a
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.plan import PLAN_FORMAT, Body, Certificate, Plan

NEW = "plate"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_shop(tmp_path / "shop")


def write_plan(place: Path, *, certified: bool = True) -> Path:
    """A plan without setups: enough to be read, signed and taken in."""
    place.mkdir(parents=True)
    stock = Body(kind="box", min=(0.0, 0.0, 0.0), max=(1.0, 1.0, 1.0))
    plan = Plan(PLAN_FORMAT, NEW, "mm", "0" * 64, stock, (), (), (), 0.0, "Al 6061")
    proof = msgspec.convert(
        {"certified": certified, "gouge_mm": 0, "excess_mm": 0, "certified_area_share": 1, "uncut": [], "rapid_hits": 0,
         "collisions": 0}, Certificate,
    )  # fmt: skip
    record = RouteRecord(
        NEW, "0" * 64, "Al 6061", certified, proof, (), (), (), 1.0, 1.0, 2700.0, 6, 1, 1.0, ()
    )  # fmt: skip
    (place / "plan.json").write_bytes(msgspec.json.encode(plan))
    (place / "route.json").write_bytes(msgspec.json.encode(record))
    return place


def files(folder: Path) -> None:
    (folder / "parts" / f"{NEW}.toml").write_text('material = "Al 6061"\n')
    (folder / "parts" / f"{NEW}.step").write_bytes((PARTS / "bracket.step").read_bytes())


def state_of(folder: Path) -> ShopState:
    state = empty_state(whole_shop(folder))
    for event in read_events(folder):
        apply(state, event)
    return state


def test_it_is_taken_in_once_and_only_when_all_of_it_is_there(folder: Path, tmp_path: Path) -> None:
    state = state_of(folder)
    assert not list(adopt_part.adoptions(folder, state))
    adopt_part.keep_plan(folder, write_plan(tmp_path / "plan"), NEW)
    adopt_part.ask_for(folder, NEW, "Ann")
    assert not list(adopt_part.adoptions(folder, state)), "no files yet"
    files(folder)
    assert not list(adopt_part.adoptions(folder, state)), "nobody has signed the plan"
    adopt_part.sign_plan(folder, NEW)
    facts = [each.fact for each in adopt_part.adoptions(folder, state)]
    assert facts[0] == e.PartAdopted(NEW, f"blank-{NEW}", shop_hash(folder), "Ann")
    assert isinstance(facts[1], e.RouteCertified)
    assert facts[1].part == NEW
    append(folder, *((3700.0, fact) for fact in facts))
    assert not list(adopt_part.adoptions(folder, state_of(folder)))
    assert not pending(folder), "cleared away"
    assert state_of(folder).stock[f"blank-{NEW}"] == 0
    assert Desk(folder, loop_wait_s=0.0).taken_in(NEW)


def test_an_order_of_a_part_that_is_on_its_way_in_waits_for_it(folder: Path, tmp_path: Path) -> None:
    ann, order = Caller("Ann", "engineer", "t"), a.TakeOrder("N-1", NEW, 2, 90_000.0)
    adopt_part.keep_plan(folder, write_plan(tmp_path / "plan"), NEW)
    desk = Desk(folder, loop_wait_s=0.0)
    assert "no certified route" in desk.propose(ann, "before", order).refused
    adopt_part.ask_for(folder, NEW, "Ann")
    files(folder)
    adopt_part.sign_plan(folder, NEW)
    early = desk.propose(ann, "early", order)
    assert (early.state, early.diff.foreseen) == ("proposed", False)
    assert "as soon as the run has added the part" in early.diff.note
    inbox.put(folder, inbox.Request("r-1", order, "Ann", "engineer", "", "Ann"))
    shop = whole_shop(folder)
    assert not inbox.taken(folder, shop, state_of(folder)), "the part is taken in by the next turn"
    append(folder, *((3700.0, each.fact) for each in adopt_part.adoptions(folder, state_of(folder))))
    assert "as soon as the run has added the part" not in desk.propose(ann, "later", order).diff.note
    decided = list(inbox.taken(folder, whole_shop(folder), state_of(folder)))
    assert isinstance(decided[1].fact, e.OrderReceived)


def test_who_reads_the_shop_while_a_part_comes_finds_all_of_it_or_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step, seen = (PARTS / "bracket.step").read_bytes(), list[bool]()

    def put(path: Path, data: bytes | str | Path) -> None:
        write_atomic(path, data)
        seen.append(NEW in {part.name for part in whole_shop(folder).parts})

    monkeypatch.setattr(adopt_part, "write_atomic", put)
    adopt_part.put_files(folder / "parts", NEW, 'material = "Al 6061"\n', step)
    assert seen == [False, False, True]
    assert NEW in {part.name for part in whole_shop(folder).parts}
    assert (folder / "parts" / f"{NEW}.step").read_bytes() == step
    assert not list((folder / "parts").glob(".*"))


def test_a_step_file_that_goes_missing_later_is_told_whatever_cut_its_taking_in_short(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, step = folder / "parts", (PARTS / "bracket.step").read_bytes()

    def fails(self: Path, missing_ok: bool = False) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as power, suppress(KeyboardInterrupt):
        power.setattr(Path, "unlink", fails)
        adopt_part.put_files(parts, NEW, 'material = "Al 6061"\n', step)
    assert NEW in {part.name for part in whole_shop(folder).parts}
    (parts / f"{NEW}.step").unlink()
    with pytest.raises(BadInput, match="no STEP file of that name"):
        whole_shop(folder)


def test_a_taking_in_that_was_cut_short_spoils_no_shop_and_is_begun_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, step = folder / "parts", (PARTS / "bracket.step").read_bytes()

    def cut(source: str | Path, target: Path) -> None:
        if target.name == f"{NEW}.step":
            raise KeyboardInterrupt
        replace(source, target)

    replace = os.replace
    with monkeypatch.context() as power:
        power.setattr(os, "replace", cut)
        with pytest.raises(KeyboardInterrupt):
            adopt_part.put_files(parts, NEW, 'material = "Al 6061"\n', step)
    assert (parts / f"{NEW}.toml").exists()
    assert NEW not in {part.name for part in whole_shop(folder).parts}
    assert not adopt_part.part_exists(parts, NEW)
    adopt_part.put_files(parts, NEW, 'material = "Al 6061"\n', step)
    assert adopt_part.part_exists(parts, NEW)
    assert NEW in {part.name for part in whole_shop(folder).parts}


def test_a_table_that_nothing_comes_for_is_told(folder: Path) -> None:
    (folder / "parts" / f"{NEW}.toml").write_text('material = "Al 6061"\n')
    assert adopt_part.part_exists(folder / "parts", NEW)
    with pytest.raises(BadInput, match="no STEP file of that name"):
        whole_shop(folder)


def test_what_is_not_certified_stays_out(folder: Path, tmp_path: Path) -> None:
    adopt_part.keep_plan(folder, write_plan(tmp_path / "plan", certified=False), NEW)
    adopt_part.ask_for(folder, NEW, "Ann")
    files(folder)
    adopt_part.sign_plan(folder, NEW)
    assert not list(adopt_part.adoptions(folder, state_of(folder)))
    assert not Desk(folder, loop_wait_s=0.0).taken_in(NEW)


def test_a_resumed_run_knows_which_files_are_new(folder: Path, tmp_path: Path) -> None:
    log = folder / ".nightmill" / "log.sqlite"
    for path in log.parent.glob("log.sqlite*"):
        path.unlink()
    append(folder, (0.0, e.RunStarted("desk", "closed-loop", 1, 3.0, shop_hash(folder))))

    def check() -> None:
        with closing(SqliteEventStore(log, writer=False)) as store:
            shop_run._check_same_shop(folder, store)

    check()
    adopt_part.keep_plan(folder, write_plan(tmp_path / "plan"), NEW)
    adopt_part.ask_for(folder, NEW, "Ann")
    check()
    files(folder)
    check()
    adopt_part.sign_plan(folder, NEW)
    adopt_part.ask_for(folder, "yet-to-come", "Ann")
    step = folder / "parts" / "yet-to-come.step"
    step.write_bytes((PARTS / "bracket.step").read_bytes())
    append(folder, *((3700.0, each.fact) for each in adopt_part.adoptions(folder, state_of(folder))))
    check()
    step.unlink()
    check()
    list(adopt_part.adoptions(folder, state_of(folder)))
    check()
    (folder / "parts" / f"{NEW}.toml").write_text('material = "C45"\n')
    with pytest.raises(BadInput, match="changed since the run began"):
        check()
