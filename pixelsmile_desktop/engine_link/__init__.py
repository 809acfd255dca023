"""The window's only ways to the engine: a worker, the catalogue, the queue's process.

Everything here returns at once; answers come as signals on the window's thread.
"""
