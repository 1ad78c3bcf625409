"""Mark the programs of an uncertified plan in their file names, so that nobody at a control at night mistakes one for a proven program."""

from contextlib import suppress
from pathlib import Path, PurePath

import msgspec

from nightmill.cam import posts
from nightmill.plant.part_planning.post_processing import posted_name, toolpath_name
from nightmill.vocabulary.plan import Plan, Setup

MARK = ".refused"
WARNING = "not certified, do not run"


def marked(plan: Plan, files: dict[str, bytes]) -> tuple[Plan, dict[str, bytes]]:
    """Return a plan and its files (text in UTF-8) with programs named ``1.refused.ngc`` instead of ``1.ngc``, on the setup sheets too."""
    renamed = dict(files)
    setups = tuple(_marked_setup(setup, renamed) for setup in plan.setups)
    return msgspec.structs.replace(plan, setups=setups), renamed


def _marked_setup(setup: Setup, files: dict[str, bytes]) -> Setup:
    """Return a setup with marked names; its programs are renamed in ``files``."""
    program, probing, sheet = setup.program, setup.probing, f"setup-{setup.name}.md"
    if MARK in PurePath(program).suffixes:
        return setup
    names = {program: _marked_name(program)}
    if probing is not None and probing.program:
        names = {
            probing.program: _marked_name(probing.program)
        } | names  # first, since the longer name contains the other
        probing = msgspec.structs.replace(probing, program=names[probing.program])
    files_too = {toolpath_name(old): toolpath_name(new) for old, new in names.items()}
    for old, new in files_too.items():
        if old in files:
            files[new] = files.pop(old)
    for old, new in names.items():
        if old in files:
            files[new] = files.pop(old)
        if sheet in files:
            words = f"{new} ({WARNING})" if old == program else new
            files[sheet] = files[sheet].replace(old.encode(), words.encode())
    return msgspec.structs.replace(setup, program=names[program], probing=probing)


def _marked_name(name: str) -> str:
    path = PurePath(name)
    return f"{path.stem}{MARK}{path.suffix}"


def earlier_in(folder: Path) -> Plan | None:
    """Return the plan in a folder; None if there is no plan or it can't be read."""
    try:
        return msgspec.json.decode((folder / "plan.json").read_bytes(), type=Plan)
    except (OSError, msgspec.MsgspecError):
        return None


def programs_of(plan: Plan) -> frozenset[str]:
    """Return the names of a plan's programs."""
    probing = (setup.probing.program for setup in plan.setups if setup.probing is not None)
    return frozenset((*(setup.program for setup in plan.setups), *probing))


def _files_of(plan: Plan) -> frozenset[str]:
    """Return the names of a plan's programs, their toolpaths, its setup sheets and the bodies of stock, fixtures and part-off cuts."""
    sheets = (f"setup-{setup.name}.{kind}" for setup in plan.setups for kind in ("md", "svg"))
    bodies = [plan.stock, *(body for setup in plan.setups for body in (*setup.fixtures, setup.parted))]
    toolpaths = (toolpath_name(setup.program) for setup in plan.setups)
    return programs_of(plan) | frozenset(
        (*toolpaths, *sheets, *(body.file for body in bodies if body is not None and body.file))
    )


def remove_earlier(folder: Path, earlier: Plan | None, plan: Plan) -> None:
    """Remove an ``earlier`` plan's programs, setup sheets and bodies unless ``plan``, which isn't written yet, has files of the same name;
    also remove the earlier plan's posts for other controls.

    The posts of this plan, if any, are written later. Names with a path are left alone.
    """
    if earlier is None:
        return
    posted = {posted_name(name, control) for name in programs_of(earlier) for control in posts.post_names()}
    for name in posted | (_files_of(earlier) - _files_of(plan)):
        if PurePath(name).name == name:
            with suppress(OSError):  # already gone, or not a file
                (folder / name).unlink()
