"""Evaluation: collections with qrels, measures, confidence intervals, run files."""
