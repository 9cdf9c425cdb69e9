"""Dialogues: the history, and follow-up questions rewritten from it."""
