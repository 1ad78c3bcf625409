"""What the verifier refuses is taken out at the step that did it; nothing else changes."""

from typing import Literal

import msgspec
from toolpath_text import toolpath_of_text

from nightmill.cam import Refused, posts
from nightmill.plant.part_planning.program_repair import (
    gives_untrue_reasons,
    gouging_lines,
    refused_steps,
    repaired,
    threads_lost,
)
from nightmill.vocabulary.certificate_findings import CertificateFinding, FindingCode, sentences
from nightmill.vocabulary.plan import Body, Certificate, CuttingData, Plan, Setup, Step, Tool

DATA = CuttingData(100, 5000, 0.05, 500, 1, 1, 1, 10, "test")
TEXT = "(head)\nT1 M6 (a)\nG43 H1\nG0 X0\nG1 X1 F9\nG1 X2\nT2 M6 (b)\nG43 H2\nG0 X9\nG1 X3 F9\nM5\nG53 G0 Z0\nM2\n"
IDENTITY = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))


def _plan() -> Plan:
    steps = (Step("a", "rough", 1, (), (), DATA, 10.0, 2, 6), Step("b", "finish", 2, (), (), DATA, 5.0, 7, 10))
    setup = Setup("1", "mill", "1.ngc", "G54", IDENTITY, (), steps, cycle_time_s=16.0)
    stock = Body(kind="box", min=(0.0, 0.0, 0.0), max=(1.0, 1.0, 1.0))
    return Plan("nightmill-plan/1", "p", "mm", "0", stock, (), (setup,), (), 15.0)


def _files(text: str) -> dict[str, bytes]:
    """The files of a program that is written down as LinuxCNC text."""
    files, _ = posts.planned_program("1", toolpath_of_text(text), ())
    assert files["1.ngc"].decode() == text
    return files


def _certificate(*findings: CertificateFinding) -> Certificate:
    return Certificate(False, 0.0, 0.0, 0.9, (), 1, 0, sentences(findings), findings=findings)


def _rapid(*lines: int, code: FindingCode = FindingCode.RAPID_INTO_STOCK) -> CertificateFinding:
    return CertificateFinding(code=code, fault=True, setup="1", line=lines[0], lines=lines, amount=len(lines))


def _gouge(code: FindingCode, x: float, y: float, z: float) -> CertificateFinding:
    """A gouge at a point of setup 1, or of the model if it was found on a face or a wall."""
    own = code is FindingCode.SETUP_GOUGE
    at: Literal["model", "work"] = "work" if own else "model"
    return CertificateFinding(
        code=code, fault=True, setup="1" if own else "", point=(x, y, z), coordinates=at, amount=1.0
    )


SHARE = CertificateFinding(code=FindingCode.VISIBLE_SHARE, fault=True, share=0.96, limit=0.995)


def test_a_step_ends_before_its_first_offence_and_the_next_one_stays() -> None:
    found = repaired(_plan(), _files(TEXT), _certificate(_rapid(6, 7)))
    assert found is not None
    plan, files = found
    lines = files["1.ngc"].decode().splitlines()
    assert lines == [
        "(head)",
        "T1 M6 (a)",
        "G43 H1",
        "G0 X0",
        "G1 X1 F9",
        "G53 G0 Z0",
        "T2 M6 (b)",
        "G43 H2",
        "G0 X9",
        "G1 X3 F9",
        "M5",
        "G53 G0 Z0",
        "M2",
    ]
    assert [(step.name, step.line_from, step.line_to) for step in plan.setups[0].steps] == [("a", 2, 6), ("b", 7, 10)]


def test_a_step_that_offends_before_it_cuts_goes_as_a_whole() -> None:
    found = repaired(_plan(), _files(TEXT), _certificate(_rapid(9)))
    assert found is not None
    plan, files = found
    assert "T2 M6" not in files["1.ngc"].decode()
    assert plan.setups[0].cycle_time_s == plan.cycle_time_s == 11.0
    assert [step.name for step in plan.setups[0].steps] == ["a"]


def test_nothing_is_repaired_where_no_line_is_named() -> None:
    assert repaired(_plan(), _files(TEXT), _certificate(SHARE)) is None


def test_a_reason_that_the_proof_refutes_is_untrue() -> None:
    untrue = CertificateFinding(
        code=FindingCode.UNTRUE_REASON, fault=False, face=24, amount=1.86, tool=130, text="too deep for every cutter"
    )
    most = CertificateFinding(code=FindingCode.MOST_EXCESS, fault=False, amount=2.0)
    unlisted = CertificateFinding(code=FindingCode.UNLISTED_AREA, fault=True, face=24, amount=1.86, limit=0.0)
    assert gives_untrue_reasons(_certificate(most, untrue))
    assert not gives_untrue_reasons(_certificate(unlisted))


