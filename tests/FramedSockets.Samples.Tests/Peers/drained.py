"""Waits for what only the system knows: that the other side of a connection on this machine has read all that was sent to it."""
import os
import select
import time

TABLES = [table for table in ('/proc/net/tcp', '/proc/net/tcp6') if os.path.exists(table)]


def until_read(sock):
    if not TABLES:
        # Elsewhere nobody says; then two pieces may arrive as one.
        time.sleep(0.3)
        return
    here, there = (f':{address[1]:04X}' for address in (sock.getsockname(), sock.getpeername()))
    while any(waits(here, there)) or any(waits(there, here)):
        select.select([], [], [], 0.001)


def waits(local, remote):
    """Whether bytes wait to be acknowledged, or to be read, at that end."""
    for table in TABLES:
        with open(table) as lines:
            for cells in map(str.split, lines):
                if cells[1].endswith(local) and cells[2].endswith(remote):
                    yield any(int(length, 16) for length in cells[4].split(':'))
