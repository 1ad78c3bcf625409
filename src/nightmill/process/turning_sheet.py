"""The setup sheet of a turning setup, as Markdown."""

from nightmill.vocabulary.plan import Plan, Setup, Tool


def turning_sheet(plan: Plan, setup: Setup, diameter_mm: float, length_mm: float) -> bytes:
    """One page: piece, zero point, holding, tools with their inserts, steps with cutting data and times (UTF-8)."""
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
    return "\n".join(lines).encode()


def _tool(tool: Tool) -> str:
    nose, angle, width = (
        "" if value is None else f"{value:g}" for value in (tool.nose_radius_mm, tool.insert_angle_deg, tool.width_mm)
    )
    return f"| {tool.number} | {tool.name} | {tool.type} | {nose} | {angle} | {width} | {tool.stickout_mm:g} |"
