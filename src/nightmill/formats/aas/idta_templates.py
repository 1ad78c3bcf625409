"""Submodels common to machines and parts, following the templates that IDTA publishes (github.com/admin-shell-io/submodel-templates).

Digital Nameplate 3.0.1 (IDTA 02006) and Technical Data 2.0.1 (IDTA 02003). Elements that a template requires but whose
values are unknown are written without a value.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from urllib.parse import quote
from uuid import NAMESPACE_OID, uuid5

import msgspec

from nightmill.formats.aas.elements import ARBITRARY, Element, collection, listing, only_known, prop, submodel, text
from nightmill.vocabulary.shop import Shop

NAMEPLATE = "https://admin-shell.io/idta/nameplate/3/0/Nameplate"
TECHNICAL_DATA = "0173-1#01-AHX837#002"
_ADDRESS = "https://admin-shell.io/zvei/nameplate/1/0/ContactInformations/AddressInformation"


class Plate(msgspec.Struct, frozen=True):
    """Contents of a nameplate; empty fields are unknown. ``of_shop``: the manufacturer is the shop, with its address."""

    maker: str
    designation: str
    article: str
    serial: str
    made: date | None = None
    year: int = 0
    revision: str = ""
    of_shop: Shop | None = None


def identity(shop: Shop, *path: str) -> str:
    """Return the id of a machine or part: a URI under ``shop.uri``, or a UUID made from the shop's name and the path."""
    if shop.site.uri:
        return "/".join([shop.site.uri.rstrip("/"), *(quote(each, safe="") for each in path)])
    return uuid5(NAMESPACE_OID, "\x1f".join((shop.country, shop.name, *path))).urn


def nameplate(ident: str, asset: str, plate: Plate) -> Element:
    """Return the submodel Digital Nameplate 3.0."""
    shop = plate.of_shop
    place = shop.site if shop else None
    address = [
        text("Street", "0173-1#02-AAO128#002", place.street if place else ""),
        text("Zipcode", "0173-1#02-AAO129#002", place.zip_code if place else ""),
        text("CityTown", "0173-1#02-AAO132#002", place.city if place else ""),
        text("NationalCode", "0173-1#02-AAO134#002", shop.country if shop else ""),
    ]
    asked = [
        prop("URIOfTheProduct", "0112/2///61987#ABN590#002", asset, "xs:anyURI"),
        text("ManufacturerName", "0112/2///61987#ABA565#009", plate.maker),
        text("ManufacturerProductDesignation", "0112/2///61987#ABA567#009", plate.designation),
        collection("AddressInformation", _ADDRESS, address),
        prop("OrderCodeOfManufacturer", "0112/2///61987#ABA950#008", plate.article),
    ]
    year = plate.made.year if plate.made else plate.year
    left_open = only_known(
        [
            prop("ManufacturerProductType", "0112/2///61987#ABA300#008", plate.designation),
            prop("SerialNumber", "0112/2///61987#ABA951#009", plate.serial),
            prop("YearOfConstruction", "0112/2///61987#ABP000#002", f"{year:04d}" if year else ""),
            prop("DateOfManufacture", "0112/2///61987#ABB757#007", plate.made, "xs:date"),
            prop("HardwareVersion", "0112/2///61987#ABA926#008", plate.revision),
            prop("CountryOfOrigin", "0112/2///61987#ABP462#001", shop.country if shop else ""),
        ]
    )
    template = "https://admin-shell.io/idta-02006-3-0"
    return submodel(ident, "Nameplate", NAMEPLATE, [*asked, *left_open], template=template, version="3")


def section(name: str, elements: Iterable[Element]) -> Element:
    """Return a section of a technical property area."""
    return collection(name, ARBITRARY, elements)


def technical_data(ident: str, plate: Plate, sections: Sequence[Element]) -> Element:
    """Return the submodel Technical Data 2.0: one property area with the non-empty ``sections``."""
    general = [
        prop("ManufacturerName", "0173-1#02-AAO677#004", plate.maker),
        text("ManufacturerProductDesignation", "0173-1#02-AAW338#003", plate.designation),
        prop("ManufacturerArticleNumber", "0173-1#02-AAO676#005", plate.article),
        prop("ManufacturerOrderCode", "0173-1#02-AAO227#004", plate.article),
    ]
    held = only_known(sections)
    area = collection("", "0173-1#02-ABL358#002/0173-1#01-AHX773#002", held)
    elements = [collection("GeneralInformation", "0173-1#02-ABK161#002/0173-1#01-AHX838#002", general)]
    if held:
        elements.append(listing("TechnicalPropertyAreas", "0173-1#02-ABK163#002", [area]))
    template = "https://admin-shell.io/idta-02003-2-0"
    return submodel(ident, "TechnicalData", TECHNICAL_DATA, elements, template=template, version="2")
