"""What is on disk: the catalogue (the truth), the vector log, and what is derived from them."""
