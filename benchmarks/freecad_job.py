"""The peer's half of ``freecad_cam.py``: FreeCAD CAM with default settings, without a window.

Usage: FREECAD_REQUEST=REQUEST.json FREECAD_OUT=OUT.ngc freecadcmd-python3 freecad_job.py

The request holds the part, its position, the raw box and the operations with their tools, depths and feeds; this script
uses nothing but FreeCAD and the standard library. Everything that the request doesn't specify keeps FreeCAD's default.
"""

import json
import os
import pathlib
import sys
import time
import traceback
import types
from typing import Any

NO_WORD = {"G0": "F"}  # FreeCAD's value for rapids, which no control accepts as a feed
SHAPES = {"drill": "drill.fcstd", "flat": "endmill.fcstd"}
PLACE_MM = 0.02


def placed(request: dict[str, Any], app: Any, part: Any) -> Any:
    """Return the part's shape in work coordinates; its faces must be where the request expects them."""
    shape = part.read(request["step"])
    shape.transformShape(app.Matrix(*[value for row in request["matrix"] for value in row]), True)
    for number, place in request["centroids"].items():
        found = shape.Faces[int(number)].CenterOfMass
        if (found - app.Vector(*place)).Length > PLACE_MM:
            raise ValueError(f"face {number} is at {found} instead of {place}: the face numbers differ")
    return shape


def job_of(request: dict[str, Any], app: Any) -> Any:
    """Return a job with the part and its raw box."""
    import Part  # type: ignore[import-not-found]
    import Path.Main.Job as Job  # type: ignore[import-not-found]
    import Path.Main.Stock as Stock  # type: ignore[import-not-found]

    document = app.newDocument("compare")
    part = document.addObject("Part::Feature", "part")
    part.Shape = placed(request, app, Part)
    job = Job.Create("Job", [part], None)
    low, high = request["stock"]["min"], request["stock"]["max"]
    size = app.Vector(*[b - a for a, b in zip(low, high, strict=True)])
    job.Stock = Stock.CreateBox(job, size, app.Placement(app.Vector(*low), app.Rotation()))
    document.recompute()
    return job


def controller(job: Any, asked: dict[str, Any], known: dict[str, Any]) -> Any:
    """Return the tool controller of an operation; there is one for each tool and feed."""
    import Path.Tool.Bit as Bit  # type: ignore[import-not-found]
    import Path.Tool.Controller as Controller  # type: ignore[import-not-found]

    key = f"T{asked['tool']} F{asked['feed_mm_min']:g} F{asked['plunge_mm_min']:g}"
    if key not in known:
        shape = SHAPES["drill" if asked["kind"] == "drill" else "flat"]
        bit = Bit.Factory.Create(key, Bit.findToolShape(shape))
        bit.Diameter = f"{asked['diameter_mm']} mm"
        found = Controller.Create(key, tool=bit, toolNumber=asked["tool"])
        found.HorizFeed = f"{asked['feed_mm_min']} mm/min"
        found.VertFeed = f"{asked['plunge_mm_min']} mm/min"
        found.SpindleSpeed = asked["rpm"]
        job.Proxy.addToolController(found)
        known[key] = found
    return known[key]


def lower_face_envelopes(app: Any) -> None:
    """Lower the solids from which MillFace cuts by the buffer that Pocket already has.

    With the Open CASCADE of Debian 13 a section in the plane of a solid's own floor is empty; MillFace requests exactly
    that section and makes no path at all.
    """
    import Path.Op.MillFace as MillFace  # type: ignore[import-not-found]

    shared = vars(MillFace.PathUtils)

    def lowered(*given: Any, **named: Any) -> Any:
        found = shared["getEnvelope"](*given, **named)
        found.translate(app.Vector(0, 0, -0.001))
        return found

    MillFace.PathUtils = types.SimpleNamespace(**{**shared, "getEnvelope": lowered})


def new_operation(kind: str, name: str) -> Any:
    """Return an operation of FreeCAD with its default settings."""
    import Path.Op.Adaptive as Adaptive  # type: ignore[import-not-found]
    import Path.Op.Drilling as Drilling  # type: ignore[import-not-found]
    import Path.Op.MillFace as MillFace
    import Path.Op.PocketShape as PocketShape  # type: ignore[import-not-found]
    import Path.Op.Profile as Profile  # type: ignore[import-not-found]

    makers = {"adaptive": Adaptive, "pocket": PocketShape, "face": MillFace, "profile": Profile, "drill": Drilling}
    return makers[kind].Create(name)


def rim(shape: Any, bottom: int, walls: list[int]) -> list[str]:
    """Return the names of the edges that a bottom face shares with the walls of an opening."""
    names = []
    others = [edge for wall in walls for edge in shape.Faces[wall].Edges]
    for number, edge in enumerate(shape.Edges, start=1):
        if any(edge.isSame(e) for e in shape.Faces[bottom].Edges) and any(edge.isSame(e) for e in others):
            names.append(f"Edge{number}")
    return names


