"""QIF 3.0 (ISO 23952): the inspection plan as a document for CMM software, valid against the published XSD."""

import uuid
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import datetime

from nightmill.cad import Face, PartModel
from nightmill.quality.inspection.characteristic import ANGULAR_KINDS, GEOMETRIC_KINDS, Characteristic

NAMESPACE = "http://qifstandards.org/xsd/qif3"
_ORIENTED = {"angularity", "parallelism", "perpendicularity"}
_FORM = {"flatness", "straightness", "circularity", "cylindricity"}
_WITH_ZONE_SHAPE = _ORIENTED | {"position", "straightness", "concentricity", "coaxiality"}
_WITH_CONDITION = _ORIENTED | {"position"}
LINEAR = {
    "curve_length", "depth", "diameter", "distance_between", "distance_from", "height", "length", "radius",
    "spherical_diameter", "spherical_radius", "thickness", "width",
}  # fmt: skip
_THREE_D = {"distance_between", "distance_from", "angle_between", "angle_from"}
_CONDITIONS = {"m": "MAXIMUM", "mmc": "MAXIMUM", "maximum": "MAXIMUM", "l": "LEAST", "lmc": "LEAST", "least": "LEAST"}
_PRECEDENCE = ("PRIMARY", "SECONDARY", "TERTIARY", "QUATERNARY", "QUINARY", "SENARY")


def plan_qif(characteristics: Sequence[Characteristic], part: PartModel, *, created: datetime) -> bytes:
    """Return the plan as a QIF 3.0 document (UTF-8).

    Each measured face becomes a feature. Each entry becomes a characteristic definition, a nominal and an item whose designator
    is the balloon. Gauges become measurement devices, and datum letters become datum definitions. Kinds unknown to QIF are
    written as user-defined linear characteristics. The document id is derived from model and time, so equal input gives equal bytes.
    """
    return PlanDocument(characteristics, part.name, created, part.sha256, part.faces).written()


