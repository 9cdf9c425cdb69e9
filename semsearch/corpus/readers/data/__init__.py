"""Data in JSON, YAML, CSV and canvases."""
