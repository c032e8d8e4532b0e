"""Questions that the paper leaves open, measured. `./dev bench findings a` answers one; docs/findings.md has the answers."""
