import psycopg2, redis

store = redis.Redis("redis", decode_responses=True)
database = psycopg2.connect("host=db user=postgres password=postgres")
database.autocommit = True
cursor = database.cursor()
cursor.execute("CREATE TABLE IF NOT EXISTS votes (vote text)")
while True:
    _, vote = store.blpop("votes")
    cursor.execute("INSERT INTO votes VALUES (%s)", (vote,))
