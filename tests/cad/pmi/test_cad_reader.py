"""Semantic PMI from Part-21 text, written by hand in the forms that CAD systems use."""

from hypothesis import given, settings
from hypothesis import strategies as st

from nightmill.cad.pmi.reader import read_pmi
from nightmill.cad.step.part21 import Enum, Record, Ref, read_part21
from nightmill.cad.step.units import unit_of

TEXT = """ISO-10303-21; HEADER; ENDSEC; DATA;
#1=(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT(.MILLI.,.METRE.));
#2=(CONVERSION_BASED_UNIT('INCH',#3)LENGTH_UNIT()NAMED_UNIT(#9));
#3=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(25.4),#1);
#4=(NAMED_UNIT(*)PLANE_ANGLE_UNIT()SI_UNIT($,.RADIAN.));
#5=(CONVERSION_BASED_UNIT('DEGREE',#6)NAMED_UNIT(#9)PLANE_ANGLE_UNIT());
#6=PLANE_ANGLE_MEASURE_WITH_UNIT(PLANE_ANGLE_MEASURE(0.0174532925199),#4);
#9=DIMENSIONAL_EXPONENTS(1.,0.,0.,0.,0.,0.,0.);
#10=PRODUCT_DEFINITION_SHAPE('','',#0);
#20=SHAPE_ASPECT('hole; with ''quotes''','',#10,.T.);
#21=GEOMETRIC_ITEM_SPECIFIC_USAGE('','',#20,#99,#100);
#22=DIMENSIONAL_SIZE(#20,'diameter'); /* a comment; with #23=NONSENSE(); */
#23=DIMENSIONAL_CHARACTERISTIC_REPRESENTATION(#22,#24);
#24=SHAPE_DIMENSION_REPRESENTATION('',(#25),#99);
#25=(LENGTH_MEASURE_WITH_UNIT()MEASURE_REPRESENTATION_ITEM()MEASURE_WITH_UNIT(LENGTH_MEASURE(0.5),#2)
REPRESENTATION_ITEM('nominal value'));
#26=PLUS_MINUS_TOLERANCE(#27,#22);
#27=TOLERANCE_VALUE(#28,#28);
#28=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(0.01),#2);
#30=DATUM('','',#10,.F.,'A');
#31=DATUM_FEATURE('','',#10,.T.);
#32=SHAPE_ASPECT_RELATIONSHIP('','',#31,#30);
#33=GEOMETRIC_ITEM_SPECIFIC_USAGE('','',#31,#99,#101);
#34=DATUM_REFERENCE_COMPARTMENT('','',#10,.T.,#30,$);
#35=DATUM_SYSTEM('','',#10,.T.,(#34));
#36=(GEOMETRIC_TOLERANCE('p','',#37,#22)GEOMETRIC_TOLERANCE_WITH_DATUM_REFERENCE((#35))
GEOMETRIC_TOLERANCE_WITH_MODIFIERS((.MAXIMUM_MATERIAL_REQUIREMENT.))POSITION_TOLERANCE());
#37=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(0.1),#1);
#38=FLATNESS_TOLERANCE('f','',#37,#40);
#40=COMPOSITE_GROUP_SHAPE_ASPECT('','',#10,.T.);
#41=SHAPE_ASPECT_RELATIONSHIP('','',#40,#20);
#42=SHAPE_ASPECT_RELATIONSHIP('','',#40,#31);
#50=ANGULAR_LOCATION('a','',#20,#31,.SMALL.);
#51=DIMENSIONAL_CHARACTERISTIC_REPRESENTATION(#50,#52);
#52=SHAPE_DIMENSION_REPRESENTATION('',(#53,#54),#99);
#53=(MEASURE_REPRESENTATION_ITEM()MEASURE_WITH_UNIT(PLANE_ANGLE_MEASURE(60.),#5)REPRESENTATION_ITEM('upper limit'));
#54=(MEASURE_REPRESENTATION_ITEM()MEASURE_WITH_UNIT(PLANE_ANGLE_MEASURE(59.),#5)REPRESENTATION_ITEM('lower limit'));
#60=DIMENSIONAL_LOCATION('linear distance','',#20,#31);
#61=PLUS_MINUS_TOLERANCE(#62,#60);
#62=LIMITS_AND_FITS('H','hole','7','');
ENDSEC; END-ISO-10303-21;
"""


def test_grammar() -> None:
    text = read_part21(TEXT)
    assert 23 in text.raw
    assert text.record(20) == Record("SHAPE_ASPECT", ("hole; with 'quotes'", "", Ref(10), Enum("T")))
    assert next(record.keyword for record in text.records(25)) == "LENGTH_MEASURE_WITH_UNIT"
    assert text.of("POSITION_TOLERANCE") == [36]
    assert text.dangling() == [0, 99, 100, 101]
    assert 22 in text.users(20)


def test_units() -> None:
    text = read_part21(TEXT)
    assert unit_of(text, 1) == ("mm", 1.0)
    assert unit_of(text, 2) == ("inch", 25.4)
    name, factor = unit_of(text, 5)
    assert name == "deg"
    assert abs(factor - 1) < 1e-9


def test_every_entity_comes_out_with_its_faces() -> None:
    items = {item.id: item for item in read_pmi(read_part21(TEXT), {100: 7, 101: 3})}
    assert set(items) == {"#22", "#50", "#60", "#36", "#38", "#30"}
    size = items["#22"]
    assert (size.kind, size.nominal, size.faces) == ("diameter", 12.7, (7,))
    assert size.lower is not None
    assert size.upper is not None
    assert abs(size.lower - (12.7 - 0.254)) < 1e-9
    assert abs(size.upper - (12.7 + 0.254)) < 1e-9
    position = items["#36"]
    assert (position.kind, position.zone, position.datums, position.material_condition) == (
        "position",
        0.1,
        ("A",),
        "M",
    )
    assert position.faces == (7,)
    assert items["#38"].faces == (3, 7)
    angle = items["#50"]
    assert (angle.kind, angle.unit, angle.faces) == ("angle", "deg", (3, 7))
    assert angle.upper is not None
    assert abs(angle.upper - 60) < 1e-6
    assert (items["#60"].kind, items["#60"].fit, items["#60"].nominal) == ("linear_distance", "H7", None)
    assert (items["#30"].datums, items["#30"].faces) == (("A",), (3,))


