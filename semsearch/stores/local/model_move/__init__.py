"""A move to another model: stage its vectors beside the serving ones, then switch to them."""
