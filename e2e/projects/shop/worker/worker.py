import os, socket
import psycopg2, redis

with open("/run/secrets/database-password") as secret:
    database = psycopg2.connect(os.environ["DATABASE"], password=secret.read().strip())
database.autocommit = True
cache = redis.Redis(os.environ["CACHE"])
queue = socket.create_connection((os.environ["QUEUE"], 11300)).makefile("rwb", buffering=0)
while True:
    queue.write(b"reserve\r\n")
    word, job, size = queue.readline().split()
    item = queue.read(int(size) + 2).strip().decode()
    with database.cursor() as cursor:
        cursor.execute("INSERT INTO orders (item) VALUES (%s)", (item,))
        cursor.execute("SELECT count(*) FROM orders")
        cache.rpush("done", cursor.fetchone()[0])
    queue.write(b"delete %s\r\n" % job)
    queue.readline()
