FROM python:3.13-slim AS build
WORKDIR /potluck
COPY requirements/production.txt requirements/
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/production.txt
COPY . .
# Made secrets and a database are for the volume; this start only collects the static files.
RUN DATA_DIR=/tmp/build /venv/bin/python manage.py collectstatic --no-input --verbosity 0 && rm -rf /tmp/build
# The site may not write here, so each start, and each process that it starts, would compile the project again.
RUN /venv/bin/python -m compileall -q --invalidation-mode unchecked-hash chat webapp

FROM python:3.13-slim
RUN useradd --create-home --uid 1000 potluck && install -d -o potluck -g potluck -m 0700 /data
COPY --from=build /venv /venv
COPY --from=build /potluck /potluck
WORKDIR /potluck
USER potluck
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DATA_DIR=/data HOST=0.0.0.0 PORT=8000
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/readyz', timeout=4)"]
CMD ["python", "-m", "webapp"]
