"""Hits become a cited answer: sentences that the hits say, each with where it stands."""
