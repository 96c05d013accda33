"""Types at a program in a terminal: terminal.py KEYS COMMAND ARGUMENTS. KEYS is a JSON list of pairs: what the
screen is to end with, and what is then typed.

Prints, as JSON, the exit code and everything that the screen showed.
"""
import json
import os
import pty
import sys

keys = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.environ['TERM'] = 'dumb'
    os.execvp(sys.argv[2], sys.argv[2:])

screen = b''
while True:
    if keys and screen.endswith(keys[0][0].encode()):
        os.write(terminal, keys.pop(0)[1].encode())
        screen += b'\0'  # so that the same prompt is not answered twice
    try:
        shown = os.read(terminal, 4096)
    except OSError:
        break
    if not shown:
        break
    screen += shown

print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), screen.replace(b'\0', b'').decode()]))
