"""Libraries of references: BibTeX, RIS and CSL-JSON."""
