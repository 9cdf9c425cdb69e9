"""The BM25 index of terms, and spelling suggestions from them."""
