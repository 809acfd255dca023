"""Does its jobs, each with 4 MB of warnings on stderr."""

import sys

import peer

peer.greet()
while True:
    job = peer.next_job()
    for _ in range(4000):
        sys.stderr.write("w" * 1000 + "\n")
    sys.stderr.write("the last word\n")
    peer.say("Finished", job=job)
