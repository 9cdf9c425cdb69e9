"""Code of our own beside the library that could stand in its place."""
