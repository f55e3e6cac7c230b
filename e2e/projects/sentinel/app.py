import os
import flask
from redis.sentinel import Sentinel

app = flask.Flask(__name__)
sentinel = Sentinel([(name, 26379) for name in os.environ["SENTINELS"].split()], socket_timeout=2)


@app.get("/")
def count():
    primary = sentinel.master_for("main")
    count = primary.incr("count")
    # At least one replica has it.
    if primary.wait(1, 5000) < 1:
        return "no replica", 500
    return f"count: {count}"
