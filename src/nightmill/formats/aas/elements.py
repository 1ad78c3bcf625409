"""Elements of an Asset Administration Shell (IDTA 01001-3-0, JSON of IDTA 01001-3-0 part 1), and the AASX package.

An unknown value is ``None`` or empty: the element is then written without a value if the template requires it,
and left out if the template makes it optional (``only_known``).
"""

import io
import re
import zipfile
from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import msgspec

Element = dict[str, Any]

ARBITRARY = "https://admin-shell.io/SMT/General/Arbitrary"
"""The semantic id for user-defined elements in IDTA's templates."""

_OPC = "http://schemas.openxmlformats.org/package/2006"
_AASX = "http://admin-shell.io/aasx/relationships"
_EARLIEST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def short(name: str) -> str:
    """``name`` as an idShort (constraint AASd-002): a letter, then letters, digits and underscores."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return plain if re.match(r"[A-Za-z]", plain) else f"n{plain}"


def means(semantic: str) -> Element:
    """Return an external reference to a semantic id."""
    return {"type": "ExternalReference", "keys": [{"type": "GlobalReference", "value": semantic}]}


def points_to(*keys: tuple[str, str]) -> Element:
    """Return a reference to an element of a shell: pairs of kind and value, from the submodel inwards."""
    return {"type": "ModelReference", "keys": [{"type": kind, "value": value} for kind, value in keys]}


def element(model_type: str, name: str, semantic: str, **more: Any) -> Element:
    """Return an element of any kind, with the idShort made from ``name``; in lists ``name`` is empty."""
    found: Element = {"modelType": model_type}
    if name:
        found["idShort"] = short(name)
        if found["idShort"] != name:
            found["displayName"] = [{"language": "en", "text": name[:128]}]
    if semantic:
        found["semanticId"] = means(semantic)
    return found | {key: value for key, value in more.items() if value is not None}


def prop(name: str, semantic: str, value: Any = None, kind: str = "") -> Element:
    """Return a property; its XSD type is ``kind``, by default that of the value."""
    known = value is not None and value != ""
    text = _lexical(value) if known else None
    return element("Property", name, semantic, valueType=kind or _xsd(value), value=text)


def text(name: str, semantic: str, value: str = "") -> Element:
    """Return a multi-language property; Nightmill's texts are in English, or are names."""
    return element(
        "MultiLanguageProperty", name, semantic, value=[{"language": "en", "text": value}] if value else None
    )


def span(name: str, semantic: str, low: float | None, high: float | None) -> Element:
    """Return a range; an open limit is left out."""
    ends = {"min": None if low is None else _lexical(low), "max": None if high is None else _lexical(high)}
    return element("Range", name, semantic, valueType="xs:double", **ends)


def collection(name: str, semantic: str, elements: Iterable[Element]) -> Element:
    """Return a collection; an empty one is written without a value, since the value must not be an empty list."""
    return element("SubmodelElementCollection", name, semantic, value=list(elements) or None)


def listing(name: str, semantic: str, elements: Iterable[Element], of: str = "SubmodelElementCollection") -> Element:
    """Return a list of nameless elements of the kind ``of``."""
    kind = {"valueTypeListElement": "xs:string"} if of == "Property" else {}
    return element("SubmodelElementList", name, semantic, typeValueListElement=of, value=list(elements) or None, **kind)


def blob(name: str, semantic: str, data: bytes, content_type: str) -> Element:
    """Return a blob: bytes inside the shell."""
    return element("Blob", name, semantic, contentType=content_type, value=b64encode(data).decode())


def reference(name: str, semantic: str, target: Element) -> Element:
    """Return a reference element."""
    return element("ReferenceElement", name, semantic, value=target)


def own(values: Mapping[str, Any]) -> list[Element]:
    """User-defined properties with known values."""
    return only_known(prop(name, ARBITRARY, value) for name, value in values.items())


def only_known(elements: Iterable[Element]) -> list[Element]:
    """Return the elements with a value or contents."""
    return [each for each in elements if any(key in each for key in ("value", "min", "max", "statements"))]


def submodel(
    identity: str, name: str, semantic: str, elements: Iterable[Element], *, template: str = "", version: str = "1",
    revision: str = "0",
) -> Element:  # fmt: skip
    """Return a submodel: an instance of an IDTA template."""
    administration = {"version": version, "revision": revision} | ({"templateId": template} if template else {})
    return {
        "modelType": "Submodel",
        "id": identity,
        "idShort": short(name),
        "kind": "Instance",
        "administration": administration,
        "semanticId": means(semantic),
        "submodelElements": list(elements),
    }


def shell(
    identity: str, name: str, asset: str, asset_type: str, ids: Mapping[str, str], models: list[Element]
) -> Element:
    """Return a shell for one asset; ``ids`` are the shop's names for the asset."""
    known = [{"name": key, "value": value} for key, value in ids.items() if value]
    return {
        "modelType": "AssetAdministrationShell",
        "id": identity,
        "idShort": short(name),
        "displayName": [{"language": "en", "text": name[:128]}],
        "assetInformation": {
            "assetKind": "Instance",
            "globalAssetId": asset,
            "assetType": asset_type,
            "specificAssetIds": known,
        },
        "submodels": [points_to(("Submodel", each["id"])) for each in models],
    }


def package(environment: Element) -> bytes:
    """The environment as an AASX package (IDTA 01005-3-0): an OPC package with the JSON inside. The same input gives the same bytes."""
    relations = (
        f'<?xml version="1.0" encoding="utf-8"?><Relationships xmlns="{_OPC}/relationships">{{}}</Relationships>'
    )
    relation = '<Relationship Type="{}" Target="{}" Id="R1"/>'
    types = "".join(
        f'<Default Extension="{suffix}" ContentType="{kind}"/>'
        for suffix, kind in (
            ("rels", "application/vnd.openxmlformats-package.relationships+xml"),
            ("json", "application/json"),
        )
    )
    origin = '<Override PartName="/aasx/aasx-origin" ContentType="text/plain"/>'
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<?xml version="1.0" encoding="utf-8"?><Types xmlns="{_OPC}/content-types">{types}{origin}</Types>',
        "_rels/.rels": relations.format(relation.format(f"{_AASX}/aasx-origin", "/aasx/aasx-origin")),
        "aasx/aasx-origin": "Intentionally empty.",
        "aasx/_rels/aasx-origin.rels": relations.format(relation.format(f"{_AASX}/aas-spec", "/aasx/shop.aas.json")),
        "aasx/shop.aas.json": msgspec.json.encode(environment),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _EARLIEST_ZIP_TIME), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _xsd(value: Any) -> str:
    match value:
        case bool():
            return "xs:boolean"
        case int():
            return "xs:integer"
        case float():
            return "xs:double"
        case datetime():
            return "xs:dateTime"
        case date():
            return "xs:date"
        case _:
            return "xs:string"


def _lexical(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return repr(value)
        case datetime():
            return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case _:
            return str(value)
