"""Crashes and leaves a program behind that holds its pipes open."""

import os
import subprocess
import sys

import peer

peer.greet()
job = peer.next_job()
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(f"child={child.pid}", file=sys.stderr, flush=True)
os._exit(1)
