"""The indexing run: walk, read, split, encode, write."""
