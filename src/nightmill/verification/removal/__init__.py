"""Material removal: swept volumes, planar sweeps and turned cuts."""
