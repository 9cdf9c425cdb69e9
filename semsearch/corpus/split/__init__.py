"""Documents to what is searched: passages, and names."""
