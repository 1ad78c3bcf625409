"""Write the setup sheet for the person at the machine, as Markdown with a picture."""

from nightmill.cad import Mesh
from nightmill.cam.documents.setup_view import Box, setup_picture
from nightmill.cam.geometry.setup_frames import DIRECTIONS
from nightmill.vocabulary.plan import Body, Plan, Setup, Tool


def setup_sheet(plan: Plan, setup: Setup, mesh: Mesh, piece: Box, files: dict[str, bytes]) -> dict[str, bytes]:
    """Return the files of a setup's page: piece, zero point, holding, picture, tools, steps with cutting data and times (UTF-8).

    ``mesh`` is the finished part in model coordinates, ``piece`` the low and high corner of the incoming piece in work
    coordinates, mm; ``files`` holds the solids of the fixtures.
    """
    size = [high - low for low, high in zip(*piece, strict=True)]
    picture = f"setup-{setup.name}.svg"
    tools = {t.number: t for t in plan.tools}
    used = dict.fromkeys(step.tool for step in setup.steps)
    lines = [
        f"# {plan.part}: setup {setup.name} of {len(plan.setups)}",
        "",
        f"- Material: {plan.material}; model {plan.target_sha256[:16]}",
        f"- Incoming piece: {size[0]:.1f} x {size[1]:.1f} x {size[2]:.1f} mm",
        f"- Direction: {setup.direction} of the model towards the spindle",
        f"- Zero point {setup.work_offset}: {_zero(setup)}",
        f"- Holding: {setup.workholding}",
        f"- Program: {setup.program}; {setup.cycle_time_s / 60:.1f} min",
        f"- Zero point by touch probe: {_probing(setup)}",
        "",
        f"![{plan.part} in setup {setup.name}]({picture})",
        "",
        "## Fixtures (work coordinates)",
        *(f"- {_fixture(body)}" for body in setup.fixtures),
        *_tabs(setup),
        "",
        "## Tools",
        "| T | name | D | flute | stick-out | holder |",
        "| --- | --- | --- | --- | --- | --- |",
        *(_tool(tools[number]) for number in used),
        "",
        "## Steps",
        "| step | T | n 1/min | F mm/min | ap | ae | kW | N | min | lines |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for step in setup.steps:
        data = step.cutting
        lines.append(
            f"| {step.name} | {step.tool} | {data.spindle_rpm:.0f} | {data.feed_mm_min:.0f} | {data.ap_mm:g} | "
            f"{data.ae_mm:g} | {data.power_kw:g} | {data.force_n:.0f} | {step.time_s / 60:.1f} | "
            f"{step.line_from}-{step.line_to} |"
        )
    sources = dict.fromkeys(step.cutting.source for step in setup.steps)
    lines += ["", "## Sources of the cutting data", *(f"- {source}" for source in sources), ""]
    drawn = setup_picture(mesh.vertices, mesh.triangles, setup, piece, files)
    return {f"setup-{setup.name}.md": "\n".join(lines).encode(), picture: drawn}


def _zero(setup: Setup) -> str:
    """Return where X, Y and Z are zero; on a tilted piece there is no face at the zero point."""
    if setup.direction in DIRECTIONS:
        return "left front corner of the raw piece, Z zero on its top"
    return "left front corner of the box around the tilted piece, Z zero at the highest point"


def _probing(setup: Setup) -> str:
    """Return where the probe touches, and which axes a person must set."""
    touches = setup.probing.touches if setup.probing else ()
    left = [axis for axis in "XYZ" if axis not in {touch.axis for touch in touches}]
    by_hand = f"{', '.join(left)} by hand (no free side)" if left else ""
    if setup.probing is None:
        return by_hand
    places = "; ".join(
        f"{touch.axis}{'+' if touch.toward > 0 else '-'} at {', '.join(f'{value:g}' for value in touch.at)}"
        for touch in touches
    )
    return f"{setup.probing.program} touches {places}" + (f"; {by_hand}" if by_hand else "")


def _fixture(body: Body) -> str:
    if body.file:
        return f"{body.name}: {body.file}"
    if body.base and body.radius and body.height:
        x, y, z = body.base
        return f"{body.name}: diameter {2 * body.radius:g} at X{x:.2f} Y{y:.2f}, Z{z:.2f} to Z{z + body.height:.2f}"
    return f"{body.name}: {body.kind} {tuple(round(v, 2) for v in body.min or ())} to {tuple(round(v, 2) for v in body.max or ())}"


def _tabs(setup: Setup) -> list[str]:
    """Return where the tabs join the part; they are cut and filed off by hand."""
    rows = [
        f"- X{tab.at[0]:.1f} Y{tab.at[1]:.1f}: {tab.width_mm:.1f} mm wide at the part, Z{tab.at[2]:.2f} to Z{tab.at[2] + tab.height_mm:.2f}"
        for tab in setup.tabs
    ]
    return ["", "## Tabs, to be cut and filed flush by hand", *rows] if rows else []


def _tool(tool: Tool) -> str:
    return (
        f"| {tool.number} | {tool.name} | {tool.diameter_mm:g} | {tool.flute_length_mm:g} | {tool.stickout_mm:g} | "
        f"{tool.holder_diameter_mm:g} x {tool.holder_length_mm:g} |"
    )
