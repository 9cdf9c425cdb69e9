"""The resident process that owns model and indexes, and the client that asks it. The client imports only built-ins."""
