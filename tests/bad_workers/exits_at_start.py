"""Leaves before it has greeted, with a last word."""

import sys

print("no such GPU", file=sys.stderr)
sys.exit(7)
