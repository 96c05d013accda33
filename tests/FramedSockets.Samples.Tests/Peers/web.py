"""Web servers by hand, and Python's own: web.py COMMAND HOST ARGUMENTS. Each prints its port first."""
import functools
import hashlib
import http.server
import os
import socket
import ssl
import sys

from drained import until_read

command, host, *arguments = sys.argv[1:]
family = socket.AF_INET6 if ':' in host else socket.AF_INET


def serve(answer):
    """Answers each client once, after the end of its request."""
    listener = socket.create_server((host, 0), family=family)
    print(listener.getsockname()[1], flush=True)
    while True:
        sock, _ = listener.accept()
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if command == 'tls':
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(arguments[1])
                sock = context.wrap_socket(sock, server_side=True)
            request = b''
            while not request.endswith(b'\r\n\r\n'):
                part = sock.recv(1024)
                if not part:
                    raise ConnectionError('the client has gone')
                request += part
            answer(sock)
            if command == 'tls':
                sock.unwrap()
        except OSError:  # a client that does not trust the certificate has gone
            pass
        finally:
            sock.close()


def pieces(sock):
    """A header in three pieces, the last of which holds half of its end, and then so many MiB."""
    sent = hashlib.sha256()
    for piece in b'HTTP/1.0 200 OK\r\nContent-', b'Type: application/octet-stream\r\nX-Test: yes\r\n\r', b'\n':
        sock.sendall(piece)
        until_read(sock)
    for _ in range(int(arguments[0])):
        chunk = os.urandom(1 << 20)
        sent.update(chunk)
        sock.sendall(chunk)
    print(sent.hexdigest(), flush=True)


def short(sock):
    sock.sendall(b'HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\nabc')


def files():
    class Server(http.server.ThreadingHTTPServer):
        address_family = family

    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=arguments[0])
    with Server((host, 0), handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


if command == 'files':
    files()
else:
    serve(short if command == 'short' else pieces)
