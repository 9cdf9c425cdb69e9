"""What the three architectures have in common."""
