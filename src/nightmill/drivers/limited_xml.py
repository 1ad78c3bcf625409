"""Read untrusted XML within limits: no DTD, no entities, and a maximum of bytes, depth and elements.

``defusedxml`` refuses entities and DTDs but limits neither depth nor count, and a deep tree crashes the process that
walks it; so a tree builder that counts both stops early.
"""

from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from nightmill.vocabulary.errors import BadInput, Finding

MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS = 64 * 1024 * 1024, 64, 1_000_000


class _CountingBuilder(TreeBuilder):
    def __init__(self, source: str) -> None:
        super().__init__()
        self._source, self._depth, self._count = source, 0, 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH or self._count > MAX_ELEMENTS:
            found = f"{self._count} elements, {self._depth} deep"
            raise refused(self._source, found, f"at most {MAX_ELEMENTS}, {MAX_DEPTH} deep")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def parse_xml(data: bytes | str, source: str) -> Element:
    """Return the root element. Raises ``BadInput`` that names ``source`` if the document isn't well formed or exceeds a limit."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    raw = data.encode() if isinstance(data, str) else data
    if len(raw) > MAX_BYTES:
        raise refused(source, f"{len(raw)} bytes", f"at most {MAX_BYTES}")
    parser = DefusedXMLParser(target=_CountingBuilder(source), forbid_dtd=True)
    try:
        parser.feed(raw)
        root: Element = parser.close()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise refused(source, str(error) or type(error).__name__, "a well-formed document without a DTD") from error
    return root


def local_name(tag: str) -> str:
    """``Device`` of ``{urn:…}Device``."""
    return tag.rpartition("}")[2]


def refused(source: str, found: str, expected: str) -> BadInput:
    """Return the ``BadInput`` for a document that this module refuses."""
    return BadInput(Finding(source, "XML", found, expected, "Check what the other side sends."))