def outer_and(shape: Any, floor: int, islands: list[int]) -> list[str]:
    """Return the names of a floor's outer edges and of those around its islands, without its holes."""
    face = shape.Faces[floor]
    walls = [edge for wall in islands for edge in shape.Faces[wall].Edges]
    wanted = list(face.OuterWire.Edges)
    for wire in face.Wires:
        if any(edge.isSame(other) for edge in wire.Edges for other in walls):
            wanted += wire.Edges
    return [f"Edge{n}" for n, edge in enumerate(shape.Edges, start=1) if any(edge.isSame(w) for w in wanted)]


def choose(made: Any, asked: dict[str, Any], job: Any, app: Any) -> None:
    """Set what a person would click: the geometry, and the depths that the request names."""
    model = job.Model.Group[0]
    if asked.get("places"):
        made.Base = []  # a new drilling operation includes every hole of the part
        made.Locations = [app.Vector(x, y, 0) for x, y in asked["places"]]
    elif asked.get("bottom") is not None and asked["kind"] == "adaptive":
        made.Base = [(model, rim(model.Shape, asked["bottom"], asked["faces"]))]
    elif asked.get("islands") and asked["kind"] == "adaptive":
        made.Base = [(model, outer_and(model.Shape, asked["faces"][0], asked["islands"]))]
    elif asked["faces"]:
        made.Base = [(model, [f"Face{number + 1}" for number in asked["faces"]])]
    if asked.get("outline") and hasattr(made, "UseOutline"):
        made.UseOutline = True
    for name, key in (("StartDepth", "start_z"), ("FinalDepth", "final_z"), ("StepDown", "step_down_mm")):
        if asked.get(key) is not None:
            made.setExpression(name, None)
            setattr(made, name, asked[key])


def gcode(command: Any) -> str:
    """Return one command as text; FreeCAD stores feeds in mm/s and gives arcs a K, which arcs in the XY plane must not have."""
    words = [command.Name]
    for letter, value in command.Parameters.items():
        if letter == NO_WORD.get(command.Name) or (letter == "K" and command.Name in {"G2", "G3"}):
            continue
        words.append(f"{letter}{value * 60 if letter == 'F' else value:.6f}")
    return " ".join(words)


def program(request: dict[str, Any], app: Any) -> tuple[list[str], list[int], float]:
    """Return the NC program, the cutting blocks of each operation, and the seconds to compute it."""
    started = time.perf_counter()
    job = job_of(request, app)
    known: dict[str, Any] = {}
    # The first operation is made while the job has one controller: with several, FreeCAD would open a dialog to ask
    # which.
    made = [new_operation(asked["kind"], f"op{k}") for k, asked in enumerate(request["operations"])]
    for each, asked in zip(made, request["operations"], strict=True):
        each.ToolController = controller(job, asked, known)
        choose(each, asked, job, app)
    job.Document.recompute()
    lines, counts, current = ["G21 G17 G90 G94 G40 G49 G80 G54", "G53 G0 Z0"], [], None
    for each, asked in zip(made, request["operations"], strict=True):
        body = [command for command in each.Path.Commands if not command.Name.startswith("(")]
        counts.append(sum(command.Name in {"G1", "G2", "G3", "G81", "G82", "G83"} for command in body))
        lines.append(f"({asked['kind']} on faces {asked['faces']}: {counts[-1]} cuts)")
        if not counts[-1]:
            continue
        if asked["tool"] != current:
            lines += ["G53 G0 Z0", f"T{asked['tool']} M6", f"G43 H{asked['tool']}", f"S{asked['rpm']} M3"]
            current = asked["tool"]
        lines += [gcode(command) for command in body]
    lines += ["G53 G0 Z0", "M5", "M2"]
    return lines, counts, time.perf_counter() - started


def main() -> None:
    """Read the request, write the program and a JSON file with its computing times."""
    import FreeCAD  # type: ignore[import-not-found]
    import Path.Main.Job  # noqa: F401 - loading is not planning

    lower_face_envelopes(FreeCAD)
    out = pathlib.Path(os.environ["FREECAD_OUT"])
    lines, counts, seconds = program(json.loads(pathlib.Path(os.environ["FREECAD_REQUEST"]).read_text()), FreeCAD)
    out.write_text("\n".join(lines) + "\n")
    version = ".".join(FreeCAD.Version()[:3])
    out.with_suffix(".json").write_text(json.dumps({"seconds": seconds, "counts": counts, "version": version}))


if "FREECAD_REQUEST" in os.environ:  # FreeCAD runs a script under a different name
    try:
        main()
    except (RuntimeError, ValueError, AttributeError, TypeError, IndexError, OSError):
        traceback.print_exc(file=sys.stderr)
        os._exit(1)
