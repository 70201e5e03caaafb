"""How fast it is, each measure beside its floor in the same run: `python -m benchmarks [name …]`. Times are the machine's."""
