"""Change speeds and feeds in a program that is already certified: the moves stay, and only S and F words change."""

import re
from collections.abc import Mapping

from nightmill.vocabulary.errors import BadInput, Finding

_TOOL = re.compile(r"\bT(\d+)\b")
_SPEED = re.compile(r"\bS(\d+(?:\.\d+)?)")
_FEED = re.compile(r"\bF(\d+(?:\.\d+)?)")
LOWEST_FACTOR, HIGHEST_FACTOR = 0.1, 3.0


def retune(program_text: str, factors: Mapping[int, tuple[float, float]]) -> str:
    """Return the program with the speed and feed of each listed tool scaled: ``{tool: (speed_factor, feed_factor)}``.

    Comments and coordinates stay as they are, so that a certificate of the moves still holds. Raises BadInput for
    a factor outside 0.1 to 3.
    """
    wrong = [
        Finding("program", f"tool {tool}", f"factors {pair}", "factors from 0.1 to 3", "Choose a smaller change.")
        for tool, pair in factors.items()
        if not all(LOWEST_FACTOR <= f <= HIGHEST_FACTOR for f in pair)
    ]
    if wrong:
        raise BadInput(*wrong)
    speed = feed = 1.0
    out = []
    for line in program_text.split("\n"):
        pieces = re.split(r"(\([^)]*\)|;.*$)", line)
        for i in range(0, len(pieces), 2):
            tool = _TOOL.search(pieces[i])
            if tool:
                speed, feed = factors.get(int(tool.group(1)), (1.0, 1.0))
            pieces[i] = _scaled(_scaled(pieces[i], _SPEED, "S", speed), _FEED, "F", feed)
        out.append("".join(pieces))
    return "\n".join(out)


def _scaled(code: str, pattern: re.Pattern[str], letter: str, factor: float) -> str:
    if factor == 1.0:
        return code
    return pattern.sub(lambda found: f"{letter}{float(found.group(1)) * factor:.6g}", code)
