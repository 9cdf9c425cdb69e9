"""`semsearch models`: list, fetch, add and remove models."""
