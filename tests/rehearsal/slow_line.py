"""A slow line between this machine's network and others: packets wait, and some are lost. A process of its own.

``slow_line.py DELAY_MS LOSS SEED NAMESPACE:DEVICE ...`` makes a TUN device of that name here and one named ``line`` in
each namespace, and carries packets both ways until its standard input ends. It stands for ``tc netem``, which many
kernels lack.
"""

import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
CLONE_NEWNET = 0x40000000


def open_tun(name):
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return descriptor


def enter(network):
    if ctypes.CDLL(None, use_errno=True).setns(network, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def pairs(names):
    """The two ends of each line."""
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    for name in names:
        namespace, _, device = name.partition(":")
        here = open_tun(device)
        enter(os.open(f"/run/netns/{namespace}", os.O_RDONLY))
        yield here, open_tun("line")
        enter(home)


def carry(ways, delay_s, loss, draw):
    waiting, number = [], 0
    while True:
        timeout_s = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        readable, _, _ = select.select([*ways, sys.stdin], [], [], timeout_s)
        if sys.stdin in readable:
            return
        now = time.monotonic()
        for source in readable:
            packet = read(source)
            if packet and draw() >= loss:
                number += 1
                heapq.heappush(waiting, (now + delay_s, number, ways[source], packet))
        while waiting and waiting[0][0] <= now:
            _, _, sink, packet = heapq.heappop(waiting)
            write(sink, packet)


def read(source):
    try:
        return os.read(source, 65536)
    except OSError:  # the device is down
        time.sleep(0.001)
        return b""


def write(sink, packet):
    try:
        os.write(sink, packet)
    except OSError:  # down, or full: the packet is lost, as on any line
        return


def main():
    delay_ms, loss, seed, *names = sys.argv[1:]
    ways = {}
    for here, there in pairs(names):
        ways |= {here: there, there: here}
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    carry(ways, float(delay_ms) / 1000, float(loss), random.Random(seed).random)


if __name__ == "__main__":
    main()
