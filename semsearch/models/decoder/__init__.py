"""Decoders: text generation, and also reranking and embedding."""
