"""The pages in a real browser: a stage with a filled collector, and Chromium before it. For tests and screenshots."""
