"""Errors that a person can act on.

NightmillError
├── BadInput            exit code 2: a file, a value or a question was wrong
└── EnvironmentFailed   exit code 3: disk full, port in use, a child over its time or memory limit
    └── Fenced          another controller has taken over; this one must stop

Each carries findings: the place, the text found, the expectation and the remedy.
"""

import msgspec

MOST_FOUND = 600
"""Maximum number of characters of the offending text that an error quotes."""


class Finding(msgspec.Struct, frozen=True):
    """One mistake, described so that a person can correct it without reading code.

    If ``found`` is long, only its start and end are kept, so that the sentence stays readable. Bytes in a file name
    that are not UTF-8 become replacement characters, so that the finding can be written anywhere.
    """

    file: str
    place: str
    found: str
    expected: str
    remedy: str

    def __post_init__(self) -> None:
        for name in ("file", "place", "found"):
            text: str = getattr(self, name)
            sayable = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            if sayable != text:
                msgspec.structs.force_setattr(self, name, sayable)
        if len(self.found) > MOST_FOUND:
            half = MOST_FOUND // 2 - 20
            kept = f"{self.found[:half]} … {self.found[-half:]} ({len(self.found):,} characters)"
            msgspec.structs.force_setattr(self, "found", kept)

    def sentence(self) -> str:
        """Return the finding as one line of text."""
        where = f"{self.file}: {self.place}" if self.place else self.file
        return f"{where}: found {self.found}; expected {self.expected}. {self.remedy}"


UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""Exceptions that ``msgspec`` raises for bytes it cannot decode: not JSON, not UTF-8, another shape, or nested too deep."""


class NightmillError(Exception):
    """Root of every error that Nightmill raises on purpose; ``exit_code`` is the command line's exit code."""

    exit_code = 3

    def __init__(self, *findings: Finding) -> None:
        super().__init__("\n".join(finding.sentence() for finding in findings))
        self.findings = findings


class BadInput(NightmillError):
    """The input is wrong: exit code 2."""

    exit_code = 2


class NobodyPresent(BadInput):
    """Nobody is present to do some of the work; a plan over a longer period may still have time for it."""


class EnvironmentFailed(NightmillError):
    """The machine or its surroundings failed, not the input: exit code 3."""

    exit_code = 3


class Fenced(EnvironmentFailed):
    """A controller with a newer fencing token is in charge; anything that this controller still writes or sends is refused."""


def fenced(place: str, mine: int, newest: int) -> Fenced:
    """Return the error for token ``mine`` at ``place``; ``newest`` is the newest token known."""
    return Fenced(
        Finding(
            place,
            "fencing token",
            str(mine),
            f"{newest} or newer",
            "Nothing is lost: the controller that took over continues. Stop this one.",
        )
    )
