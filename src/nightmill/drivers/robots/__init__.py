"""Robot arms that carry pallets in place of the shop's own: the robot port, its adapter for Universal Robots, the cell with arms.

In: moves of pallets. Out: whether each has been carried, once, whatever fails in between. Never: where a pallet should go.
"""

from nightmill.drivers.robots.cell import ArmedCell
from nightmill.drivers.robots.rtde import RtdeLink
from nightmill.drivers.robots.settings import ArmSettings, read_arms
from nightmill.drivers.robots.universal_robots import UrArm

__all__ = ["ArmSettings", "ArmedCell", "RtdeLink", "UrArm", "read_arms"]
