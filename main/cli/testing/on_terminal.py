"""Runs a command on a terminal of its own: on_terminal.py ROWS COLUMNS COMMAND...

What the command writes goes to standard output as it is. Lines of standard input are orders: `size ROWS COLUMNS` changes
the terminal's size, `key TEXT` types TEXT (\\x03 for Ctrl+C), `close` closes
the terminal. Ends with the command, with its exit code.
"""
import fcntl, os, pty, select, struct, sys, termios


def resize(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))


rows, columns, *command = sys.argv[1:]
pid, fd = pty.fork()
if pid == 0:
    resize(0, rows, columns)
    os.execvp(command[0], command)
orders = b""
sources = [fd, 0]
while sources:
    ready, _, _ = select.select(sources, [], [])
    if fd in ready:
        try:
            data = os.read(fd, 65536)
        except OSError:  # EIO: the last process on the terminal ended.
            data = b""
        if not data:
            break
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    if 0 in ready:
        more = os.read(0, 4096)
        if not more:
            sources.remove(0)
        orders += more
        while b"\n" in orders:
            line, orders = orders.split(b"\n", 1)
            kind, _, rest = line.decode().partition(" ")
            if kind == "close":
                os.close(fd)
                sources = []
            elif kind == "size":
                resize(fd, *rest.split())
            else:
                os.write(fd, rest.encode().decode("unicode_escape").encode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
