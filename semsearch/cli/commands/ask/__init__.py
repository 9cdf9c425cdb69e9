"""`semsearch ask`: questions in a dialogue."""
