"""Printing that several commands share."""
