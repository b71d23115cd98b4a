# syntax=docker/dockerfile:1
# bccn on a CPU: docker build -t bccn . && docker run --rm -v "$PWD:/work" bccn demo
FROM python:3.12-slim AS built
COPY --from=ghcr.io/astral-sh/uv:0.9 /uv /usr/local/bin/uv
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /source
COPY . .
# PyTorch from its index of CPU wheels: a twentieth of those with CUDA. Lava without what it pins.
RUN --mount=type=cache,target=/root/.cache/uv \
    uv venv /opt/bccn \
    && uv pip install --python /opt/bccn/bin/python --torch-backend cpu '.[torch,plot,data,lava,nir,onnx]' \
    && uv pip install --python /opt/bccn/bin/python --no-deps lava-nc==0.10.0

FROM python:3.12-slim
COPY --from=built /opt/bccn /opt/bccn
RUN useradd --create-home bccn && install -d -o bccn /work
USER bccn
WORKDIR /work
ENV PATH=/opt/bccn/bin:$PATH NUMBA_CACHE_DIR=/home/bccn/.cache/numba
ENTRYPOINT ["bccn"]
CMD ["doctor"]
