"""The catalogue: one SQLite database that is the truth about an index."""
