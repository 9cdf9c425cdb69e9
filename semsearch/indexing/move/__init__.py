"""Moving an index to another model, and back."""
