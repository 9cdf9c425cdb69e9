"""Text itself: how it is written down, and the words in it."""
