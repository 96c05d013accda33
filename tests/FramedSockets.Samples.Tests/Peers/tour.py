"""The other side of the tour's programs, with nothing but sockets: tour.py COMMAND FRAMING HOST:PORT ARGUMENTS.

Clients connect to HOST:PORT; servers listen there and print their port first. What is said is printed as JSON, a text a line.
"""
import json
import socket
import struct
import sys
import threading

from drained import until_read

command, framing, address, *arguments = sys.argv[1:]
host, port = address.rsplit(':', 1)
host, port = host.strip('[]'), int(port)
family = socket.AF_INET6 if ':' in host else socket.AF_INET


def encode(text):
    body = text.encode()
    if framing == 'raw':
        return body
    if framing == 'line':
        return body + b'\n'
    if framing == 'length':
        return struct.pack('>I', len(body)) + body
    header = json.dumps({'length': len(body), 'unknown': None}).encode()
    return struct.pack('<i', len(header)) + header + body


def receive(sock):
    """The next text, or None at the end."""
    if not sock.recv(1, socket.MSG_PEEK):
        return None
    if framing == 'raw':
        return sock.recv(65536).decode()
    if framing == 'line':
        line = b''
        while not line.endswith(b'\n'):
            line += take(sock, 1)
        return line[:-1].decode()
    if framing == 'length':
        return take(sock, struct.unpack('>I', take(sock, 4))[0]).decode()
    header = json.loads(take(sock, struct.unpack('<i', take(sock, 4))[0]))
    assert list(header) == ['length'], header
    return take(sock, header['length']).decode()


def decode(datagram):
    """The text of a datagram, which is one frame exactly."""
    if framing == 'raw':
        return datagram.decode()
    if framing == 'line':
        assert datagram.endswith(b'\n')
        return datagram[:-1].decode()
    if framing == 'length':
        assert struct.unpack('>I', datagram[:4])[0] == len(datagram) - 4
        return datagram[4:].decode()
    length = struct.unpack('<i', datagram[:4])[0]
    body = datagram[4 + length:]
    assert json.loads(datagram[4:4 + length]) == {'length': len(body)}
    return body.decode()


def take(sock, count):
    data = b''
    while len(data) < count:
        part = sock.recv(count - len(data))
        if not part:
            raise EOFError('the stream ended inside a frame')
        data += part
    return data


def say(text):
    print(json.dumps(text), flush=True)


def connect():
    return socket.create_connection((host, port))


def serve(handle):
    """Serves clients, each in a thread, until it is killed."""
    listener = socket.create_server((host, port), family=family)
    say(listener.getsockname()[1])

    def run(sock):
        with sock:
            handle(sock)

    while True:
        threading.Thread(target=run, args=(listener.accept()[0],), daemon=True).start()


def datagrams():
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.bind((host, 0 if command in ('udp-ask', 'udp-send') else port))
    return sock


def ask():
    """Says each text and prints each answer; then whether the other side ends too."""
    with connect() as sock:
        for text in arguments:
            sock.sendall(encode(text))
            say(receive(sock))
        sock.shutdown(socket.SHUT_WR)
        say(receive(sock))


def greeted():
    """Hears the greeting first; prints everything up to the end, which 'exit' brings about."""
    with connect() as sock:
        say(receive(sock))
        for text in arguments:
            sock.sendall(encode(text))
            say(receive(sock))
        assert receive(sock) is None


def crowd():
    """Many clients at once: each is greeted before the first of them says a word, and is answered before the first leaves."""
    socks = [connect() for _ in range(int(arguments[0]))]
    for sock in socks:
        assert receive(sock) == 'Welcome!'
    for number, sock in enumerate(socks):
        sock.sendall(encode(f'Nr. {number}'))
    for number, sock in reversed(list(enumerate(socks))):
        assert receive(sock) == f'Hello, Nr. {number}!'
    say(len(socks))


def split():
    """Says a text whose bytes leave one by one."""
    with connect() as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in encode(arguments[0]):
            sock.send(bytes([byte]))
        expected = int(arguments[1])
        data = ''
        while len(data) < expected:
            data += receive(sock)
        say(data)


def leave():
    """Connects and is gone, politely or not."""
    sock = connect()
    if arguments[0] == 'reset':
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    sock.close()
    say('left')


def answer():
    """A server that answers in upper case, and prints what it was told and that the client has left."""
    def handle(sock):
        while (text := receive(sock)) is not None:
            say(text)
            sock.sendall(encode(text.upper()))
        say(None)
    serve(handle)


def hello():
    def handle(sock):
        sock.sendall(encode('Welcome!'))
        while (name := receive(sock)) not in (None, 'exit'):
            sock.sendall(encode(f'Hello, {name}!'))
    serve(handle)


def cut():
    """A server whose answer arrives in two pieces, cut inside a character: the second leaves when the first was read."""
    def handle(sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        receive(sock)
        whole = encode(arguments[0])
        at = int(arguments[1])
        sock.sendall(whole[:at])
        until_read(sock)
        sock.sendall(whole[at:])
        receive(sock)
    serve(handle)


def short():
    """A server that ends inside a character."""
    def handle(sock):
        receive(sock)
        sock.sendall(encode(arguments[0])[:-1])
    serve(handle)


def silent():
    """A server that closes at the first word, without one."""
    serve(receive)


def mute():
    """A server that listens and never says a word."""
    def handle(sock):
        while receive(sock) is not None:
            pass
    serve(handle)


def udp_ask():
    with datagrams() as sock:
        sock.settimeout(60)
        for text in arguments:
            sock.sendto(encode(text), (host, port))
            say(decode(sock.recvfrom(65536)[0]))


def udp_send():
    with datagrams() as sock:
        say(sock.getsockname()[1])
        for text in arguments:
            sock.sendto(encode(text), (host, port))


def udp_answer():
    """A server that answers in upper case; with 'mute', it does not."""
    with datagrams() as sock:
        say(sock.getsockname()[1])
        while True:
            data, client = sock.recvfrom(65536)
            say(decode(data))
            if not arguments:
                sock.sendto(encode(decode(data).upper()), client)


globals()[command.replace('-', '_')]()