def test_a_gouge_is_traced_to_the_first_move_through_its_place() -> None:
    mill = Tool(number=1, type="flat", diameter_mm=10.0)
    text = "T1 M6 (a)\nG43 H1\nG0 X0 Y0 Z5\nG1 Z0 F9\nG1 X20\nG1 Z-2\nG1 X0\n"
    plan = msgspec.structs.replace(_plan(), tools=(mill,))
    seen = _gouge(FindingCode.SETUP_GOUGE, 10.0, 4.9, -0.5)
    assert gouging_lines(plan, _files(text), _certificate(seen)) == [("1", 7)]
    far = _gouge(FindingCode.FACE_GOUGE, 10.0, 4.995, -0.5)
    assert gouging_lines(plan, _files(text), _certificate(far)) == []


def test_gouges_of_walls_and_sections_are_repaired_too() -> None:
    mill = Tool(number=1, type="flat", diameter_mm=10.0)
    text = "T1 M6 (a)\nG43 H1\nG0 X0 Y0 Z5\nG1 Z0 F9\nG1 X20\nG1 Z-2\nG1 X0\n"
    plan = msgspec.structs.replace(_plan(), tools=(mill,))
    wall = _gouge(FindingCode.WALL_GOUGE, 10.0, 4.9, -0.5)
    assert gouging_lines(plan, _files(text), _certificate(wall)) == [("1", 7)]
    section = CertificateFinding(
        code=FindingCode.SECTION_GOUGE, fault=True, setup="1", line=6, amount=0.094, point=(1.0, 2.0, 3.0)
    )
    found = repaired(_plan(), _files(TEXT), _certificate(section))
    assert found is not None
    assert found[1]["1.ngc"].decode().splitlines()[4:6] == ["G1 X1 F9", "G53 G0 Z0"]


def test_an_arc_is_followed_around_its_centre_and_not_along_its_chord() -> None:
    mill = Tool(number=1, type="flat", diameter_mm=4.0)
    text = "T1 M6 (a)\nG43 H1\nG0 X-10 Y0 Z5\nG1 Z-1 F9\nG2 X10 Y0 I10 J0\n"
    plan = msgspec.structs.replace(_plan(), tools=(mill,))
    proofs = {y: _certificate(_gouge(FindingCode.SETUP_GOUGE, 0.0, y, -0.5)) for y in (0, 10, -10)}
    found = {y: gouging_lines(plan, _files(text), proof) for y, proof in proofs.items()}
    assert found == {0: [], 10: [("1", 5)], -10: []}
    other = text.replace("G2", "G3")
    assert gouging_lines(plan, _files(other), proofs[-10]) == [("1", 5)]


def test_the_steps_of_all_offences_are_named() -> None:
    findings = (_rapid(6, 7), _rapid(9, code=FindingCode.SHANK_INTO_STOCK), SHARE)
    found = refused_steps(_plan(), _files(TEXT), _certificate(*findings))
    assert found == {Refused("1", "rough", 1), Refused("1", "finish", 2)}


THREADS = (
    "(head)\nT1 M6 (a)\nG43 H1\nG1 X1 F9\nG53 G0 X0\nT2 M6 (16ER)\nG43 H2\nS800 M3\nG0 X9\nG33 Z-9 K1\nG0 X12\nG0 X8\n"
    "G33 Z-9 K1\nS900 M3\nG0 X8\nG33 Z-29 K1\nM2\n"
)


def _threaded() -> Plan:
    steps = (
        Step("a", "finish", 1, (), (), DATA, 10.0, 2, 4),
        Step("thread 16ER", "thread", 2, (), (4, 3), DATA, 5.0, 5, 13),
        Step("thread 16ER", "thread", 2, (), (7,), DATA, 5.0, 14, 16),
    )
    plan = _plan()
    return msgspec.structs.replace(plan, setups=(msgspec.structs.replace(plan.setups[0], steps=steps),))


def test_half_a_thread_goes_as_a_whole_and_is_named() -> None:
    found = repaired(_threaded(), _files(THREADS), _certificate(_rapid(12)))
    assert found is not None
    plan, files = found
    assert "Z-9" not in files["1.ngc"].decode()
    assert [step.faces for step in plan.setups[0].steps] == [(), (7,)]
    assert threads_lost(_threaded(), plan) == (
        "the thread on faces 3, 4 is not cut: the proof rejected its step, thread 16ER",
    )
    assert threads_lost(plan, plan) == ()


def test_the_next_step_keeps_the_tool_that_the_one_taken_out_had_brought() -> None:
    found = repaired(_threaded(), _files(THREADS), _certificate(_rapid(9)))
    assert found is not None
    lines = found[1]["1.ngc"].decode().splitlines()
    assert lines[3:8] == ["G1 X1 F9", "G53 G0 Z0", "T2 M6 (16ER)", "G43 H2", "S900 M3"]
    step = found[0].setups[0].steps[-1]
    assert lines[step.line_from - 1 : step.line_to] == ["S900 M3", "G0 X8", "G33 Z-29 K1"]
    again = repaired(found[0], found[1], _certificate(_rapid(step.line_to)))
    assert again is not None
    assert again[1]["1.ngc"].decode().splitlines()[-3:] == ["G43 H2", "G53 G0 Z0", "M2"]
