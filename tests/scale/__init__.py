"""What runs past one machine: Milvus, Ray. Needs the extras; `make test-scale` installs them and runs this."""
