"""Looking around in an index without a query: what resembles what."""
