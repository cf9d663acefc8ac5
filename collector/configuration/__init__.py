"""What sensors are told to be: options by tenant, site, group and sensor, floors, and the way to the units."""
