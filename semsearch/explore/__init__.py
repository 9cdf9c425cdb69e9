"""Explore an index without a query: similar documents."""
