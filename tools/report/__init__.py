"""`footfall report`: a site's numbers, exports of them, and what the estimates learn from."""
