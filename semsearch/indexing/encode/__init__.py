"""Encode passages and pass them on to the store."""
