"""Text with markup: Markdown, reStructuredText, LaTeX, manual pages, notebooks."""
