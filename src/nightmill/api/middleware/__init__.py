"""What every request passes: who asks, limits of connections and bodies, threads by role."""
