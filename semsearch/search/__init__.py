"""From a query to hits. Sees an index only as a Searchable: no files and no engines."""
