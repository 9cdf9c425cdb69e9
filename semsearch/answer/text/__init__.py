"""Sentences and words for answers."""
