import pika

channel = pika.BlockingConnection(pika.ConnectionParameters("rabbitmq")).channel()
channel.queue_declare("work", durable=True)


def answer(channel, method, properties, body):
    channel.basic_publish("", properties.reply_to, body[::-1])
    channel.basic_ack(method.delivery_tag)


channel.basic_consume("work", answer)
channel.start_consuming()
