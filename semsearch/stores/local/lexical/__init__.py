"""The terms: the BM25 index over them, and the words of it that are spelled alike."""
