"""HTML, EPUB and SVG."""
