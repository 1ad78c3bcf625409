"""Materials and their cutting properties: handbook values with sources.

vc, kc1.1 and mc: FreeCAD 1.0 machining cards (CC-BY-3.0, author Jonas Baehr), which cite Tabellenbuch Metall, ISBN
978-3-7585-1315-2, 5th ed. 2022, p. 215, 272, 274; kc1.1 in these cards is already raised by a factor of 1.2 for chip
compression and converted to rake 0, so it isn't corrected again here. Those speeds are for uncoated tools; the speeds for
coated carbide are within the typical catalogue range (grade C: no single maker's table). Chip loads ``fz`` follow the rule
fz = fraction x diameter with a cap, like makers' general-purpose end mill tables on average (grade C, to be replaced by the
shop's own results). Densities: common handbook values.
"""

import msgspec

from nightmill.vocabulary.errors import BadInput, Finding

CARD = "FreeCAD 1.0 machining card (CC-BY-3.0), after Tabellenbuch Metall 5th ed. 2022"
RAMPS = "Harvey Performance, In the Loupe, Ramping to Success: 3 to 10 degrees in soft and non-ferrous materials, 1 to 3 in ferrous ones"
COATED = "typical catalogue range of coated solid carbide, grade C"
TABLE_KC = (
    "kc1.1 and mc: Sandvik Coromant material groups S4.2, S2.0 and N3.2, as its training handbook lists them, grade C"
)
TABLE_VC = "middle of the ranges of Tungaloy's solid end mills, catalogue 2020/21, Ti 40 to 80, Ni 20 to 40 m/min; brass grade C"
PLASTIC_KC = "kc: 200 N/mm2 whatever the chip, twice the tensile strength of the strongest unfilled plastics (common handbook values), grade C"
PLASTIC_VC = (
    "Curbell Plastics, Milling guidelines for plastics: 920 to 1640 ft/min for acetal, nylon, PEEK and polyethylene"
)
COPPER_KC = (
    "kc1.1: Sandvik Coromant material group N3.3 (lead-free copper alloys, electrolytic copper); mc of N3.2, grade C"
)
COPPER_VC = "middle of 150 to 250 m/min, usual for carbide end mills in copper, grade C"


class Material(msgspec.Struct, frozen=True):
    """A work material: cutting speeds, specific cutting force kc = kc11 * h^-mc, chip load rule and names.

    ``vc_carbide`` and ``vc_hss`` are the card's values for uncoated tools, ``vc_coated`` the value for coated carbide;
    ``ramp_deg`` is how steeply an end mill may ramp into full material.
    """

    name: str
    group: str
    vc_carbide_m_min: float
    vc_hss_m_min: float
    kc11_n_mm2: float
    mc: float
    fz_share: float
    fz_cap_mm: float
    density_kg_m3: float
    aliases: tuple[str, ...]
    vc_coated_m_min: float
    ramp_deg: float
    source: str = CARD
    source_coated: str = COATED
    source_ramp: str = RAMPS


