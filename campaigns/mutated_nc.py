"""Run broken NC programs through ``verify``: no crash of the parent process, no hang beyond the limit, one clear answer
for each program.

Usage: python campaigns/mutated_nc.py [PLAN_FOLDER ...] [--count 1000] [--seed S] [--limit SECONDS] [--guarded-every N] [--minutes M]

Each mutant is verified as by ``nightmill verify`` in both forms (plan folder, single program): one in N in a guarded
child, as in the command, the others by the same job in this process, where a crash would end the campaign. An answer is
a certificate or a ``NightmillError`` with findings. Failures are any other exception, an answer without findings, and a
mutant that takes longer than the limit.
"""

import argparse
import math
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from nightmill.plant.part_planning import plan_part, verify_program
from nightmill.plant.part_planning.child_jobs import verify_job
from nightmill.vocabulary.errors import NightmillError

PART = Path(__file__).parents[1] / "src" / "nightmill" / "plant" / "example" / "parts" / "clamp_body.step"
BLOCKS = (
    "G2 X0 Y0 I0 J0", "G3 X1e9 Y0 I1 J0", "G3 X5 Y5 Z-50 I1 J1 P999999999", "G83 R2 Z-1000 Q0.0000001 F1",
    "G81 R2 Z-5 L2000000000 X1", "X99999999999999999999", "G1 Z-1e300 F1e300", "#1=[1/0]", "G1 X[" + "[" * 4000 + "1",
    "G1 X#999999", "o100 while [1]", "o100 endwhile", "G38.2 Z-10", "G10 L2 P1 X5", "M98 P1", "T99999999999 M6", "G43 H-1",
    "G4 P1e12", "G5.1 I1 J1", "G1 X--5", "G1 X.", "(open comment", "G20", "G91", "G93", "S-100 M3", "F0", "G64 P-1", "G7",
    "\x00\x01\x02", "\u0660\u0661", "G1 X1 X2", "G0 G1 X1", "/G1 Z-99", "%", "N99999999999 G1 X1", "G33 K1e9 Z-5", "G18", "M0",
)  # fmt: skip


def mutated(text: bytes, draw: random.Random) -> bytes:
    """Return a program with one to three random mutations: of its bytes, its lines, its numbers, or a hostile block."""
    text = text or b"\n"
    for _ in range(draw.randint(1, 3)):
        lines = text.split(b"\n")
        at = draw.randrange(len(lines))
        kind = draw.choice(("bytes", "cut", "drop", "swap", "repeat", "number", "block", "block", "letter", "grow"))
        if kind == "bytes":
            raw = bytearray(text)
            for _ in range(draw.randint(1, 20)):
                raw[draw.randrange(len(raw))] = draw.randrange(256)
            text = bytes(raw)
            continue
        if kind == "cut":
            text = text[: draw.randint(1, len(text))]
            continue
        if kind == "drop":
            del lines[at : at + draw.randint(1, 200)]
        elif kind == "swap":
            other = draw.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == "repeat":
            lines[at:at] = lines[at : at + 50] * draw.randint(1, 20)
        elif kind == "number":
            value = draw.choice((b"1e999", b"nan", b"inf", b"-0", b"9" * 400, b"1.2.3", b"1000000"))
            lines[at] = lines[at].replace(b"X", b"X" + value, 1) if b"X" in lines[at] else lines[at] + b" Z" + value
        elif kind == "block":
            lines.insert(at, draw.choice(BLOCKS).encode())
        elif kind == "letter":
            lines[at] = lines[at].translate(bytes.maketrans(b"GXYZFMT", bytes(draw.sample(b"GXYZFMTABCQR", 7))))
        else:
            lines = lines * draw.randint(2, 5)
        text = b"\n".join(lines) or b"\n"
    return text


def judge(folder: Path, target: Path, program: str, text: bytes, whole: bool, guarded: bool) -> str:
    """Return the kind of answer for a mutant; raise any exception that ``verify`` must not raise."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "plan"
        shutil.copytree(folder, copy)
        (copy / program).write_bytes(text)
        plan = copy / "plan.json"
        try:
            if guarded:
                answer = (
                    verify_program(plan, target=target)
                    if whole
                    else verify_program(copy / program, target=target, stock=plan, tools=plan)
                )
            else:
                named = (str(plan), None, None) if whole else (str(copy / program), str(plan), str(plan))
                answer = verify_job(named[0], str(target), named[1], named[2], lambda _phase, _share: None)
        except NightmillError as error:
            if not error.findings or not all(finding.found for finding in error.findings):
                raise AssertionError("an error without a message") from error
            return f"{type(error).__name__}, exit {error.exit_code}"
        if answer["certified"]:
            return "certified"
        if not answer["messages"]:
            raise AssertionError("refused without a message")
        return "refused"


def campaign(
    folders: list[tuple[Path, Path]],
    count: int,
    seed: int,
    limit_s: float,
    guarded_every: int = 1,
    minutes: float = math.inf,
) -> tuple[Counter[str], list[str]]:
    """Return the number of answers by kind, and the failures, for ``count`` mutants."""
    draw = random.Random(seed)
    answers: Counter[str] = Counter()
    failures: list[str] = []
    end = time.monotonic() + 60 * minutes
    for number in range(count):
        if time.monotonic() > end:
            break
        folder, target = draw.choice(folders)
        program = draw.choice(sorted(path.name for path in folder.glob("[0-9]*.ngc")))
        text = mutated((folder / program).read_bytes(), draw)
        began = time.monotonic()
        try:
            whole, guarded = draw.random() < 0.5, number % guarded_every == 0
            answers[judge(folder, target, program, text, whole, guarded)] += 1
        except Exception as error:  # noqa: BLE001 - the campaign's whole point is to find what is not a NightmillError
            failures.append(f"mutant {number} of {folder.name}/{program}: {type(error).__name__}: {error}")
        if time.monotonic() - began > limit_s:
            failures.append(f"mutant {number} of {folder.name}/{program}: took longer than {limit_s:g} s")
        if number % 50 == 49:
            print(f"{number + 1} mutants, {len(failures)} failures", file=sys.stderr, flush=True)
    return answers, failures


def main() -> None:
    """Plan a part unless folders are given, run the campaign, and exit with 1 on any failure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=120.0)
    parser.add_argument("--guarded-every", type=int, default=1)
    parser.add_argument(
        "--minutes", type=float, default=math.inf, help="stop after this many minutes, with the results so far"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        pairs = [(folder, next(iter(sorted(folder.glob("*.st*p"))))) for folder in options.folders]
        if not pairs:
            plan_part(PART, out=Path(scratch))
            pairs = [(Path(scratch), PART)]
        answers, failures = campaign(
            pairs, options.count, options.seed, options.limit, options.guarded_every, options.minutes
        )
    for failure in failures:
        print(failure)
    print(
        f"{sum(answers.values())} mutants answered: "
        + ", ".join(f"{kind} {number}" for kind, number in answers.most_common())
    )
    print(f"{len(failures)} failures")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
