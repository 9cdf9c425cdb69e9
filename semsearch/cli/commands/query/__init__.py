"""`semsearch query`: search, and show the hits."""
