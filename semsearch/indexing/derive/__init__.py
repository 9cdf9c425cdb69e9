"""What is derived after a run: names, labels, the noise floor."""
