"""Semantic PMI in forms that other systems write: groups, derived elements, targets, zones, modifiers, notes."""

import re
from pathlib import Path

import pytest
from design_solids import plate_with_holes, write

from nightmill.cad import read_part
from nightmill.cad.brep.records import PmiItem
from nightmill.cad.pmi.reader import read_pmi
from nightmill.cad.step.part21 import read_part21

HEAD = """ISO-10303-21; HEADER; ENDSEC; DATA;
#1=(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT(.MILLI.,.METRE.));
#2=(NAMED_UNIT(*)PLANE_ANGLE_UNIT()SI_UNIT($,.RADIAN.));
#3=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(0.1),#1);
#4=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(12.),#1);
#10=PRODUCT_DEFINITION_SHAPE('','',#9);
#11=SHAPE_ASPECT('a','',#10,.T.);
#12=SHAPE_ASPECT('b','',#10,.T.);
#13=GEOMETRIC_ITEM_SPECIFIC_USAGE('','',#11,#99,#100);
#14=GEOMETRIC_ITEM_SPECIFIC_USAGE('','',#12,#99,#101);
"""
FACES = {100: 0, 101: 1, 102: 2, 103: 3}


def items(body: str) -> dict[str, PmiItem]:
    text = read_part21(HEAD + body + "ENDSEC; END-ISO-10303-21;")
    return {item.id: item for item in read_pmi(text, FACES)}


SUBTYPES = (
    "ANGULARITY", "CIRCULAR_RUNOUT", "COAXIALITY", "CONCENTRICITY", "CYLINDRICITY", "FLATNESS", "LINE_PROFILE",
    "PARALLELISM", "PERPENDICULARITY", "POSITION", "ROUNDNESS", "STRAIGHTNESS", "SURFACE_PROFILE", "SYMMETRY", "TOTAL_RUNOUT",
)  # fmt: skip
DATUM_A = (
    "#30=DATUM('','',#10,.F.,'A');\n#31=DATUM_FEATURE('','',#10,.T.);\n#32=SHAPE_ASPECT_RELATIONSHIP('','',#31,#30);\n"
)


@pytest.mark.parametrize("kind", SUBTYPES)
def test_every_kind_of_tolerance_simple_and_complex(kind: str) -> None:
    found = items(
        f"{DATUM_A}#40={kind}_TOLERANCE('','',#3,#11);\n"
        f"#41={kind}_TOLERANCE('','',#3,#11,(#42));\n#42=DATUM_REFERENCE(1,#30);\n"
        f"#43=(GEOMETRIC_TOLERANCE('','',#3,#12)GEOMETRIC_TOLERANCE_WITH_DATUM_REFERENCE((#44)){kind}_TOLERANCE());\n"
        "#44=DATUM_SYSTEM('','',#10,.F.,(#45));\n#45=DATUM_REFERENCE_COMPARTMENT('','',#10,.F.,#30,$);\n"
    )
    tolerances = {name: item for name, item in found.items() if item.group == "tolerance"}
    assert {name: (item.kind, item.zone, item.datums, item.faces) for name, item in tolerances.items()} == {
        "#40": (kind.lower(), 0.1, (), (0,)),
        "#41": (kind.lower(), 0.1, ("A",), (0,)),
        "#43": (kind.lower(), 0.1, ("A",), (1,)),
    }


@pytest.mark.parametrize(
    ("entity", "kind", "faces"),
    [
        ("DIMENSIONAL_SIZE(#11,'diameter')", "diameter", (0,)),
        ("DIMENSIONAL_SIZE_WITH_PATH(#11,'curve length',#12)", "curve_length", (0, 1)),
        ("ANGULAR_SIZE(#11,'',.LARGE.)", "angle", (0,)),
        ("DIMENSIONAL_LOCATION('linear distance','',#11,#12)", "linear_distance", (0, 1)),
        ("DIRECTED_DIMENSIONAL_LOCATION('','',#11,#12)", "distance", (0, 1)),
        ("DIMENSIONAL_LOCATION_WITH_PATH('curved distance','',#11,#12,#11)", "curved_distance", (0, 1)),
        ("ANGULAR_LOCATION('','',#11,#12,.EQUAL.)", "angle", (0, 1)),
        ("(DIMENSIONAL_LOCATION()DIRECTED_DIMENSIONAL_LOCATION()SHAPE_ASPECT_RELATIONSHIP('depth','',#11,#12))", "depth", (0, 1)),
    ],
)  # fmt: skip
def test_every_kind_of_dimension(entity: str, kind: str, faces: tuple[int, ...]) -> None:
    (item,) = items(f"#40={entity};\n").values()
    assert (item.group, item.kind, item.faces) == ("dimension", kind, faces)


