"""Commands for one part: plan, features, verify."""

from pathlib import Path
from typing import Any

import typer

from nightmill.cli.output import JSON, Progress, print_table, show
from nightmill.vocabulary.errors import BadInput, Finding

BODY: str = typer.Option("", help="Number or name of the solid, if the file has several.")


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(plan)
    app.command()(planner)
    app.command()(features)
    app.command()(verify)


def plan(
    part: Path = typer.Argument(..., help="STEP file (AP203, AP214 or AP242), or a folder of them."),
    shop: Path | None = typer.Option(
        None, help="Shop folder whose tools and machines are used; by default a standard shop."
    ),
    material: str = typer.Option(
        "",
        help="Work material: Al 6061, AlSi cast, S235, 42CrMo4, 1.4301, 1.2379, GG25, GTS, Ti-6Al-4V, Inconel 718, CuZn39Pb3, Cu-ETP, CuSn8, POM, PA 6, PEEK, PE 1000 or a common name.",
    ),
    out: Path | None = typer.Option(None, help="Folder for the NC programs, setup sheets and plan.json."),
    post: str = typer.Option(
        "linuxcnc",
        help="Control for which the programs are written: linuxcnc, fanuc, haas, siemens or heidenhain (mills only).",
    ),
    thread: list[str] = typer.Option(
        [],
        help="Holes and shafts to thread: size, face ids and, after @, depth in mm, as M6:12,13, M6x0.75:12@10 or 1/4-20:12.",
    ),
    body: str = BODY,
    time_limit: float = typer.Option(
        0.0,
        help="Seconds after which the best plan found so far is returned; 0: as long as it takes, at most 22 minutes.",
    ),
    all_corners: bool = typer.Option(
        False, "--all-corners", help="Also cut inner corners that take far more time than is worthwhile."
    ),
    params: Path | None = typer.Option(
        None, help="TOML file with parameters of the planner; they replace those of the shop and the defaults."
    ),
    as_json: bool = JSON,
) -> None:
    """Plan a part: setups, fixtures, tools, and NC programs that are certified against the model."""
    from nightmill.plant.part_planning import PlanningOptions, plan_folder, plan_part
    from nightmill.workers import ended_by_signal

    progress = Progress()
    options = PlanningOptions(material, post, tuple(thread), body, time_limit, all_corners, params)
    if part.is_dir():
        if thread or body:
            asked, what = ("--thread", "threads") if thread else ("--body", "one body")
            raise BadInput(
                Finding(asked, "", f"{what} with a folder of parts", "one part", "Plan that part on its own.")
            )
        answer = plan_folder(part, options, shop=shop, out=out, progress=progress)
        progress.done()
        for row in answer["parts"]:
            if out and "certificate" in row:
                _write_page((out / row["file"]).with_suffix(""))
        show(answer, as_json, lambda: _print_batch(answer["parts"], out))
        raise typer.Exit(0 if all(row.get("certificate", {}).get("certified") for row in answer["parts"]) else 1)
    with ended_by_signal(part.name):  # after SIGTERM, planning still returns the best plan found so far
        answer = plan_part(
            part,
            options,
            shop=shop,
            out=out,
            progress=lambda phase, share: progress(part.name, phase, share),
        )
    progress.done()
    if out:
        _write_page(out)
    show(answer, as_json, lambda: _print_plan(answer, out))
    raise typer.Exit(0 if answer["certificate"]["certified"] else 1)


def planner(
    shop: Path | None = typer.Option(None, help="Shop folder whose parameters are shown; by default the defaults."),
    params: Path | None = typer.Option(None, help="TOML file with parameters that replace some of these."),
    as_json: bool = JSON,
) -> None:
    """Show the parameters that steer the planner: value, default, limits and meaning."""
    from nightmill.formats import read_shop
    from nightmill.plant.part_planning import read_planner_params
    from nightmill.vocabulary.planner_params import PlannerParams, listed

    found = PlannerParams() if shop is None else read_shop(shop, book=False).planner
    if params is not None:
        found = read_planner_params(params, found)
    rows = [
        {
            "parameter": name,
            "value": value,
            "default": limits.default,
            "low": limits.low,
            "high": limits.high,
            "unit": limits.unit,
            "meaning": limits.about,
        }
        for name, limits, value in listed(found)
    ]
    show({"parameters": rows}, as_json, lambda: _print_parameters(rows))


def _print_parameters(rows: list[dict[str, Any]]) -> None:
    """Print parameters as a TOML file that ``plan --params`` reads."""
    group = ""
    for row in rows:
        name, _, key = row["parameter"].partition(".")
        if name != group:
            group = name
            typer.echo(f"[{group}]")
        unit = f"{row['unit']}, " if row["unit"] else ""
        default = "" if row["value"] == row["default"] else f" (default {row['default']:g})"
        line = f"{key} = {row['value']}"
        typer.echo(f"{line:<28}# {unit}{row['low']:g} to {row['high']:g}{default}: {row['meaning']}")


def _write_page(folder: Path) -> None:
    from nightmill.web import write_plan_page

    write_plan_page(folder)


