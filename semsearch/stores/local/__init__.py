"""The local store on disk: the catalogue (the source of truth), the vector log, and the indexes derived from them."""
