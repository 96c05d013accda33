"""Sends files with nothing but socket, struct and json: put.py COMMAND HOST:PORT ARGUMENTS."""
import hashlib
import json
import os
import socket
import struct
import sys


def head(name, length, **more):
    header = json.dumps({'cmd': 'put', 'filename': name, 'filesize': length, **more}).encode()
    return struct.pack('<i', len(header)) + header


def take(sock, count):
    data = b''
    while len(data) < count:
        part = sock.recv(count - len(data))
        if not part:
            raise EOFError('the stream ended inside a frame')
        data += part
    return data


def answer(sock):
    header = json.loads(take(sock, struct.unpack('<i', take(sock, 4))[0]))
    return header, take(sock, header['filesize'])


def wait_for_end(sock):
    """The server closes when it has read everything."""
    sock.shutdown(socket.SHUT_WR)
    assert sock.recv(1) == b'', 'a plain upload is not answered'


def glued(sock, *paths):
    """All files in one piece, then a half-close."""
    frames = b''
    for path in paths:
        with open(path, 'rb') as file:
            content = file.read()
        frames += head(os.path.basename(path), len(content)) + content
    sock.sendall(frames)
    wait_for_end(sock)


def bytewise(sock, path):
    """A file in sends of one byte each."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with open(path, 'rb') as file:
        content = file.read()
    for byte in head(os.path.basename(path), len(content)) + content:
        sock.send(bytes([byte]))
    wait_for_end(sock)


def big(sock, name, mebibytes):
    """Random data, never held whole; prints its own hash and the server's answer."""
    sent = hashlib.sha256()
    sock.sendall(head(name, int(mebibytes) << 20, confirm=True, unknown=[None]))
    for _ in range(int(mebibytes)):
        chunk = os.urandom(1 << 20)
        sent.update(chunk)
        sock.sendall(chunk)
    header, _ = answer(sock)
    print(sent.hexdigest(), header['cmd'], header.get('sha256'))


def half(sock, name):
    """Half a file, then the other half when a line comes in; prints the answer."""
    content = b'x' * 200000
    sock.sendall(head(name, len(content), confirm=True) + content[:100000])
    print('half', flush=True)
    sys.stdin.readline()
    sock.sendall(content[100000:])
    header, _ = answer(sock)
    print(header['cmd'], header.get('sha256'))


def main():
    command, address, *arguments = sys.argv[1:]
    host, port = address.rsplit(':', 1)
    with socket.create_connection((host, int(port))) as sock:
        {'glued': glued, 'bytewise': bytewise, 'big': big, 'half': half}[command](sock, *arguments)


main()