def test_sizes_with_notes_limits_and_compound_items() -> None:
    found = items(
        "#40=DIMENSIONAL_SIZE(#11,'diameter');\n#41=DIMENSIONAL_CHARACTERISTIC_REPRESENTATION(#40,#42);\n"
        "#42=SHAPE_DIMENSION_REPRESENTATION('',(#43,#44),#99);\n"
        "#43=MEASURE_REPRESENTATION_ITEM('nominal value',LENGTH_MEASURE(8.),#1);\n"
        "#44=COMPOUND_REPRESENTATION_ITEM('',SET_REPRESENTATION_ITEM((#45)));\n"
        "#45=DESCRIPTIVE_REPRESENTATION_ITEM('dimensional note','theoretical');\n"
        "#50=DIMENSIONAL_SIZE(#12,'thickness');\n#51=DIMENSIONAL_CHARACTERISTIC_REPRESENTATION(#50,#52);\n"
        "#52=SHAPE_DIMENSION_REPRESENTATION('',(#43,#53,#54),#99);\n"
        "#53=MEASURE_REPRESENTATION_ITEM('upper limit',LENGTH_MEASURE(8.2),#1);\n"
        "#54=MEASURE_REPRESENTATION_ITEM('lower limit',LENGTH_MEASURE(7.9),#1);\n"
        "#60=ANGULAR_LOCATION('','',#11,#12,.SMALL.);\n#61=DIMENSIONAL_CHARACTERISTIC_REPRESENTATION(#60,#62);\n"
        "#62=SHAPE_DIMENSION_REPRESENTATION('',(#63),#99);\n#63=MEASURE_REPRESENTATION_ITEM('',PLANE_ANGLE_MEASURE(1.5707963267948966),#2);\n"
        "#64=PLUS_MINUS_TOLERANCE(#65,#60);\n#65=TOLERANCE_VALUE(#66,#67);\n"
        "#66=PLANE_ANGLE_MEASURE_WITH_UNIT(PLANE_ANGLE_MEASURE(-0.017453292519943295),#2);\n"
        "#67=PLANE_ANGLE_MEASURE_WITH_UNIT(PLANE_ANGLE_MEASURE(0.),#2);\n"
    )
    assert (found["#40"].nominal, found["#40"].modifiers) == (8.0, ("basic",))
    assert (found["#50"].nominal, found["#50"].lower, found["#50"].upper) == (8.0, 7.9, 8.2)
    assert found["#60"].unit == "deg"
    assert found["#60"].nominal == pytest.approx(90)
    assert found["#60"].lower == pytest.approx(89)
    assert found["#60"].upper == pytest.approx(90)


def test_zones_modifiers_and_further_values() -> None:
    found = items(
        f"{DATUM_A}#40=(GEOMETRIC_TOLERANCE('','',#3,#11)GEOMETRIC_TOLERANCE_WITH_DATUM_REFERENCE((#44))\n"
        "GEOMETRIC_TOLERANCE_WITH_MODIFIERS((.LEAST_MATERIAL_REQUIREMENT.,.FREE_STATE.))POSITION_TOLERANCE());\n"
        "#44=DATUM_SYSTEM('','',#10,.F.,(#45));\n"
        "#45=DATUM_REFERENCE_COMPARTMENT('','',#10,.F.,#30,(SIMPLE_DATUM_REFERENCE_MODIFIER(.MAXIMUM_MATERIAL_REQUIREMENT.)));\n"
        "#46=TOLERANCE_ZONE('','',#10,.F.,(#40),#47);\n#47=TOLERANCE_ZONE_FORM('cylindrical or circular');\n"
        "#48=PROJECTED_ZONE_DEFINITION(#46,(),#11,#4);\n"
        "#50=(GEOMETRIC_TOLERANCE('','',#3,#12)SURFACE_PROFILE_TOLERANCE()UNEQUALLY_DISPOSED_GEOMETRIC_TOLERANCE(#4));\n"
        "#51=(FLATNESS_TOLERANCE()GEOMETRIC_TOLERANCE('','',#3,#12)GEOMETRIC_TOLERANCE_WITH_DEFINED_UNIT(#4));\n"
    )
    position = found["#40"]
    assert (position.material_condition, position.zone_form) == ("L", "cylindrical or circular")
    assert position.modifiers == ("free_state", "A M", "projected 12 mm")
    assert position.datums == ("A",)
    assert found["#50"].modifiers == ("unequal 12 mm",)
    assert found["#51"].modifiers == ("per 12 mm",)


