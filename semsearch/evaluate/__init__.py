"""What rankings are worth: judged collections, measures, intervals, run files."""