_TABLE: tuple[Material, ...] = (
    Material("Al 6061", "wrought aluminium", 270, 120, 641, 0.27, 0.010, 0.15, 2700, ("6061", "6061-t6", "al6061", "en aw-6061", "aluminium", "aluminum", "6082", "en aw-6082", "al 6082", "6061-t651", "6082-t6", "en aw-6082-t6", "3.2315", "7075", "7075-t6", "al 7075", "en aw-7075", "3.4365", "2024", "2017", "2017a", "en aw-2017a", "5083", "en aw-5083", "5754", "en aw-5754", "6060", "en aw-6060", "alu"), 400, 10.0),
    Material("AlSi cast", "cast aluminium", 120, 80, 927, 0.27, 0.010, 0.12, 2680, ("alsi", "a356", "cast aluminium", "cast aluminum", "alsi10mg"), 250, 6.0),
    Material("S235", "mild steel", 70, 25, 2298, 0.20, 0.005, 0.08, 7850, ("s235jr", "1.0038", "mild steel", "a36", "s355", "s355jr", "1.0577", "s275", "s275jr", "1.0044", "c45", "c45e", "1.0503", "1.1191", "1045", "1018", "11smn30", "1.0715", "11smnpb30", "1.0718", "12l14", "steel"), 170, 3.0),
    Material("42CrMo4", "low-alloy steel", 60, 20, 2809, 0.24, 0.005, 0.07, 7830, ("1.7225", "4140", "aisi 4140", "low-alloy steel", "34crnimo6", "1.6582", "4340", "16mncr5", "1.7131", "8620"), 140, 3.0),
    Material("1.4301", "austenitic stainless", 45, 12, 2553, 0.20, 0.004, 0.06, 7900, ("304", "aisi 304", "x5crni18-10", "stainless", "1.4404", "316l", "316", "1.4305", "303"), 100, 2.0),
    Material("1.2379", "tool steel", 40, 15, 3191, 0.27, 0.004, 0.06, 7700, ("d2", "x155crvmo12-1", "tool steel", "1.2311", "1.2312", "p20", "1.2344", "h13", "1.2842", "o2", "1.2767"), 90, 2.0),
    Material("GG25", "grey cast iron", 60, 25, 1286, 0.23, 0.006, 0.09, 7200, ("en-gjl-250", "grey iron", "gray iron", "gjl-250", "cast iron"), 150, 3.0),
    Material("GTS", "malleable cast iron", 50, 18, 1837, 0.28, 0.006, 0.08, 7300, ("malleable iron", "en-gjmb"), 120, 3.0),
    Material("Ti-6Al-4V", "titanium alloy", 40, 12, 1400, 0.23, 0.004, 0.06, 4430, ("titanium", "ti6al4v", "ti 6al 4v", "ti-6al-4v eli", "ti64", "titanium grade 5", "3.7164", "3.7165"), 60, 2.0, TABLE_KC, TABLE_VC),
    Material("Inconel 718", "nickel alloy", 20, 6, 2900, 0.25, 0.003, 0.05, 8190, ("inconel", "alloy 718", "in718", "2.4668", "nickel alloys", "inconel 625", "2.4856"), 30, 1.5, TABLE_KC, TABLE_VC),
    Material("CuZn39Pb3", "leaded brass", 180, 90, 550, 0.25, 0.010, 0.15, 8470, ("brass", "ms58", "cw614n", "c38500", "c36000", "360 brass", "2.0401"), 300, 6.0, TABLE_KC, TABLE_VC),
    Material("Cu-ETP", "copper", 150, 60, 1350, 0.25, 0.007, 0.10, 8940, ("e-cu58", "cw004a", "c11000", "c110", "2.0065", "cu-of", "cw008a", "c10100"), 200, 4.0, COPPER_KC, COPPER_VC),
    Material("CuSn8", "bronze", 120, 50, 1350, 0.25, 0.007, 0.10, 8800, ("cusn12-c", "cusn6", "cw453k", "cw452k", "tin bronze", "phosphor bronze", "2.1030", "c52100"), 180, 4.0, COPPER_KC, COPPER_VC),
    Material("POM", "acetal", 400, 200, 200, 0.0, 0.010, 0.20, 1410, ("pom-c", "pom-h", "pom c", "pom h", "delrin", "hostaform", "acetal copolymer", "plastic"), 400, 10.0, PLASTIC_KC, PLASTIC_VC),
    Material("PA 6", "polyamide", 400, 200, 200, 0.0, 0.010, 0.20, 1140, ("pa6", "pa 66", "pa66", "pa6g", "pa 6 g", "nylon", "nylon 6", "nylon 66", "pet", "petp", "pet-p"), 400, 10.0, PLASTIC_KC, PLASTIC_VC),
    Material("PEEK", "polyether ether ketone", 350, 150, 200, 0.0, 0.008, 0.15, 1310, ("tecapeek", "ketron peek"), 350, 6.0, PLASTIC_KC, PLASTIC_VC),
    Material("PE 1000", "polyethylene", 400, 200, 200, 0.0, 0.012, 0.25, 935, ("pe-uhmw", "uhmw", "uhmwpe", "pe-hd", "hdpe", "pe 500", "pe 300", "pp", "polypropylene"), 400, 10.0, PLASTIC_KC, PLASTIC_VC),
)  # fmt: skip


def materials() -> tuple[Material, ...]:
    """Return all known materials, each with its source."""
    return _TABLE


def material_named(name: str) -> Material:
    """Return the material with a name or alias, ignoring case; raises BadInput that lists the known materials."""
    wanted = " ".join(name.lower().split())
    for material in _TABLE:
        if wanted == material.name.lower() or wanted in material.aliases or wanted == material.group:
            return material
    known = ", ".join(m.name for m in _TABLE)
    raise BadInput(
        Finding(
            file="material",
            place="name",
            found=repr(name),
            expected=f"one of {known}, or a usual alias of these",
            remedy="Choose the nearest of the known materials.",
        )
    )


_STIFF: dict[str, tuple[float, float]] = {
    "wrought aluminium": (70_000.0, 150.0),
    "cast aluminium": (72_000.0, 120.0),
    "mild steel": (210_000.0, 235.0),
    "low-alloy steel": (210_000.0, 350.0),
    "austenitic stainless": (200_000.0, 190.0),
    "tool steel": (210_000.0, 300.0),
    "grey cast iron": (110_000.0, 150.0),
    "malleable cast iron": (170_000.0, 200.0),
    "titanium alloy": (114_000.0, 800.0),
    "nickel alloy": (205_000.0, 350.0),
    "leaded brass": (97_000.0, 150.0),
    "copper": (120_000.0, 60.0),
    "bronze": (110_000.0, 150.0),
    "acetal": (2_700.0, 60.0),
    "polyamide": (1_700.0, 45.0),
    "polyether ether ketone": (3_700.0, 95.0),
    "polyethylene": (700.0, 18.0),
}
"""Modulus and yield strength by group, N/mm2."""

_SOFTEST = (70_000.0, 120.0)


def modulus(material: Material) -> float:
    """Return Young's modulus, N/mm2."""
    return _STIFF.get(material.group, _SOFTEST)[0]


def yields_at(material: Material) -> float:
    """Return the yield strength, N/mm2."""
    return _STIFF.get(material.group, _SOFTEST)[1]
