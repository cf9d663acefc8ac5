"""Would the tests notice? `make mutants` changes the code a little at a time and runs the tests that are to fail."""
