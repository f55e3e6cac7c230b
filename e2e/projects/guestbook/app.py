import flask, redis

app = flask.Flask(__name__)
store = redis.Redis("redis", retry_on_timeout=True)


@app.get("/")
def sign():
    return f"entries: {store.incr('entries')}"
