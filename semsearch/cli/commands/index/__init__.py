"""`semsearch index`: read files, refresh, move to another model."""
