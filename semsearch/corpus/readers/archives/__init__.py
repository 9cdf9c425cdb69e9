"""Files inside archives and compressed files."""
