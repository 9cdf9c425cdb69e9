"""The data types and role protocols that all of semsearch shares."""
