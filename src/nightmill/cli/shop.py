"""Commands for a shop: demo, run, serve, certificates, report, audit, archive, restore, explain, twin."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import typer

from nightmill.cli.first_part import print_first_part
from nightmill.cli.output import JSON, MOST_SEED, MOST_WAIT_S, Progress, print_table, print_waiting, show

if TYPE_CHECKING:
    from nightmill.plant.demo import FirstPart
    from nightmill.scheduling import records

_IN_WORDS = {"refused", "waiting", "notes"}
_FEW_OUTCOMES = 20


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (demo, run, serve, certificates, report, audit, archive, restore, explain, twin):
        app.command()(command)


def demo(
    days: float = typer.Option(3.0, help="Days of shop time.", min=0.1, max=366),
    seed: int = typer.Option(1, help="Seed of the virtual shop.", min=0, max=MOST_SEED),
    as_json: bool = JSON,
) -> None:
    """Run the example shop in ./nightmill-demo: plan, certify, make, inspect and cost its parts under both policies."""
    from nightmill.plant.demo import run_demo
    from nightmill.web import write_report

    progress, made = Progress(), dict[str, Any]()

    def first(part: "FirstPart") -> None:
        page = write_report(Path(part.folder))
        made["first_part"] = {**msgspec.to_builtins(part), "page": str(page)}
        progress.done()
        if not as_json:
            print_first_part(part, page)

    answer = run_demo(Path("nightmill-demo"), days=days, seed=seed, progress=progress, first=first)
    progress("", "writing the report", 0.99)
    page = write_report(Path("nightmill-demo"))
    progress.done()
    document = {**answer, **made, "report": str(page)}

    def table() -> None:
        _print_outcomes(answer)
        typer.echo(f"report: {page}")
        typer.echo("watch it live: nightmill serve nightmill-demo")

    show(document, as_json, table)


def _print_outcomes(answer: dict[str, Any]) -> None:
    names = [name for name in answer["closed-loop"] if name not in {*_IN_WORDS, "log"}]
    rows = [[name.replace("_", " "), answer["closed-loop"][name], answer["conventional"][name]] for name in names]
    print_table("the same virtual shop, the same seed (simulated)", ["", "closed loop", "conventional"], rows)
    for line in answer["remarks"]:
        typer.echo(line)


def run(
    shop: Path = typer.Argument(..., help="Shop folder."),
    days: float = typer.Option(3.0, help="Days of shop time.", min=0.01, max=366),
    seed: int = typer.Option(1, help="Seed of the virtual shop.", min=0, max=MOST_SEED),
    policy: str = typer.Option("closed-loop", help="closed-loop or conventional."),
    resume: bool = typer.Option(
        False, "--resume", help="Continue an unfinished run with its own days, seed and policy."
    ),
    fresh: bool = typer.Option(False, "--fresh", help="Set an unfinished run aside and start a new one."),
    replan: list[str] = typer.Option(
        [],
        "--replan",
        help="Discard the plan of this part and make a new one, for example if it was damaged; may be repeated.",
    ),
    pace: float = typer.Option(
        0.0, help="Shop seconds per second; 0 = as fast as possible, 1 = real time.", min=0.0, max=1e9
    ),
    connect: str = typer.Option("direct", help="Protocol of the machines: direct, mqtt, mtconnect or opcua."),
    broker: str = typer.Option(
        "", help="HOST:PORT of a running MQTT broker, mqtts://HOST:PORT for TLS; by default one is started."
    ),
    port: int = typer.Option(
        0, help="Port of the protocol's server; 0 = its standard port, or a free one.", min=0, max=65535
    ),
    linger: float = typer.Option(
        0.0, help="Seconds that servers stay up after the last event.", min=0.0, max=MOST_WAIT_S
    ),
    standby: bool = typer.Option(
        False, "--standby", help="Follow the live run of this shop and take over if its controller fails."
    ),
    stall: float = typer.Option(
        0.5, help="With --standby: seconds without a sign of life until it takes over.", min=0.2, max=3600
    ),
    patience: float = typer.Option(
        0.0,
        help="Seconds to hold and wait when log or cell don't answer; 0: end at once.",
        min=0.0,
        max=MOST_WAIT_S,
    ),
    as_json: bool = JSON,
) -> None:
    """Run a shop: plan and certify its parts, then make its orders."""
    from nightmill.drivers import Connection
    from nightmill.plant.run import RunRequest, run_shop, stand_by_shop

    progress = Progress()
    if standby:
        answer = stand_by_shop(shop, stall_s=stall, patience_s=patience, progress=progress)
    else:
        request = RunRequest(
            days, seed, policy, resume, fresh, pace, Connection(connect, port, broker), linger, patience, tuple(replan)
        )
        answer = run_shop(shop, request, announce=_announce, progress=progress)
    progress.done()
    rows = [[name.replace("_", " "), value] for name, value in answer.items() if name not in _IN_WORDS]

    def table() -> None:
        print_table(f"{shop} (simulated)", ["", ""], rows)
        for part, notes in answer["notes"].items():
            typer.echo(f"note on {part}: {'; '.join(notes)}")
        print_waiting(answer["waiting"])

    show(answer, as_json, table)


def _announce(protocol: str, url: str) -> None:
    """Print one line for each server once it is open, before it is used."""
    typer.echo(f"endpoint {protocol} {url}", err=True)


def serve(
    shop: Path = typer.Argument(..., help="Shop folder."),
    port: int = typer.Option(8420, help="Port on the loopback interface; 0 takes a free one.", min=0, max=65535),
    light: bool = typer.Option(
        False,
        "--light",
        help="Keep no process ready for STEP files: saves 0.3 GB of memory; previews take a second longer.",
    ),
) -> None:
    """Show a shop live in the browser."""
    from nightmill.web import serve_shop

    serve_shop(shop, port=port, light=light)


def certificates(
    shop: Path = typer.Argument(..., help="Shop folder."),
    renew: bool = typer.Option(False, "--renew", help="Create new certificates, keys and password."),
    mqtt: bool = typer.Option(False, "--mqtt", help="For MQTT: settings for mosquitto and a client for each machine."),
    host: list[str] = typer.Option(
        [],
        "--host",
        help="With --mqtt: a name or address by which clients reach the broker, which then listens on all interfaces.",
    ),
    as_json: bool = JSON,
) -> None:
    """Create the certificates and the user with which OPC UA clients (or MQTT clients) and the shop's server authenticate each other."""
    from nightmill.plant.run import make_certificates, make_mqtt_certificates

    if host and not mqtt:
        raise typer.BadParameter("--host belongs to --mqtt")
    answer = make_mqtt_certificates(shop, hosts=host, renew=renew) if mqtt else make_certificates(shop, renew=renew)
    show(answer, as_json, lambda: print_table("identities", ["", ""], [[key, value] for key, value in answer.items()]))


