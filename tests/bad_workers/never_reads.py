"""Greets and never reads its stdin."""

import time

import peer

peer.say("Hello", version=1, program="bad-worker")
time.sleep(60)
