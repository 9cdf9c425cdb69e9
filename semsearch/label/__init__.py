"""Label heads: linear models on frozen vectors, trained on a few labelled documents."""
