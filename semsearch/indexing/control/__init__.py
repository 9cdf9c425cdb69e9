"""Limits of a run, and how it is interrupted."""
