"""Robot arms that carry pallets in place of the shop's own: the robot port, its adapter for Universal Robots, the cell with arms.

In: moves of pallets. Out: whether each has been carried, once, whatever fails in between. Never: where a pallet should go.
"""

from nightmill.connect.arms.cell import ArmedCell
from nightmill.connect.arms.rtde import RtdeLink
from nightmill.connect.arms.settings import ArmSettings, read_arms
from nightmill.connect.arms.ur import UrArm

__all__ = ["ArmSettings", "ArmedCell", "RtdeLink", "UrArm", "read_arms"]
