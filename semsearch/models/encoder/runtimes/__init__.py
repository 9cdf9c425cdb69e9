"""What runs a compiled graph: one small interface, a module for each library, and the choice among them."""
