"""Subprocesses: modules run once, and workers that speak JSON."""
