import grp, http.server, json, os, resource, shutil, socket


def facts():
    with open("/etc/resolv.conf") as resolv, open("/proc/sys/net/ipv4/tcp_keepalive_time") as keepalive:
        search, time = [line.split()[1] for line in resolv if line.startswith("search")], int(keepalive.read())
    with socket.create_connection(("database", 6379)) as database:
        database.sendall(b"PING\r\n")
        pong = database.recv(10).decode().strip()
    with open("/sys/class/net/eth0/address") as mac:
        address = mac.read().strip()
    return {
        "name": socket.getfqdn(),
        "directory": os.getcwd(),
        "groups": sorted(os.getgroups()),
        "environment": {name: os.environ.get(name) for name in ("COLOUR", "SPACED", "EMPTY", "NUMBER")},
        "printer": socket.gethostbyname("printer.test"),
        "search": search,
        "files": resource.getrlimit(resource.RLIMIT_NOFILE),
        "keepalive": time,
        "shm": shutil.disk_usage("/dev/shm").total,
        "run": oct(os.stat("/run/app").st_mode & 0o777),
        "terminal": os.isatty(1),
        "writable": [os.access(path, os.W_OK) for path in ("/readonly", "/app/cache")],
        "device": os.stat("/dev/nothing").st_rdev == os.stat("/dev/null").st_rdev,
        "mac": address,
        "database": pong,
    }


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        text = json.dumps(facts()).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text)


http.server.ThreadingHTTPServer(("", 8000), Answer).serve_forever()
