# The image of every service of ours: the locked packages and this project in one virtual environment.
# Built in two stages, so that the result holds no uv, no pip cache and no sources.

FROM python:3.11-slim AS build
RUN python -m pip install --no-cache-dir --disable-pip-version-check uv==0.13.9
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1 UV_PYTHON_DOWNLOADS=never
ENV VIRTUAL_ENV=/opt/baqylau
WORKDIR /build
# The packages change seldom and take longest: a layer of their own.
COPY requirements/run.txt requirements/
RUN uv venv --python /usr/local/bin/python3 /opt/baqylau \
 && uv pip sync --require-hashes requirements/run.txt
COPY . .
RUN uv pip install --no-deps .

FROM python:3.11-slim
# The directories exist with their owner: a named volume takes over both when it is first mounted.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin baqylau \
 && install -d -o baqylau -g baqylau -m 0750 /data /data/warc
COPY --from=build /opt/baqylau /opt/baqylau
ENV PATH=/opt/baqylau/bin:/usr/local/bin:/usr/bin:/bin
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
# Inside a container loopback is the container's own; what is published, and where, is for compose.
ENV BAQYLAU_DATA=/data BAQYLAU_HOST=0.0.0.0 BAQYLAU_PORT=8000 BAQYLAU_LOG=json
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=4 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=8)"]
ENTRYPOINT ["baqylau"]
CMD ["serve"]
