"""Encoders: embed texts, and score pairs."""
