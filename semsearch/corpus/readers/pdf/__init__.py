"""PDF: the visible text of pages, in reading order."""
