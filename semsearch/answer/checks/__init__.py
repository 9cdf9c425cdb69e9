"""Whether what a model wrote is in the documents: names, numbers, facts, negation."""
