"""A query becomes hits: knows an index only as a Searchable, no file and no engine."""
