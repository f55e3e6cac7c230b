import flask, psycopg2

app = flask.Flask(__name__)


@app.get("/")
def votes():
    with psycopg2.connect("host=db user=postgres password=postgres") as database, database.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS votes (vote text)")
        cursor.execute("SELECT count(*) FROM votes")
        return str(cursor.fetchone()[0])
