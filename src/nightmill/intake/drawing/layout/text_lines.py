"""Assemble letters into lines of text, at any angle, and lines into callouts: stacked deviations, limits and continued lines.

A stack of two values is written into the text as ``⟨upper|lower⟩``, a continued line after `` ⏎ ``.
"""

import re
from collections.abc import Iterable, Sequence

import msgspec

from nightmill.intake.drawing.page import Box, Letter, Page, Turn
from nightmill.intake.drawing.symbols import plain

SAME_ANGLE_DEG = 3.0
WORD_GAP, LINE_GAP = 0.17, 1.15  # of the letter's size
OTHERS_GAP, TWO_TEXTS = 0.6, 0.6
"""Gap between two texts of a scan, in letter sizes, from which they may be two callouts, and the confidence in a line with such a gap."""
WIDER = 1.6
"""Factor by which the gap before a depth may be wider: a depth never starts a text, and monospaced fonts leave a wide gap before it."""
SAME_BASELINE, OTHER_SIZE_BASELINE = 0.22, 0.06
_VALUE = r"[(+\-±]?\s*\d*[.,]?\d+\s*(?:°|mm|\")?\)?"
_DEVIATION = re.compile(r"\(?\s*(?:[+\-±]\s*)?(?:\d+[.,]?\d*|[.,]\d+)\s*°?\s*[)\]]?")
_LIMIT = re.compile(r"[⌀R]?\s*(?:\d+[.,]\d+|\d+|[.,]\d+)\s*°?")
_ENDS_IN_FIGURE = re.compile(r"[\d°\"\)]\s*$")
_COUNT, _COUNTED = re.compile(r"\d{1,3}\s*[x×X]"), re.compile(r"[⌀R□M(]|S⌀|SR|\d")
_FIT_AT_END = re.compile(r"\d\s*[A-Za-z]{1,2}\d{1,2}$")
_WANTS_VALUES = re.compile(r"(?:^|[×xX\s(])(?:⌀|S⌀|R|SR|□)$")
_ENDS_IN_SIZE = re.compile(r"(?:\d\s*°?|\d\s*[A-Za-z]{1,2}\d{1,2}|\d\s*mm)\s*\(?$")
CONTINUES = re.compile(
    r"^(?:⌴|⌵|↧|□?\s*THRU|THROUGH|DURCH|DEEP|TIEF|(?:C'?BORE|CBORE|CSK|C'?SINK|SENKUNG)|M\d|EQ|TIEFE|DEPTH|\d+\s*DEEP"
    r"|(?:ON|AUF)\s+(?:A\s+)?⌀|TAP)",
    re.I,
)


class Line(msgspec.Struct, frozen=True):
    """A line of text; ``box`` is in the page rotated by ``angle``, and its lower edge is the baseline."""

    text: str
    box: Box
    size: float
    angle: float
    sure: float = 1.0

    @property
    def on_page(self) -> Box:
        """Return the line's box in page coordinates."""
        return Turn(self.angle).back(self.box)


def lines_of(page: Page, walls: Sequence[tuple[float, Sequence[Box]]] = ()) -> list[Line]:
    """Return all lines of text of ``page``. ``walls``: vertical strokes per angle, which no line of text crosses."""
    groups: list[tuple[float, list[Letter]]] = []
    for letter in sorted(page.letters, key=lambda each: each.angle):
        if groups and letter.angle - groups[-1][0] <= SAME_ANGLE_DEG:
            groups[-1][1].append(letter)
        else:
            groups.append((letter.angle, [letter]))
    between = dict(walls)
    found: list[Line] = []
    for angle, letters in groups:
        at = round(angle) if abs(angle - round(angle)) < 0.5 else angle
        found += _lines_at(float(at), letters, between.get(float(at), ()))
    return found


class _Open:
    """A line of text that can still be extended to the right."""

    def __init__(self, letter: Letter, u: float, v: float) -> None:
        self.text, self.size, self.base, self.sure = letter.text, letter.size, v, letter.sure
        self.start, self.end, self.blank = u, u + letter.width, False
        self.last = letter

    def gap_to(self, letter: Letter, u: float, v: float) -> float | None:
        gap, size = u - self.end, min(self.size, letter.size)
        alike = 0.9 <= letter.size / self.size <= 1.11
        related = 0.66 <= letter.size / self.size <= 1.5
        if letter.sure < 1:
            alike = related = self._level_with(letter, v)
        if abs(v - self.base) > size * (SAME_BASELINE if alike else OTHER_SIZE_BASELINE) or not related:
            return None
        reach = LINE_GAP * (WIDER if letter.text.startswith("↧") else 1)
        if not -0.45 * size <= gap <= reach * max(size, 0.8 * self.size):
            return None
        return abs(gap) + 2 * abs(v - self.base)

    def _level_with(self, letter: Letter, v: float) -> bool:
        """Return whether a whole word is on the baseline; deviations beside a size are set higher or lower."""
        top, other = self.base - 0.72 * self.size, v - 0.72 * letter.size
        return max(abs(v - self.base), abs(top - other)) < 0.2 * max(letter.size, self.size)

    def take(self, letter: Letter, u: float) -> None:
        if letter.sure < 1 and u - self.end > OTHERS_GAP * min(self.size, letter.size) and _may_be_two(self, letter):
            self.sure = min(self.sure, TWO_TEXTS)
        if self.blank or u - self.end > WORD_GAP * min(self.size, letter.size):
            self.text += " "
        self.text += letter.text
        self.end, self.blank, self.last = u + letter.width, False, letter
        self.sure = min(self.sure, letter.sure)
        self.size = max(self.size, letter.size)


