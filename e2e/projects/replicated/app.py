import time
import flask, psycopg2

app = flask.Flask(__name__)
with open("/run/secrets/password") as secret:
    password = secret.read().strip()


def query(host, port, sql):
    database = psycopg2.connect(host=host, port=port, user="postgres", dbname="postgres", password=password)
    database.autocommit = True
    with database.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone() if cursor.description else None
    database.close()
    return row and row[0]


@app.get("/")
def write():
    """Writes through the pool, and reads from the standby until it has what was written."""
    query("pool", 6432, "CREATE TABLE IF NOT EXISTS lines (id serial)")
    written = query("pool", 6432, "INSERT INTO lines DEFAULT VALUES RETURNING id")
    for _ in range(100):
        try:
            if query("standby", 5432, "SELECT max(id) FROM lines") == written:
                return f"read from the standby: {written}"
        except psycopg2.errors.UndefinedTable:
            pass
        time.sleep(0.1)
    return "the standby does not follow", 500
