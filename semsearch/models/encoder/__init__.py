"""Encoders: vectors of texts, and scores of pairs."""