def _may_be_two(line: _Open, letter: Letter) -> bool:
    """Return whether a figure follows another one, in which case (``±0,1`` and ``4,5 tief``) they may belong to two callouts."""
    return _ENDS_IN_FIGURE.search(line.text) is not None and re.match(r"[\d.,]", letter.text) is not None


def _lines_at(angle: float, letters: list[Letter], walls: Sequence[Box]) -> list[Line]:
    turn = Turn(angle)
    placed = sorted(((*turn.to((each.x, each.y)), each) for each in letters), key=lambda entry: entry[:2])
    still_open: list[_Open] = []
    closed: list[_Open] = []
    for u, v, letter in placed:
        for each in [one for one in still_open if u - one.end > 2 * LINE_GAP * max(one.size, letter.size)]:
            still_open.remove(each)
            closed.append(each)
        near = [(gap, line) for line in still_open if (gap := line.gap_to(letter, u, v)) is not None]
        near = [(gap, line) for gap, line in near if not _walled(walls, line, u, v)]
        best = min(near, key=lambda entry: entry[0])[1] if near else None
        if not letter.text.strip():
            if best is not None:
                best.blank, best.end = True, max(best.end, u + letter.width)
        elif best is None:
            still_open.append(_Open(letter, u, v))
        elif not (best.last.text == letter.text and abs(u - best.end + letter.width) < 0.1 * letter.size):
            best.take(letter, u)
    made = []
    for line in closed + still_open:
        text = re.sub(r"\s+", " ", plain(line.text)).strip()
        box = Box(line.start, line.base - 0.72 * line.size, line.end, line.base)
        made.append(Line(text, box, line.size, angle, line.sure))
    return [line for line in made if line.text]


def _walled(walls: Sequence[Box], line: _Open, u: float, v: float) -> bool:
    middle = v - 0.3 * line.size
    if u - line.end < 0.5 * WORD_GAP * line.size:
        return False  # a stroke that runs through a word doesn't split it
    return any(
        line.end - 0.3 * line.size < wall.x0 < u + 0.3 * line.size and wall.y0 < middle < wall.y1 for wall in walls
    )


def composed(lines: Iterable[Line]) -> list[Line]:
    """Return lines with their stacked deviations, limits and continued lines joined into one text."""
    done: list[Line] = []
    by_angle: dict[float, list[Line]] = {}
    for line in lines:
        by_angle.setdefault(line.angle, []).append(line)
    for group in by_angle.values():
        done += _continued(_limits(_beside(_stacked(group))))
    return done


def _joined(first: Line, others: Sequence[Line], text: str) -> Line:
    box = first.box
    for other in others:
        box = box.joined(other.box)
    return Line(text, box, first.size, first.angle, min(line.sure for line in (first, *others)))


def _middle(line: Line) -> float:
    return (line.box.y0 + line.box.y1) / 2


def _stacked(lines: list[Line]) -> list[Line]:
    """Append upper and lower deviation, or limits after a lone ⌀, to the size beside them."""
    values = [line for line in lines if _DEVIATION.fullmatch(line.text)]
    used: set[int] = set()
    made: dict[int, Line] = {}
    for place, line in enumerate(lines):
        alone = _WANTS_VALUES.search(line.text) is not None
        if id(line) in used or not (alone or _ENDS_IN_SIZE.search(line.text)):
            continue
        near = [
            each
            for each in values
            if each is not line
            and id(each) not in used
            and _near_end(line, each)
            and abs(_middle(each) - _middle(line)) < 1.3 * line.size
            and each.size <= 1.1 * line.size
        ]
        pair = _pair(near, _middle(line), signed=not alone and _FIT_AT_END.search(line.text) is None)
        if pair is None:
            lost = [each for each in near if each.size < 0.85 * line.size and each.text[0] not in "±("]
            used |= {id(each) for each in lost}
            if lost:  # a deviation that was found but not understood must not be lost silently
                made[place] = _joined(line, lost, f"{line.text} ?{'?'.join(each.text for each in lost)}?")
            continue
        upper, lower = pair
        used |= {id(upper), id(lower)}
        text = f"{line.text}⟨{_bare(upper.text)}|{_bare(lower.text)}⟩"
        made[place] = _joined(line, pair, text)
    return [made.get(place, line) for place, line in enumerate(lines) if id(line) not in used]


def _near_end(line: Line, value: Line) -> bool:
    """Return whether a value is near the end of a line; a signed value may be further away, as the width of DXF text is unknown."""
    gap = (value.box.x0 - line.box.x1) / line.size
    return -1.5 <= gap <= 2.2 if value.text.strip("( ")[:1] in "+-0" else -0.3 <= gap <= 1.3


