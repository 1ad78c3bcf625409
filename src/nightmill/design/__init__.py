"""Room ``design``: a STEP file in; solid, faces, features and PMI out."""
