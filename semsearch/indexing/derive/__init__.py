"""Data derived after a run: name records, labels, the noise floor."""
