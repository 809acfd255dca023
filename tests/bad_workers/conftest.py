"""The bad workers are programs: pytest must not import them to look for doctests."""

collect_ignore_glob = ["*.py"]
