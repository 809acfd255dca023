"""The bus's program runs under the system's Python, which has what it imports."""

collect_ignore = ["accessibility_bus.py"]
