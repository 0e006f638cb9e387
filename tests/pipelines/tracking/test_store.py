import sys
from pathlib import Path

import pytest

from pipelines.errors import TrackingError
from pipelines.tracking import Tracking, ui_command
from tests.pipelines.conftest import Bank
from tests.pipelines.tracking.serving import free_port, server


@pytest.mark.skipif(sys.platform == "win32", reason="process groups differ")
def test_risk_ui_answers_on_this_machine_only(bank: Bank, tmp_path: Path) -> None:
    port = free_port()
    config = str(bank.folder / "risk.toml")
    command = [sys.executable, "-m", "pipelines.cli", "ui", "-c", config, "--port", str(port)]
    with server(command, tmp_path, f"http://127.0.0.1:{port}/health"):
        pass
    assert f"http://127.0.0.1:{port}" in (tmp_path / "server.log").read_text()
    assert [p.name for p in tmp_path.iterdir()] == ["server.log"]


def test_the_pages_listen_where_they_are_told() -> None:
    command, _ = ui_command("store", "127.0.0.1", 5001)
    assert command[-4:] == ["--host", "127.0.0.1", "--port", "5001"]


def test_the_pages_get_a_password_where_no_other_user_sees_it() -> None:
    command, environment = ui_command("postgresql://risk:geheim@host/mlflow", "127.0.0.1", 5001)
    assert not any("geheim" in argument for argument in command)
    assert environment["MLFLOW_BACKEND_STORE_URI"] == "postgresql://risk:geheim@host/mlflow"


def test_all_of_mlflow_lies_in_the_folder_of_the_store(bank: Bank) -> None:
    names = {p.name for p in Path(bank.config.tracking).iterdir()}
    assert {"mlflow.db", "artifacts"} <= names
    assert not Path("mlflow.db").exists()
    assert not (bank.folder / "mlflow.db").exists()


def test_looking_a_model_up_makes_no_store(tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match="risk train"):
        Tracking(str(tmp_path / "store"), "small").fetch("small", "champion")
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"nothing like a database" * 99)
    with pytest.raises(TrackingError, match="cannot be used"):
        Tracking(str(tmp_path), "small").fetch("small", "champion")


def test_a_store_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    nobody = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(TrackingError, match=r"check `tracking` in risk\.toml"):
        Tracking(nobody, "small").prompt("zh")
