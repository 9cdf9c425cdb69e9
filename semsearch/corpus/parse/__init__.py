"""Which reader a file gets."""
