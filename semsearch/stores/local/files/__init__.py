"""The files of an index folder: names, locks, disk errors and garbage collection."""
