"""Dense vectors: an append-only log, and the approximate index derived from it."""