OTHER_WRITERS = """ISO-10303-21; HEADER; ENDSEC; DATA;
#1=(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT(.MILLI.,.METRE.));
#10=PRODUCT_DEFINITION_SHAPE('','',#9);
#100=ADVANCED_FACE('',(#200),#110,.T.);
#101=ADVANCED_FACE('',(#201),#111,.T.);
#110=PLANE('',#120);
#111=CYLINDRICAL_SURFACE('',#121,5.);
#200=FACE_OUTER_BOUND('',#210,.T.);
#201=FACE_OUTER_BOUND('',#211,.T.);
#210=EDGE_LOOP('',(#220));
#211=EDGE_LOOP('',(#221));
#220=ORIENTED_EDGE('',*,*,#230,.T.);
#221=ORIENTED_EDGE('',*,*,#230,.F.);
#230=EDGE_CURVE('',#240,#240,#250,.T.);
#20=SHAPE_ASPECT('an edge','',#10,.T.);
#21=GEOMETRIC_ITEM_SPECIFIC_USAGE('','',#20,#99,#230);
#22=SHAPE_ASPECT('by a property','',#10,.T.);
#23=PROPERTY_DEFINITION('','',#22);
#24=SHAPE_DEFINITION_REPRESENTATION(#23,#25);
#25=SHAPE_REPRESENTATION('',(#101),#99);
#26=SHAPE_ASPECT('a surface','',#10,.T.);
#27=GEOMETRIC_ITEM_SPECIFIC_USAGE('','',#26,#99,#111);
#30=(DATUM_FEATURE()DIMENSIONAL_SIZE(#30,'diameter')DIMENSIONAL_SIZE_WITH_DATUM_FEATURE()
SHAPE_ASPECT('bore','single feature',#10,.T.));
#31=GEOMETRIC_ITEM_SPECIFIC_USAGE('','',#30,#99,#101);
#32=DIMENSIONAL_SIZE(#20,'radius');
#33=DIMENSIONAL_CHARACTERISTIC_REPRESENTATION(#32,#34);
#34=SHAPE_DIMENSION_REPRESENTATION('',(#35),#99);
#35=(LENGTH_MEASURE_WITH_UNIT()MEASURE_REPRESENTATION_ITEM()MEASURE_WITH_UNIT(POSITIVE_LENGTH_MEASURE(2.),#1)
QUALIFIED_REPRESENTATION_ITEM((#36))REPRESENTATION_ITEM('nominal value'));
#36=TYPE_QUALIFIER('maximum');
#40=MODIFIED_GEOMETRIC_TOLERANCE('m','',#41,#22,.MAXIMUM_MATERIAL_CONDITION.);
#41=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(0.2),#1);
#42=(GEOMETRIC_TOLERANCE('all over','',#41,#10)SURFACE_PROFILE_TOLERANCE()
UNEQUALLY_DISPOSED_GEOMETRIC_TOLERANCE(#41));
#43=(GEOMETRIC_TOLERANCE('upper','',#41,#26)POSITION_TOLERANCE());
#44=(GEOMETRIC_TOLERANCE('lower','',#41,#26)POSITION_TOLERANCE());
#45=GEOMETRIC_TOLERANCE_RELATIONSHIP('composite tolerance','',#43,#44);
#46=DRAUGHTING_CALLOUT('Dimension.1',(#47));
#47=ANNOTATION_CURVE_OCCURRENCE('',(),#48);
ENDSEC; END-ISO-10303-21;
"""


def test_forms_of_other_writers() -> None:
    items = {item.id: item for item in read_pmi(read_part21(OTHER_WRITERS), {100: 0, 101: 1})}
    assert set(items) == {"#30", "#32", "#40", "#42", "#43", "#44"}  # no relationship, no graphic presentation
    assert (items["#30"].kind, items["#30"].faces) == ("diameter", (1,))
    assert (items["#32"].nominal, items["#32"].upper, items["#32"].lower) == (2.0, 2.0, None)
    assert items["#32"].faces == (0, 1)  # an edge stands for the faces that meet there
    assert (items["#40"].zone, items["#40"].material_condition, items["#40"].faces) == (0.2, "M", (1,))
    assert (items["#42"].kind, items["#42"].faces) == ("surface_profile", (0, 1))
    assert items["#43"].faces == items["#44"].faces == (1,)


@settings(max_examples=60, deadline=None)
@given(st.integers(100, len(TEXT) - 30), st.sampled_from("#(),;'.0*/A="))
def test_damaged_text_never_raises(place: int, letter: str) -> None:
    damaged = TEXT[:place] + letter + TEXT[place + 1 :]
    assert isinstance(read_pmi(read_part21(damaged), {100: 7, 101: 3}), tuple)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(alphabet="AB '#;()", max_size=8), max_size=5))
def test_strings_survive_a_round_trip(names: list[str]) -> None:
    quoted = ",".join("'" + name.replace("'", "''") + "'" for name in names)
    text = read_part21(f"DATA;\n#1=THING(({quoted}));\n#2=OTHER(#1);\nENDSEC;")
    record = text.record(1)
    assert record is not None
    assert record.at(0) == names
    assert text.of("OTHER") == [2]
