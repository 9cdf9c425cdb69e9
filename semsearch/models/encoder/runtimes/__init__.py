"""The runtimes of compiled graphs: one small interface, a module per library, and the selection among them."""
