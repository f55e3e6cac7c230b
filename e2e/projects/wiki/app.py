import os, sqlite3
import flask

app = flask.Flask(__name__)


@app.get("/healthy")
def healthy():
    return open("/pages/note").read()


@app.get("/")
def edit():
    with sqlite3.connect(os.environ["PAGES"]) as pages:
        pages.execute("CREATE TABLE IF NOT EXISTS edits (id INTEGER PRIMARY KEY)")
        pages.execute("INSERT INTO edits DEFAULT VALUES")
        (edits,) = pages.execute("SELECT count(*) FROM edits").fetchone()
    return flask.render_template("page.txt", edits=edits, revision=os.environ["REVISION"])
