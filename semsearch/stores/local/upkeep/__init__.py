"""Index maintenance: compaction, checks, repair, export and import."""
