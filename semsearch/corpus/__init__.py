"""Turn files into documents and passages."""
