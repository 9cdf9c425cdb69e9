"""`semsearch daemon`: a process that answers queries."""
