"""A ProxyCommand: connect.py PROXY_PORT HOST PORT opens a tunnel through the CONNECT proxy on 127.0.0.1."""

import os
import socket
import sys
import threading

proxy, host, port = sys.argv[1:]
tunnel = socket.create_connection(("127.0.0.1", int(proxy)))
tunnel.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
head = b""
while not head.endswith(b"\r\n\r\n"):
    byte = tunnel.recv(1)
    if not byte:
        break
    head += byte
status = head.split(b"\r\n", 1)[0]
if b" 200 " not in status:
    sys.exit(f"proxy: {status.decode()}")


def feed():
    while data := os.read(0, 65536):
        tunnel.sendall(data)
    tunnel.shutdown(socket.SHUT_WR)


threading.Thread(target=feed, daemon=True).start()
while data := tunnel.recv(65536):
    os.write(1, data)
