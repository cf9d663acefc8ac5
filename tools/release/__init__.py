"""A release: wheel, source, packages for units, what they are made of, and the checks that all of it is as before."""
