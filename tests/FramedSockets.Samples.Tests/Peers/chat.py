"""Members of a chat by hand: chat.py COMMAND HOST:PORT."""
import json
import socket
import struct
import sys

command, address = sys.argv[1:]
host, port = address.rsplit(':', 1)


class Member:
    def __init__(self, name, room, buffer=None):
        self.sock = socket.socket()
        if buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.sock.connect((host, int(port)))
        self.send({'kind': 'join', 'room': room, 'name': name})

    def send(self, header, text=''):
        body = text.encode()
        head = json.dumps({**header, 'length': len(body)}).encode()
        self.sock.sendall(struct.pack('<i', len(head)) + head + body)

    def hear(self):
        head = json.loads(self.take(struct.unpack('<i', self.take(4))[0]))
        return head['kind'], head.get('room'), head.get('name'), self.take(head['length']).decode()

    def take(self, count):
        data = b''
        while len(data) < count:
            part = self.sock.recv(count - len(data))
            if not part:
                raise EOFError('the stream ended inside a frame')
            data += part
        return data


def talk():
    """Prints everything it hears; at 'bye' it asks who is there, says good-bye, leaves, and does what is not allowed."""
    member = Member('Python', 'lobby')
    while True:
        kind, room, name, text = member.hear()
        print(kind, room, name, text.replace('\n', ','), flush=True)
        if kind == 'said' and text == 'bye':
            member.send({'kind': 'who'})
            member.send({'kind': 'say'}, 'tschüss')
            member.send({'kind': 'leave'})
            member.send({'kind': 'say'}, 'nobody hears this')
            member.send({'kind': 'dance'})
            member.send({'kind': 'join', 'room': 'a\x1bb', 'name': 'x'})
            member.sock.shutdown(socket.SHUT_WR)
            for _ in range(5):
                kind, room, name, text = member.hear()
                print(kind, room, name, text.replace('\n', ','), flush=True)
            assert member.sock.recv(1) == b''
            return


def slow():
    """One member never reads. The others talk until it is cut, and miss nothing."""
    talker = Member('talker', 'room')
    assert talker.hear()[0] == 'joined'
    listener = Member('listener', 'room')
    assert listener.hear() == ('joined', 'room', 'listener', '')
    sleeper = Member('sleeper', 'room', buffer=4096)
    assert listener.hear() == ('joined', 'room', 'sleeper', '')
    for number in range(100000):
        talker.send({'kind': 'say'}, f'{number} ' + 'x' * 8000)
        kind, _, name, text = listener.hear()
        if kind == 'left':
            assert name == 'sleeper', name
            kind, _, name, text = listener.hear()
            assert text.startswith(f'{number} '), text[:20]
            print('cut', flush=True)
            return
        assert (kind, name) == ('said', 'talker') and text.startswith(f'{number} '), text[:20]
    sleeper.sock.close()


{'talk': talk, 'slow': slow}[command]()
