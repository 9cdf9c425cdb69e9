"""Weights: the catalogue, fetching, identification, verification."""
