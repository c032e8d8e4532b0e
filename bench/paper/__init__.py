"""The paper's experiments: every model by every contestant, side by side. `./dev bench paper` is the door."""
