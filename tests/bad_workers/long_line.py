"""Sends 50 MB without a line end."""

import os
import time

import peer

peer.greet()
peer.next_job()
chunk = b"x" * 1_000_000
for _ in range(50):
    os.write(1, chunk)
time.sleep(60)