def test_common_datums_and_their_order() -> None:
    found = items(
        f"{DATUM_A}#33=DATUM('','',#10,.F.,'B');\n#34=DATUM('','',#10,.F.,'C');\n"
        "#40=(GEOMETRIC_TOLERANCE('','',#3,#11)GEOMETRIC_TOLERANCE_WITH_DATUM_REFERENCE((#44))TOTAL_RUNOUT_TOLERANCE());\n"
        "#44=DATUM_SYSTEM('','',#10,.F.,(#45,#46));\n"
        "#45=DATUM_REFERENCE_COMPARTMENT('','',#10,.F.,COMMON_DATUM_LIST((#47,#48)),$);\n"
        "#46=DATUM_REFERENCE_COMPARTMENT('','',#10,.F.,#34,$);\n"
        "#47=DATUM_REFERENCE_ELEMENT('','',#10,.F.,#30,$);\n#48=DATUM_REFERENCE_ELEMENT('','',#10,.F.,#33,$);\n"
    )
    assert found["#40"].datums == ("A-B", "C")


@pytest.mark.parametrize(
    "links",
    [
        # a group, a group of groups, all around, derived from two faces, and the same with the relations turned round
        "#20=COMPOSITE_GROUP_SHAPE_ASPECT('','',#10,.T.);#21=SHAPE_ASPECT_RELATIONSHIP('','',#20,#11);#22=SHAPE_ASPECT_RELATIONSHIP('','',#20,#12);",
        "#20=COMPOSITE_SHAPE_ASPECT('','',#10,.T.);#23=COMPOSITE_GROUP_SHAPE_ASPECT('','',#10,.T.);#24=SHAPE_ASPECT_RELATIONSHIP('','',#20,#23);"
        "#21=SHAPE_ASPECT_RELATIONSHIP('','',#23,#11);#22=SHAPE_ASPECT_RELATIONSHIP('','',#23,#12);",
        "#20=ALL_AROUND_SHAPE_ASPECT('','',#10,.T.);#21=SHAPE_ASPECT_RELATIONSHIP('','',#20,#11);#22=SHAPE_ASPECT_RELATIONSHIP('','',#20,#12);",
        "#20=CENTRE_OF_SYMMETRY('','',#10,.F.);#21=SHAPE_ASPECT_DERIVING_RELATIONSHIP('','',#20,#11);#22=SHAPE_ASPECT_DERIVING_RELATIONSHIP('','',#20,#12);",
        "#20=(CENTRE_OF_SYMMETRY()DERIVED_SHAPE_ASPECT()SHAPE_ASPECT('','',#10,.F.));#21=(SHAPE_ASPECT_DERIVING_RELATIONSHIP()SHAPE_ASPECT_RELATIONSHIP('','',#20,#11));"
        "#22=SHAPE_ASPECT_DERIVING_RELATIONSHIP('','',#20,#12);",
        "#20=GEOMETRIC_INTERSECTION('','',#10,.F.);#21=SHAPE_ASPECT_DERIVING_RELATIONSHIP('','',#11,#20);#22=SHAPE_ASPECT_DERIVING_RELATIONSHIP('','',#12,#20);",
        "#20=SHAPE_ASPECT('','',#10,.T.);#21=ITEM_IDENTIFIED_REPRESENTATION_USAGE('','',#20,#99,SET_REPRESENTATION_ITEM((#100,#101)));",
        "#20=SHAPE_ASPECT('','',#10,.T.);#21=GEOMETRIC_ITEM_SPECIFIC_USAGE('','',#20,#99,#22);#22=OPEN_SHELL('',(#100,#101));",
        "#20=SHAPE_ASPECT('','',#10,.T.);#21=GEOMETRIC_ITEM_SPECIFIC_USAGE('','',#20,#99,#22);#22=CONNECTED_FACE_SET('',(#100,#101));"
        "#23=SHAPE_REPRESENTATION('',(#22,#102,#103),#99);",
    ],
)  # fmt: skip
def test_aspects_lead_to_their_faces(links: str) -> None:
    assert items(links + "#40=FLATNESS_TOLERANCE('','',#3,#20);")["#40"].faces == (0, 1)


