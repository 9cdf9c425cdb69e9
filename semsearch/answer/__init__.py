"""From hits to a cited answer: sentences supported by the hits, each with its citations."""
