"""Models: the three architectures, their weights, and how they run. `load.load_encoder` loads an encoder."""
