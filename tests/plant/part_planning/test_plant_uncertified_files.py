"""Programs that aren't certified say so in their names, and none of an earlier plan lies beside those of the last one."""

from pathlib import Path

import msgspec
import pytest

from nightmill.cam import write_plan
from nightmill.plant.part_planning import plan_job
from nightmill.plant.part_planning.checkpoint import Keeper
from nightmill.plant.part_planning.plan_verify import write_files
from nightmill.plant.part_planning.uncertified_files import earlier_in, marked, programs_of, remove_earlier
from nightmill.plant.plan_store.kept_plans import load_route
from nightmill.vocabulary.plan import Body, Certificate, Plan, Probing, Setup

PROGRAM = b"G21 G17 G90 G54\nG53 G0 Z0\nM2\n"
PROBE = b"G38.2 Z-1 F50\nM2\n"
SHEET = b"- Program: 1.ngc; 2.0 min\n- Zero point by touch probe: probe-1.ngc\n"
CERTIFIED = Certificate(True, 0.0, 0.01, 1.0, (), 0, 0)
REFUSED = Certificate(False, 0.3, 0.4, 0.9, (), 0, 0, ("setup 1: cuts 0.3 mm into the part",))


def _plan(*names: str) -> Plan:
    rows = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
    setups = tuple(
        Setup(name, "mill", f"{name}.ngc", "G54", rows, (), probing=Probing(f"probe-{name}.ngc", 5.0, ()))
        for name in names
    )
    stock = Body(kind="box", min=(0.0, 0.0, 0.0), max=(30.0, 20.0, 12.0))
    return Plan("nightmill-plan/1", "block", "mm", "0" * 64, stock, (), setups, (), 1.0)


FILES = {"1.ngc": PROGRAM, "probe-1.ngc": PROBE, "setup-1.md": SHEET}


def test_program_probing_and_sheet_are_named_as_refused() -> None:
    plan, files = marked(_plan("1"), FILES)
    (setup,) = plan.setups
    assert setup.probing is not None
    assert (setup.program, setup.probing.program) == ("1.refused.ngc", "probe-1.refused.ngc")
    assert files == {
        "1.refused.ngc": PROGRAM,
        "probe-1.refused.ngc": PROBE,
        "setup-1.md": b"- Program: 1.refused.ngc (not certified, do not run); 2.0 min\n"
        b"- Zero point by touch probe: probe-1.refused.ngc\n",
    }
    assert marked(plan, files) == (plan, files)
    assert "1.ngc" in FILES


@pytest.fixture
def block(tmp_path: Path) -> Path:
    """A block of 30 x 20 x 12 mm."""
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox
    from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer

    path = tmp_path / "block.step"
    writer = STEPControl_Writer()
    writer.Transfer(BRepPrimAPI_MakeBox(30.0, 20.0, 12.0).Shape(), STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(path))
    return path


def _answered(block: Path, out: Path, plan: Plan, certificate: Certificate) -> set[str]:
    """The programs that lie in a folder after a child was ended with this plan and this proof in its hands."""
    files = {f"{setup.name}.ngc": PROGRAM for setup in plan.setups}
    files |= {f"probe-{setup.name}.ngc": PROBE for setup in plan.setups}
    Keeper(out).proven(plan, files, certificate, ())
    plan_job.plan_job(str(block), str(out), gave_up="time was up")
    found = {each.name for each in out.glob("*.ngc")}
    earlier = earlier_in(out)
    assert earlier is not None
    assert programs_of(earlier) == found
    assert load_route(out).record.certified == certificate.certified
    return found


def test_a_folder_holds_the_programs_of_its_last_plan_alone(block: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert _answered(block, out, _plan("1", "2"), CERTIFIED) == {"1.ngc", "2.ngc", "probe-1.ngc", "probe-2.ngc"}
    (out / "1.fanuc.nc").write_bytes(PROGRAM)
    (out / "own.ngc").write_bytes(PROGRAM)  # a person's file is no program of a plan
    refused = _plan("1")
    Keeper(out).proven(refused, {"1.ngc": PROGRAM, "probe-1.ngc": PROBE}, REFUSED, ())
    answer = plan_job.plan_job(str(block), str(out), gave_up="time was up")
    assert answer["nc"] == ["1.refused.ngc"]
    assert {each.name for each in out.glob("*.ngc")} == {"1.refused.ngc", "probe-1.refused.ngc", "own.ngc"}
    assert not (out / "1.fanuc.nc").exists()
    (out / "own.ngc").unlink()
    assert _answered(block, out, _plan("1"), CERTIFIED) == {"1.ngc", "probe-1.ngc"}


def test_a_part_without_a_program_leaves_none_of_an_earlier_plan(block: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert _answered(block, out, _plan("1"), CERTIFIED)
    answer = plan_job.plan_job(str(block), str(out), gave_up="time was up")
    assert answer["nc"] == []
    assert not list(out.glob("*.ngc"))
    assert load_route(out).plan.uncut[0].reason == "time was up"


def test_who_is_ended_while_a_plan_is_written_leaves_no_earlier_program(
    block: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    assert _answered(block, out, _plan("1", "2"), CERTIFIED)

    def ended_after(folder: Path, files: dict[str, bytes]) -> None:
        write_files(folder, files)
        raise KeyboardInterrupt

    with monkeypatch.context() as ended:
        ended.setattr("nightmill.plant.part_planning.plan_job.write_files", ended_after)
        with pytest.raises(KeyboardInterrupt):
            _answered(block, out, _plan("1"), REFUSED)
    assert _answered(block, out, _plan("1"), REFUSED) == {"1.refused.ngc", "probe-1.refused.ngc"}


def test_nothing_outside_a_folder_is_removed(tmp_path: Path) -> None:
    out, outside = tmp_path / "out", tmp_path / "1.ngc"
    out.mkdir()
    outside.write_bytes(PROGRAM)
    plan = _plan("1")
    plan = msgspec.structs.replace(plan, setups=(msgspec.structs.replace(plan.setups[0], program="../1.ngc"),))
    (out / "plan.json").write_bytes(write_plan(plan))
    (tmp_path / "1.haas.nc").write_bytes(PROGRAM)
    remove_earlier(out, earlier_in(out), msgspec.structs.replace(plan, setups=()))
    assert outside.exists()
    assert (tmp_path / "1.haas.nc").exists()
    assert earlier_in(tmp_path / "nothing") is None
    remove_earlier(out, None, plan)


def test_sheets_and_bodies_of_setups_that_there_are_no_more_go(tmp_path: Path) -> None:
    jaw = Body(file="2-jaw.stl")
    earlier = _plan("1", "2")
    parted = Body(file="2-parted.stl")
    setups = (earlier.setups[0], msgspec.structs.replace(earlier.setups[1], fixtures=(jaw,), parted=parted))
    earlier = msgspec.structs.replace(earlier, setups=setups, stock=Body(file="stock.stl"))
    sheets = {f"setup-{n}.{kind}" for n in (1, 2) for kind in ("md", "svg")}
    for name in {*sheets, "2-jaw.stl", "2-parted.stl", "stock.stl", "notes.md"}:
        (tmp_path / name).write_bytes(SHEET)
    remove_earlier(tmp_path, earlier, msgspec.structs.replace(earlier, setups=earlier.setups[:1]))
    left = {"setup-1.md", "setup-1.svg", "stock.stl", "notes.md"}
    assert {each.name for each in tmp_path.iterdir()} == left
