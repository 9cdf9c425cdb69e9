"""Formats that other programs read, if installed."""
