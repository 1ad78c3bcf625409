"""Callouts as a drafter would write them in a given style, with their meaning: sizes, fits, holes, threads, frames."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from drawn_fonts import has_letter

Truth = dict[str, object]
IT7 = {3: 10, 6: 12, 10: 15, 18: 18, 30: 21, 50: 25, 80: 30, 120: 35, 180: 40}
IT6 = {3: 6, 6: 8, 10: 9, 18: 11, 30: 13, 50: 16, 80: 19, 120: 22, 180: 25}
G = {3: 2, 6: 4, 10: 5, 18: 6, 30: 7, 50: 9, 80: 10, 120: 12, 180: 14}
F = {3: 6, 6: 10, 10: 13, 18: 16, 30: 20, 50: 25, 80: 30, 120: 36, 180: 43}
P = {3: 6, 6: 12, 10: 15, 18: 18, 30: 22, 50: 26, 80: 32, 120: 37, 180: 43}
METRIC = {3: 0.5, 4: 0.7, 5: 0.8, 6: 1.0, 8: 1.25, 10: 1.5, 12: 1.75, 16: 2.0, 20: 2.5}
FINE = {8: 1.0, 10: 1.25, 12: 1.25, 16: 1.5, 20: 1.5}
UNIFIED = [
    ("1/4-20 UNC", 6.35, 20),
    ("10-24 UNC", 4.826, 24),
    ("3/8-16 UNC", 9.525, 16),
    ("1/4-28 UNF", 6.35, 28),
    ("1/2-13 UNC", 12.7, 13),
]
GDT = {
    "straightness": "⏤", "flatness": "⏥", "circularity": "○", "cylindricity": "⌭", "line_profile": "⌒", "surface_profile": "⌓",
    "angularity": "∠", "perpendicularity": "⟂", "parallelism": "∥", "position": "⌖", "concentricity": "◎", "symmetry": "⌯",
    "circular_runout": "↗", "total_runout": "⌰",
}  # fmt: skip


@dataclass
class Style:
    """The style of a sheet."""

    font: str = "sans"
    comma: bool = False
    diameter: str = "⌀"
    count: str = "{n}× "
    through: str = "THRU"
    depth: str = "↧{d}"
    stacked: bool = True
    drawn_signs: bool = False
    language: str = "en"
    layout: str = "grid"
    sheet: tuple[float, float] = (420.0, 297.0)
    height: float = 3.5
    third_angle: bool = False
    turned: bool = True
    broken: bool = False
    weight: float = 1.0


def _um(table: dict[int, int], d: float) -> float:
    return next(v for k, v in table.items() if d <= k) / 1000


FITS: dict[str, Callable[[float], tuple[float, float]]] = {
    "H7": lambda d: (0.0, _um(IT7, d)),
    "g6": lambda d: (-_um(G, d) - _um(IT6, d), -_um(G, d)),
    "h6": lambda d: (-_um(IT6, d), 0.0),
    "f7": lambda d: (-_um(F, d) - _um(IT7, d), -_um(F, d)),
    "p6": lambda d: (_um(P, d), _um(P, d) + _um(IT6, d)),
    "js6": lambda d: (-_um(IT6, d) / 2, _um(IT6, d) / 2),
}


class Writer:
    """Writes callouts in a style and records their meaning."""

    def __init__(self, rng: random.Random, style: Style) -> None:
        self.rng, self.style = rng, style

    def num(self, value: float, places: int | None = None) -> str:
        text = f"{value:.{places}f}" if places is not None else f"{round(value, 4):g}"
        return text.replace(".", ",") if self.style.comma else text

    def size(self, low: float = 3, high: float = 120) -> float:
        value = self.rng.uniform(low, high)
        return round(value * 2) / 2 if self.rng.random() < 0.5 else round(value, self.rng.choice([0, 1, 2]))

    def tolerance(self, nominal: float, *, diameter: bool) -> tuple[str, tuple[str, str] | None, Truth]:
        """Return the text after the size, a stacked pair, and the true values."""
        way = self.rng.choice(
            ["none", "pm", "two", "fit", "fit_dev", "max"] if diameter else ["none", "none", "pm", "two", "max"]
        )
        if way == "pm":
            t = self.rng.choice([0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5])
            return self.rng.choice(["±", " ±", " ± "]) + self.num(t), None, {"lower": nominal - t, "upper": nominal + t}
        if way == "two":
            up, low = self.rng.choice(
                [(0.1, 0.0), (0.05, -0.02), (0.2, -0.1), (0.0, -0.05), (-0.01, -0.03), (0.03, 0.01)]
            )
            texts = [f"{v:+g}" if v else self.rng.choice(["0", "0"]) for v in (up, low)]
            texts = [t.replace(".", ",") if self.style.comma else t for t in texts]
            truth: Truth = {"lower": nominal + low, "upper": nominal + up}
            if self.style.stacked:
                return "", (texts[0], texts[1]), truth
            return f" {texts[0]}/{texts[1]}" if self.rng.random() < 0.6 else f" {texts[0]} {texts[1]}", None, truth
        if way.startswith("fit"):
            name = self.rng.choice(list(FITS))
            low, up = FITS[name](nominal)
            truth = {"lower": nominal + low, "upper": nominal + up, "fit": name}
            if way == "fit_dev" and self.style.stacked:
                pair = [f"{v:+.3f}" if v else "0" for v in (up, low)]
                return (
                    f" {name}",
                    (
                        pair[0].replace(".", ",") if self.style.comma else pair[0],
                        pair[1].replace(".", ",") if self.style.comma else pair[1],
                    ),
                    truth,
                )
            return self.rng.choice(["", " "]) + name, None, truth
        if way == "max":
            return (" MAX", None, {"upper": nominal, "modifier": "max"}) if self.rng.random() < 0.3 else ("", None, {})
        return "", None, {}

    def counted(self, n: int) -> str:
        return self.style.count.format(n=n) if n > 1 else ""


def hole(w: Writer) -> tuple[list[tuple[str, tuple[str, str] | None]], list[Truth]]:
    """Return a hole's callout: one or two lines."""
    n = w.rng.choice([1, 1, 2, 3, 4, 6, 8])
    kind = w.rng.random()
    st = w.style
    if kind < 0.45:
        d = w.size(3, 60)
        tail, pair, truth = w.tolerance(d, diameter=True)
        base: Truth = {"kind": "diameter", "nominal": d, "count": n, **truth}
        text = f"{w.counted(n)}{st.diameter}{w.num(d)}{tail}"
        if pair is None and w.rng.random() < 0.5:
            if w.rng.random() < 0.5:
                text += f" {st.through}"
                base["through"] = True
            else:
                depth = w.size(4, 40)
                text += " " + st.depth.format(d=w.num(depth))
                base["depth"] = depth
        return [(text, pair)], [base]
    if kind < 0.75:
        roll = w.rng.random()
        if roll < 0.7:
            d = w.rng.choice(list(METRIC))
            fine = d in FINE and w.rng.random() < 0.3
            name = f"M{d}x{FINE[d]:g}" if fine else f"M{d}"
            text = name.replace("x", w.rng.choice(["x", "×"])).replace(".", "," if st.comma else ".")
            cls = w.rng.choice(["", "6H", "6g"])
            if cls:
                text += w.rng.choice(["-", " - ", " "]) + cls
            base = {"kind": "thread", "thread": name, "thread_class": cls, "count": n}
        elif roll < 0.85:
            name, _, _ = w.rng.choice(UNIFIED)
            cls = w.rng.choice(["", "2B"])
            text = name + (f"-{cls}" if cls else "")
            base = {"kind": "thread", "thread": name, "thread_class": cls, "count": n}
        else:
            name = w.rng.choice(["G1/4", "G1/2", "1/4 NPT", "1/2 NPT"])
            text = name.replace("G", w.rng.choice(["G", "G "]))
            base = {"kind": "thread", "thread": name, "thread_class": "", "count": n}
        text = w.counted(n) + text
        if w.rng.random() < 0.6:
            depth = w.size(6, 30)
            text += " " + st.depth.format(d=w.num(depth))
            base["depth"] = depth
        elif w.rng.random() < 0.5:
            text += f" {st.through}"
            base["through"] = True
        return [(text, None)], [base]
    d, big = w.rng.choice([(5.5, 10), (6.6, 11), (9, 15), (11, 18)])
    base = {"kind": "diameter", "nominal": d, "count": n, "through": True}
    first = f"{w.counted(n)}{st.diameter}{w.num(d)} {st.through}"
    if w.rng.random() < 0.6:
        depth = w.rng.choice([5.4, 6.4, 8.6, 10.6])
        bore = "⌴" if has_letter("symbols", "⌴") else w.rng.choice(["CBORE", "C'BORE"])
        second = f"{bore} {st.diameter}{w.num(big)} {st.depth.format(d=w.num(depth))}"
        return [(first, None), (second, None)], [
            base,
            {"kind": "counterbore", "nominal": big, "depth": depth, "count": n},
        ]
    sink = "⌵" if has_letter("symbols", "⌵") else w.rng.choice(["CSK", "CSINK"])
    second = f"{sink} {st.diameter}{w.num(big)} × 90°"
    return [(first, None), (second, None)], [base, {"kind": "countersink", "nominal": big, "angle": 90.0, "count": n}]


