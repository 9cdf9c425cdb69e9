"""Encoder-decoders: summaries, translation, question generation and transcription."""
