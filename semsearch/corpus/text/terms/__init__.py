"""Terms: normal forms, parts, and spelling variants of the words of a text. Standard library only."""
