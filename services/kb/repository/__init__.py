"""Every SQL statement of kb: articles, and the index that finds them."""
