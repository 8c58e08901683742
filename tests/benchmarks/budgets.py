"""What things cost beside what they may cost, and beside rivals: run by hand, prints one table.

    python tests/benchmarks/budgets.py [--environment DIR] [--runs N] [--rows WORD,WORD]

It makes two scratch environments (DIR is kept and used again): this checkout, installed as a user would, and the
rivals. Ours and its reference run in turn, so that noise meets both; a figure is the ratio of their medians, its spread
the quartiles of the ratios of neighbours. Rows that name milliseconds have no reference.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
import venv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import budget_programs as programs

ROOT = Path(__file__).parent.parent.parent
RIVALS = ("llm", "genai-prices[cli]", "litellm", "openai")
Measure = Callable[["Bench"], "Figure"]


@dataclass(frozen=True)
class Figure:
    """What was measured: a ratio (or milliseconds), its quartiles, and rivals' figures in words."""

    value: float
    low: float
    high: float
    unit: str = "×"
    rivals: str = ""


@dataclass(frozen=True)
class Row:
    """A line of the table: its name, what it is compared with, and what it may be."""

    name: str
    reference: str
    budget: float
    measure: Measure


class Bench:
    """The scratch environments and directories, and how often each thing is done."""

    def __init__(self, directory: Path, runs: int) -> None:
        self.directory, self.runs = directory, runs
        self.ours, self.theirs = directory / "ours" / "bin", directory / "rivals" / "bin"
        self.python, self.command = str(self.ours / "python"), str(self.ours / "model-manager")
        self.home = Path(tempfile.mkdtemp(prefix="budgets-"))
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self.environ = {**kept, "HOME": str(self.home), "COLUMNS": "100", "NO_PROXY": "127.0.0.1"}
        self.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it looks for a list on the internet

    def project(self, name: str, text: str | None = None, file: str = "models.toml") -> Path:
        """A directory, with a file of long ago if there is a text."""
        path = self.home / name
        path.mkdir(exist_ok=True)
        if text is not None:
            (path / file).write_text(text)
            os.utime(path / file, (time.time() - 3600,) * 2)
        return path

    def run(self, command: Sequence[str], directory: Path | None = None) -> float:
        """Run a program; seconds until it has ended."""
        begin = time.perf_counter()
        environ = {**self.environ, "PWD": str(directory or self.home)}
        done = subprocess.run(command, cwd=directory or self.home, env=environ, capture_output=True, check=False)
        seconds = time.perf_counter() - begin
        if done.returncode:
            raise SystemExit(f"{' '.join(command)[:200]}: exit {done.returncode}\n{done.stderr.decode()[-2000:]}")
        return seconds

    def output(self, command: Sequence[str], directory: Path | None = None) -> str:
        """What a program prints."""
        environ = {**self.environ, "PWD": str(directory or self.home)}
        done = subprocess.run(command, cwd=directory or self.home, env=environ, capture_output=True, check=True)
        return done.stdout.decode()

    def compare(
        self,
        ours: Callable[[], float],
        reference: Callable[[], float],
        rivals: dict[str, Sequence[str]] | None = None,
    ) -> Figure:
        """Ours over the reference, in turn; rivals over the same reference, a third as often."""
        ours(), reference()
        pairs = [(ours(), reference()) for _ in range(self.runs)]
        base = median(pair[1] for pair in pairs)
        words = []
        for name, command in (rivals or {}).items():
            self.run(command)
            spent = median(self.run(command) for _ in range(max(3, self.runs // 3)))
            words.append(f"{name} {spent / base:.1f}×")
        low, _, high = quantiles([mine / theirs for mine, theirs in pairs], n=4)
        return Figure(median(pair[0] for pair in pairs) / base, low, high, rivals=", ".join(words))

    def against_bare(self, *command: str, directory: Path | None = None, **rivals: Sequence[str]) -> Figure:
        """A command over a Python that does nothing."""
        return self.compare(
            lambda: self.run(command, directory), lambda: self.run([self.python, "-c", "pass"]), rivals
        )

    def against_base(self, *arguments: str, before: Sequence[str] = (), **rivals: Sequence[str]) -> Figure:
        """Our command over a process that only imports typer and pydantic-settings and parses one option.

        `before` stands before both programs.
        """
        base = self.home / "base.py"
        base.write_text(programs.BASE)
        return self.compare(
            lambda: self.run([*before, self.command, *arguments]),
            lambda: self.run([*before, self.python, str(base), "--json"]),
            rivals,
        )


def version(bench: Bench) -> Figure:
    importing = [str(bench.theirs / "python"), "-c", "import litellm"]
    rivals = {"llm": [str(bench.theirs / "llm"), "--version"], "import litellm": importing}
    return bench.against_bare(bench.command, "--version", **rivals)


def static_tab(shell: str) -> Measure:
    def measure(bench: Bench) -> Figure:
        script = bench.home / f"completion.{shell}"
        script.write_text(bench.output([bench.command, "completion", shell]))
        program = bench.home / f"measure.{shell}"
        program.write_text(programs.IN_SHELL[shell].format(script=script, command=bench.command))
        times = [float(bench.output([shell, str(program)])) for _ in range(max(5, bench.runs // 3))]
        low, _, high = quantiles(times, n=4)
        return Figure(median(times), low, high, "ms")

    return measure


def words(models: int, prefix: str) -> Measure:
    """The words of a directory with so many models of its own, which nobody edits."""

    def measure(bench: Bench) -> Figure:
        directory = bench.project(f"tab{models}", programs.catalogue(models) if models else None)
        rival = [
            "env",
            "_LLM_COMPLETE=bash_complete",
            "COMP_WORDS=llm m",
            "COMP_CWORD=1",
            str(bench.theirs / "llm"),
        ]
        return bench.against_bare(bench.command, "__words", f"model:{prefix}", directory=directory, llm=rival)

    return measure


def words_after_an_edit(bench: Bench) -> Figure:
    directory = bench.project("edited", programs.catalogue(10))
    moments = iter(range(1, 10_000))

    def ours() -> float:
        moment = time.time() - 3600 + next(moments)
        os.utime(directory / "models.toml", (moment, moment))
        return bench.run([bench.command, "__words", "model:gro"], directory)

    return bench.compare(ours, lambda: bench.run([bench.python, "-c", "pass"]))


def command(*arguments: str, before: Sequence[str] = (), **rivals: Sequence[str]) -> Measure:
    def measure(bench: Bench) -> Figure:
        found = {name: [str(bench.theirs / words[0]), *words[1:]] for name, words in rivals.items()}
        return bench.against_base(*arguments, before=before, **found)

    return measure


def large(models: int) -> Measure:
    def measure(bench: Bench) -> Figure:
        directory = bench.project(f"large{models}", programs.catalogue(models))
        arguments = [bench.command, "list", "--json"]
        first = bench.run(arguments, directory)
        figure = bench.compare(lambda: bench.run(arguments, directory), lambda: bench.run(arguments))
        peak = bench.output([bench.python, "-c", programs.PEAK, *arguments], directory).split()[-1]
        return Figure(figure.value, figure.low, figure.high, rivals=f"first run {first:.2f} s, peak {peak} MiB")

    return measure


def one_call(bench: Bench) -> Figure:
    with programs.server(0.0) as url:
        directory = bench.project("call", programs.served(url, 1))
        post, lite = bench.home / "post.py", bench.home / "lite.py"
        post.write_text(programs.POST.format(url=url))
        lite.write_text(programs.LITELLM.format(url=url))
        llm_home = bench.home / "llm"
        llm_home.mkdir(exist_ok=True)
        (llm_home / "extra-openai-models.yaml").write_text(programs.LLM_MODELS.format(url=url))
        (llm_home / "keys.json").write_text("{}")
        llm = [
            "env",
            f"LLM_USER_PATH={llm_home}",
            "OPENAI_API_KEY=x",
            str(bench.theirs / "llm"),
            "-m",
            "loop",
            "hi",
        ]
        return bench.compare(
            lambda: bench.run([bench.command, "test", "served-0", "hi"], directory),
            lambda: bench.run([bench.python, str(post)]),
            {"llm": llm, "litellm": [str(bench.theirs / "python"), str(lite)]},
        )


def many_calls(bench: Bench) -> Figure:
    slowest, ratios, errors = 0.2, [], []
    with programs.server(slowest) as url:
        directory = bench.project("many", programs.served(url, 50))
        for _ in range(max(3, bench.runs // 4)):
            names = [word for number in range(50) for word in ("-m", f"served-{number}")]
            begin = time.perf_counter()
            results = json.loads(bench.output([bench.command, "test", *names, "hi", "--json"], directory))[
                "results"
            ]
            spent = time.perf_counter() - begin
            # The start of a process that makes one call, without the wait for its answer.
            start = bench.run([bench.command, "test", "served-0", "hi"], directory) - slowest
            ratios.append((spent - start) / slowest)
            errors.append(max(result["latency_ms"] for result in results) / 1000 / slowest - 1)
    low, _, high = quantiles(ratios, n=4)
    return Figure(median(ratios), low, high, rivals=f"latencies reported at most {median(errors):.0%} too long")


def service(what: str) -> Measure:
    def measure(bench: Bench) -> Figure:
        program = str(Path(__file__).with_name("service_programs.py"))
        serving = subprocess.Popen([bench.python, program, "serve"], stdout=subprocess.PIPE, text=True)
        try:
            assert serving.stdout
            url = f"http://127.0.0.1:{serving.stdout.readline().strip()}/v1"
            value, low, high = json.loads(bench.output([bench.python, program, what, "ours", url]))
            python, words = str(bench.theirs / "python"), []
            for rival in ("openai", "litellm"):
                ratio = json.loads(bench.output([python, program, what, rival, url]).splitlines()[-1])[0]
                words.append(f"{rival} {ratio:.1f}×")
        finally:
            serving.kill()
        return Figure(value, low, high, rivals=", ".join(words))

    return measure


ROWS = (
    Row("`--version`", "bare Python", 1.3, version),
    *(Row(f"TAB, options, {shell}", "milliseconds", 1, static_tab(shell)) for shell in programs.IN_SHELL),
    Row("TAB, models", "bare Python", 1.3, words(0, "gro")),
    Row("TAB, 10,000 models of one's own", "bare Python", 1.3, words(10_000, "acme/model-77")),
    Row("TAB, 10,000 models of one's own, nothing typed", "bare Python", 1.3, words(10_000, "")),
    Row("TAB, once after an edit of models.toml", "bare Python", 12, words_after_an_edit),
    Row(
        "`list --json` with `MODEL_MANAGER_TIMEOUT=60`",
        "typer + pydantic-settings",
        1.15,
        command("list", "--json", before=["env", "MODEL_MANAGER_TIMEOUT=60"]),
    ),
    Row("`list --json`", "typer + pydantic-settings", 1.15, command("list", "--json", llm=["llm", "models"])),
    Row("`info haiku --json`", "typer + pydantic-settings", 1.15, command("info", "haiku", "--json")),
    Row(
        "`cost --json`",
        "typer + pydantic-settings",
        1.15,
        command("cost", "--json", **{"genai-prices": ["genai-prices", "list"]}),
    ),
    Row("`list`, a table", "typer + pydantic-settings", 1.4, command("list")),
    Row("`list --json`, 1,000 models, second run", "the embedded catalogue", 1.3, large(1_000)),
    Row("`list --json`, 10,000 models, second run", "the embedded catalogue", 2.5, large(10_000)),
    Row("`test`, one call", "typer + pydantic-settings + one `httpx.post`", 1.5, one_call),
    Row("`test`, 50 models, 200 ms each", "the slowest call", 1.5, many_calls),
    Row("`AIService`, one call, kept connection", "a shared `httpx.Client`", 1.25, service("call")),
    Row("`AIService`, one streamed chunk", "`iter_lines` + `json.loads`", 1.3, service("chunk")),
)


def table(figures: Iterator[tuple[Row, Figure]]) -> Iterator[str]:
    """The table's lines, each as soon as its row is measured."""
    yield "| what | beside | ours | spread | budget | others, and more |"
    yield "|---|---|---|---|---|---|"
    for row, figure in figures:
        unit = figure.unit if figure.unit == "×" else f" {figure.unit}"
        kept = "" if figure.value <= row.budget else " **missed**"
        yield (
            f"| {row.name} | {row.reference} | {figure.value:.2f}{unit} | {figure.low:.2f} to {figure.high:.2f} "
            f"| {row.budget}{unit}{kept} | {figure.rivals} |"
        )


def prepare(directory: Path) -> None:
    """Make the scratch environments where they are not there yet; ours is always today's checkout."""
    for name, packages in (("ours", [str(ROOT)]), ("rivals", RIVALS)):
        if not (directory / name).exists():
            venv.create(directory / name, with_pip=True)
            pip = [str(directory / name / "bin" / "python"), "-m", "pip", "install", "--quiet"]
            subprocess.run([*pip, "--upgrade", "pip"], check=True)
            subprocess.run([*pip, *packages], check=True)
    again = [str(directory / "ours" / "bin" / "python"), "-m", "pip", "install", "--quiet", "--force-reinstall"]
    subprocess.run([*again, "--no-deps", str(ROOT)], check=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--environment", type=Path, help="where the scratch environments are kept")
    parser.add_argument("--runs", type=int, default=15, help="pairs for each row")
    parser.add_argument("--rows", default="", help="only rows with one of these words, comma separated")
    arguments = parser.parse_args()
    directory = arguments.environment or Path(tempfile.mkdtemp())
    prepare(directory)
    bench = Bench(directory, arguments.runs)
    words = arguments.rows.split(",")
    chosen = [row for row in ROWS if any(word in row.name for word in words)]
    for line in table((row, row.measure(bench)) for row in chosen):
        print(line, flush=True)  # noqa: T201 - this is its output


if __name__ == "__main__":
    main()
