# Milepost as it runs in production: every lane, the lag-watcher and the commands, without the local Kafka and its Java.
#
#   docker build -t milepost:0.1.0 .
#   docker run --rm --read-only --tmpfs /tmp --tmpfs /var/lib/milepost:uid=10001,mode=700 milepost:0.1.0 config
#
# Nothing but /tmp and MILEPOST_DATA_DIR is written to. Health is asked of the page (/livez, /readyz), not by the image.
ARG PYTHON=docker.io/library/python:3.11.15-slim-bookworm@sha256:d29f48a31a8b408ed19272ca1e7b10ebae13b240a27e862d3d4217c528e2e0c3

FROM ${PYTHON} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
# The environment has no pip of its own: what is in it is what the list says, and stays so.
COPY constraints.txt image-packages.txt ./
RUN python -m venv --without-pip /opt/milepost \
 && python -m venv /opt/tools \
 && /opt/tools/bin/pip install --quiet --no-compile --constraint constraints.txt setuptools==84.2.1 cyclonedx-bom==7.5.0 \
 && /opt/tools/bin/pip --python /opt/milepost/bin/python install --quiet --no-deps --only-binary :all: -r image-packages.txt
COPY . .
RUN /opt/tools/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /opt/tools/bin/pip --python /opt/milepost/bin/python install --quiet --no-deps --no-index --find-links /wheels milepost \
 && mkdir -p /opt/milepost/share/milepost /var/lib/milepost \
 && /opt/tools/bin/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml \
    --output-file /opt/milepost/share/milepost/sbom.cdx.json /opt/milepost/bin/python

FROM ${PYTHON}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Milepost" \
      org.opencontainers.image.description="Milestones in, ERP postings out: keeps WMS, TMS and ERP in step, on Kafka" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/milepost /opt/milepost
COPY --from=build --chown=10001:10001 /var/lib/milepost /var/lib/milepost
# A user without a name has no home of its own; libraries that ask for one are given a place that can be written to.
ENV PATH=/opt/milepost/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/tmp \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MILEPOST_DATA_DIR=/var/lib/milepost
WORKDIR /var/lib/milepost
USER 10001:10001
STOPSIGNAL SIGTERM
ENTRYPOINT ["milepost"]
CMD ["--help"]
