"""How an index is kept: the protocols that the rest of semsearch knows, and the stores behind them."""
