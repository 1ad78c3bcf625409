"""Write the setup sheet for a turning setup, as Markdown with a picture."""

from nightmill.cad import Mesh
from nightmill.cam.documents.setup_view import bar_box, setup_picture
from nightmill.vocabulary.plan import Plan, Setup, Tool


def turning_sheet(
    plan: Plan, setup: Setup, mesh: Mesh, piece: tuple[float, float], files: dict[str, bytes]
) -> dict[str, bytes]:
    """Return the files of a setup's page: piece, zero point, holding, picture, tools with inserts, steps with cutting data
    and times (UTF-8).

    ``mesh`` is the finished part in model coordinates, ``piece`` the diameter and length of the incoming piece, mm.
    """
    diameter_mm, length_mm = piece
    picture = f"setup-{setup.name}.svg"
    tools = {tool.number: tool for tool in plan.tools}
    used = dict.fromkeys(step.tool for step in setup.steps)
    lines = [
        f"# {plan.part}: setup {setup.name} of {len(plan.setups)}, turning",
        "",
        f"- Material: {plan.material}; model {plan.target_sha256[:16]}",
        f"- Incoming piece: diameter {diameter_mm:.1f} x {length_mm:.1f} mm",
        f"- Zero point {setup.work_offset}: on the axis, Z zero at the finished right end; X is a diameter (G7)",
        f"- Holding: {setup.workholding}",
        f"- Program: {setup.program}; {setup.cycle_time_s / 60:.1f} min",
        "",
        f"![{plan.part} in setup {setup.name}]({picture})",
        "",
        "## Tools",
        "Turning and boring tools are measured at the imaginary tip of the nose, grooving tools at the chuck's side.",
        "",
        "| T | name | type | nose radius | angle | width | stick-out |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *(_tool(tools[number]) for number in used),
        "",
        "## Steps",
        "| step | T | vc m/min | f mm | n 1/min | ap | kW | N | min | lines |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for step in setup.steps:
        data = step.cutting
        lines.append(
            f"| {step.name} | {step.tool} | {data.vc_m_min:g} | {data.fz_mm:g} | {data.spindle_rpm:.0f} | {data.ap_mm:g} | "
            f"{data.power_kw:g} | {data.force_n:.0f} | {step.time_s / 60:.2f} | {step.line_from}-{step.line_to} |"
        )
    sources = dict.fromkeys(step.cutting.source for step in setup.steps)
    lines += ["", "## Sources of the cutting data", *(f"- {source}" for source in sources), ""]
    bar = bar_box(plan.stock, setup) if setup.name == plan.setups[0].name else None
    drawn = setup_picture(mesh.vertices, mesh.triangles, setup, bar, files)
    return {f"setup-{setup.name}.md": "\n".join(lines).encode(), picture: drawn}


def _tool(tool: Tool) -> str:
    nose, angle, width = (
        "" if value is None else f"{value:g}" for value in (tool.nose_radius_mm, tool.insert_angle_deg, tool.width_mm)
    )
    return f"| {tool.number} | {tool.name} | {tool.type} | {nose} | {angle} | {width} | {tool.stickout_mm:g} |"
