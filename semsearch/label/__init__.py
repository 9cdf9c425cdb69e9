"""Heads over frozen vectors: learn a field from a few labelled documents."""
