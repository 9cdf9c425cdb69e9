"""Questions that follow each other: the history, and follow-ups completed from it."""
