"""Text: its encoding, its language, and its words."""