def small(w: Writer) -> tuple[str, Truth]:
    """Return a radius, chamfer, roughness or angle on a leader."""
    n = w.rng.choice([1, 1, 1, 2, 4])
    roll = w.rng.random()
    if roll < 0.3:
        r = w.rng.choice([0.5, 1, 1.5, 2, 3, 5, 8, 10, 12.5])
        if w.rng.random() < 0.25:
            return f"{w.counted(n)}R{w.num(r)} ±{w.num(0.2)}", {
                "kind": "radius",
                "nominal": r,
                "count": n,
                "lower": r - 0.2,
                "upper": r + 0.2,
            }
        return f"{w.counted(n)}R{w.num(r)}", {"kind": "radius", "nominal": r, "count": n}
    if roll < 0.55:
        c = w.rng.choice([0.5, 1, 1.5, 2, 3])
        if w.rng.random() < 0.3:
            return f"{w.counted(n)}C{w.num(c)}", {"kind": "chamfer", "nominal": c, "angle": 45.0, "count": n}
        a = w.rng.choice([45, 45, 30])
        return f"{w.counted(n)}{w.num(c)}{w.rng.choice(['×', ' × ', 'x', ' x '])}{a}°", {
            "kind": "chamfer",
            "nominal": c,
            "angle": float(a),
            "count": n,
        }
    if roll < 0.8:
        p = w.rng.choice(["Ra", "Ra", "Rz"])
        v = w.rng.choice([0.4, 0.8, 1.6, 3.2, 6.3, 12.5] if p == "Ra" else [4, 6.3, 10, 16, 25, 63])
        return f"{p} {w.num(v)}", {"kind": "roughness", "parameter": p, "roughness": v}
    turn = w.rng.choice([15.0, 30.0, 45.0, 60.0, 75.0, 120.0, 22.5])
    if w.rng.random() < 0.5:
        t = w.rng.choice([0.5, 1])
        return f"{w.num(turn)}°{w.rng.choice(['', ' '])}±{w.num(t)}°", {
            "kind": "angle",
            "nominal": turn,
            "lower": turn - t,
            "upper": turn + t,
        }
    return f"{w.num(turn)}°", {"kind": "angle", "nominal": turn}


