"""In a real kernel of Jupyter: progress is shown and replaced in place, and interrupting gives the draws so far."""

import json
import os
import queue
import sys
import time

import pytest
from conftest import BARLEY
from jupyter_client import KernelManager

LONG = "woodbury.fit('yield ~ (1 | site)', table, chains=2, draws=5_000_000, seed=1, keep='hyper', warmup=100)"


@pytest.fixture(scope="module")
def kernel():
    manager = KernelManager(kernel_name="python3")
    manager.kernel_spec.argv[0] = sys.executable
    manager.start_kernel(env=dict(os.environ))
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def messages(client, code, meanwhile=lambda: None):
    """Everything the kernel sends while it runs `code`; `meanwhile` is called once draws are made."""
    wanted = client.execute(code)
    seen = []
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        try:
            message = client.get_iopub_msg(timeout=1)
        except queue.Empty:
            continue
        if message["parent_header"].get("msg_id") != wanted:
            continue
        seen.append((message["msg_type"], message["content"]))
        page = message["content"].get("data", {}).get("text/html", "")
        if message["msg_type"] == "update_display_data" and page.count("sampling") == 2:
            meanwhile()
            meanwhile = lambda: None  # noqa: E731
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return seen
    raise TimeoutError(json.dumps(seen[-3:], default=str))


def texts(seen, kind):
    return [content["data"].get("text/html") or content["data"]["text/plain"] for at, content in seen if at == kind]


def test_progress_is_replaced_in_place_and_an_interrupt_keeps_the_draws(kernel):
    manager, client = kernel
    setup = f"import woodbury, pandas as pd; table = pd.read_csv({str(BARLEY)!r})"
    assert not [content for kind, content in messages(client, setup) if kind == "error"]
    code = f"fit = {LONG}; print(fit.interrupted, fit.draws.array.shape[1] > 0)"
    seen = messages(client, code, manager.interrupt_kernel)
    assert not [content for kind, content in seen if kind == "error"]
    assert [content["text"] for kind, content in seen if kind == "stream"][-1].endswith("True True\n")
    assert len(texts(seen, "display_data")) == 1
    updates = texts(seen, "update_display_data")
    assert updates and all("<progress" in page and "chain 2" in page for page in updates)


def test_a_fit_and_a_plan_show_as_html(kernel):
    _, client = kernel
    fitted = messages(client, "woodbury.fit('yield ~ 1', table, draws=50, seed=1, progress=False)")
    (page,) = texts(fitted, "execute_result")
    assert "<table" in page and "sigma" in page
    explained = messages(client, "woodbury.explain('yield ~ (1 | site)', table)")
    (page,) = texts(explained, "execute_result")
    assert page.startswith("<pre>Plan:")
