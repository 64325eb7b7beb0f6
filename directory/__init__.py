"""Who lives where and may do what: the leaf package every other one may ask."""
