"""The nouns of semsearch."""