def _bare(text: str) -> str:
    return text.strip("()[] ").replace(" ", "")


def _pair(near: list[Line], middle: float, *, signed: bool) -> tuple[Line, Line] | None:
    above = [line for line in near if _middle(line) < middle - 0.1 * line.size]
    below = [line for line in near if _middle(line) > middle + 0.1 * line.size]
    for upper in above:
        for lower in below:
            apart = lower.box.y1 - upper.box.y1
            level = min(
                abs(upper.box.x0 - lower.box.x0), abs(upper.box.x1 - lower.box.x1), abs(_centre(upper) - _centre(lower))
            )
            signs = any(each.text.strip("( ")[0] in "+-±" for each in (upper, lower))
            if 0.7 * upper.size < apart < 2.2 * upper.size and level < 0.9 * upper.size and (signs or not signed):
                return upper, lower
    return None


def _centre(line: Line) -> float:
    return (line.box.x0 + line.box.x1) / 2


def _beside(lines: list[Line]) -> list[Line]:
    """Append a smaller ``±0.1``, and any text after a stack, to the size beside them."""
    kept = sorted(lines, key=lambda line: line.box.x0)
    changed = True
    while changed:
        changed = False
        for line in kept:
            follower = next((each for each in kept if each is not line and _follows(line, each)), None)
            if follower is not None:
                joined = _joined(line, [follower], f"{line.text} {follower.text}")
                kept = [joined if each is line else each for each in kept if each is not follower]
                changed = True
                break
    return kept


def _follows(line: Line, other: Line) -> bool:
    gap = other.box.x0 - line.box.x1
    level = abs(_middle(other) - _middle(line))
    if not -0.3 * line.size <= gap <= 1.3 * line.size:
        return False
    if _COUNT.fullmatch(line.text) and _COUNTED.match(other.text):
        return level < 0.45 * line.size
    if line.text.endswith("⟩"):
        return level < 0.2 * line.size and abs(other.size - line.size) < 0.15 * line.size
    signed = re.match(r"[±(]\s*[\d.,+\-]|[A-Za-z]{1,2}\d{1,2}$", other.text) is not None
    size = _ENDS_IN_SIZE.search(line.text) is not None
    return signed and size and level < 0.45 * line.size and 0.4 * line.size < other.size <= 1.1 * line.size


def _limits(lines: list[Line]) -> list[Line]:
    """Join two plain values in the same letter size, the larger right above the smaller, into limits of size."""
    used: set[int] = set()
    made: dict[int, Line] = {}
    plain_values = [line for line in lines if _LIMIT.fullmatch(line.text)]
    for upper in plain_values:
        for lower in plain_values:
            if upper is lower or used & {id(upper), id(lower)} or not _are_limits(upper, lower):
                continue
            used |= {id(upper), id(lower)}
            sign = "".join(sorted({line.text[0] for line in (upper, lower)} & set("⌀R")))
            high, low = (line.text.lstrip("⌀R ") for line in (upper, lower))
            made[id(upper)] = _joined(upper, [lower], f"{sign}⟨{high}|{low}⟩")
    return [made.get(id(line), line) for line in lines if id(line) not in used or id(line) in made]


def _are_limits(upper: Line, lower: Line) -> bool:
    apart = lower.box.y1 - upper.box.y1
    level = min(abs(upper.box.x0 - lower.box.x0), abs(_centre(upper) - _centre(lower)))
    close = 0.9 * upper.size < apart < 1.55 * upper.size and level < 0.6 * upper.size
    if not close or abs(upper.size - lower.size) > 0.1 * upper.size:
        return False
    high, low = (float(line.text.lstrip("⌀R ").rstrip("° ").replace(",", ".")) for line in (upper, lower))
    return low < high <= low * 1.06 + 0.5 and high - low < 6


def _continued(lines: list[Line]) -> list[Line]:
    """Join ``⌴ ⌀11 ↧6.5`` to ``4× ⌀6.6`` right above it, which that text continues."""
    kept = sorted(lines, key=lambda line: line.box.y1)
    done: list[Line] = []
    for line in kept:
        above = next((each for each in reversed(done) if CONTINUES.match(line.text) and _right_above(each, line)), None)
        if above is None:
            done.append(line)
        else:
            done[done.index(above)] = _joined(above, [line], f"{above.text} ⏎ {line.text}")
    return done


def _right_above(above: Line, line: Line) -> bool:
    apart = line.box.y1 - above.box.y1
    level = min(abs(above.box.x0 - line.box.x0), abs(_centre(above) - _centre(line)), abs(above.box.x1 - line.box.x1))
    alike = abs(above.size - line.size) < (0.15 if min(above.sure, line.sure) >= 1 else 0.3) * line.size
    hole = re.search(r"⌀|\bM\d|UN[CF]|\bG\s?\d|NPT", above.text) is not None
    return alike and hole and 0.7 * line.size < apart < 2.1 * line.size and level < 0.7 * line.size
