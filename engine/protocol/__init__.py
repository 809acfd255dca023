"""The language between a front end and a worker process."""
