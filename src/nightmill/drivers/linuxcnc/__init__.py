"""LinuxCNC controls over ``linuxcncrsh``, the control's own text server; programs reach it through a folder that both sides see."""
