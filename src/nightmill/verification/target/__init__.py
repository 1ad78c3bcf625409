"""The part as it should be: sections, samples, rays, tools' shapes."""
