"""Files on their way through the readers to records."""
