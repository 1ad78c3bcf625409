"""The record of a planned part's route, kept in the plan's folder."""

import msgspec

from nightmill.plant.plan_store.plan_artifacts import OperationRecord
from nightmill.quality import Characteristic
from nightmill.vocabulary.plan import Certificate


class CharacteristicRecord(msgspec.Struct, frozen=True):
    """A dimension in the form that floor and quality use; ``operation`` is ``PART/SETUP``, empty if no operation cuts it.

    ``nominal``, ``lower``, ``upper`` in mm; ``asked`` is the entry of the inspection plan.
    """

    id: str
    asked: Characteristic
    nominal: float
    lower: float
    upper: float
    operation: str
    tool: int
    register: str
    sensitivity: float


class RouteRecord(msgspec.Struct, frozen=True):
    """``route.json``: everything about a planned part that isn't in ``plan.json``."""

    part: str
    cad_sha256: str
    material: str
    certified: bool
    certificate: Certificate
    operations: tuple[OperationRecord, ...]
    characteristics: tuple[CharacteristicRecord, ...]
    assumed: tuple[str, ...]
    part_volume_mm3: float
    stock_volume_mm3: float
    density_kg_m3: float
    faces: int
    features: int
    seconds: float
    notes: tuple[str, ...]
