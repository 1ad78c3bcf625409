"""What every request passes through: authentication, limits on connections and bodies, threads by role."""
