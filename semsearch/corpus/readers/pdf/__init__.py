"""PDF: what a person sees on its pages, in the order of reading."""
