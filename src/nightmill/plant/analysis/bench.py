"""Run the benchmarks that users can run."""

import json
import sys
from typing import Any

import msgspec

from nightmill.vocabulary.errors import UNREADABLE, BadInput, Finding


def offset_lines() -> None:
    """Run ``nightmill bench offset --plant -``: the offset controller with a plant connected through standard input and output."""
    from nightmill.quality import offset_control

    state = None
    for number, line in enumerate(sys.stdin, 1):
        try:
            document = msgspec.json.decode(line.encode())
            if not isinstance(document, dict):
                raise BadInput(Finding("stdin", "", "no object", "a JSON object", "See the offset interface."))
            state, answer = offset_control.handle(state, document)
        except (*UNREADABLE, BadInput) as error:
            raise BadInput(
                Finding("stdin", f"line {number}", str(error), "a line of the offset interface", "Correct the line.")
            ) from error
        if answer is not None:
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


def run_bench(name: str, seed: int) -> dict[str, Any]:
    """Run one of the benchmarks that users can run."""
    if name == "offset":
        from nightmill.quality import run_own_plants

        return {"plants": [dict(msgspec.to_builtins(each)) for each in run_own_plants(seed)]}
    raise BadInput(
        Finding("bench", "", repr(name), "night, offset or twin", "The other benchmarks are scripts in benchmarks/.")
    )
