"""A classifier of a site's own: visitor or passer-by, from what a stay shows. See docs/decisions/049."""