def report(shop: Path = typer.Argument(..., help="Shop folder."), as_json: bool = JSON) -> None:
    """Write the self-contained HTML report of a shop's last run."""
    from nightmill.web import write_report

    page = write_report(shop)
    show({"report": str(page)}, as_json, lambda: typer.echo(f"report: {page}"))


def audit(
    shop: Path = typer.Argument(..., help="Shop folder."),
    run: int = typer.Option(0, help="A run in the archive, by its number; 0: the latest.", min=0, max=999_999),
    head: str = typer.Option(
        "", help="EVENTS:HASH of an earlier audit, kept elsewhere: the log must still contain it."
    ),
    sign: bool = typer.Option(
        False, "--sign", help="Sign a log that you know to be right and whose signature alone is missing or wrong."
    ),
    as_json: bool = JSON,
) -> None:
    """Prove that the shop's log is complete and unchanged, and that the stored state equals the state its events give."""
    from nightmill.plant.integrity import audit_shop, sign_shop

    answer = sign_shop(shop, run=run) if sign else audit_shop(shop, run=run, head=head)
    rows = [[problem.where, problem.what] for problem in answer.problems]

    def table() -> None:
        typer.echo(f"{answer.events} events: {'whole' if answer.ok else 'NOT whole'}")
        if rows:
            print_table("problems", ["where", "what"], rows)

    show(answer, as_json, table)
    raise typer.Exit(0 if answer.ok else 1)


def archive(
    shop: Path = typer.Argument(..., help="Shop folder; a run may be live."),
    out: Path = typer.Option(..., "--out", help="The archive to write."),
    as_json: bool = JSON,
) -> None:
    """Copy a shop with its log, plans and earlier runs into one file, and prove that it is complete."""
    from nightmill.plant.integrity import archive_shop

    answer = archive_shop(shop, out)
    show(
        answer, as_json, lambda: typer.echo(f"{answer['archive']}: {answer['files']} files, {answer['events']} events")
    )


def restore(
    source: Path = typer.Argument(..., help="An archive."),
    out: Path = typer.Option(..., "--out", help="The folder to make; it must not exist."),
    as_json: bool = JSON,
) -> None:
    """Restore a shop folder from an archive, after proving that the archive is unchanged."""
    from nightmill.plant.integrity import restore_shop

    answer = restore_shop(source, out)
    show(answer, as_json, lambda: typer.echo(f"{answer['shop']}: {answer['files']} files, {answer['events']} events"))


