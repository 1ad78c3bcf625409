"""The target part: sections, samples, rays, tool shapes."""
