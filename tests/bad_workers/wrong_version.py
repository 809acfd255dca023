"""Speaks a later version, whose greeting has a field more."""

import time

import peer

peer.say("Hello", version=999, program="later", languages=["en"])
time.sleep(60)