def explain(
    shop: Path = typer.Argument(..., help="Shop folder, or a problem JSON."),
    order: str | None = typer.Argument(None, help="Order; by default every open order that is late."),
    plan: Path | None = typer.Option(None, help="With a problem: its plan, as schedule --json wrote it."),
    promised: Path | None = typer.Option(None, help="The problem as it was when the order was promised."),
    promised_plan: Path | None = typer.Option(None, "--promised-plan", help="The plan by which it was promised."),
    as_json: bool = JSON,
) -> None:
    """Explain why an order is late, or all late orders, and what would change it."""
    from nightmill.plant.analysis import explain_late, explain_order

    files = {"plan": plan, "promised": promised, "promised_plan": promised_plan}
    _refuse_unread(shop, files)
    if order is None:
        found = explain_late(shop, **files)

        def all_late() -> None:
            _print_late(found["late"])
            print_waiting(found["not_planned"])

        show(found, as_json, all_late)
        return
    answer = explain_order(shop, order, **files)

    def table() -> None:
        if answer.waits_for:
            typer.echo(f"{order} waits: {answer.waits_for}")
        late = f"late by {answer.late_by_s / 3600:.1f} h" if answer.late_by_s > 0 else "not late"
        typer.echo(f"{order} is {late}")
        if answer.blame:
            print_table("why", ["cause", "hours"], [[b.cause, b.seconds / 3600] for b in answer.blame])
        rows = [
            [c.change, (answer.late_by_s - c.late_by_s) / 3600, c.late_by_s / 3600, c.verified]
            for c in answer.counterfactuals
        ]
        if rows:
            print_table("what would change it", ["change", "saves, h", "late by, h", "verified"], rows)

    show(answer, as_json, table)


def _refuse_unread(shop: Path, files: "dict[str, Path | None]") -> None:
    """Raise ``BadInput`` for options of ``explain`` that would not be read."""
    from nightmill.vocabulary.errors import BadInput, Finding

    given = [f"--{name.replace('_', '-')}" for name, file in files.items() if file is not None]
    if given and shop.is_dir():
        remedy = "Leave it out: a shop's log has its plans and promises."
        raise BadInput(Finding(str(shop), given[0], "a shop folder", "a problem file", remedy))
    if files["promised"] is not None and files["promised_plan"] is None:
        remedy = "Name the plan by which the order was promised, too."
        raise BadInput(Finding(str(files["promised"]), "--promised", "no --promised-plan", "both", remedy))


def _print_late(found: "Sequence[records.Explanation]") -> None:
    """Print one line per order: how late it is, its three main causes with hours, and the verified change that helps most."""
    rows = []
    for each in found:
        causes = (
            "; ".join(f"{b.cause} {b.seconds / 3600:.1f}" for b in each.blame[:3]) or each.waits_for or "not planned"
        )
        best = next((c for c in each.counterfactuals if c.verified), None)
        nothing = "nothing tried" if each.waits_for or not each.blame else "none of the changes tried"
        helps = f"{best.change}: late by {best.late_by_s / 3600:.1f}" if best else nothing
        rows.append([each.order, each.late_by_s / 3600, causes, helps])
    if rows:
        print_table("late orders", ["order", "late by, h", "why, h", "what would help most, h"], rows)
    else:
        typer.echo("no open order is late")


def twin(
    shop: Path | None = typer.Argument(None, help="Shop folder."),
    days: float = typer.Option(3.0, help="Days to look ahead.", min=0.0001, max=36600),
    replications: int = typer.Option(100, help="Number of simulated futures.", min=1, max=1_000_000),
    seed: int = typer.Option(1, help="Seed.", min=0, max=MOST_SEED),
    what_if: Path | None = typer.Option(None, help='JSON file with a change, for example {"add_machine": "mill-6"}.'),
    moments: int = typer.Option(
        16, help="Past moments at which the twin's forecasts are checked; 0: none.", min=0, max=10_000
    ),
    anew: bool = typer.Option(
        False, "--anew", help="Replan within each future, as the shop will: slower, more accurate over weeks."
    ),
    autosched: Path | None = typer.Option(None, help="Instead of a shop: a folder of AutoSched-style tables."),
    factory: Path | None = typer.Option(None, help="Instead of a shop: a factory of any kind, as JSON."),
    ray: str | None = typer.Option(
        None, help="With --autosched or --factory: spread over a Ray cluster, its address or 'local'."
    ),
    as_json: bool = JSON,
) -> None:
    """Forecast by simulation what the shop will probably do, from its live state."""
    if sum(each is not None for each in (shop, autosched, factory)) != 1:
        raise typer.BadParameter("name one: a shop folder, --autosched or --factory")
    if anew and shop is None:
        raise typer.BadParameter("--anew goes with a shop folder")
    model = autosched or factory
    if shop is None and model is not None:
        _right_kind(model, folder=autosched is not None)
        asked = {"days": days, "replications": replications, "seed": seed, "what_if": what_if, "ray": ray}
        _twin_of_model(model, asked, as_json)
        return
    assert shop is not None
    if ray is not None:
        raise typer.BadParameter("--ray goes with --autosched or --factory")
    from nightmill.plant.analysis import twin_answer
    from nightmill.simulation import Experiment

    progress = Progress()
    answer = twin_answer(
        shop,
        Experiment(days, replications, seed),
        what_if=what_if,
        moments=moments,
        anew=anew,
        progress=progress,
    )
    progress.done()

    def table() -> None:
        if what_if is None and not answer["completions"] and not answer["throughput"]:
            typer.echo("no open work")
            _print_quality(answer)
        elif what_if is not None:
            rows = [[d["measure"], d["mean"], d["low"], d["high"]] for d in answer["differences"]]
            print_table(
                f"{answer['change']}: difference (changed minus unchanged)", ["", "mean", "95 % low", "high"], rows
            )
        else:
            _print_outlook(answer)
        print_waiting(answer["not_planned"])

    show(answer, as_json, table)


