"""Circles around letters: a circled M is a modifier, a circled number a balloon, a small circle with a stroke through it a diameter
sign.
"""

import math

import msgspec

from nightmill.intake.drawing.page import Box, Letter, Page, Stroke, Turn, box_around
from nightmill.intake.drawing.symbols import MODIFIERS

_RING = {letter: ring for ring, letter in MODIFIERS.items()}
LEAST_MM, MOST_MM = 1.2, 16.0
ROUND_POINTS = 7
RING_SIZES, BALLOON_SIZES = 2.3, 3.4


def with_rings(page: Page) -> Page:
    """Return ``page`` with each circled letter as one symbol, without balloon numbers, and with drawn diameter signs as text."""
    rings = [box for stroke in page.strokes if (box := _ring(stroke)) is not None]
    if not rings:
        return page
    letters = list(page.letters)
    gone: set[int] = set()
    added: list[Letter] = []
    for ring in rings:
        inside = [place for place, letter in enumerate(letters) if place not in gone and ring.holds(_middle(letter))]
        if not inside:
            sign = _struck(ring, page)
            if sign is not None:
                added.append(sign)
            continue
        centred = [place for place in inside if math.dist(_middle(letters[place]), ring.middle) < 0.2 * ring.width]
        if len(inside) > 1 and len(centred) == 1 and letters[centred[0]].text in _RING:
            inside = centred  # the width of letters in a DXF is unknown: a neighbour may seem to overlap the circle
        text = "".join(letters[place].text for place in inside).strip()
        first = letters[inside[0]]
        if text in _RING and ring.width <= RING_SIZES * first.size:
            gone |= set(inside)
            added.append(_on_ring(_RING[text], ring, first))
        elif (
            text.isdigit()
            and len(text) <= 3
            and ring.width <= BALLOON_SIZES * first.size
            and _alone(inside, letters, ring)
        ):
            gone |= set(inside)
    kept = [letter for place, letter in enumerate(letters) if place not in gone]
    return msgspec.structs.replace(page, letters=(*kept, *added))


def _ring(stroke: Stroke) -> Box | None:
    if len(stroke.points) < ROUND_POINTS or math.dist(stroke.points[0], stroke.points[-1]) > 0.1:
        return None
    box = box_around(list(stroke.points))
    if not LEAST_MM <= box.width <= MOST_MM or not 0.9 < box.width / max(box.height, 1e-9) < 1.1:
        return None
    centre, radius = box.middle, box.width / 2
    return box if all(abs(math.dist(point, centre) - radius) < 0.08 * radius for point in stroke.points) else None


def _middle(letter: Letter) -> tuple[float, float]:
    turn = Turn(letter.angle)
    u, v = turn.to((letter.x, letter.y))
    return turn.back(Box(u, v - 0.72 * letter.size, u + letter.width, v)).middle


def _alone(inside: list[int], letters: list[Letter], ring: Box) -> bool:
    """Return whether no text continues through the circle."""
    reach = 0.7 * letters[inside[0]].size
    wider = Box(ring.x0 - reach, ring.y0, ring.x1 + reach, ring.y1)
    return sum(wider.holds(_middle(letter)) for letter in letters) == len(inside)


def _on_ring(sign: str, ring: Box, first: Letter) -> Letter:
    """Return the sign on its neighbours' baseline: a ring is about 1.5 capitals high and vertically centred on the capitals."""
    turn = Turn(first.angle)
    centre_u, centre_v = turn.to(ring.middle)
    size = max(first.size, ring.width / 1.4)
    x, y = _on_page(turn, centre_u - ring.width / 2, centre_v + 0.36 * size)
    return Letter(sign, x, y, ring.width, size, first.angle, first.sure)


def _on_page(turn: Turn, u: float, v: float) -> tuple[float, float]:
    """Return a point of the rotated page in page coordinates."""
    box = turn.back(Box(u, v, u, v))
    return box.x0, box.y0


def _struck(ring: Box, page: Page) -> Letter | None:
    """Return whether the circle is a diameter sign: small, with one slanting stroke through its middle, and next to a figure."""
    radius = ring.width / 2
    for stroke in page.strokes:
        if len(stroke.points) != 2:
            continue
        (x0, y0), (x1, y1) = stroke.points
        middle = ((x0 + x1) / 2, (y0 + y1) / 2)
        long = math.dist(*stroke.points)
        slanting = min(abs(x1 - x0), abs(y1 - y0)) > 0.25 * long
        if slanting and math.dist(middle, ring.middle) < 0.3 * radius and 1.8 * radius < long < 4 * radius:
            return _beside(ring, page)
    return None


def _beside(ring: Box, page: Page) -> Letter | None:
    for letter in page.letters:
        turn = Turn(letter.angle)
        u, v = turn.to((letter.x, letter.y))
        centre_u, centre_v = turn.to(ring.middle)
        gap = u - centre_u - ring.width / 2
        level = abs(v - 0.36 * letter.size - centre_v)
        if (
            letter.text in "0123456789."
            and -0.2 * letter.size < gap < 0.8 * letter.size
            and level < 0.3 * letter.size
            and ring.width < 1.2 * letter.size
        ):
            x, y = _on_page(turn, u - max(gap, 0.0) - ring.width, v)
            return Letter("⌀", x, y, ring.width, letter.size, letter.angle)
    return None
