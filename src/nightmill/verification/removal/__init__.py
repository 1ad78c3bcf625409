"""Material removal: swept volumes, planar and turned cuts."""
