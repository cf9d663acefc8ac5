"""Many sites at once: the hours that each one's page shows, asked together, and what must be asked site by site."""
