"""Compare a drawing as read with the truth for its sheet: values found, missed, invented, and invented without a flag."""

from dataclasses import dataclass, field

from drawn_callouts import Truth
from drawn_sheets import Sheet

from nightmill.intake import Asked, Drawing, Field

NEAR = 2e-4
ALONE = ("roughness", "datum", "tolerance")


@dataclass
class Score:
    """Counts by kind, and the entries behind them."""

    found: dict[str, int] = field(default_factory=dict)
    missed: list[object] = field(default_factory=list)
    invented: list[object] = field(default_factory=list)
    silent: list[object] = field(default_factory=list)
    doubted: int = 0
    """Correct entries that were turned into questions nevertheless."""

    def add(self, other: "Score") -> None:
        """Add the counts of another sheet."""
        for kind, number in other.found.items():
            self.found[kind] = self.found.get(kind, 0) + number
        self.missed += other.missed
        self.invented += other.invented
        self.silent += other.silent
        self.doubted += other.doubted

    @property
    def f1(self) -> float:
        """Return 2 TP / (2 TP + FP + FN)."""
        hits = sum(self.found.values())
        return 2 * hits / max(1, 2 * hits + len(self.missed) + len(self.invented))


def _same(truth: Truth, asked: Asked) -> bool:
    if asked.kind != truth["kind"]:
        return False
    for name, value in truth.items():
        found = getattr(asked, name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            if found is None or abs(float(found) - value) > NEAR:
                return False
        elif (found.lstrip("#") if name == "thread" else found) != value:
            return False
    unsaid = any(name not in truth and getattr(asked, name) is not None for name in ("lower", "upper", "depth"))
    unsaid = unsaid or any(name not in truth and getattr(asked, name) for name in ("zone_form", "material_condition"))
    count = asked.kind not in ALONE and "count" not in truth and asked.count != 1
    return not (unsaid or count or ("through" not in truth and asked.through) or (not truth.get("fit") and asked.fit))


def compared(sheet: Sheet, drawing: Drawing) -> Score:
    """Pair each entry of the truth with the first equal entry of the drawing that isn't paired yet."""
    score = Score()
    left = list(drawing.requirements)
    for truth in sheet.truth:
        match = next((asked for asked in left if _same(truth, asked)), None)
        if match is None:
            score.missed.append(truth)
        else:
            left.remove(match)
            score.found[match.kind] = score.found.get(match.kind, 0) + 1
            score.doubted += bool(match.flags)
    fields = list(drawing.fields)
    for name, value in sheet.fields.items():
        hit = next((each for each in fields if each.name == name and each.value.lower() == value.lower()), None)
        if hit is None:
            score.missed.append({"kind": name, "value": value})
        else:
            fields.remove(hit)
            score.found[name] = score.found.get(name, 0) + 1
            score.doubted += bool(hit.flags)
    wrong: list[Asked | Field] = [*left, *fields]
    score.invented = list(wrong)
    score.silent = [each for each in wrong if not each.flags]
    return score
