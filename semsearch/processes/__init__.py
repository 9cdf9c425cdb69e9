"""Other processes: modules run as a child, and workers that speak JSON."""
