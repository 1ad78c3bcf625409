"""The repair half of the plan-verify loop: what the verifier refuses is taken out of the program, and judged again.

A step that rapids through stock or runs its shank or holder into it is ended before the first such line; the steps
after it, each with its own tool change from the safe height, stay. What is left uncut is then found by the verifier.
"""

import re

import msgspec

from nightmill.vocabulary.plan import Certificate, Plan, Setup

ROUNDS = 4
_OFFENCE = re.compile(r"setup (?P<setup>\S+): .* in line (?P<line>\d+)")
_RETRACT = "G53 G0 Z0"


def repaired(plan: Plan, files: dict[str, bytes], certificate: Certificate) -> tuple[Plan, dict[str, bytes]] | None:
    """The plan without its offending moves, or ``None`` where the certificate names no line that could be taken out."""
    first: dict[str, int] = {}
    for message in certificate.messages:
        found = _OFFENCE.match(message)
        if found:
            line = int(found["line"])
            first[found["setup"]] = min(line, first.get(found["setup"], line))
    if not first:
        return None
    setups, changed = [], dict(files)
    for setup in plan.setups:
        offence = first.get(setup.name)
        if offence is None:
            setups.append(setup)
            continue
        mended, text = _shortened(setup, files[setup.program].decode(), offence)
        changed[setup.program] = text.encode()
        if mended.steps:
            setups.append(mended)
    return msgspec.structs.replace(plan, setups=tuple(setups)), changed


def _shortened(setup: Setup, text: str, line: int) -> tuple[Setup, str]:
    """End the step that holds ``line`` (counted from 1) just before it; a step with nothing left goes as a whole."""
    lines = text.splitlines()
    step = next((each for each in setup.steps if each.line_from <= line <= each.line_to), None)
    if step is None:
        return msgspec.structs.replace(setup, steps=()), text
    cuts_before = any(each.startswith(("G1", "G2", "G3", "G8")) for each in lines[step.line_from - 1 : line - 1])
    begin = line if cuts_before else step.line_from
    kept = [*lines[: begin - 1], _RETRACT, *lines[step.line_to :]]
    shift = len(lines) - len(kept)
    steps = []
    for each in setup.steps:
        if each.line_from > step.line_to:
            moved = msgspec.structs.replace(each, line_from=each.line_from - shift, line_to=each.line_to - shift)
            steps.append(moved)
        elif each is not step:
            steps.append(each)
        elif cuts_before:
            share = (begin - step.line_from) / max(1, step.line_to - step.line_from + 1)
            steps.append(msgspec.structs.replace(step, line_to=begin, time_s=round(step.time_s * share, 1)))
    return msgspec.structs.replace(setup, steps=tuple(steps)), "\n".join(kept) + "\n"
