"""What is trained on: read from files, checked before it costs anything, proposed, made up.

Nothing here computes with torch.
"""
