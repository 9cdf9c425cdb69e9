"""Selection of readers, and parsing."""
