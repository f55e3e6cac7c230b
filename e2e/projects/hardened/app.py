import os
import flask
from pymemcache.client.base import Client

app = flask.Flask(__name__)
cache = Client("memcached")


def refused(path):
    try:
        with open(path, "w"):
            return False
    except OSError:
        return True


@app.get("/")
def closed():
    with open("/proc/self/status") as status:
        facts = dict(line.rstrip().split(":\t", 1) for line in status if ":\t" in line)
    cache.add("visits", "0")
    return {
        "visits": cache.incr("visits", 1),
        "user": os.getuid(),
        "capabilities": facts["CapEff"] + facts["CapBnd"],
        "noNewPrivileges": facts["NoNewPrivs"],
        "root": refused("/new"),
        "scratch": not refused("/scratch/new"),
    }
