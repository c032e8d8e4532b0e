"""What is asked of a fit, by Python: the same numbers as the command line's."""

import subprocess

import numpy as np
import pandas as pd
import pytest

import woodbury


def test_hypotheses(fit):
    answer = fit.hypotheses("sigma > 0", "sigma < 0")
    assert answer["Post.Prob"].tolist() == [1, 0]
    with pytest.raises(woodbury.InputError, match="did you mean `sigma`"):
        fit.hypotheses("sigm > 0")


def test_predictions(fit, barley):
    known = fit.predict(barley.head(3), kind="mean")
    np.testing.assert_allclose(known["Estimate"], fit.fitted()["Estimate"][:3], rtol=1e-9)
    np.testing.assert_allclose(
        fit.fitted()["Estimate"] + fit.residuals()["Estimate"], barley["yield"], rtol=1e-9
    )
    rows = pd.DataFrame({"year": ["1931", "1932"], "site": ["Elsewhere"] * 2, "variety": ["Peatland"] * 2})
    with pytest.raises(woodbury.InputError, match="no level `Elsewhere`"):
        fit.predict(rows)
    new = fit.predict(rows, effects="new:site")
    after = fit.predict(rows, effects="new:site", given=rows.assign(**{"yield": [60.0, 55.0]}))
    assert (after["Est.Error"] < new["Est.Error"]).all() and (after["Estimate"] > new["Estimate"]).all()
    assert fit.simulate(7).shape == (7, len(barley))


def test_draws_of_predictions(fit, barley, program, tmp_path):
    rows = pd.DataFrame({"year": ["1931", "1932"], "site": ["Elsewhere"] * 2, "variety": ["Peatland"] * 2})
    drawn = fit.predict_draws(rows, effects="new:site", kind="mean")
    shown = fit.predict(rows, effects="new:site", kind="mean")
    np.testing.assert_allclose(drawn.mean(axis=0), shown["Estimate"], atol=0.1 * shown["Est.Error"].min())
    np.testing.assert_allclose(drawn.std(axis=0), shown["Est.Error"], rtol=0.1)
    again = fit.predict_draws(rows, effects="new:site", kind="mean", draws=10, seed=3)
    assert again.shape == (10, 2)
    assert (fit.predict_draws(kind="mean", draws=5).shape) == (5, len(barley))
    with pytest.raises(woodbury.InputError, match="draws are asked for"):
        fit.predict_draws(rows, effects="new:site", draws=10**6)
    fit.save(tmp_path / "fit")
    rows.to_csv(tmp_path / "new.csv", index=False)
    command = [program, "predict", tmp_path / "fit", "--data", tmp_path / "new.csv", "--effects", "new:site"]
    command += ["--kind", "mean", "--draws", "10", "--seed", "3"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    (tmp_path / "draws.csv").write_text(printed)
    np.testing.assert_allclose(pd.read_csv(tmp_path / "draws.csv").drop(columns="draw"), again, rtol=1e-12)


def test_leave_one_out(fit, barley):
    loo = fit.loo()
    assert len(loo.pointwise) == len(barley) and loo.pointwise["elpd"].sum() == pytest.approx(loo.elpd)
    assert loo.bad == 0 and 0 < loo.p < 20
    groups = fit.loo(by="site")
    assert len(groups.pointwise) == barley["site"].nunique() and groups.elpd < loo.elpd
    other = woodbury.fit("yield ~ year + (1 | site)", barley, factor="year", seed=1)
    ranked = woodbury.compare({"slopes": loo, "intercepts": other})
    assert ranked["elpd_diff"].max() == 0 and set(ranked.index) == {"slopes", "intercepts"}
    with pytest.raises(woodbury.InputError, match="cannot be compared"):
        woodbury.compare({"all": loo, "some": woodbury.fit("yield ~ year", barley.iloc[::2], factor="year", seed=1)})


def test_the_command_line_says_the_same(fit, program, tmp_path):
    fit.save(tmp_path / "fit")
    shown = subprocess.run([program, "loo", tmp_path / "fit", "--format", "json"], check=True, capture_output=True, text=True)
    assert f'"Estimate": {fit.loo().elpd}' in shown.stdout
    fit.report(tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size < 2_000_000
