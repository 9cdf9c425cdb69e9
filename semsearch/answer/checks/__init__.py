"""Verify generated text against the documents: names, numbers, facts, negation."""
