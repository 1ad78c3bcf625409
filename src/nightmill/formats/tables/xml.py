"""Read untrusted XML by local names, since namespaces change with versions; entities and absurd nesting are refused."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from xml.parsers import expat

from nightmill.formats.findings import Findings

MOST_BYTES, MOST_DEPTH = 64 << 20, 100


def parse_xml(name: str, data: bytes, findings: Findings) -> ET.Element | None:
    """Parse the document into a tree; a document with a document type (entities) or absurd nesting is refused before the tree is built."""
    depth = deepest = 0
    has_doctype = False
    checker = expat.ParserCreate()

    def begins(_: str, __: object) -> None:
        nonlocal depth, deepest
        depth += 1
        deepest = max(deepest, depth)

    def ends(_: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_: object) -> None:
        nonlocal has_doctype
        has_doctype = True

    checker.StartElementHandler, checker.EndElementHandler = begins, ends
    checker.StartDoctypeDeclHandler = doctype
    if len(data) > MOST_BYTES:
        findings.add(name, "", f"{len(data)} bytes", f"at most {MOST_BYTES}", "Split the document.")
        return None
    try:
        for start in range(0, max(1, len(data)), 1 << 16):
            checker.Parse(data[start : start + (1 << 16)], start + (1 << 16) >= len(data))
            if has_doctype or deepest > MOST_DEPTH:
                found = "a document type" if has_doctype else f"elements {deepest} deep"
                findings.add(name, "", found, "plain B2MML", "Export the document again.")
                return None
        return ET.fromstring(data)
    except (expat.ExpatError, ET.ParseError, UnicodeError, LookupError) as error:
        findings.add(name, "", str(error), "well-formed XML", "Export the document again.")
        return None


def local_name(record: ET.Element) -> str:
    """Return the element's name without its namespace."""
    return str(record.tag).rsplit("}", 1)[-1]


def own_text(record: ET.Element) -> str:
    """Return the element's own text, on one line."""
    return " ".join((record.text or "").split())


def text_of(record: ET.Element, name: str) -> str:
    """Return the text of the first child with this name; empty if there is none."""
    return next((own_text(each) for each in record if local_name(each) == name), "")


def outermost(root: ET.Element, names: set[str]) -> Iterator[ET.Element]:
    """Elements with these names that are not nested in one another, in order."""
    waiting = [root]
    while waiting:
        record = waiting.pop()
        if local_name(record) in names:
            yield record
        else:
            waiting.extend(reversed(record))
