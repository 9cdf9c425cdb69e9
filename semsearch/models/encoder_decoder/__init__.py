"""Encoder-decoders: they summarize, translate, ask, and hear."""
