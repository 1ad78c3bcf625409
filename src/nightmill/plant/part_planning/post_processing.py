"""Programs for other controls: each is written by ``cam``, read back by ``verification``, and kept only if it makes the same moves."""

from pathlib import Path, PurePath
from typing import Any

import msgspec

from nightmill.cam import posts, probing_macros
from nightmill.verification import first_difference, interpret
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding
from nightmill.vocabulary.plan import Plan, Probing

REFERENCE = "linuxcnc"
PROBING_NUMBER = 900
"""First O-number of probing programs."""


class PostDiffers(EnvironmentFailed):
    """A post can't express an operation, or its program reads back as different moves; none of its files is kept."""


def check_name(name: str) -> None:
    """Raise ``BadInput`` unless there is a post for the control ``name``."""
    if name not in posts.post_names():
        expected = " or ".join(posts.post_names())
        raise BadInput(Finding("--post", "", repr(name), expected, "Choose one of them."))


def posted_name(program: str, name: str) -> str:
    """Return the file name of a program for the control ``name``."""
    return f"{Path(program).stem}.{name}{posts.post_named(name).suffix}"


def toolpath_name(program: str) -> str:
    """Return the name of the file with a program's toolpath."""
    return str(PurePath(program).with_suffix(posts.TOOLPATH_SUFFIX))


def write_posts(setups: list[dict[str, Any]], folder: Path, name: str) -> list[str]:
    """Write each setup's program for the control ``name`` beside it; return the files' names. Raises ``PostDiffers``, and
    ``BadInput`` for a turning setup if the post writes none.

    Tools whose numbers don't fit a magazine or turret of the control are renumbered, in the same way in all
    setups on one machine; the program headers list them, and ``tools.NAME.md`` gives the place of each.
    """
    written: dict[str, str] = {}
    for number, setup in enumerate(setups, start=1):
        program = str(setup["program"])
        source = (folder / program).read_text(encoding="utf-8")
        turning = setup.get("kind") == "turn"
        if turning and not posts.post_named(name).turns:
            raise _no_lathe(program, name)
        pockets = pockets_of(setups, turning=turning)
        options = posts.PostOptions(number, pockets)
        try:
            text = posts.post_named(name).write(toolpath_of(folder, program), options).text
        except posts.PostError as error:
            raise _differs(program, name, str(error)) from error
        difference = first_difference(interpret(source, lathe=turning), text, name, pockets=pockets, turning=turning)
        if difference is not None:
            raise _differs(program, name, difference)
        written[posted_name(program, name)] = text
        if setup.get("probing") and posts.post_named(name).probes:
            probing = msgspec.convert(setup["probing"], Probing)
            written[posted_name(probing.program, name)] = probing_macros(probing, name, PROBING_NUMBER + number)
    for file, text in written.items():
        (folder / file).write_text(text, encoding="ascii")
    sheet = f"tools.{name}.md"
    (folder / sheet).write_text(_tool_sheet(setups, folder, name), encoding="utf-8")
    return [*written, sheet]


def toolpath_of(folder: Path, program: str) -> posts.Toolpath:
    """Return the toolpath that a plan's program was written from. Raises ``BadInput`` if its file is gone or broken."""
    file = folder / toolpath_name(program)
    try:
        return posts.decoded(file.read_bytes())
    except (OSError, ValueError) as error:
        raise BadInput(
            Finding(file.name, "", str(error), "the toolpath of this plan", "Plan the part again.")
        ) from error


def _tool_sheet(setups: list[dict[str, Any]], folder: Path, name: str) -> str:
    """Return the place of each tool on the control: pocket (and number of its length offset), number in the plan, name, sizes, programs;
    and which programs need their zero point set by hand, as nothing probes it on this control.
    """
    record = folder / "plan.json"
    known = msgspec.json.decode(record.read_bytes(), type=Plan).tools if record.is_file() else ()
    tools = {tool.number: tool for tool in known}
    lines = [f"# Tools for the {name.capitalize()} control", ""]
    for turning, place in ((False, "Pocket and offset"), (True, "Station and offset")):
        alike = [setup for setup in setups if (setup.get("kind") == "turn") == turning]
        rows = []
        for number, pocket in pockets_of(setups, turning=turning).items():
            used = [setup for setup in alike if any(step["tool"] == number for step in setup.get("steps", ()))]
            programs = ", ".join(posted_name(str(setup["program"]), name) for setup in used)
            tool = tools.get(number)
            sizes = (tool.name, f"{tool.diameter_mm:g}", f"{tool.stickout_mm:g}") if tool else ("", "", "")
            rows.append(f"| {pocket} | {number} | {' | '.join(sizes)} | {programs} |")
        if rows:
            lines += [
                f"| {place} | T of the plan | tool | D mm | stick-out mm | programs |",
                "| --- | --- | --- | --- | --- | --- |",
            ]
            lines += [*rows, ""]
    by_hand = [posted_name(str(setup["program"]), name) for setup in setups if setup.get("probing")]
    if by_hand and not posts.post_named(name).probes:
        lines += [
            f"There is no probing program for this control: set the zero point of {', '.join(by_hand)} by hand.",
            "",
        ]
    return "\n".join(lines)


def pockets_of(setups: list[dict[str, Any]], *, turning: bool) -> dict[int, int]:
    """Return the pockets of a plan's milling or turning tools on another control, by their number in the plan."""
    alike = [setup for setup in setups if (setup.get("kind") == "turn") == turning]
    return posts.pockets_of(int(step["tool"]) for setup in alike for step in setup.get("steps", ()))


def _no_lathe(program: str, name: str) -> BadInput:
    expected = " or ".join(each for each in posts.post_names() if posts.post_named(each).turns)
    found = f"{name!r} for a turning program"
    return BadInput(
        Finding("--post", program, found, expected, "Choose the control of the lathe that turns this part.")
    )


def _differs(program: str, name: str, found: str) -> PostDiffers:
    return PostDiffers(
        Finding(
            program, f"post {name}", found, "the same moves as its source", "Use the LinuxCNC program, and report this."
        )
    )
