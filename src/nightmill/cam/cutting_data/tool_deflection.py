"""Warn of end mills that deflect beyond their limit even at their smallest depth of cut and chip load, before they break."""

from nightmill.cam.cutting_data.milling import BENT_SHARE, ROUGH_DEFLECTION_MM, deflection_mm
from nightmill.vocabulary.plan import Plan

_MILLS = ("flat", "bull", "ball", "face")
_SHOWN = 4


def slender_note(plan: Plan) -> str:
    """Return a sentence that lists the steps whose tool deflects more than roughing allows, worst first; empty if there are none."""
    tools = {tool.number: tool for tool in plan.tools}
    bent = [
        (deflection_mm(tools[step.tool], step.cutting.force_n), f"setup {setup.name}, {step.name}")
        for setup in plan.setups
        if setup.kind == "mill"
        for step in setup.steps
        if tools[step.tool].type in _MILLS
    ]
    bent = sorted((each for each in bent if each[0] > BENT_SHARE * ROUGH_DEFLECTION_MM), reverse=True)
    if not bent:
        return ""
    shown = "; ".join(f"{name}: {bends:.2f} mm" for bends, name in bent[:_SHOWN])
    more = f"; and {len(bent) - _SHOWN} more" if len(bent) > _SHOWN else ""
    return (
        f"slender end mills deflect by more than {ROUGH_DEFLECTION_MM:g} mm even at their smallest depth of cut and "
        f"chip load ({shown}{more}): "
        "watch these steps and measure the result, or list stiffer tools"
    )
