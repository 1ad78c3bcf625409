"""Elements of B2MML V0701 (MESA International), in the order that its schema requires.

The Business To Manufacturing Markup Language (B2MML) is used courtesy of MESA International.
"""

import re
import xml.etree.ElementTree as ET

NAMESPACE = "http://www.mesa.org/xml/B2MML"

_NO_XML = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Control characters and code points that XML 1.0 doesn't allow; spaces and joiners of other scripts are legitimate in names."""
Content = str | ET.Element | None


def tag(name: str, *content: Content) -> ET.Element:
    """Return an element with its text or its children; ``None`` and empty texts are left out."""
    made = ET.Element(f"{{{NAMESPACE}}}{name}")
    for each in content:
        if isinstance(each, ET.Element):
            made.append(each)
        elif each:
            made.text = _NO_XML.sub("", each)
    return made


def maybe(name: str, text: str) -> ET.Element | None:
    """Return an element, or None if its text is empty."""
    return tag(name, text) if text else None


def quantity(pieces: int) -> ET.Element:
    """Return a quantity in pieces; B2MML has no unit for pieces, so partners must agree on one."""
    return tag("Quantity", tag("QuantityString", str(pieces)), tag("DataType", "integer"), tag("UnitOfMeasure", "pcs"))


def value(text: str, kind: str = "string", unit: str = "") -> ET.Element:
    """Return a value with its XML data type and unit."""
    return tag("Value", tag("ValueString", text), tag("DataType", kind), maybe("UnitOfMeasure", unit))


def duration(seconds: float) -> str:
    """Return a duration in the format of XML Schema."""
    return f"PT{max(0.0, seconds):.3f}S"


def document(root: ET.Element) -> bytes:
    """Return the whole document, indented, UTF-8."""
    ET.indent(root)
    ET.register_namespace("", NAMESPACE)
    return bytes(ET.tostring(root, encoding="UTF-8", xml_declaration=True)) + b"\n"
