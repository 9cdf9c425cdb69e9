"""Data that programs write and people read: canvases, and JSON by what it holds."""
