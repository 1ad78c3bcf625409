"""Haas mills and lathes: like a Fanuc, except that G53 goes to the machine's zero, G187 sets the blend, and tapping is always rigid.

Source: Haas mill operator's manual (96-8210): G53, G187, settings 22 and 52; lathe operator's manual (96-8910): G50, G53, G96, T.
"""

from nightmill.cam.post.fanuc import FanucPost
from nightmill.cam.post.writer import decimal
from nightmill.cam.toolpath.toolpath import Retract


class HaasPost(FanucPost):
    """Write programs for Haas controls."""

    name = "haas"
    number_digits = 5
    peck_setting = "SETTINGS 22 AND 52"

    def blend(self, blend_mm: float) -> list[str]:
        """Write how far corners may be rounded; on a lathe this can't be set."""
        return ["G64"] if self.turning else [f"G187 E{decimal(blend_mm)}"]

    def retract(self, retract: Retract) -> list[str]:
        """Go to the machine's zero, which may cancel the length offset."""
        self.waiting = self.length
        return ["G53 G0 " + " ".join(f"{axis}0." for axis in retract.axes)]

    def rigid_tapping(self) -> list[str]:
        """Return nothing: a Haas always taps rigidly."""
        return []

    def tapping_plane(self) -> str:
        """Return the word for the height at which tapping starts on a lathe."""
        return f" R{decimal(self.z)}"
