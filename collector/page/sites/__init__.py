"""The page of all sites: a line a site, each number beside that of the same range before."""
