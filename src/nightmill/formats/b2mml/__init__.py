"""B2MML (ISA-95 in XML): import and export of shops."""
