import os
import flask, redis

app = flask.Flask(__name__)
store = redis.Redis(os.environ["STORE"])


@app.get("/")
def sign():
    return f"{open('/files/word').read().strip()}: {store.incr('entries')}"
