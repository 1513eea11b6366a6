# Skein in a container, computing on the processor. With an NVIDIA card: --build-arg TORCH_INDEX=https://pypi.org/simple
FROM python:3.12-slim

ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /app
COPY requirements.txt .
# torch first and from its own index: the wheels at PyPI bring CUDA along, some gigabytes that a processor has no use for.
RUN grep -E '^torch(vision)?==' requirements.txt > torch.txt \
    && pip install --index-url "$TORCH_INDEX" -r torch.txt \
    && pip install -r requirements.txt \
    && rm torch.txt

COPY . .
RUN useradd --uid 1000 --create-home skein \
    && mkdir -p models input output user \
    && chown -R skein: models input output user \
    && python -m compileall -q main.py comfy execution nodes web custom_nodes

USER skein
VOLUME ["/app/models", "/app/input", "/app/output", "/app/user"]
EXPOSE 8188
# Beyond loopback a token is required: without SKEIN_TOKEN in the environment this ends at once and says so.
ENTRYPOINT ["python", "main.py", "--listen", "0.0.0.0", "--temp-directory", "/tmp"]
