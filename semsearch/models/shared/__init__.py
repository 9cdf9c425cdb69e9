"""Code that the three architectures share."""