def frame(w: Writer) -> tuple[list[str], Truth]:
    """Return the cells of a tolerance frame."""
    name = w.rng.choice([*GDT, "position", "position", "perpendicularity", "flatness"])
    zone = w.rng.choice([0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.25, 0.3, 0.5])
    text, truth = w.num(zone), {"kind": "tolerance", "characteristic": name, "tolerance": zone}
    datums: list[str] = []
    if name in ("position", "concentricity") or (name in ("perpendicularity", "parallelism") and w.rng.random() < 0.4):
        text, truth = w.style.diameter + text, {**truth, "zone_form": "diameter"}
    if name == "position" and w.rng.random() < 0.5:
        m = w.rng.choice("ML")
        text += {"M": " Ⓜ", "L": " Ⓛ"}[m]
        truth["material_condition"] = m
    if name not in ("straightness", "flatness", "circularity", "cylindricity"):
        most = 3 if name in ("position", "surface_profile", "line_profile") else 1 + (w.rng.random() < 0.2)
        datums = list("ABC"[: w.rng.randint(1, most)])
    cells = [GDT[name], text]
    named = []
    for letter in datums:
        if name == "position" and w.rng.random() < 0.2:
            cells.append(f"{letter} Ⓜ")
            named.append(f"{letter}(M)")
        else:
            cells.append(letter)
            named.append(letter)
    truth["datums"] = tuple(named)
    return cells, truth
