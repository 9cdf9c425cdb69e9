"""Source code: functions and classes under their names."""