def _right_kind(model: Path, *, folder: bool) -> None:
    """Check that --autosched names a folder and --factory a file; raise ``BadInput`` otherwise."""
    from nightmill.vocabulary.errors import BadInput, Finding

    if model.is_dir() if folder else model.is_file():
        return
    found = "a folder" if model.is_dir() else "a file" if model.exists() else "nothing there"
    expected = "a folder of tables" if folder else "a file with a factory as JSON"
    raise BadInput(Finding(str(model), "", found, expected, "Name another."))


def _print_outlook(answer: dict[str, Any]) -> None:
    """Print when orders will be done, what limits the shop, and how good the twin's forecasts were."""
    shown = ("p10", "p50", "p80", "p90", "low", "high")
    rows = [
        [c["order"], *(None if c[q] is None else c[q] / 3600 for q in shown), c["late_share"], c["late_by_s"] / 3600]
        for c in answer["completions"]
    ]
    title = "completion, hours from the shop's start; low to high is the 90 % interval"
    print_table(title, ["order", *shown, "risk of being late", "late by, h"], rows)
    uses = [[use["resource"], use["used_share"], use["full_share"], use["waiting"]] for use in answer["resources"]]
    print_table("what limits the shop, fullest first", ["", "in use", "all in use", "parts waiting"], uses)
    _print_quality(answer)


def _print_quality(answer: dict[str, Any]) -> None:
    """Print how good the twin's earlier forecasts were, and which times have drifted."""
    found = answer.get("quality")
    if found:
        names = [name for name in found if name != "pit"]
        rows = [[name.replace("_", " "), found[name]] for name in names]
        print_table("quality of the twin's earlier forecasts", ["", ""], rows)
        if found["outcomes"] < _FEW_OUTCOMES:
            typer.echo(f"too few outcomes for reliable shares: {found['outcomes']}; {_FEW_OUTCOMES} are needed")
    for drift in answer.get("drifts", ()):
        typer.echo(f"{drift['operation']} on {drift['machine']} takes {drift['ratio']:.3f} times as long as before")


def _twin_of_model(folder: Path, asked: dict[str, Any], as_json: bool) -> None:
    """Print the answer for a folder of AutoSched-style tables or a factory's JSON document."""
    from nightmill.plant.analysis import autosched_answer

    answer = autosched_answer(folder, **asked)
    if asked["what_if"] is not None:
        rows = [[d.measure, d.mean, d.low, d.high] for d in answer.differences]
        columns = ["changed minus unchanged", "mean", "95 % low", "high"]
        show(answer, as_json, lambda: print_table(answer.change, columns, rows))
        return

    def table() -> None:
        rows = [[p.name, p.throughput, p.cycle_time_days, p.on_time_share] for p in answer.products]
        print_table("products", ["product", "lots finished", "cycle time, days", "on time"], rows)
        for p in answer.products:
            counts = {"scrapped": p.scrapped, "lost for lack of space": p.lost, "steps started too late": p.late_steps}
            for what, number in counts.items():
                if number:
                    typer.echo(f"{p.name}: {number:g} {what}")
        stations = sorted(zip(answer.utilisation, answer.queues, strict=True), key=lambda each: -each[0].share)
        rows = [[use.machine, use.share, queue.blocked_share, queue.waiting] for use, queue in stations]
        print_table("what limits the factory, fullest first", ["station", "in use", "blocked", "lots waiting"], rows)
        if answer.people:
            print_table("people", ["person", "at work"], [[each.person, each.share] for each in answer.people])
        if answer.completions:
            lots = [[c.order, c.p10, c.p50, c.p90] for c in answer.completions]
            print_table("lots in process, days from the start", ["lot", "p10", "p50", "p90"], lots)
        for ignored in answer.ignored:
            typer.echo(f"unknown and ignored: {ignored}")

    show(answer, as_json, table)