def _print_batch(rows: list[dict[str, Any]], out: Path | None) -> None:
    """Print one line per part, then the reason for each file that was not planned."""
    planned = [row for row in rows if "certificate" in row]
    lines = []
    for row in planned:
        found = row["certificate"]
        counts = [found["gouge_mm"], found["rapid_hits"], found["collisions"], len(row["setups"])]
        shares = [found.get("reachable_area_share"), found["certified_area_share"]]
        percentages = [None if share is None else f"{share:.2%}" for share in shares]
        lines.append([row["file"], found["certified"], *percentages, *counts])
        lines[-1] += [f"{row['cycle_time_s'] / 60:.1f}", row["seconds"]]
    columns = ["file", "certified", "reachable area", "visible area", "gouge mm", "rapids", "collisions", "setups"]
    columns += ["cycle min", "planned in s"]
    certified = sum(row["certificate"]["certified"] for row in planned)
    print_table(f"{certified} of {len(rows)} parts certified", columns, lines)
    for row in rows:
        for finding in row.get("findings", ()):
            typer.echo(f"not planned: {Finding(**finding).sentence()}")
    if out:
        typer.echo(f"written to {out}")


def _print_plan(answer: dict[str, Any], out: Path | None) -> None:
    sources: dict[str, int] = {}
    rows = []
    for setup in answer["setups"]:
        for step in setup["steps"]:
            data = step["cutting"]
            source = sources.setdefault(data["source"], len(sources) + 1)
            cut = [f"T{step['tool']}", data["spindle_rpm"], data["feed_mm_min"], step["time_s"], f"[{source}]"]
            rows.append([setup["name"], step["name"], *cut])
    columns = ["setup", "step", "tool", "1/min", "mm/min", "s", "data"]
    print_table(f"{answer['part']} in {answer['material']}", columns, rows)
    for text, number in sources.items():
        typer.echo(f"[{number}] {text}")
    _print_certificate(answer["certificate"])
    typer.echo(f"cycle time {answer['cycle_time_s'] / 60:.1f} min in {len(answer['nc'])} setups")
    for note in answer["notes"]:
        typer.echo(f"note: {note}")
    for assumed in answer["assumed"]:
        typer.echo(f"assumed: {assumed}")
    if out:
        typer.echo(f"written to {out}; open {out / 'plan.html'}")


def _reachable(certificate: dict[str, Any]) -> str:
    share = certificate.get("reachable_area_share")
    return "" if share is None else f"{share:.2%} of the area that tools can reach, "


def _print_certificate(certificate: dict[str, Any]) -> None:
    word = "CERTIFIED" if certificate["certified"] else "NOT certified"
    share = certificate["certified_area_share"]
    if share is None:
        typer.echo(word)
    else:
        typer.echo(
            f"{word}: gouge {certificate['gouge_mm']} mm, excess {certificate['excess_mm']} mm, "
            f"{share:.2%} of the visible area, {_reachable(certificate)}"
            f"{certificate['rapid_hits']} rapid hits, {certificate['collisions']} collisions"
        )
    if certificate.get("wall_sections"):
        walls = certificate["wall_area_share"]
        typer.echo(
            f"second check of walls: {certificate['wall_sections']} exact sections cover {walls:.1%} of the wall area"
        )
    rows = [[", ".join(map(str, each["faces"][:8])), each["area_mm2"], each["reason"]] for each in certificate["uncut"]]
    if rows:
        print_table("not cut", ["faces", "mm²", "reason"], rows)
    for message in certificate["messages"]:
        typer.echo(message)


def features(
    part: Path = typer.Argument(..., help="STEP file."),
    labels: str = typer.Option("", help="Use the class names from a published data set: mfcad or mfcadpp."),
    body: str = BODY,
    as_json: bool = JSON,
) -> None:
    """List the faces and features of a part."""
    from nightmill.plant.part_planning import features_of

    answer = features_of(part, labels=labels, body=body)
    rows = [
        [f["id"], f["kind"], len(f["faces"]), ", ".join(f"{k} {v:.2f}" for k, v in f["parameters"].items())]
        for f in answer["features"]
    ]
    show(answer, as_json, lambda: print_table(part.name, ["id", "feature", "faces", "parameters"], rows))


def verify(
    program: Path = typer.Argument(..., help="An NC program, or a plan.json."),
    target: Path = typer.Option(
        ..., help="STEP file of the finished part; the zero point of a single program is the model's origin."
    ),
    stock: Path | None = typer.Option(None, help="For a single program: its stock, as STEP, STL or plan.json."),
    tools: Path | None = typer.Option(
        None, help="For a single program: its tools, as plan.json or a LinuxCNC tool table."
    ),
    body: str = BODY,
    as_json: bool = JSON,
) -> None:
    """Check NC programs against the model for gouges, excess material, rapids through stock and collisions."""
    from nightmill.plant.part_planning import verify_program

    progress = Progress()
    answer = verify_program(
        program,
        target=target,
        stock=stock,
        tools=tools,
        body=body,
        progress=lambda phase, share: progress("", phase, share),
    )
    progress.done()
    show(answer, as_json, lambda: _print_certificate(answer))
    raise typer.Exit(0 if answer["certified"] else 1)
