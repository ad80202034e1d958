"""Movies that lie elsewhere, on somebody else's web server: their addresses checked, never their bytes passed on.

Whoever adds one makes this server ask an address of their choice. So it asks public addresses only (``addresses``),
over connections of its own that go where was checked and nowhere else (``client``), takes in no more of a file than
tells what it is, and FFmpeg sees a local copy of that part, never an address (``look``).
"""
