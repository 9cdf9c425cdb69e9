"""Split documents into what is searched: passages, and names."""
