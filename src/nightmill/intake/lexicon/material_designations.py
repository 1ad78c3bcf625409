"""Equivalent names of each material, by symbol and by number, as given in European standards.

Steels: EN 10088-1 (stainless), EN ISO 683 and EN 10025 (engineering and structural), EN ISO 4957 (tool steels, with
older DIN names that are still in use); aluminium: EN 573-3 with the names of DIN 1725; copper: EN 12163 to EN 12168;
titanium: ASTM B348 and DIN 17860. AISI grades are left out: they have no exact equivalent among these.
"""

import re
from functools import cache

_STEELS = """
1.4301 X5CrNi18-10|1.4307 X2CrNi18-9|1.4306 X2CrNi19-11|1.4305 X8CrNiS18-9 X10CrNiS18-9|1.4310 X10CrNi18-8|1.4401 X5CrNiMo17-12-2
1.4404 X2CrNiMo17-12-2|1.4432 X2CrNiMo17-12-3|1.4435 X2CrNiMo18-14-3|1.4436 X3CrNiMo17-13-3|1.4541 X6CrNiTi18-10|1.4550 X6CrNiNb18-10
1.4571 X6CrNiMoTi17-12-2|1.4462 X2CrNiMoN22-5-3|1.4362 X2CrNiN23-4|1.4410 X2CrNiMoN25-7-4|1.4539 X1NiCrMoCu25-20-5|1.4016 X6Cr17
1.4006 X12Cr13|1.4021 X20Cr13|1.4028 X30Cr13|1.4031 X39Cr13|1.4034 X46Cr13|1.4057 X17CrNi16-2|1.4104 X14CrMoS17|1.4112 X90CrMoV18
1.4122 X39CrMo17-1|1.4125 X105CrMo17|1.4313 X3CrNiMo13-4|1.4418 X4CrNiMo16-5-1|1.4542 X5CrNiCuNb16-4|1.4568 X7CrNiAl17-7
1.4828 X15CrNiSi20-12|1.4841 X15CrNiSi25-21|1.4845 X8CrNi25-21|1.4980 X6NiCrTiMoVB25-15-2
1.0301 C10|1.0401 C15|1.1141 C15E|1.0402 C22|1.1151 C22E|1.0501 C35|1.1181 C35E|1.0503 C45|1.1191 C45E|1.1201 C45R|1.0601 C60|1.1221 C60E
1.7218 25CrMo4|1.7220 34CrMo4|1.7225 42CrMo4|1.7227 42CrMoS4|1.7228 50CrMo4|1.6582 34CrNiMo6|1.6580 30CrNiMo8|1.6511 36CrNiMo4
1.7034 37Cr4|1.7035 41Cr4|1.8159 51CrV4|1.7131 16MnCr5|1.7139 16MnCrS5|1.7147 20MnCr5|1.7149 20MnCrS5|1.6587 18CrNiMo7-6
1.6523 20NiCrMo2-2|1.7321 20MoCr4|1.3505 100Cr6|1.8519 31CrMoV9|1.8509 41CrAlMo7-10|1.8550 34CrAlNi7-10|1.8507 34CrAlMo5-10
1.0715 11SMn30|1.0718 11SMnPb30|1.0736 11SMn37|1.0737 11SMnPb37|1.0726 35S20|1.0727 46S20|1.0756 35SPb20|1.0757 46SPb20
1.0038 S235JR|1.0114 S235J0|1.0117 S235J2|1.0044 S275JR|1.0143 S275J0|1.0145 S275J2|1.0045 S355JR|1.0553 S355J0|1.0577 S355J2
1.0596 S355K2|1.0050 E295|1.0060 E335|1.0070 E360|1.0330 DC01|1.0347 DC03|1.0338 DC04
1.2379 X153CrMoV12 X155CrVMo12-1|1.2080 X210Cr12|1.2363 X100CrMoV5|1.2343 X37CrMoV5-1 X38CrMoV5-1|1.2344 X40CrMoV5-1|1.2311 40CrMnMo7
1.2312 40CrMnMoS8-6|1.2738 40CrMnNiMo8-6-4|1.2767 45NiCrMo16|1.2842 90MnCrV8|1.2510 100MnCrW4|1.2436 X210CrW12|1.2083 X40Cr14
1.2316 X38CrMo16|1.2714 55NiCrMoV7|1.3343 HS6-5-2C|1.3243 HS6-5-2-5|1.3247 HS2-9-1-8
"""
_OTHERS = """
1050A Al99.5|2007 AlCuMgPb AlCu4PbMgMn|2011 AlCu6BiPb AlCuBiPb|2014 AlCu4SiMg|2017A AlCu4MgSi AlCuMg1|2024 AlCu4Mg1 AlCuMg2|5052 AlMg2.5
5083 AlMg4.5Mn0.7 AlMg4.5Mn|5086 AlMg4|5754 AlMg3|6012 AlMgSiPb|6026 AlMgSiBi|6060 AlMgSi|6061 AlMg1SiCu|6063 AlMg0.7Si
6082 AlSi1MgMn AlMgSi1|7020 AlZn4.5Mg1|7022 AlZn5Mg3Cu|7050 AlZn6CuMgZr|7075 AlZn5.5MgCu AlZnMgCu1.5
CW614N CuZn39Pb3|CW617N CuZn40Pb2|CW608N CuZn38Pb2|CW603N CuZn36Pb3|CW508L CuZn37|CW509L CuZn40|CW004A Cu-ETP|CW008A Cu-OF
CW024A Cu-DHP|CW452K CuSn6|CW453K CuSn8|CW459K CuSn8P|CW307G CuAl10Ni5Fe4|CW101C CuBe2|CW106C CuCr1Zr
3.7165 TiAl6V4 Ti6Al4V 6Al4V TA6V TC4 Grade5 Gr5 TitaniumGrade5 TitanGrade5 TiGrade5 TiGr5
"""
_SYSTEM = re.compile(r"^(?:enaw|aa)(?=\d)")
_TEMPER = re.compile(r"(?<=[a-z\d])[th]\d{1,4}$")
_SUPPLIED = re.compile(r"(?<=[a-z\d])(?:qt|at|ar|sh)$")
"""Delivery conditions of steel, EN 10027-1: quenched and tempered, solution annealed, as rolled, as rolled and turned.

Those of one letter (``+N``, ``+C``) are left out: without the plus sign they are the endings of other grades, such as C10C.
"""


def one_name(grade: str) -> str:
    """Return the first of a material's names that belong to no other material; ``grade`` itself if it has no other name.

    ``grade`` has no case, spaces or marks (``order_lines.grade``). A temper after an aluminium's name doesn't make it a different
    material, nor does a steel's delivery condition.
    """
    names, plain = _names(), _SYSTEM.sub("", grade)
    return names.get(plain) or names.get(_TEMPER.sub("", plain)) or names.get(_SUPPLIED.sub("", plain)) or grade


@cache
def _names() -> dict[str, str]:
    rows = (row.split() for row in re.split(r"[|\n]", _STEELS + _OTHERS))
    return {bare(name): bare(row[0]) for row in rows if row for name in row}


def bare(name: str) -> str:
    """Return a name without case, spaces and marks."""
    return re.sub(r"[\W_]", "", name.lower())
