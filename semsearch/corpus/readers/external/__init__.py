"""Formats that other programs read, where those are installed."""
