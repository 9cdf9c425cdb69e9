"""Readers: the bytes of one file to a parsed document."""