def test_datum_of_targets_is_bound_to_what_they_lie_on() -> None:
    found = items(
        "#30=DATUM('','',#10,.F.,'A');\n#31=PLACED_DATUM_TARGET_FEATURE('','point',#10,.T.,'1');\n"
        "#32=SHAPE_ASPECT_RELATIONSHIP('','',#31,#30);\n#33=FEATURE_FOR_DATUM_TARGET_RELATIONSHIP('','',#12,#31);\n"
        "#34=DATUM_TARGET('','area',#10,.T.,'2');\n#35=SHAPE_ASPECT_RELATIONSHIP('','',#34,#30);\n"
        "#36=GEOMETRIC_ITEM_SPECIFIC_USAGE('','',#34,#99,#103);\n"
    )
    assert found["#30"].faces == (1, 3)


def test_all_over_is_every_face() -> None:
    assert items("#40=SURFACE_PROFILE_TOLERANCE('','',#3,#10);")["#40"].faces == (0, 1, 2, 3)


def test_tolerance_on_a_dimension_and_on_a_location() -> None:
    found = items(
        "#40=DIMENSIONAL_SIZE(#12,'diameter');\n#41=DIMENSIONAL_LOCATION('','',#11,#12);\n"
        "#42=STRAIGHTNESS_TOLERANCE('','',#3,#40);\n#43=SYMMETRY_TOLERANCE('','',#3,#41,());\n"
    )
    assert found["#42"].faces == (1,)
    assert found["#43"].faces == (0, 1)


def test_a_whole_file_with_pmi_in_inches(tmp_path: Path) -> None:
    """PMI written into a real file binds to the faces of the solid; the count by keyword in the text agrees."""
    path = write(plate_with_holes(), tmp_path / "plate.step")
    text = path.read_text()
    face = re.search(r"#(\d+)\s*=\s*ADVANCED_FACE", text)
    shape = re.search(r"#(\d+)\s*=\s*PRODUCT_DEFINITION_SHAPE", text)
    assert face
    assert shape
    free = max(int(number) for number in re.findall(r"#(\d+)\s*=", text)) + 1
    numbers = {f"@{place}": f"#{free + place}" for place in range(1, 12)}
    body = (
        f"@1=SHAPE_ASPECT('','',#{shape.group(1)},.T.);@2=GEOMETRIC_ITEM_SPECIFIC_USAGE('','',@1,$,#{face.group(1)});"
        "@3=FLATNESS_TOLERANCE('','',@4,@1);@4=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(0.01),@5);"
        "@5=(CONVERSION_BASED_UNIT('INCH',@6)LENGTH_UNIT()NAMED_UNIT(@7));@6=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(25.4),@8);"
        "@7=DIMENSIONAL_EXPONENTS(1.,0.,0.,0.,0.,0.,0.);@8=(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT(.MILLI.,.METRE.));"
        "@9=DIMENSIONAL_SIZE(@1,'thickness');@10=SHAPE_ASPECT('','',#1,.T.);@11=DIMENSIONAL_SIZE(@10,'diameter');"
    )
    for mark in sorted(numbers, key=len, reverse=True):
        body = body.replace(mark, numbers[mark])
    end = text.rindex("ENDSEC")
    path.write_text(text[:end] + body + "\n" + text[end:])
    part = read_part(path)
    assert [(item.kind, item.faces, item.zone) for item in part.pmi] == [
        ("thickness", (0,), None),
        ("diameter", (), None),
        ("flatness", (0,), pytest.approx(0.254)),
    ]
    assert any(note.startswith("1 of 3 dimensions, tolerances and datums refer to no face") for note in part.notes)


def test_references_that_lead_in_circles_end() -> None:
    found = items(
        "#40=DIMENSIONAL_SIZE(#11,'diameter');\n#41=DIMENSIONAL_CHARACTERISTIC_REPRESENTATION(#40,#42);\n"
        "#42=SHAPE_DIMENSION_REPRESENTATION('',(#43),#99);\n#43=MEASURE_REPRESENTATION_ITEM('',LENGTH_MEASURE(8.),#44);\n"
        "#44=(CONVERSION_BASED_UNIT('INCH',#45)LENGTH_UNIT()NAMED_UNIT(#9));\n"
        "#45=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(25.4),#44);\n"
        "#50=COMPOSITE_GROUP_SHAPE_ASPECT('','',#10,.T.);\n#51=SHAPE_ASPECT_RELATIONSHIP('','',#50,#50);\n"
        "#52=FLATNESS_TOLERANCE('','',#3,#50);\n#53=DATUM_SYSTEM('','',#10,.F.,(#53));\n"
        "#54=(GEOMETRIC_TOLERANCE('','',#3,#54)GEOMETRIC_TOLERANCE_WITH_DATUM_REFERENCE((#53))POSITION_TOLERANCE());\n"
    )
    assert set(found) == {"#40", "#52", "#54"}
    assert found["#52"].faces == found["#54"].faces == ()
