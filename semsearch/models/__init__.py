"""Encoders: which there are, where their weights come from, and how they run. `load.load_encoder` is the way in."""
