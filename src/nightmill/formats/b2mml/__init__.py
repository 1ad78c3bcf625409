"""B2MML (ISA-95 in XML): shops in and out."""
