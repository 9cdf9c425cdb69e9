"""Index storage: the protocols that the rest of semsearch uses, and their implementations."""
