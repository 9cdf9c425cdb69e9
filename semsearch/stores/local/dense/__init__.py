"""The vectors: an append-only log, and the approximate index that is derived from it."""
