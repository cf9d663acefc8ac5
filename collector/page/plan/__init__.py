"""The plan of a site: its zones on it, and the page on which sensors are put into their places."""
