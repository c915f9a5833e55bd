"""The command line: verbs, options in any place, errors on one line, and a fast start."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.command import main
from bot.system import EvaluationOrder, QueryAnswer, Term, TrainingOrder, Wanted
from tests.bot.echo_system import EchoSystem

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "transformers", "faiss", "numpy", "sklearn", "telegram", "prompt_toolkit", "pypdf", "trafilatura")


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRIPLETALK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.delenv("TRIPLETALK_CONFIG", raising=False)
    return tmp_path / "data"


@pytest.fixture
def system() -> EchoSystem:
    made = EchoSystem()
    assert main(["ask", "Nora likes figs.", "--user", "bo"], system=made) == 0
    return made


def _stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))


@pytest.mark.parametrize("argv", [["--user", "bo", "facts", "--json"], ["facts", "--json", "--user", "bo"]])
def test_facts_are_json_wherever_the_user_stands(
    argv: list[str], system: EchoSystem, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(argv, system=system) == 0
    assert json.loads(capsys.readouterr().out) == [{"s": "Nora", "p": "tt:likes", "o": "figs"}]


def test_another_user_has_no_facts(system: EchoSystem, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["facts", "--json"], system=system) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_the_speaker_is_me(capsys: pytest.CaptureFixture[str]) -> None:
    system = EchoSystem()
    main(["ask", "I likes figs."], system=system)
    capsys.readouterr()
    main(["facts", "--json", "--history"], system=system)
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["s"], row["id"], row["rank"], row["polarity"]) == ("me", 1, "normal", True)


def test_facts_and_why_read_well(system: EchoSystem, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    main(["facts", "Nora", "--user", "bo"], system=system)
    main(["why", "1", "--user", "bo"], system=system)
    main(["why", "#1", "--json", "--user", "bo"], system=system)
    fact, again, quote, row = capsys.readouterr().out.splitlines()
    assert fact == again == "#1 Nora · likes · figs"
    assert quote == "    “Nora likes figs.” — you"
    assert json.loads(row)[0]["citations"][0]["text"] == "Nora likes figs."


def test_what_follows_is_listed_and_explained(system: EchoSystem, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    for line in (
        ["facts", "--inferred"],
        ["facts", "--inferred", "figs", "--json"],
        ["why", "i:1"],
        ["why", "i:1", "--json"],
    ):
        assert main([*line, "--user", "bo"], system=system) == 0
    listed, row, again, fact, quote, proved = capsys.readouterr().out.splitlines()
    assert listed == again == "i:1 figs · tt:likedBy · Nora · by inverse"
    assert fact == "    #1 Nora · likes · figs"
    assert quote == "        “Nora likes figs.” — you"
    assert json.loads(row) == [{"s": "figs", "p": "tt:likedBy", "o": "Nora", "id": "i:1", "rule": "inverse"}]
    assert json.loads(proved)[0]["facts"][0]["citations"][0]["text"] == "Nora likes figs."
    assert main(["why", "i:9", "--user", "bo"], system=system) == 2
    assert main(["facts", "--inferred", "--history", "--user", "bo"], system=system) == 2


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_query_prints_every_form(form: str, system: EchoSystem, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["query", "SELECT *", "--format", form, "--user", "bo"], system=system) == 0
    assert "figs" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "code", "named"),
    [
        (["query", "SELEC"], 1, "syntax error"),
        (["query", "  "], 2, "empty"),
        (["query", "SELECT *", "--format", "turtle"], 2, "CONSTRUCT"),
        (["query", "@/none/query.rq"], 1, "/none/query.rq"),
        (["facts", "--at", "2020-13-01"], 2, "2020-13-01"),
        (["facts", "--user", ""], 0, ""),
        (["nonsense"], 2, "nonsense"),
        ([], 2, "VERB"),
        (["ask", " "], 2, "say something"),
        (["ask", "boom"], 1, "RuntimeError"),
        (["ask", "full"], 1, "disk is full"),
        (["forget", "Nora"], 2, "--yes"),
        (["merge", "Nora"], 2, "B"),
        (["merge", "Nora", " "], 2, "name both"),
        (["merge", "Nora", "Kim"], 2, "'Kim'"),
        (["unmerge", " "], 2, "say which merge"),
        (["unmerge", "7"], 2, "'7'"),
        (["export", "memory.doc"], 2, "memory.doc"),
        (["import", "/none/memory.trig"], 1, "/none/memory.trig"),
        (["read", "/none/a.txt"], 1, "/none/a.txt"),
        (["train", "ner", "--train", "/none", "--out", "x"], 2, "/none"),
        (["evaluate", "statements", "/none"], 2, "/none"),
        (["evaluate", "ner", str(ROOT), "--map", "a"], 2, "THEIRS=OURS"),
        (["--config", "/none/config.toml", "facts"], 2, "/none/config.toml"),
        (["telegram"], 2, "TRIPLETALK_TELEGRAM_TOKEN"),
        (["doctor"], 1, ""),
    ],
)
def test_a_failure_is_one_line_that_says_what_to_do(
    argv: list[str],
    code: int,
    named: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRIPLETALK_TELEGRAM_TOKEN", raising=False)
    _stdin(monkeypatch, b"")
    assert main(argv, system=EchoSystem()) == code
    said = capsys.readouterr().err.strip()
    assert named in said
    assert "Traceback" not in said
    assert len(said.splitlines()) <= 1


def test_forget_gives_a_receipt_without_the_content(system: EchoSystem, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["forget", "Nora", "--yes", "--user", "bo"], system=system) == 0
    said = capsys.readouterr().out
    assert "1 fact." in said
    assert "Nora" not in said
    assert system.space("bo").kept == []


def test_forget_by_options_counts_first(system: EchoSystem, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["forget", "--entity", "Nora", "--dry-run", "--user", "bo"], system=system) == 0
    assert capsys.readouterr().out == "This would forget 1 fact.\n"
    assert system.space("bo").kept
    options = ["--entity", "Nora", "--message", "last", "--since", "yesterday", "--until", "today"]
    assert main(["forget", *options, "--yes", "--user", "bo"], system=system) == 0
    assert system.space("bo").wanted[-1] == Wanted(("Nora",), (), ("last",), (), "yesterday", "today")
    assert main(["forget", "Nora", "--entity", "Nora", "--yes"], system=system) == 2


def test_undo_takes_back(system: EchoSystem, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    main(["undo", "--user", "bo"], system=system)
    main(["undo", "--user", "bo"], system=system)
    assert capsys.readouterr().out.splitlines() == ["taken back: Nora likes figs", "there is nothing to take back"]


def test_a_merge_is_made_listed_and_undone(system: EchoSystem, capsys: pytest.CaptureFixture[str]) -> None:
    main(["ask", "Nora likes tea.", "--user", "bo"], system=system)
    capsys.readouterr()
    assert main(["merge", "figs", "tea", "--user", "bo"], system=system) == 0
    assert main(["merges", "--user", "bo"], system=system) == 0
    assert main(["merges", "--json", "--user", "bo"], system=system) == 0
    assert main(["unmerge", "tea", "--user", "bo"], system=system) == 0
    assert main(["merges", "--user", "bo"], system=system) == 0
    made, line, rows, parted = capsys.readouterr().out.splitlines()
    assert line == "#7 figs = tea · 2026-03-11 · “figs = tea”"
    assert (made, parted) == (f"one from now on: {line}", f"two again: {line}")
    (row,) = json.loads(rows)
    assert (row["number"], row["kept"], row["gone"], row["kept_id"]) == (7, "figs", "tea", "figs")


def test_export_takes_its_form_from_the_name_and_leaves_no_half_file(
    system: EchoSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "memory.nq"
    assert main(["export", str(target), "--user", "bo"], system=system) == 0
    assert target.read_bytes() == b"nquads: Nora likes figs\n"
    monkeypatch.setattr("tests.bot.echo_system.EchoSpace.export", lambda self, form: iter([1 // len(form[6:])]))
    assert main(["export", str(target), "--user", "bo"], system=system) == 1
    assert target.read_bytes() == b"nquads: Nora likes figs\n"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["memory.nq"]


def test_import_counts_and_refuses_broken_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "a.trig", tmp_path / "b.trig"
    good.write_bytes(b"a\nb\n")
    bad.write_bytes(b"\0")
    assert main(["import", str(good)], system=EchoSystem()) == 0
    assert main(["import", str(bad)], system=EchoSystem()) == 1
    out, err = capsys.readouterr()
    assert out == "2 facts added\n"
    assert err == "tripletalk: b.trig is no trig: line 1\n"


def test_read_reads_each_text_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("One.")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-broken")
    system = EchoSystem()
    assert main(["read", str(tmp_path)], system=system) == 0
    assert main(["read", str(tmp_path), "--json"], system=system) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == "1 documents read, 1 failed; 0 facts learned"
    assert json.loads(out.splitlines()[1])["skipped"] == 1
    assert "b.pdf" in err


def test_read_takes_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    _stdin(monkeypatch, "  海边有灯塔。".encode())
    system = EchoSystem()
    assert main(["read", "-", "--title", "灯塔"], system=system) == 0
    (document,) = system.space("owner").heard
    assert (document.title, document.text) == ("灯塔", "海边有灯塔。")


def test_parse_gives_one_array_a_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _stdin(monkeypatch, b"one\n\n\xff\n")
    assert main(["parse", "--jsonl"], system=EchoSystem()) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [len(row) for row in rows] == [1, 0, 1]
    assert rows[0][0]["mentions"][0]["text"] == "one"
    assert "vector" not in rows[0][0]
    assert main(["parse", "one"], system=EchoSystem()) == 0


def test_reread_shows_the_difference(capsys: pytest.CaptureFixture[str]) -> None:
    main(["reread"], system=EchoSystem())
    assert capsys.readouterr().out == "+ A · P1 · B\n1 more, 0 fewer; nothing was changed, --apply does it\n"


def test_doctor_quick_leaves_the_models_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--quick"], system=EchoSystem()) == 0
    assert main(["doctor", "--json"], system=EchoSystem()) == 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["ok"] is False


def test_train_and_evaluate_hand_over_their_orders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("{}")
    system = EchoSystem()
    main(["train", "ner", "--train", str(rows), str(rows), "--out", str(tmp_path / "m"), "--resume"], system=system)
    main(["evaluate", "ner", str(rows), "--map", "person=PER,b=LOC", "--json"], system=system)
    main(["evaluate", "ner", str(rows)], system=system)
    train, evaluate, _ = system.orders
    assert isinstance(train, TrainingOrder)
    assert (train.files, train.device, train.resume) == ((rows, rows), "auto", True)
    assert isinstance(evaluate, EvaluationOrder)
    assert evaluate.names == (("person", "PER"), ("b", "LOC"))
    lines = capsys.readouterr().out.splitlines()
    assert json.loads(lines[1]) == {"f1": 0.5, "by_type": {"PER": 0.25}}


def test_chat_as_a_program_keeps_standard_output_clean(tmp_path: Path) -> None:
    script = tmp_path / "noisy.py"
    script.write_text(
        "import sys\n"
        "from bot.command import main\n"
        "from tests.bot.echo_system import EchoSystem\n"
        "class Noisy(EchoSystem):\n"
        "    def answer(self, message, say=None):\n"
        "        print('a library says hello')\n"
        "        return super().answer(message, say)\n"
        "sys.exit(main(system=Noisy()))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script), "chat", "--jsonl", "--user", "bo"],
        input='{"say": "诺拉 likes 无花果."}\nnonsense\n'.encode(),
        capture_output=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=60,
        check=True,
    )
    first, second = (json.loads(line) for line in done.stdout.decode().splitlines())
    assert first["learned"][0]["o"] == "无花果"
    assert second["error"]
    assert b"a library says hello" in done.stderr


def test_a_closed_pipe_is_no_error(system: EchoSystem) -> None:
    script = "import sys; from bot.command import main; sys.exit(main(['--help']))"
    shell = ["bash", "-c", f'{sys.executable} -c "{script}" | head -1']
    done = subprocess.run(shell, capture_output=True, cwd=ROOT, timeout=60, check=True)
    assert b"Traceback" not in done.stderr


LIGHT = [["facts", "--json"], ["why"], ["merges"], ["forget", "Nora", "--yes"], ["export"], ["doctor", "--quick"]]


@pytest.mark.parametrize("verb", LIGHT)
def test_verbs_without_a_model_load_nothing_heavy(verb: list[str]) -> None:
    script = (
        "import sys; from bot.command import main; from tests.bot.echo_system import EchoSystem; "
        f"main({verb!r}, system=EchoSystem()); print(sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, cwd=ROOT, timeout=60, check=True)
    assert done.stderr.decode().strip() == "[]"


@pytest.mark.parametrize("verb", [["facts", "--json"], ["why"], ["merges"], ["export"], ["doctor", "--quick"]])
def test_the_assembled_system_loads_no_model_for_them_either(verb: list[str]) -> None:
    script = (
        "import sys; from bot.command import main; "
        f"code = main({verb!r}); loaded = sorted(set(sys.modules) & {{'torch', 'transformers', 'faiss'}}); "
        "print(code, loaded, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, cwd=ROOT, timeout=60, check=True)
    assert done.stderr.decode().strip() == "0 []"


def test_answers_of_every_kind_of_query() -> None:
    from bot.table import render

    truth = QueryAnswer(truth=False)
    assert [render(truth, form) for form in ("table", "json", "csv")] == [
        "false",
        '{"head": {}, "boolean": false}',
        "false",
    ]
    hostile = Term("literal", 'a"\\\n\u202eb', language="zh")
    triples = QueryAnswer(("s", "p", "o"), ((Term("iri", "urn:a> <b"), Term("iri", "urn:p"), hostile),), triples=True)
    assert render(triples, "turtle") == '<urn:a\\u003E\\u0020\\u003Cb> <urn:p> "a\\"\\\\\\n\u202eb"@zh .'
    wide = QueryAnswer(("名字", "x"), ((Term("literal", "诺拉"), None), (Term("literal", "a"), Term("blank", "b0"))))
    assert render(wide, "table").splitlines() == ["名字  x", "────  ────", "诺拉", "a     _:b0"]
    assert render(wide, "csv") == "名字,x\r\n诺拉,\r\na,_:b0"
    number = Term("literal", "3", datatype="http://www.w3.org/2001/XMLSchema#integer")
    assert json.loads(render(QueryAnswer(("n",), ((number,),)), "json"))["results"]["bindings"] == [
        {"n": {"type": "literal", "value": "3", "datatype": "http://www.w3.org/2001/XMLSchema#integer"}}
    ]


def test_what_was_forgotten_is_read_only_anew(
    system: EchoSystem, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text("Nora likes figs.", encoding="utf-8")
    system.space("bo").withheld.add("Nora likes figs.")
    capsys.readouterr()
    assert main(["read", str(tmp_path), "--user", "bo"], system=system) == 0
    assert "0 documents read (1 forgotten before: --anew" in capsys.readouterr().out
    assert main(["read", str(tmp_path), "--anew", "--user", "bo"], system=system) == 0
    assert "1 documents read" in capsys.readouterr().out


def test_an_imported_graph_is_asked_by_name(system: EchoSystem, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["ask", "--graph", "films", "who", "directed", "it?"], system=system) == 0
    assert capsys.readouterr().out.splitlines() == ["Ada, Bo", "  films › who directed it?  (score 0.75)"]
    assert main(["ask", "--graph", "films", "--json", "who?"], system=system) == 0
    assert json.loads(capsys.readouterr().out)["names"] == ["Ada", "Bo"]
    assert main(["ask", "--graph", "empty", "who?"], system=system) == 1
