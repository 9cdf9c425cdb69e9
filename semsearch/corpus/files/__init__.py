"""Selection of the files of a folder."""
