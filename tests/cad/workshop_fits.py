"""A second table of ISO 286, typed apart from ``vocabulary.fits`` and smaller, to hold that one against.

Holes D to H and JS, shafts d to h, js, k, m, n and p, grades 5 to 13, up to 500 mm. Holes K to ZC have deviations that
depend on the grade; they are left to the person who reads the drawing.
"""

import bisect
import re

_UP_TO_MM = (3, 6, 10, 18, 30, 50, 80, 120, 180, 250, 315, 400, 500)
_GRADES_UM = {
    5: (4, 5, 6, 8, 9, 11, 13, 15, 18, 20, 23, 25, 27),
    6: (6, 8, 9, 11, 13, 16, 19, 22, 25, 29, 32, 36, 40),
    7: (10, 12, 15, 18, 21, 25, 30, 35, 40, 46, 52, 57, 63),
    8: (14, 18, 22, 27, 33, 39, 46, 54, 63, 72, 81, 89, 97),
    9: (25, 30, 36, 43, 52, 62, 74, 87, 100, 115, 130, 140, 155),
    10: (40, 48, 58, 70, 84, 100, 120, 140, 160, 185, 210, 230, 250),
    11: (60, 75, 90, 110, 130, 160, 190, 220, 250, 290, 320, 360, 400),
    12: (100, 120, 150, 180, 210, 250, 300, 350, 400, 460, 520, 570, 630),
    13: (140, 180, 220, 270, 330, 390, 460, 540, 630, 720, 810, 890, 970),
}
# how far the nearer limit lies from the nominal size: below it for shafts d to g, above it for k to p
_CLEARANCE_UM = {
    "d": (20, 30, 40, 50, 65, 80, 100, 120, 145, 170, 190, 210, 230),
    "e": (14, 20, 25, 32, 40, 50, 60, 72, 85, 100, 110, 125, 135),
    "f": (6, 10, 13, 16, 20, 25, 30, 36, 43, 50, 56, 62, 68),
    "g": (2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 18, 20),
    "h": (0,) * len(_UP_TO_MM),
}
_INTERFERENCE_UM = {
    "k": (0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4, 5),
    "m": (2, 4, 6, 7, 8, 9, 11, 13, 15, 17, 20, 21, 23),
    "n": (4, 8, 10, 12, 15, 17, 20, 23, 27, 31, 34, 37, 40),
    "p": (6, 12, 15, 18, 22, 26, 32, 37, 43, 50, 56, 62, 68),
}
_COARSEST_K = 7


def deviations_of(fit: str, nominal_mm: float) -> tuple[float, float] | None:
    """Lower and upper deviation in mm of a size with a fit; None where these tables don't have it.

    A capital letter is a hole, a small one a shaft: ``H7``, ``g6``, ``js9``.
    """
    match = re.fullmatch(r"([A-Za-z]{1,2})\s*(\d{1,2})", fit.strip())
    if match is None or not 0 < nominal_mm <= _UP_TO_MM[-1] or int(match.group(2)) not in _GRADES_UM:
        return None
    letter, grade = match.group(1), int(match.group(2))
    place = bisect.bisect_left(_UP_TO_MM, nominal_mm)
    width = _GRADES_UM[grade][place] / 1000
    small = letter.lower()
    if small == "js":
        return -width / 2, width / 2
    if small in _CLEARANCE_UM:
        near = _CLEARANCE_UM[small][place] / 1000
        return (near, near + width) if letter.isupper() else (-near - width, -near)
    if letter in _INTERFERENCE_UM:
        near = 0.0 if letter == "k" and grade > _COARSEST_K else _INTERFERENCE_UM[letter][place] / 1000
        return near, near + width
    return None
