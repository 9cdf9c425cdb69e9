"""The words of a text: their one form, their parts, and how else people type them. Only the standard library."""
