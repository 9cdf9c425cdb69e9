"""Decoders: they write, and in two roles rerank and embed."""
