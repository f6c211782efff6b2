"""Talking to a target: a recorded connection, our SCU side, our listener, and the transcript of it all."""
