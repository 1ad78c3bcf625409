"""List the bodies of a STEP file with several solids, with names and number of placements, and choose one of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nightmill.cad.step.part21 import Part21, Record
from nightmill.vocabulary.errors import BadInput, Finding

SOLID_KEYWORDS = ("MANIFOLD_SOLID_BREP", "BREP_WITH_VOIDS", "FACETED_BREP")
_KERNEL_TYPES = {"StepShape_ManifoldSolidBrep", "StepShape_BrepWithVoids", "StepShape_FacetedBrep"}
_LISTED = 12


@dataclass(frozen=True)
class Body:
    """One solid as the file defines it, before an assembly places it.

    ``number`` counts from 1 in the kernel's order; ``solid`` is the kernel's solid in its own coordinates, mm; ``entity`` is the id of its
    record in the text, None if unknown; ``placed`` is how often the file places it, and ``beside`` how many other bodies the file has.
    """

    number: int
    name: str
    solid: Any
    entity: int | None
    placed: int
    beside: int

    def said(self) -> str:
        """Return number, name, and how often the body is placed, if more than once."""
        often = f" (placed {self.placed} times)" if self.placed > 1 else ""
        return f"{self.number} {self.name}".rstrip() + often


def bodies_of(reader: Any, solids: list[Any], text: Part21) -> list[Body]:
    """Return each body once, however often it is placed, in the order in which ``reader`` (of STEP files) made the ``solids``."""
    from OCP.TopLoc import TopLoc_Location

    kinds: list[Any] = []
    placed: list[int] = []
    for solid in solids:
        known = next((place for place, kind in enumerate(kinds) if kind.IsPartner(solid)), None)
        if known is None:
            kinds.append(solid.Located(TopLoc_Location()))
            placed.append(1)
        else:
            placed[known] += 1
    entities = _entities(reader, kinds, text)
    names = [_name_of(text, entity) for entity in entities]
    return [Body(at + 1, names[at], kinds[at], entities[at], placed[at], len(kinds) - 1) for at in range(len(kinds))]


def chosen(path: Path, bodies: list[Body], asked: str) -> Body:
    """Return the body with number or name ``asked`` (ignoring case; the name must be unique).

    Without ``asked``, return the only body. Raises ``BadInput``, which lists the bodies.
    """
    numbered = [body for body in bodies if str(body.number) == asked.strip()]
    found = numbered or [body for body in bodies if body.name.casefold() == asked.strip().casefold()]
    if not asked:
        found = bodies
    if len(found) == 1:
        return found[0]
    listed = ", ".join(body.said() for body in bodies[:_LISTED]) + (", ..." if len(bodies) > _LISTED else "")
    solids = sum(body.placed for body in bodies)
    if not asked:
        problem = f"several solids: {listed}"
    else:
        problem = f"{'no body' if not found else f'{len(found)} bodies'} called {asked!r} among {listed}"
    raise BadInput(
        Finding(
            str(path),
            f"{solids} solids",
            problem,
            "one solid: one part",
            f"Export the body you want to a separate file, or choose it on the command line, for example with --body {bodies[0].number}.",
        )
    )


def faces_of_body(text: Part21, entity: int) -> list[int]:
    """Return the ids of the faces below a solid's record, in the order of its shells."""
    return [face for record in text.records(entity) for shell in record.refs() for face in shell_faces(text, shell)]


def shell_faces(text: Part21, shell: int) -> list[int]:
    """Return the ids of the faces of a shell, in the text's order."""
    record = text.record(shell, "CLOSED_SHELL") or text.record(shell, "OPEN_SHELL")
    if record:
        return record.refs()
    oriented = text.record(shell, "ORIENTED_CLOSED_SHELL")
    return [face for inner in oriented.refs() for face in shell_faces(text, inner)] if oriented else []


def _entities(reader: Any, kinds: list[Any], text: Part21) -> list[int | None]:
    """Return the id in the text of each solid; the kernel's model has the same solids in the text's order, without ids."""
    work = reader.WS()
    model, transfer = work.Model(), work.TransferReader()
    held = [model.Value(place) for place in range(1, model.NbEntities() + 1)]
    solids = [each for each in held if each.DynamicType().Name() in _KERNEL_TYPES]
    wanted = set(text.of(*SOLID_KEYWORDS))
    ids = [number for number in text.raw if number in wanted]
    if len(ids) != len(solids):
        return [None] * len(kinds)
    found = []
    for kind in kinds:
        source = transfer.EntityFromShapeResult(kind, 1)
        at = next((place for place, each in enumerate(solids) if each == source), None)
        found.append(None if at is None else ids[at])
    return found


def _name_of(text: Part21, entity: int | None) -> str:
    """Return the name of the product that has only this solid, else the solid's own name; empty if it has none."""
    if entity is None:
        return ""
    own = _sound(text.record(entity), 0)
    shapes = [user for user in text.users(entity) if _is_shape(text, user)]
    alone = all(len(_solids_of(text, shape)) == 1 for shape in shapes)
    products = [name for shape in shapes for name in _products(text, shape)] if alone else []
    return next((name for name in products if name), own)


def _is_shape(text: Part21, number: int) -> bool:
    return any(record.keyword.endswith("SHAPE_REPRESENTATION") for record in text.records(number))


def _solids_of(text: Part21, shape: int) -> list[int]:
    held = [item for record in text.records(shape) for item in record.refs()]
    return [item for item in held if any(each.keyword in SOLID_KEYWORDS for each in text.records(item))]


def _products(text: Part21, shape: int) -> list[str]:
    """Return the names of the products of a shape representation, both its own and that of a representation declared equivalent."""
    same = [shape]
    for user in text.users(shape):
        records = text.records(user)
        if [record.keyword for record in records] == ["SHAPE_REPRESENTATION_RELATIONSHIP"]:  # without a transformation
            same += [each for each in records[0].refs() if each != shape]
    names = []
    for each in same:
        for user in text.users(each):
            found: int | None = text.ref_of(user, "SHAPE_DEFINITION_REPRESENTATION", 0)
            for keyword in ("PRODUCT_DEFINITION_SHAPE", "", ""):  # its product definition, formation, and product
                found = text.ref_of(found, keyword, 2)
            product = text.record(found, "PRODUCT")
            names.append(_sound(product, 1) or _sound(product, 0))
    return names


def _sound(record: Record | None, place: int) -> str:
    name = record.text(place).strip() if record else ""
    return "" if name.upper() == "NONE" else name
