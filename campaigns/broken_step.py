"""Damage copies of STEP files in many ways and check that reading each copy ends with one clear answer.

Usage: python campaigns/broken_step.py STEP [STEP ...] [--copies 1000] [--seed 1] [--command features] [--limit-s 120] [--warm]

Each copy is read by the command line in a separate process. The command must end within the limit, with 0 or 1 (the
copy is still a part), or with 2 or 3 and at least one finding that gives file, place, what was found, what is expected
and a remedy; it must never end with a traceback. Copies that can't be a part (cut off, emptied, a pointer, too long)
must end with 2.

With ``--warm`` a copy is read in a process forked from one that has the kernel loaded, which takes a tenth of the time;
it runs the same code as the command's child. A fifth of the copies that crash this process or take too long are read
again by the command line itself; the others are listed by the negative number of the signal.
"""

import argparse
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

GIGABYTE = 1_000_000_000
COMMAND_LIMIT_S = 240.0  # the command stops its own child earlier
Damage = Callable[[bytes, random.Random], bytes]


def cut_off(data: bytes, rng: random.Random) -> bytes:
    """Cut the copy off early."""
    return data[: rng.randrange(1, max(2, data.rfind(b"END-ISO-10303-21")))]


def emptied(data: bytes, rng: random.Random) -> bytes:
    """Leave nothing, or only white space or zeros."""
    return rng.choice([b"", b"\n", b" " * 4096, b"\0" * len(data), b"ISO-10303-21;\nEND-ISO-10303-21;\n"])


def pointer(data: bytes, rng: random.Random) -> bytes:
    """Write the pointer that a repository contains in place of a large file."""
    digest = "".join(rng.choice("0123456789abcdef") for _ in range(64))
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(data)}\n".encode()


def mangled_bytes(data: bytes, rng: random.Random) -> bytes:
    """Change bytes as a faulty disk would."""
    broken = bytearray(data)
    for _ in range(rng.choice([1, 3, 10, 100, 1000])):
        broken[rng.randrange(len(broken))] = rng.randrange(256)
    return bytes(broken)


def swapped_references(data: bytes, rng: random.Random) -> bytes:
    """Change references of entities to wrong entities."""
    places = [match.span() for match in re.finditer(rb"(?<=[(,])#\d+", data)]
    targets = [data[start:end] for start, end in places]
    chosen = set(rng.sample(range(len(places)), min(len(places), rng.choice([1, 2, 10, 50]))))
    pieces, at = [], 0
    for number, (start, end) in enumerate(places):
        pieces.append(data[at:start])
        pieces.append(rng.choice(targets) if number in chosen else data[start:end])
        at = end
    return b"".join([*pieces, data[at:]])


def lost_entities(data: bytes, rng: random.Random) -> bytes:
    """Remove entities that others refer to."""
    lines = re.split(rb";\r?\n", data)
    return b";\n".join(line for line in lines if not (line.lstrip().startswith(b"#") and rng.random() < 0.01))


def wild_numbers(data: bytes, rng: random.Random) -> bytes:
    """Write coordinates and radii that no real part has."""
    wild = [b"1.E308", b"-1.E308", b"0.", b"-1.", b"1.E-320", b"99999999999."]
    rate = rng.choice([0.0005, 0.005, 0.05])
    return re.sub(
        rb"(?<=[(,])-?\d+\.\d*(?:E[+-]?\d+)?", lambda m: rng.choice(wild) if rng.random() < rate else m.group(), data
    )


def doubled(data: bytes, rng: random.Random) -> bytes:
    """Repeat a stretch of the file."""
    start = rng.randrange(len(data))
    end = min(len(data), start + rng.randrange(1, 20000))
    return data[:end] + data[start:end] + data[end:]


def wrong_digits(data: bytes, rng: random.Random) -> bytes:
    """Change a digit or sign of a few numbers: still a part, but perhaps self-intersecting."""
    places = [match.span() for match in re.finditer(rb"(?<=[(,])-?\d+\.\d*", data)]
    broken = bytearray(data)
    for start, end in rng.sample(places, min(len(places), rng.choice([1, 2, 5, 20]))):
        at = rng.choice([place for place in range(start, end) if broken[place] != ord(".")])
        broken[at] = ord(rng.choice("0123456789"))
    return bytes(broken)


def turned_flags(data: bytes, rng: random.Random) -> bytes:
    """Flip the orientation flags of faces, edges and loops."""
    rate = rng.choice([0.002, 0.02, 0.2])
    turned = {b".T.": b".F.", b".F.": b".T."}
    return re.sub(rb"\.[TF]\.", lambda m: turned[m.group()] if rng.random() < rate else m.group(), data)


def other_keywords(data: bytes, rng: random.Random) -> bytes:
    """Swap the keywords of entities."""
    words = sorted(set(re.findall(rb"=\s*([A-Z_0-9]+)\(", data)))
    rate = rng.choice([0.001, 0.01])
    return re.sub(
        rb"(=\s*)([A-Z_0-9]+)\(",
        lambda m: m.group(1) + rng.choice(words) + b"(" if rng.random() < rate else m.group(),
        data,
    )


DAMAGES: dict[str, Damage] = {
    "cut off": cut_off, "emptied": emptied, "pointer": pointer, "mangled bytes": mangled_bytes,
    "swapped references": swapped_references, "lost entities": lost_entities, "wild numbers": wild_numbers,
    "doubled": doubled, "wrong digits": wrong_digits, "turned flags": turned_flags, "other keywords": other_keywords,
}  # fmt: skip
HOPELESS = ("cut off", "emptied", "pointer", "a gigabyte long")


