"""Limits of size from a tolerance class such as ``H7`` or ``r6``: ISO 286-1:2010 for sizes up to 500 mm, all letters, IT1 to IT18.

The tables contain the standard's rounded values in µm. They follow i = 0.45 D^(1/3) + 0.001 D (table 1) and the deviation
formulas of its annex; tests compare them with those formulas and with published examples. A hole has the mirrored deviation
of the shaft, plus Δ = IT(n) - IT(n-1) for K, M, N up to IT8 and P to ZC up to IT7.
"""

import bisect
import re

UP_TO_MM = (3, 6, 10, 18, 30, 50, 80, 120, 180, 250, 315, 400, 500)
GRADES_UM: dict[int, tuple[float, ...]] = {
    1: (0.8, 1, 1, 1.2, 1.5, 1.5, 2, 2.5, 3.5, 4.5, 6, 7, 8),
    2: (1.2, 1.5, 1.5, 2, 2.5, 2.5, 3, 4, 5, 7, 8, 9, 10),
    3: (2, 2.5, 2.5, 3, 4, 4, 5, 6, 8, 10, 12, 13, 15),
    4: (3, 4, 4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20),
    5: (4, 5, 6, 8, 9, 11, 13, 15, 18, 20, 23, 25, 27),
    6: (6, 8, 9, 11, 13, 16, 19, 22, 25, 29, 32, 36, 40),
    7: (10, 12, 15, 18, 21, 25, 30, 35, 40, 46, 52, 57, 63),
    8: (14, 18, 22, 27, 33, 39, 46, 54, 63, 72, 81, 89, 97),
    9: (25, 30, 36, 43, 52, 62, 74, 87, 100, 115, 130, 140, 155),
    10: (40, 48, 58, 70, 84, 100, 120, 140, 160, 185, 210, 230, 250),
    11: (60, 75, 90, 110, 130, 160, 190, 220, 250, 290, 320, 360, 400),
    12: (100, 120, 150, 180, 210, 250, 300, 350, 400, 460, 520, 570, 630),
    13: (140, 180, 220, 270, 330, 390, 460, 540, 630, 720, 810, 890, 970),
    14: (250, 300, 360, 430, 520, 620, 740, 870, 1000, 1150, 1300, 1400, 1550),
    15: (400, 480, 580, 700, 840, 1000, 1200, 1400, 1600, 1850, 2100, 2300, 2500),
    16: (600, 750, 900, 1100, 1300, 1600, 1900, 2200, 2500, 2900, 3200, 3600, 4000),
    17: (1000, 1200, 1500, 1800, 2100, 2500, 3000, 3500, 4000, 4600, 5200, 5700, 6300),
    18: (1400, 1800, 2200, 2700, 3300, 3900, 4600, 5400, 6300, 7200, 8100, 8900, 9700),
}
# finer steps for the deviations that increase fast
_STEPS_MM = (
    3,
    6,
    10,
    14,
    18,
    24,
    30,
    40,
    50,
    65,
    80,
    100,
    120,
    140,
    160,
    180,
    200,
    225,
    250,
    280,
    315,
    355,
    400,
    450,
    500,
)
_BELOW_UM: dict[str, tuple[float | None, ...]] = {
    "c": (60, 70, 80, 95, 95, 110, 110, 120, 130, 140, 150, 170, 180, 200, 210, 230, 240, 260, 280, 300, 330, 360, 400, 440, 480),
    "b": (140, 140, 150, 150, 150, 160, 160, 170, 180, 190, 200, 220, 240, 260, 280, 310, 340, 380, 420, 480, 540, 600, 680, 760, 840),
    "a": (270, 270, 280, 290, 290, 300, 300, 310, 320, 340, 360, 380, 410, 460, 520, 580, 660, 740, 820, 920, 1050, 1200, 1350, 1500, 1650),
}  # fmt: skip
_BELOW_COARSE_UM: dict[str, tuple[float | None, ...]] = {
    "cd": (34, 46, 56, 70, 85, 100, None, None, None, None, None, None, None),
    "d": (20, 30, 40, 50, 65, 80, 100, 120, 145, 170, 190, 210, 230),
    "e": (14, 20, 25, 32, 40, 50, 60, 72, 85, 100, 110, 125, 135),
    "ef": (10, 14, 18, 23, 25, 35, None, None, None, None, None, None, None),
    "f": (6, 10, 13, 16, 20, 25, 30, 36, 43, 50, 56, 62, 68),
    "fg": (4, 6, 8, 10, 12, 15, None, None, None, None, None, None, None),
    "g": (2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 18, 20),
    "h": (0,) * 13,
}
_ABOVE_COARSE_UM: dict[str, tuple[float | None, ...]] = {
    "k": (0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4, 5),
    "m": (2, 4, 6, 7, 8, 9, 11, 13, 15, 17, 20, 21, 23),
    "n": (4, 8, 10, 12, 15, 17, 20, 23, 27, 31, 34, 37, 40),
    "p": (6, 12, 15, 18, 22, 26, 32, 37, 43, 50, 56, 62, 68),
}
_ABOVE_UM: dict[str, tuple[float | None, ...]] = {
    "r": (10, 15, 19, 23, 23, 28, 28, 34, 34, 41, 43, 51, 54, 63, 65, 68, 77, 80, 84, 94, 98, 108, 114, 126, 132),
    "s": (14, 19, 23, 28, 28, 35, 35, 43, 43, 53, 59, 71, 79, 92, 100, 108, 122, 130, 140, 158, 170, 190, 208, 232, 252),
    "t": (None, None, None, None, None, None, 41, 48, 54, 66, 75, 91, 104, 122, 134, 146, 166, 180, 196, 218, 240, 268, 294, 330, 360),
    "u": (18, 23, 28, 33, 33, 41, 48, 60, 70, 87, 102, 124, 144, 170, 190, 210, 236, 258, 284, 315, 350, 390, 435, 490, 540),
    "v": (None, None, None, None, 39, 47, 55, 68, 81, 102, 120, 146, 172, 202, 228, 252, 284, 310, 340, 385, 425, 475, 530, 595, 660),
    "x": (20, 28, 34, 40, 45, 54, 64, 80, 97, 122, 146, 178, 210, 248, 280, 310, 350, 385, 425, 475, 525, 590, 660, 740, 820),
    "y": (None, None, None, None, None, 63, 75, 94, 114, 144, 174, 214, 254, 300, 340, 380, 425, 470, 520, 580, 650, 730, 820, 920, 1000),
    "z": (26, 35, 42, 50, 60, 73, 88, 112, 136, 172, 210, 258, 310, 365, 415, 465, 520, 575, 640, 710, 790, 900, 1000, 1100, 1250),
    "za": (32, 42, 52, 64, 77, 98, 118, 148, 180, 226, 274, 335, 400, 470, 535, 600, 670, 740, 820, 920, 1000, 1150, 1300, 1450, 1600),
    "zb": (40, 50, 67, 90, 108, 136, 160, 200, 242, 300, 360, 445, 525, 620, 700, 780, 880, 960, 1050, 1200, 1300, 1500, 1650, 1850, 2100),
    "zc": (60, 80, 97, 130, 150, 188, 218, 274, 325, 405, 480, 585, 690, 800, 900, 1000, 1150, 1250, 1350, 1550, 1700, 1900, 2100, 2400, 2600),
}  # fmt: skip
_HOLE_J_UM = {
    6: (2, 5, 5, 6, 8, 10, 13, 16, 18, 22, 25, 29, 33),
    7: (4, 6, 8, 10, 12, 14, 18, 22, 26, 30, 36, 39, 43),
    8: (6, 10, 12, 15, 20, 24, 28, 34, 41, 47, 55, 60, 66),
}
_SHAFT_J_UM = {
    5: (2, 2, 2, 3, 4, 5, 7, 9, 11, 13, 16, 18, 20),
    6: (2, 2, 2, 3, 4, 5, 7, 9, 11, 13, 16, 18, 20),
    7: (4, 4, 5, 6, 8, 10, 12, 15, 18, 21, 26, 28, 32),
}
_FINEST_K, _COARSEST_K, _COARSEST_N, _COARSEST_P = 4, 7, 8, 7
_M6_ODD_STEP, _M6_ODD_UM = 10, -9.0  # M6 over 250 to 315 mm: ISO 286-1, note to table 3
FIT = re.compile(r"(?:CD|EF|FG|JS|Z[ABC]|[A-HJKMNPR-VXYZ]|cd|ef|fg|js|z[abc]|[a-hjkmnpr-vxyz])(?:1[0-8]|[1-9])")


