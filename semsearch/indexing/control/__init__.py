"""Options, counters, memory limits and interruption of a run."""
