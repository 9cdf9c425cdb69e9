"""Move an index to another model, and roll back."""
