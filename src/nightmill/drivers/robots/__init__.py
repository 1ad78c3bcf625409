"""Robot arms that carry pallets in place of the cell's own robots: the robot port, its adapter for Universal Robots, the cell with arms.

In: pallet moves. Out: whether each move was carried out; a move is carried out exactly once, whatever fails meanwhile. Never: decides
where a pallet goes.
"""

from nightmill.drivers.robots.cell import ArmedCell
from nightmill.drivers.robots.rtde import RtdeLink
from nightmill.drivers.robots.settings import ArmSettings, read_arms
from nightmill.drivers.robots.universal_robots import UrArm

__all__ = ["ArmSettings", "ArmedCell", "RtdeLink", "UrArm", "read_arms"]
