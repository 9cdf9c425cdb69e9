"""What a run would cost, from a sample."""
