# The service alone; the database is another container (docker-compose.yml). Without an engine, ./standplaats demo.

FROM node:22-bookworm-slim AS page
WORKDIR /opt/standplaats/api/web
COPY api/web/ ./
COPY api/locales/ ../locales/
RUN npm ci --include=dev --no-audit --no-fund && npm run build

FROM debian:bookworm-slim AS base
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 ca-certificates \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/standplaats

FROM base AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv
COPY requirements-run.lock ./
RUN python3 -m venv .venv \
    && .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: -r requirements-run.lock
COPY . .
RUN .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
        --no-index --no-deps --no-build-isolation --editable .

FROM base
RUN useradd --system --create-home --home-dir /var/lib/standplaats --shell /usr/sbin/nologin standplaats
COPY --from=build /opt/standplaats /opt/standplaats
COPY --from=page /opt/standplaats/api/static /opt/standplaats/api/static
ENV PATH=/opt/standplaats/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    STANDPLAATS_HOME=/var/lib/standplaats
USER standplaats
VOLUME /var/lib/standplaats
EXPOSE 8710
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python3", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8710/readyz', timeout=4)"]
ENTRYPOINT ["standplaats"]
# Everyone who can reach the container gets the anonymous view only: there are no accounts yet.
CMD ["serve", "--host", "0.0.0.0", "--public"]
