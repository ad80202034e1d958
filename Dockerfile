# One image for the web processes (ROLE says which), the worker and the management commands.
FROM python:3.11.14-slim-bookworm AS build
RUN python -m venv /venv
COPY requirements.txt /tmp/
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/requirements.txt

FROM python:3.11.14-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOST=0.0.0.0 PORT=8000 DATA=/data LOG_FORMAT=json
# A number, so that Kubernetes can tell that it is not root's.
RUN mkdir /data && chown 10001:10001 /data
COPY --from=build /venv /venv
WORKDIR /app
COPY manage.py ./
COPY accounts accounts
COPY audit audit
COPY movies movies
COPY rooms rooms
COPY static static
COPY sync sync
COPY templates templates
COPY watchparty watchparty
USER 10001:10001
VOLUME /data
EXPOSE 8000
# SIGTERM closes every socket with 1012 and lets requests end.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/healthz\", timeout=2)"]
CMD ["python", "-m", "watchparty.server"]