def deviations(fit: str, nominal_mm: float) -> tuple[float, float] | None:
    """Return the lower and upper deviation in mm for a size of ``nominal_mm`` with ``fit``; None if the standard has none.

    A capital letter is a hole, a small letter a shaft: ``H7``, ``r6``, ``JS9``, ``za8``.
    """
    match = re.fullmatch(r"([A-Za-z]{1,2})(\d{1,2})", fit)
    if match is None or FIT.fullmatch(fit) is None or not 0 < nominal_mm <= UP_TO_MM[-1]:
        return None
    letters, grade = match.group(1), int(match.group(2))
    coarse, fine = bisect.bisect_left(UP_TO_MM, nominal_mm), bisect.bisect_left(_STEPS_MM, nominal_mm)
    width = GRADES_UM[grade][coarse]
    small = letters.lower()
    if small == "js":
        return -width / 2000, width / 2000
    ends = _hole(small, grade, coarse, fine) if letters.isupper() else _shaft(small, grade, coarse, fine)
    if ends is None:
        return None
    lower, upper = ends
    lower, upper = (upper - width if lower is None else lower), (lower + width if upper is None else upper)  # type: ignore[operator]
    return round(lower / 1000, 6), round(upper / 1000, 6)


Ends = tuple[float | None, float | None]


