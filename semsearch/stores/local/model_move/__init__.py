"""A move to another model: vectors gathered beside the serving ones, and the switch to them."""
