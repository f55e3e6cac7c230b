FROM proof/python
ARG REVISION
RUN --network=none python3 -c 'import flask, sqlite3'
COPY app.py ./
ENV REVISION=${REVISION:-unknown}
USER root
# What a new volume at this place starts with.
RUN install -d -o app -g app /pages && echo first > /pages/note && chown app /pages/note && \
    install -d -o app -g app /backups
USER app
CMD ["gunicorn", "--bind=0.0.0.0:8000", "app:app"]
