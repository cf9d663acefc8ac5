"""Storage: sightings and windows in Parquet files, the manifest that lists them, and the engines that read them."""
