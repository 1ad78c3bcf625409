"""Build the answer to ``features PART.step``: faces, features and PMI as plain JSON-able values."""

from typing import TypedDict

from nightmill.cad.brep.records import PartModel, PmiItem
from nightmill.cad.features.recognise import feature_of_face
from nightmill.cad.mfcad.labels import LabelSet, labels_of


class FaceAnswer(TypedDict):
    """One face: its id, its name in the file, its label in the requested label set, and the feature it belongs to."""

    id: int
    name: str
    label: str
    feature: int | None


class FeatureAnswer(TypedDict):
    """One feature; ``axis`` points out of the material; null if there is none."""

    id: int
    kind: str
    faces: list[int]
    parameters: dict[str, float]
    axis: list[float] | None


class PmiAnswer(TypedDict):
    """One dimension, tolerance or datum; values in ``unit``."""

    id: str
    kind: str
    nominal: float | None
    lower: float | None
    upper: float | None
    zone: float | None
    datums: list[str]
    faces: list[int]
    unit: str
    material_condition: str
    fit: str
    modifiers: list[str]
    zone_form: str


class PmiGroups(TypedDict):
    """All semantic PMI of a file by group."""

    dimensions: list[PmiAnswer]
    tolerances: list[PmiAnswer]
    datums: list[PmiAnswer]


class FeaturesAnswer(TypedDict):
    """The whole answer; ``notes`` describe anything unusual about the file and how it was handled. See ``plan-output``, Features."""

    part: str
    faces: list[FaceAnswer]
    features: list[FeatureAnswer]
    pmi: PmiGroups
    notes: list[str]


def features_answer(model: PartModel, labels: LabelSet = "nightmill") -> FeaturesAnswer:
    """Return the answer for one part. ``labels`` selects the words in ``label``: Nightmill's own, or a published set's class names."""
    owner = feature_of_face(model.features)
    words = labels_of(model, labels)
    return {
        "part": model.name,
        "faces": [
            {"id": face.id, "name": face.name, "label": words[face.id], "feature": owner.get(face.id)}
            for face in model.faces
        ],
        "features": [
            {
                "id": feature.id,
                "kind": feature.kind,
                "faces": list(feature.faces),
                "parameters": dict(feature.parameters),
                "axis": list(feature.axis) if feature.axis else None,
            }
            for feature in model.features
        ],
        "pmi": {
            "dimensions": [_item(item) for item in model.pmi if item.group == "dimension"],
            "tolerances": [_item(item) for item in model.pmi if item.group == "tolerance"],
            "datums": [_item(item) for item in model.pmi if item.group == "datum"],
        },
        "notes": list(model.notes),
    }


def _item(item: PmiItem) -> PmiAnswer:
    return {
        "id": item.id,
        "kind": item.kind,
        "nominal": item.nominal,
        "lower": item.lower,
        "upper": item.upper,
        "zone": item.zone,
        "datums": list(item.datums),
        "faces": list(item.faces),
        "unit": item.unit,
        "material_condition": item.material_condition,
        "fit": item.fit,
        "modifiers": list(item.modifiers),
        "zone_form": item.zone_form,
    }
