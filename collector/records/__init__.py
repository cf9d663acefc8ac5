"""Records: tenants, sites and sensors as the registry keeps them, changed one way only and audited."""
