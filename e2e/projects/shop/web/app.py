import os, socket
import flask, redis

app = flask.Flask(__name__)
cache = redis.Redis(os.environ["CACHE"], decode_responses=True)


@app.get("/healthy")
def healthy():
    return "yes" if cache.ping() else ("no", 500)


@app.get("/")
def hello():
    return f"{os.environ['GREETING']}, visitor {cache.incr('visits')}"


@app.get("/order")
def order():
    """Gives an order to the worker and waits until it is in the database: tells how many there are."""
    with socket.create_connection((os.environ["QUEUE"], 11300), 10) as queue:
        queue.sendall(b"put 0 0 60 4\r\ntea!\r\n")
        queue.recv(100)
    done = cache.blpop("done", 20)
    return done[1] if done else ("no worker", 500)
