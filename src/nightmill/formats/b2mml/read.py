"""Read B2MML (MESA International, V0701 and older versions with the same element names) for a shop folder.

It reads ``Equipment`` (work units), ``OperationsDefinition`` and BatchML's ``MasterRecipe`` (parts and their
materials), ``MaterialDefinition`` and ``MaterialLot`` (items, stock), ``OperationsRequest`` and ``JobOrder`` (orders), in
separate documents or inside any transaction. All other elements are counted under ``ignored``. Namespaces are ignored.

The Business To Manufacturing Markup Language (B2MML) is used courtesy of MESA International.
"""

import math
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import get_args

import msgspec

from nightmill.formats.findings import Findings
from nightmill.formats.tables.xml import local_name, outermost, own_text, parse_xml, text_of
from nightmill.vocabulary.shop import UnitKind

WORK_UNITS = {"WorkUnit", "WorkCell", "Unit"}
CONTAINERS = {
    "Enterprise",
    "Site",
    "Area",
    "ProcessCell",
    "ProductionLine",
    "ProductionUnit",
    "WorkCenter",
    "StorageZone",
}
KIND_WORDS: dict[UnitKind, str] = {
    "lathe": r"lathe|turning",
    "mill": r"mill|machining|cnc",
    "robot": r"robot|handling|transport",
    "gauge": r"gauge|gaging|cmm|measur|metrolog",
    "vision": r"vision|camera",
    "bench": r"bench|set-?up station|manual",
    "process": r"oven|furnace|washer|tumbl|^process$",
}
"""Kind of work unit by words in the name of the equipment class."""

PROPERTIES = {
    "travelx": ("travel_x", {"mm": 1.0, "cm": 10.0, "m": 1000.0, "in": 25.4}),
    "travely": ("travel_y", {"mm": 1.0, "cm": 10.0, "m": 1000.0, "in": 25.4}),
    "travelz": ("travel_z", {"mm": 1.0, "cm": 10.0, "m": 1000.0, "in": 25.4}),
    "spindlerpmmax": ("spindle_rpm_max", {"1/min": 1.0, "rpm": 1.0, "krpm": 1000.0}),
    "spindlekw": ("spindle_kw", {"kW": 1.0, "W": 1e-3}),
    "feedmaxmmmin": ("feed_max_mm_min", {"mm/min": 1.0, "m/min": 1000.0}),
    "rapidmmmin": ("rapid_mm_min", {"mm/min": 1.0, "m/min": 1000.0}),
    "accelmms2": ("accel_mm_s2", {"mm/s2": 1.0, "m/s2": 1000.0}),
    "toolchanges": ("tool_change_s", {"s": 1.0, "min": 60.0}),
    "moves": ("move_s", {"s": 1.0, "min": 60.0}),
    "measures": ("measure_s", {"s": 1.0, "min": 60.0}),
    "places": ("places", {"parts": 1.0}),
    "powerkwidle": ("power_kw_idle", {"kW": 1.0, "W": 1e-3}),
    "powerkwcutting": ("power_kw_cutting", {"kW": 1.0, "W": 1e-3}),
}
"""Equipment properties by name without case and punctuation: the key of shop.toml, and the factor from each unit to that key's unit."""

_PRODUCED, _CONSUMED = {"Produced", "Material Produced", "Yield Produced"}, {"Consumed", "Material Consumed"}
_HANDLED = {
    "Equipment", "EquipmentChild", "OperationsDefinition", "MasterRecipe", "MaterialDefinition", "MaterialLot",
    "OperationsRequest", "JobOrder",
}  # fmt: skip
_SET_ASIDE = {
    "Person", "PersonnelClass", "PhysicalAsset", "ProcessSegment", "WorkCalendar", "WorkMaster", "OperationsMaterialBillItem",
    "OperationsCapability", "TestSpecification", "ControlRecipe", "BatchListEntry", "EquipmentClass", "MaterialClass",
    "OperationsResponse", "JobResponse",
}  # fmt: skip


class Machine(msgspec.Struct, frozen=True):
    """A work unit; ``values`` by the keys of ``[[machines]]``."""

    id: str
    kind: str
    work_center: str
    values: dict[str, float | tuple[float, float, float]]


class Part(msgspec.Struct, frozen=True):
    """A made part; ``blank`` is the first material that its first step consumes."""

    name: str
    material: str = ""
    blank: str = ""


class Order(msgspec.Struct, frozen=True):
    """An order; dates as written in the document."""

    id: str
    item: str
    quantity: int
    due: str
    release: str = ""
    priority: int = 1


