"""Find what has changed below the roots."""
