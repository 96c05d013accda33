"""The tutorial's server: takes files, answers nothing, prints each; serve.py prints its port first."""
import hashlib
import json
import socketserver
import struct


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        while prefix := self.rfile.read(4):
            header = json.loads(self.rfile.read(struct.unpack('i', prefix)[0]))
            body = self.rfile.read(header['filesize'])
            assert len(body) == header['filesize'], 'the stream ended inside a frame'
            print(*sorted(header), header['filename'], len(body), hashlib.sha256(body).hexdigest(), flush=True)


with socketserver.ThreadingTCPServer(('127.0.0.1', 0), Handler) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