def _shaft(letter: str, grade: int, coarse: int, fine: int) -> Ends | None:
    below = _below(letter, coarse, fine)
    if below is not None:
        return None, -below
    if letter == "j":
        return (-_SHAFT_J_UM[grade][coarse], None) if grade in _SHAFT_J_UM else None
    above = _above(letter, coarse, fine)
    if above is None:
        return None
    if letter == "k" and not _FINEST_K <= grade <= _COARSEST_K:
        above = 0.0
    return above, None


def _hole(letter: str, grade: int, coarse: int, fine: int) -> Ends | None:
    below = _below(letter, coarse, fine)
    if below is not None:
        return below, None
    if letter == "j":
        return (None, _HOLE_J_UM[grade][coarse]) if grade in _HOLE_J_UM else None
    above = _above(letter, coarse, fine)
    if above is None:
        return None
    small_n = coarse == 0
    if letter == "k" and grade > _COARSEST_N:
        return (None, 0.0) if small_n else None
    if letter == "n" and grade > _COARSEST_N:
        return None, (-4.0 if small_n else 0.0)
    if letter == "m" and grade == 6 and coarse == _M6_ODD_STEP:
        return None, _M6_ODD_UM
    coarsest = _COARSEST_N if letter in "kmn" else _COARSEST_P
    wider = GRADES_UM[grade][coarse] - GRADES_UM[grade - 1][coarse] if 3 <= grade <= coarsest and not small_n else 0.0
    return None, -above + wider


def _below(letter: str, coarse: int, fine: int) -> float | None:
    if letter in _BELOW_UM:
        return _BELOW_UM[letter][fine]
    return _BELOW_COARSE_UM[letter][coarse] if letter in _BELOW_COARSE_UM else None


def _above(letter: str, coarse: int, fine: int) -> float | None:
    if letter in _ABOVE_COARSE_UM:
        return _ABOVE_COARSE_UM[letter][coarse]
    return _ABOVE_UM[letter][fine] if letter in _ABOVE_UM else None