def judge(command: list[str], path: Path, damage: str, limit_s: float) -> tuple[int, list[str]]:
    """Return the exit code for one copy, and any fault in the way the command ended."""
    began = time.monotonic()
    try:
        done = subprocess.run([*command, str(path), "--json"], capture_output=True, timeout=limit_s, check=False)
    except subprocess.TimeoutExpired:
        return -1, [f"no end within {limit_s:.0f} s"]
    problems = []
    if done.returncode not in (0, 1, 2, 3):
        problems.append(f"exit code {done.returncode} after {time.monotonic() - began:.0f} s")
    if b"Traceback" in done.stderr or b"Traceback" in done.stdout:
        problems.append("a traceback")
    if damage in HOPELESS and done.returncode != 2:
        problems.append(f"exit code {done.returncode} where only 2 is right")
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        return done.returncode, [*problems, "no JSON document on stdout"]
    problems += _poor_findings(answer, done.returncode)
    return done.returncode, problems


def judge_warm(command: list[str], path: Path, damage: str, limit_s: float) -> tuple[int, list[str]]:
    """Do the same as ``judge`` for ``features``, in a fork of this process."""
    from nightmill.plant.part_planning.child_jobs import features_job
    from nightmill.vocabulary.errors import NightmillError

    told = path.with_suffix(".json")
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (int(limit_s), int(limit_s) + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        code = 97
        try:
            told.write_bytes(msgspec.json.encode(features_job(str(path), "nightmill", lambda phase, share: None)))
            code = 0
        except NightmillError as error:
            told.write_bytes(msgspec.json.encode({"error": {"findings": error.findings}}))
            code = error.exit_code
        finally:
            os._exit(code)  # including after an exception of another kind: exit code 97 stands for its traceback
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == 97:
        return code, ["an exception that isn't a NightmillError"]
    if code < 0:
        # the worker around a reader turns this into a finding; every fifth copy that is read again by the command line
        # checks this
        asked = int(re.sub(r"\D", "", path.stem) or 0) % 5 == 0
        return judge(command, path, damage, max(limit_s, COMMAND_LIMIT_S)) if asked else (code, [])
    answer = json.loads(told.read_bytes())
    told.unlink()
    problems = [f"exit code {code} where only 2 is right"] if damage in HOPELESS and code != 2 else []
    return code, problems + _poor_findings(answer, code)


def _poor_findings(answer: dict[str, Any], code: int) -> list[str]:
    """Return what is missing in the findings of an answer."""
    if code < 2:
        return []
    findings = answer.get("error", {}).get("findings", [])
    problems = [] if findings else ["an error without a finding"]
    for finding in findings:
        empty = [key for key in ("file", "place", "found", "expected", "remedy") if not finding.get(key)]
        problems += [f"a finding without {key}" for key in empty]
    return problems


Judge = Callable[[list[str], Path, str, float], tuple[int, list[str]]]


def gigabyte(folder: Path, original: bytes) -> Path:
    """Write a sparse file of a gigabyte that begins like a STEP file."""
    path = folder / "gigabyte.step"
    with path.open("wb") as file:
        file.write(original[:10000])
        file.truncate(GIGABYTE)
    return path


def campaign(
    parts: list[Path],
    copies: int,
    seed: int,
    command: list[str],
    limit_s: float,
    keep: Path | None = None,
    judged: Judge = judge,
) -> tuple[Counter[tuple[str, int]], list[str]]:
    """Judge ``copies`` damaged copies of ``parts`` in turn; return how the readings ended, and every fault. Copies with
    a fault are kept in the folder ``keep``.
    """
    rng = random.Random(seed)
    ends: Counter[tuple[str, int]] = Counter()
    complaints: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(copies):
            original = parts[number % len(parts)].read_bytes()
            damage = list(DAMAGES)[number % len(DAMAGES)] if number else "a gigabyte long"
            path = folder / f"copy{number}.step"
            if number:
                path.write_bytes(DAMAGES[damage](original, rng))
            else:
                path = gigabyte(folder, original)
            code, problems = judged(command, path, damage, limit_s)
            ends[damage, code] += 1
            complaints += [f"copy {number} ({damage} of {parts[number % len(parts)].name}): {one}" for one in problems]
            if problems and keep and number:
                keep.mkdir(parents=True, exist_ok=True)
                (keep / path.name).write_bytes(path.read_bytes())
            path.unlink()
            if number % 100 == 99:
                print(f"{number + 1} copies, {len(complaints)} complaints", file=sys.stderr, flush=True)
    return ends, complaints


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="+", type=Path)
    parser.add_argument("--copies", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--command", choices=("features", "plan"), default="features")
    parser.add_argument("--limit-s", type=float, default=120.0)
    parser.add_argument("--keep", type=Path, help="folder for copies whose reading failed the check")
    parser.add_argument("--warm", action="store_true", help="fork the reader; for features only")
    asked = parser.parse_args()
    command = [sys.executable, "-m", "nightmill", asked.command]
    judged = judge_warm if asked.warm and asked.command == "features" else judge
    if asked.warm:
        from nightmill.cad import read_part

        read_part(asked.parts[0])  # loads the kernel before anything is forked
    ends, complaints = campaign(asked.parts, asked.copies, asked.seed, command, asked.limit_s, asked.keep, judged)
    for (damage, code), count in sorted(ends.items()):
        print(f"{damage:20} exit {code}: {count}")
    print("\n".join(complaints))
    print(f"{sum(ends.values())} copies, {len(complaints)} complaints")
    raise SystemExit(1 if complaints else 0)


if __name__ == "__main__":
    main()
