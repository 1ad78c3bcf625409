"""What a setup sheet says of the zero point."""

import msgspec
from drilled_block import drilled_part

from nightmill.cam import PlanningTask, default_machine, default_tools, material_named, plan_route
from nightmill.cam.documents.setup_sheet import setup_sheet


def test_the_zero_of_a_tilted_piece_is_that_of_the_box_around_it() -> None:
    part, _ = drilled_part(None)
    found = plan_route(PlanningTask(part, default_tools(), default_machine(), material_named("Al 6061")))
    square = found.plan.setups[0]
    tilted = msgspec.structs.replace(square, direction="X0.6 Y0 Z0.8")
    piece = ((0.0, 0.0, -12.0), (40.0, 30.0, 0.0))
    for setup, said in ((square, "corner of the raw piece"), (tilted, "corner of the box around the tilted piece")):
        sheet = setup_sheet(found.plan, setup, part.mesh, piece, found.files)["setup-1.md"].decode()
        assert sheet.count(said) == 1
