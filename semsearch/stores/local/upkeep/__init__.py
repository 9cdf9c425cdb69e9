"""Keeping an index well: compaction, checks, repair, export and import."""
