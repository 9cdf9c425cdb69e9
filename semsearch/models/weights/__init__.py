"""Weights: the catalogue, fetching, telling what they are, verifying."""
