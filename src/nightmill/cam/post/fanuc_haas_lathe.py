"""Lathe post: rewrite a program from ``TurningProgram`` for a Fanuc (G-code system A) or a Haas lathe.

Differences from LinuxCNC: X is a diameter by the control's setting, not by G7; ``T0302`` selects station 3 with offset 2
(both the same here) and needs neither M6 nor G43; G50 S limits the speed of G96; G99 is feed per revolution; X and Z are
absolute, U and W incremental, so that G28 U0. returns to the reference point; G32 cuts a thread with the pitch F; G84 taps
(on a Fanuc rigidly after M29). G2, G3, I and K mean the same. Sources: Fanuc Series 0i-F operator's manual for lathes
(B-64604EN-1), G-code system A; Haas lathe operator's manual (96-8910): G50, G53, G96, T.
"""

from collections.abc import Mapping

from nightmill.cam.post.words import Dialect, PostError, code_of, dealt_out, decimal, pocket_of, whole, words_of

_KEPT = {"0", "1", "2", "3", "18", "21", "40", "54", "55", "56", "57", "58", "59", "80", "97"}
_SETTLED = {"7", "49", "90"}
"""Codes that are left out because the control's settings, its G-code system or the T word already say the same."""
_M = {"0", "1", "3", "4", "5", "8", "9"}


def lathe_program(text: str, dialect: Dialect, stations: Mapping[int, int]) -> list[str]:
    """Return the blocks between the O-number and the last ``%``. Raises ``PostError`` for any word without an equivalent;
    nothing is dropped.
    """
    lines = ["(X IS A DIAMETER, FEED IN MM PER REV)", *dealt_out(text, stations)]
    post = _LathePost(dialect, stations)
    for at, raw in enumerate(text.splitlines(), start=1):
        try:
            words, said = words_of(raw)
            lines += [*said, *post.block(words)] if words else said
        except ValueError as error:
            raise PostError(f"line {at}: {error}") from error
    return lines


class _LathePost:
    """State of the lathe post: the tool in use, to check that G43 is that tool's own offset."""

    def __init__(self, dialect: Dialect, stations: Mapping[int, int]) -> None:
        self.dialect = dialect
        self.stations = stations
        self.tool = 0
        self.speed = 0
        self.z = ""

    def block(self, words: list[tuple[str, str]]) -> list[str]:
        """Return the blocks of the dialect for the words of one LinuxCNC block."""
        codes = [code_of(value) for letter, value in words if letter == "G"]
        values = {letter: value for letter, value in words if letter not in "GM"}
        if "53" in codes:
            return self._retract(values)
        if "64" in codes:
            return ["G64"]
        if "43" in codes:
            if len(words) != 2 or whole("H", values.get("H", "0")) != self.tool:
                raise ValueError(f"an offset that is not for the tool in use, T{self.tool}")
            return []
        if "T" in values:
            return self._station(words, values)
        if "4" in codes:
            return [f"G4 P{round(1000 * float(values['P']))}"]
        if "96" in codes:
            return self._constant_speed(words, values)
        if "S" in values:
            self.speed = round(float(values["S"]))
        if "33" in codes or "33.1" in codes:
            return self._thread(values, tap="33.1" in codes)
        self.z = values.get("Z", self.z)
        said = [word for word in (self._word(letter, value) for letter, value in words) if word]
        return [" ".join(said)] if said else []

    def _retract(self, values: dict[str, str]) -> list[str]:
        if not values or any(letter not in "XZ" or float(value) != 0 for letter, value in values.items()):
            raise ValueError("G53 to a position other than machine zero")
        if self.dialect == "haas":
            return ["G53 G0 " + " ".join(f"{letter}0." for letter in values)]
        return ["G28 " + " ".join(f"{'U' if letter == 'X' else 'W'}0." for letter in values)]

    def _station(self, words: list[tuple[str, str]], values: dict[str, str]) -> list[str]:
        if sorted(letter for letter, _ in words) != ["M", "T"] or ("M", "6") not in words:
            raise ValueError("a tool change must be T and M6 only")
        self.tool = whole("T", values["T"])
        station = pocket_of(self.tool, self.stations)
        if not 1 <= station <= 99:
            raise ValueError(f"T{station}: a lathe's stations are numbered 1 to 99")
        return [f"T{station:02d}{station:02d}"]

    def _constant_speed(self, words: list[tuple[str, str]], values: dict[str, str]) -> list[str]:
        if "S" not in values:
            raise ValueError("G96 without S")
        limit = [f"G50 S{whole('D', values['D'])}"] if "D" in values else []
        rest = [
            self._word(letter, value) for letter, value in words if letter != "D" and (letter, value) != ("G", "96")
        ]
        return [*limit, " ".join(["G96", *rest])]

    def _thread(self, values: dict[str, str], *, tap: bool) -> list[str]:
        """Return the blocks for a thread along Z (G33), or for tapping in and out (G33.1), at the spindle speed in force."""
        if set(values) != {"Z", "K"}:
            raise ValueError("a thread may have only Z and K")
        z, pitch = decimal(values["Z"]), decimal(values["K"])
        if not tap:
            self.z = values["Z"]
            return [f"G32 Z{z} F{pitch}"]
        rigid = [f"M29 S{self.speed}"] if self.dialect == "fanuc" else []
        plane = "" if self.dialect == "fanuc" else f" R{decimal(self.z)}"
        return [*rigid, f"G84 Z{z}{plane} F{pitch}", "G80"]

    def _word(self, letter: str, value: str) -> str:
        code = code_of(value) if letter in "GM" else ""
        if letter == "G" and code in _SETTLED:
            return ""
        if letter == "G" and (code in _KEPT or code in {"94", "95"}):
            return {"94": "G98", "95": "G99"}.get(code, f"G{code}")
        if letter == "M" and code in {"2", "30"}:
            return "M30"
        if letter == "M" and code in _M:
            return f"M{code}"
        if letter in "XZIKF":
            return letter + decimal(value)
        if letter in "SN":
            return f"{letter}{round(float(value))}"
        raise ValueError(f"{letter}{value} has no equivalent")