class PlanDocument:
    """A document under construction; ids are assigned in writing order. QIF requires unique ids and the largest in ``idMax``.

    ``identity`` distinguishes documents with the same time; without ``faces`` no features are written. Anything after the
    plan must be added to ``root()`` before calling ``written``.
    """

    def __init__(
        self,
        characteristics: Sequence[Characteristic],
        part: str,
        created: datetime,
        identity: str,
        faces: Sequence[Face] = (),
    ) -> None:
        self.characteristics = characteristics
        self.part = part
        self.faces = faces
        self.created = created
        self.identity = identity
        self.last = 0
        self.standard = 0
        self.datums: dict[str, int] = {}
        self.frames: dict[tuple[str, ...], int] = {}
        self.gauges: dict[str, int] = {}
        self.items: dict[int, int] = {}
        self.item_of_balloon: dict[int, str] = {}

    def root(self) -> ET.Element:
        """Return the document's root element with the plan in it."""
        root = ET.Element("QIFDocument", {"xmlns": NAMESPACE, "versionQIF": "3.0.0"})
        _text(root, "QPId", str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.identity}:{self.created.isoformat()}")))
        _text(ET.SubElement(root, "Version"), "TimeCreated", self.created.isoformat(timespec="seconds"))
        _text(ET.SubElement(ET.SubElement(root, "Header"), "Application"), "Name", "Nightmill")
        self._standard(root)
        self._units(root)
        self._datums(root)
        self._gauges(root)
        self._product(root)
        self._features(root)
        self._characteristics(root)
        return root

    def written(self, root: ET.Element | None = None) -> bytes:
        """Return the document as UTF-8."""
        root = self.root() if root is None else root
        root.set("idMax", str(self.last))
        ET.indent(root)
        return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))

    def next_id(self) -> str:
        """Return the next unused id."""
        self.last += 1
        return str(self.last)

    def _standard(self, root: ET.Element) -> None:
        definitions = ET.SubElement(root, "StandardsDefinitions", n="1")
        standard = ET.SubElement(definitions, "Standard", id=self.next_id())
        self.standard = self.last
        _text(ET.SubElement(standard, "Organization"), "StandardsOrganizationEnum", "ISO")
        _text(standard, "Designator", "1101")
        _text(standard, "Year", "2017")

    def _units(self, root: ET.Element) -> None:
        units = ET.SubElement(ET.SubElement(root, "FileUnits"), "PrimaryUnits")
        for name, base, unit, factor in (
            ("AngularUnit", "radian", "degree", "0.017453292519943295"),
            ("LinearUnit", "meter", "mm", "0.001"),
        ):
            element = ET.SubElement(units, name)
            _text(element, "SIUnitName", base)
            _text(element, "UnitName", unit)
            _text(ET.SubElement(element, "UnitConversion"), "Factor", factor)

    def _datums(self, root: ET.Element) -> None:
        labels = sorted({label for item in self.characteristics for label in item.datums})
        if not labels:
            return
        definitions = ET.SubElement(root, "DatumDefinitions", n=str(len(labels)))
        for label in labels:
            element = ET.SubElement(definitions, "DatumDefinition", id=self.next_id())
            self.datums[label] = self.last
            _text(element, "DatumLabel", label)
        wanted = list(dict.fromkeys(item.datums for item in self.characteristics if item.datums))
        frames = ET.SubElement(root, "DatumReferenceFrames", n=str(len(wanted)))
        for labels_of_frame in wanted:
            frame = ET.SubElement(frames, "DatumReferenceFrame", id=self.next_id())
            self.frames[labels_of_frame] = self.last
            datums = ET.SubElement(frame, "Datums", n=str(len(labels_of_frame)))
            for place, label in enumerate(labels_of_frame):
                datum = ET.SubElement(datums, "Datum")
                simple = ET.SubElement(datum, "SimpleDatum")
                _text(simple, "DatumDefinitionId", str(self.datums[label]))
                _text(simple, "MaterialModifier", "NONE")
                _text(simple, "ReferencedComponent", "ACTUAL")
                _text(ET.SubElement(datum, "Precedence"), "PrecedenceEnum", _PRECEDENCE[min(place, 5)])

    def _gauges(self, root: ET.Element) -> None:
        names = list(dict.fromkeys(item.gauge for item in self.characteristics))
        if not names:
            return
        resources = ET.SubElement(root, "MeasurementResources")
        devices = ET.SubElement(resources, "MeasurementDevices", n=str(len(names)))
        for name in names:
            device = ET.SubElement(devices, "MeasurementDevice", id=self.next_id())
            self.gauges[name] = self.last
            _text(device, "Name", name)

    def _product(self, root: ET.Element) -> None:
        product = ET.SubElement(root, "Product")
        part = ET.SubElement(ET.SubElement(product, "PartSet", n="1"), "Part", id=self.next_id())
        part_id = self.last
        _text(part, "ModelNumber", self.part or "part")
        component = ET.SubElement(ET.SubElement(product, "ComponentSet", n="1"), "Component", id=self.next_id())
        _text(ET.SubElement(component, "Part"), "Id", str(part_id))

    def _features(self, root: ET.Element) -> None:
        measured = {face for item in self.characteristics for face in item.faces}
        faces = [face for face in self.faces if face.id in measured]
        if not faces:
            return
        features = ET.SubElement(root, "Features")
        n = str(len(faces))
        definitions = ET.SubElement(features, "FeatureDefinitions", n=n)
        nominals = ET.SubElement(features, "FeatureNominals", n=n)
        items = ET.SubElement(features, "FeatureItems", n=n)
        for face in faces:
            self._feature(face, definitions, nominals, items)

    def _feature(self, face: Face, definitions: ET.Element, nominals: ET.Element, items: ET.Element) -> None:
        kind = {"plane": "Plane", "cylinder": "Cylinder"}.get(face.surface, "OtherSurface")
        if kind == "Cylinder" and (face.radius_mm is None or face.axis is None):
            kind = "OtherSurface"
        definition = ET.SubElement(definitions, f"{kind}FeatureDefinition", id=self.next_id())
        definition_id = self.last
        nominal = ET.SubElement(nominals, f"{kind}FeatureNominal", id=self.next_id())
        nominal_id = self.last
        _text(nominal, "FeatureDefinitionId", str(definition_id))
        if kind == "Plane":
            _text(nominal, "Location", _vector(face.centroid))
            _text(nominal, "Normal", _vector(face.normal))
        elif kind == "Cylinder" and face.radius_mm is not None and face.axis is not None:
            _text(definition, "InternalExternal", "INTERNAL" if face.hollow else "EXTERNAL")
            _text(definition, "Diameter", _number(2 * face.radius_mm))
            axis = ET.SubElement(nominal, "Axis")
            _text(axis, "AxisPoint", _vector(face.origin or face.centroid))
            _text(axis, "Direction", _vector(face.axis))
        else:
            attributes = ET.SubElement(definition, "Attributes", n="1")
            ET.SubElement(attributes, "AttributeStr", name="Surface", value=face.surface)
        item = ET.SubElement(items, f"{kind}FeatureItem", id=self.next_id())
        self.items[face.id] = self.last
        _text(item, "FeatureNominalId", str(nominal_id))
        _text(item, "FeatureName", f"FACE_{face.id}")
        mode = ET.SubElement(item, "DeterminationMode")
        ET.SubElement(ET.SubElement(ET.SubElement(mode, "Checked"), "CheckDetails"), "Measured")

    def _characteristics(self, root: ET.Element) -> None:
        if not self.characteristics:
            return
        n = str(len(self.characteristics))
        block = ET.SubElement(root, "Characteristics")
        _text(block, "FormalStandardId", str(self.standard))
        definitions = ET.SubElement(block, "CharacteristicDefinitions", n=n)
        nominals = ET.SubElement(block, "CharacteristicNominals", n=n)
        items = ET.SubElement(block, "CharacteristicItems", n=n)
        for characteristic in self.characteristics:
            name = element_name(characteristic.kind)
            definition = ET.SubElement(definitions, f"{name}CharacteristicDefinition", id=self.next_id())
            definition_id = self.last
            if characteristic.kind in GEOMETRIC_KINDS:
                self._zone(definition, characteristic)
            else:
                _limits(definition, characteristic)
                if name == "UserDefinedLinear":
                    _text(definition, "WhatToMeasure", characteristic.kind)
            nominal = ET.SubElement(nominals, f"{name}CharacteristicNominal", id=self.next_id())
            nominal_id = self.last
            _text(nominal, "CharacteristicDefinitionId", str(definition_id))
            self._target(nominal, characteristic)
            self._item(items, f"{name}CharacteristicItem", characteristic, nominal_id)

    def _zone(self, definition: ET.Element, characteristic: Characteristic) -> None:
        kind = characteristic.kind
        _text(definition, "ToleranceValue", _number(characteristic.tolerance or 0.0))
        if characteristic.datums and kind not in _FORM:
            _text(definition, "DatumReferenceFrameId", str(self.frames[characteristic.datums]))
        if kind in _WITH_CONDITION:
            condition = characteristic.material_condition.lower()
            _text(definition, "MaterialCondition", _CONDITIONS.get(condition, "NONE"))
        if kind in _WITH_ZONE_SHAPE:
            ids = [face for face in self.faces if face.id in characteristic.faces]
            round_zone = bool(ids) and all(face.surface == "cylinder" for face in ids)
            flat = "PlanarZone" if kind in _ORIENTED else "NonDiametricalZone"
            ET.SubElement(ET.SubElement(definition, "ZoneShape"), "DiametricalZone" if round_zone else flat)

    def _target(self, nominal: ET.Element, characteristic: Characteristic) -> None:
        kind, value = characteristic.kind, characteristic.nominal
        if kind == "angularity":
            _text(nominal, "Angle", _number(value if value is not None else 90.0))
        elif value is not None and kind not in GEOMETRIC_KINDS:
            _text(nominal, "TargetValue", _number(value))
        if kind == "line_profile":
            # QIF requires the normal of the plane that contains the line; PMI seldom gives it, and the part's Z is the usual choice
            _text(nominal, "Vector", "0 0 1")
        if kind in _THREE_D:
            _text(nominal, "AnalysisMode", "THREEDIMENSIONAL")

    def _item(self, items: ET.Element, name: str, characteristic: Characteristic, nominal_id: int) -> None:
        item = ET.SubElement(items, name, id=self.next_id())
        self.item_of_balloon[characteristic.balloon] = str(self.last)
        if characteristic.origin not in ("pmi", "requirement"):
            attributes = ET.SubElement(item, "Attributes", n="1")
            ET.SubElement(attributes, "AttributeStr", name="Origin", value=characteristic.origin)
        _text(item, "Name", str(characteristic.balloon))
        _text(ET.SubElement(item, "CharacteristicDesignator"), "Designator", str(characteristic.balloon))
        features = [self.items[face] for face in characteristic.faces if face in self.items]
        if features:
            ids = ET.SubElement(item, "FeatureItemIds", n=str(len(features)))
            for feature in features:
                _text(ids, "Id", str(feature))
        devices = ET.SubElement(item, "MeasurementDeviceIds", n="1")
        _text(devices, "Id", str(self.gauges[characteristic.gauge]))
        _text(item, "CharacteristicNominalId", str(nominal_id))


def element_name(kind: str) -> str:
    """Return QIF's name for a kind, without suffixes such as ``CharacteristicItem``."""
    if kind in LINEAR or kind in ANGULAR_KINDS or kind in GEOMETRIC_KINDS:
        return "".join(word.capitalize() for word in kind.split("_"))
    return "UserDefinedLinear"


def _limits(definition: ET.Element, characteristic: Characteristic) -> None:
    lower, upper, nominal = characteristic.lower, characteristic.upper, characteristic.nominal
    if lower is None and upper is None:
        _text(definition, "NonTolerance", "MEASURED")
        return
    tolerance = ET.SubElement(definition, "Tolerance")
    base = 0.0 if nominal is None else nominal
    if upper is not None:
        _text(tolerance, "MaxValue", _number(upper - base))
    if lower is not None:
        _text(tolerance, "MinValue", _number(lower - base))
    _text(tolerance, "DefinedAsLimit", "true" if nominal is None else "false")


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _number(value: float) -> str:
    return f"{round(value, 9):.12g}"


def _vector(values: tuple[float, float, float]) -> str:
    return " ".join(f"{value:.9g}" for value in values)
