"""Recordings and subtitles."""
