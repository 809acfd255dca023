"""Is no worker at all: prints a banner."""

import time

print("Welcome to Thing 2.0!", flush=True)
time.sleep(60)
