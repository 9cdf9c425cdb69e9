"""`semsearch open`: a hit in the program that shows it."""
