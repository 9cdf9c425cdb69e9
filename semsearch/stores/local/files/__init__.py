"""The files of an index folder: their names, the locks on them, and what is left over of older ones."""
