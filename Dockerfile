FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
# Shown by the figure build_info.
ARG OSPABHOST_COMMIT
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --profile dist --locked && cp target/dist/ospabhost /ospabhost

FROM debian:bookworm-slim
# Root certificates: mail servers and PostgreSQL over TLS are checked against them.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && install -d -o 10001 -g 10001 -m 0700 /data
COPY --from=build /ospabhost /usr/local/bin/ospabhost
USER 10001:10001
WORKDIR /data
VOLUME /data
ENV OSPABHOST_LISTEN=0.0.0.0:5000 OSPABHOST_DATA_DIR=/data
EXPOSE 5000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=10s CMD ["ospabhost", "healthcheck"]
ENTRYPOINT ["ospabhost"]
