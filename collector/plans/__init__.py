"""Plans of sites: what somebody uploads becomes a picture or a drawing of our own; nothing of the file itself is kept.

picture   PNG, JPEG, WebP, drawn anew without anything but its points
geojson   GeoJSON (RFC 7946) as shapes in metres
imdf      an Indoor Mapping Data Format archive: one level of it, as GeoJSON
book      plans and positions in the registry
"""
