"""Sentences and words of an answer."""
