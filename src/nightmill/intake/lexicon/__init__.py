"""Words by language, material designations, and the records of a draft."""
