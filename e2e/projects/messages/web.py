import flask, pika

app = flask.Flask(__name__)


@app.get("/")
def ask():
    connection = pika.BlockingConnection(pika.ConnectionParameters("rabbitmq"))
    channel = connection.channel()
    channel.queue_declare("work", durable=True)
    back = channel.queue_declare("", exclusive=True).method.queue
    lasting = pika.BasicProperties(reply_to=back, delivery_mode=2)
    channel.basic_publish("", "work", b"stressed", lasting)
    for _, _, body in channel.consume(back, auto_ack=True, inactivity_timeout=20):
        connection.close()
        return body or ("no worker", 500)
