"""Passages on their way through the encoder to the store."""
