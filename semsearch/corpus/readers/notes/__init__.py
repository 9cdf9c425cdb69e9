"""Notes exported by other programs."""