class B2mml(msgspec.Struct, frozen=True):
    """Everything read from the documents. ``renamed``: ids that can't be file names, with their replacements."""

    site: str
    start: str
    machines: tuple[Machine, ...]
    parts: tuple[Part, ...]
    bom: tuple[tuple[str, str, int], ...]
    stock: dict[str, int]
    orders: tuple[Order, ...]
    ignored: dict[str, int]
    renamed: dict[str, str]


def read_b2mml(documents: Mapping[str, bytes], kinds: Mapping[str, str] | None = None) -> B2mml:
    """Read all documents (by file name) together. ``kinds``: equipment ids or classes → kind of work unit.
    Raises ``BadInput`` with all mistakes.
    """
    findings = Findings()
    for name, kind in (kinds or {}).items():
        if kind not in get_args(UnitKind):
            findings.add("--kind", name, kind, "one of " + ", ".join(get_args(UnitKind)), "Name a kind of work unit.")
    reader = _Reader(dict(kinds or {}), findings)
    roots = [(name, root) for name, data in documents.items() if (root := parse_xml(name, data, findings)) is not None]
    for name, root in roots:
        reader.read(name, root)
    for name, root in roots:
        reader.read_orders(name, root)
    found = reader.found()
    findings.raise_any()
    return found


class _Reader:
    def __init__(self, kinds: dict[str, str], findings: Findings) -> None:
        self.kinds, self.findings = kinds, findings
        self.site = self.start = ""
        self.machines: list[Machine] = []
        self.parts: dict[str, Part] = {}
        self.bom: dict[tuple[str, str], int] = {}
        self.materials: dict[str, str] = {}
        self.stock: Counter[str] = Counter()
        self.orders: dict[str, Order] = {}
        self.product_of: dict[str, str] = {}
        self.ignored: Counter[str] = Counter()
        self.renamed: dict[str, str] = {}
        self.file = ""

    def found(self) -> B2mml:
        """Everything read so far; a part's material comes from its definition."""
        parts = (msgspec.structs.replace(p, material=self.materials.get(p.name, "")) for p in self.parts.values())
        bom = tuple((parent, child, number) for (parent, child), number in self.bom.items())
        return B2mml(
            self.site, self.start, tuple(self.machines), tuple(parts), bom, dict(self.stock),
            tuple(self.orders.values()), dict(+self.ignored), self.renamed,
        )  # fmt: skip

    def read(self, file: str, root: ET.Element) -> None:
        """Read equipment, definitions and materials of one document."""
        self.file = file
        names = Counter(local_name(each) for each in root.iter())
        if not names.keys() & (_HANDLED | _SET_ASIDE):
            expected = (
                "B2MML with Equipment, OperationsDefinition, MasterRecipe, MaterialDefinition or OperationsRequest"
            )
            self.findings.add(file, "", f"<{local_name(root)}>", expected, "Name another file.")
        self.ignored.update({name: names[name] for name in _SET_ASIDE & names.keys()})
        for each in outermost(root, {"Equipment"}):
            self._equipment(each, "")
        for each in outermost(root, {"MaterialDefinition"}):
            self._definition(each)
        for each in outermost(root, {"MaterialLot"}):
            item = self._name(text_of(each, "MaterialDefinitionID"))
            if item:
                self.stock[item] += self._quantity(each, f"MaterialLot {text_of(each, 'ID')}", least=0)
        for each in outermost(root, {"OperationsDefinition"}):
            self._operations(each)
        for each in outermost(root, {"MasterRecipe"}):
            self._recipe(each)

    def read_orders(self, file: str, root: ET.Element) -> None:
        """Read orders, once all definitions are known."""
        self.file = file
        for schedule in outermost(root, {"OperationsSchedule", "WorkSchedule"}):
            self._starts(text_of(schedule, "StartTime"), "StartTime of the schedule")
        for each in outermost(root, {"OperationsRequest", "JobOrder"}):
            self._order(each)

    def _equipment(self, record: ET.Element, work_center: str) -> None:
        ident, level = text_of(record, "ID"), text_of(record, "EquipmentLevel")
        place = f"Equipment {ident}"
        children = [each for each in record if local_name(each) in {"Equipment", "EquipmentChild"}]
        if not ident:
            self.findings.add(self.file, place, "no ID", "an ID", "Give each equipment an ID.")
        if level == "Site" or (level == "Enterprise" and not self.site):
            self.site = ident
        if level in WORK_UNITS or (not level and not children):
            self.ignored["Equipment below work units"] += sum(
                1 for each in children for _ in each.iter() if local_name(_) == "ID"
            )
            self._machine(record, ident, work_center)
            return
        if level not in CONTAINERS and level:
            self.ignored[f"Equipment of level {level}"] += 1
            return
        for child in children:
            self._equipment(
                child,
                ident if level in {"WorkCenter", "ProductionUnit", "ProcessCell", "ProductionLine"} else work_center,
            )

    def _machine(self, record: ET.Element, ident: str, work_center: str) -> None:
        name = self._name(ident)
        classes = [own_text(each) for each in record if local_name(each) == "EquipmentClassID"]
        kind = self._kind(name, ident, classes)
        values: dict[str, float | tuple[float, float, float]] = {}
        travel: dict[str, float] = {}
        for each in (p for p in record if local_name(p) == "EquipmentProperty"):
            known = PROPERTIES.get(re.sub(r"[^a-z0-9]", "", text_of(each, "ID").casefold()))
            if known is None:
                self.ignored["EquipmentProperty"] += 1
                continue
            key, units = known
            value = self._measure(each, units, f"Equipment {ident}, {text_of(each, 'ID')}")
            if value is not None:
                (travel if key.startswith("travel_") else values)[key] = int(value) if key == "places" else value
        if travel:
            if kind == "lathe":
                travel.setdefault("travel_y", 50.0)  # a lathe doesn't use Y
            if len(travel) == 3:
                values["travel_mm"] = (travel["travel_x"], travel["travel_y"], travel["travel_z"])
            else:
                found = ", ".join(sorted(travel))
                self.findings.add(self.file, f"Equipment {ident}", found, "travel of X, Y and Z", "Give all three.")
        if kind:
            self.machines.append(Machine(name, kind, work_center or "cell", values))

    def _kind(self, name: str, ident: str, classes: Sequence[str]) -> str:
        for asked in (ident, *classes):
            if asked in self.kinds:
                return self.kinds[asked]
        for word in (*classes, name):
            for kind, pattern in KIND_WORDS.items():
                if re.search(pattern, word.casefold()):
                    return kind
        found = f"class {', '.join(classes)}" if classes else "no class"
        remedy = f"Give its kind: --kind '{classes[0] if classes else ident}=mill'."
        self.findings.add(
            self.file, f"Equipment {ident}", found, "a class whose name contains the kind of machine", remedy
        )
        return ""

    def _measure(self, record: ET.Element, units: Mapping[str, float], place: str) -> float | None:
        value = next((each for each in record if local_name(each) == "Value"), None)
        text = text_of(value, "ValueString") if value is not None else ""
        unit = text_of(value, "UnitOfMeasure") if value is not None else ""
        factors = {name.casefold(): factor for name, factor in units.items()}
        try:
            return float(text) * factors[unit.casefold() or next(iter(factors))]
        except (ValueError, KeyError):
            expected = "a number in " + " or ".join(units)
            self.findings.add(self.file, place, f"{text} {unit}".strip(), expected, "Correct value or unit.")
            return None

    def _definition(self, record: ET.Element) -> None:
        name = self._name(text_of(record, "ID"))
        for each in (p for p in record if local_name(p) == "MaterialDefinitionProperty"):
            if re.sub(r"[^a-z]", "", text_of(each, "ID").casefold()) in {"material", "materialgrade", "grade"}:
                value = next((v for v in each if local_name(v) == "Value"), None)
                self.materials[name] = text_of(value, "ValueString") if value is not None else ""
            else:
                self.ignored["MaterialDefinitionProperty"] += 1

    def _operations(self, record: ET.Element) -> None:
        ident = text_of(record, "ID")
        products: list[str] = []
        consumed: list[tuple[str, int]] = []
        for each in (e for e in record.iter() if local_name(e) == "MaterialSpecification"):
            use, item = text_of(each, "MaterialUse"), self._name(text_of(each, "MaterialDefinitionID"))
            if item and use in _PRODUCED:
                products.append(item)
            elif item and use in _CONSUMED:
                consumed.append((item, self._quantity(each, f"OperationsDefinition {ident}, {item}", least=1)))
        made = [item for item in dict.fromkeys(products) if item not in {child for child, _ in consumed}]
        self._makes(ident, made or [self._name(ident)], consumed)
        self.ignored["Duration"] += sum(1 for e in record.iter() if local_name(e) == "Duration")

    def _recipe(self, record: ET.Element) -> None:
        ident = text_of(record, "ID")
        header = next((each for each in record if local_name(each) == "Header"), None)
        product = self._name((text_of(header, "ProductID") if header is not None else "") or ident)
        consumed: list[tuple[str, int]] = []
        formula = next((each for each in record if local_name(each) == "Formula"), None)
        for each in formula if formula is not None else ():
            if local_name(each) == "Parameter" and text_of(each, "ParameterType") == "ProcessInput":
                value = next((v for v in each if local_name(v) == "Value"), None)
                number = self._whole(
                    text_of(value, "ValueString") if value is not None else "1", f"MasterRecipe {ident}", 1
                )
                consumed.append((self._name(text_of(each, "ID")), number))
        self._makes(ident, [product], consumed)

    def _makes(self, definition: str, products: Sequence[str], consumed: Sequence[tuple[str, int]]) -> None:
        if len(products) > 1:
            expected, remedy = "one product", "Make a definition for each, or mark the others as by-products."
            self.findings.add(self.file, f"definition {definition}", ", ".join(products), expected, remedy)
        product = products[0]
        self.product_of[definition] = product
        self.parts[product] = Part(product, blank=consumed[0][0] if consumed else "")
        for child, number in consumed:
            self.bom[product, child] = self.bom.get((product, child), 0) + number

    def _order(self, record: ET.Element) -> None:
        ident = self._name(text_of(record, "ID"))
        place = f"{local_name(record)} {ident}"
        if not ident:
            self.findings.add(self.file, place, "no ID", "an ID", "Give each order an ID.")
        made: dict[str, int] = {}
        for each in (e for e in record.iter() if local_name(e) == "MaterialRequirement"):
            if text_of(each, "MaterialUse") in _PRODUCED:
                made[self._name(text_of(each, "MaterialDefinitionID"))] = self._quantity(each, place, least=1)
        asked = {own_text(e) for e in record.iter() if local_name(e) in {"OperationsDefinitionID", "WorkMasterID"}}
        items = set(made) or {self.product_of.get(name, self._name(name)) for name in asked if name}
        ends = [own_text(e) for e in record.iter() if local_name(e) in {"EndTime", "LatestEndTime"}]
        begins = [own_text(e) for e in record.iter() if local_name(e) in {"StartTime", "EarliestStartTime"}]
        due = max((text for text in ends if self._moment(text, place)), key=_sortable, default="")
        release = min((text for text in begins if self._moment(text, place)), key=_sortable, default="")
        if len(items) != 1 or not due:
            found = f"{len(items)} products" if len(items) != 1 else "no EndTime"
            self.findings.add(self.file, place, found, "one product and an EndTime", "Complete or split the request.")
            return
        item = items.pop()
        if not made:
            expected, remedy = "how many", "Add a MaterialRequirement of use Produced with a Quantity."
            self.findings.add(self.file, place, "no quantity", expected, remedy)
        if ident in self.orders:
            self.findings.add(self.file, place, f"{ident} twice", "unique ids", "Remove one of them.")
        self._starts(release, place)
        self.parts.setdefault(item, Part(item))
        priority = self._whole(text_of(record, "Priority") or "1", f"{place}, Priority", 0)
        self.orders[ident] = Order(ident, item, made.get(item, 1), due, release, priority)

    def _starts(self, text: str, place: str) -> None:
        if text and self._moment(text, place) and (not self.start or _sortable(text) < _sortable(self.start)):
            self.start = text

    def _moment(self, text: str, place: str) -> bool:
        try:
            datetime.fromisoformat(text)
        except ValueError:
            self.findings.add(self.file, place, text, "a date-time such as 2026-11-02T07:00:00Z", "Correct it.")
            return False
        return True

    def _quantity(self, record: ET.Element, place: str, *, least: int) -> int:
        quantity = next((each for each in record if local_name(each) == "Quantity"), None)
        if quantity is None:
            return 1
        return self._whole(text_of(quantity, "QuantityString"), f"{place}, Quantity", least)

    def _whole(self, text: str, place: str, least: int) -> int:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if number.is_integer() and number >= least:
            return int(number)
        self.findings.add(self.file, place, text, f"a whole number from {least}", "Correct it.")
        return least

    def _name(self, text: str) -> str:
        """Return an id that shop files can hold: letters, digits, ``_ . -``, at most 64 characters."""
        plain = re.sub(r"[^A-Za-z0-9_.\-]", "_", text)[:64]
        plain = plain if not plain or plain[0].isalnum() else f"x{plain[1:] or '0'}"
        if plain != text:
            self.renamed[text] = plain
        return plain


def _sortable(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return moment.timestamp() if moment.tzinfo else moment.replace(tzinfo=UTC).timestamp()
