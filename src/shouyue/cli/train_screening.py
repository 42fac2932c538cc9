"""shouyue train-screening: the models of screening, trained again from the labelled data."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("train-screening")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="Folder with collection_chat, cold and hed_cold.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to write; by default into the package.",
)
@click.option(
    "--only", type=click.Choice(["outbound", "inbound", "offence"]), multiple=True, help="Only these."
)
@click.option(
    "--cross-validate",
    is_flag=True,
    help="Write nothing: figures of the whole path, each message unseen by its model.",
)
def train_screening(data: Path, out: Path | None, only: tuple[str, ...], cross_validate: bool) -> None:
    """Train the models of screening; the same data gives the same files."""
    try:
        import sklearn  # noqa: F401
    except ImportError as error:
        raise click.ClickException("training needs scikit-learn: pip install 'shouyue[insight]'") from error
    from shouyue.screening import model, train
    from shouyue.screening.evaluate import as_text

    if cross_validate:
        for outbound in (True, False):
            path = data / "collection_chat/dev.jsonl"
            click.echo(as_text(train.cross_validated(path, outbound=outbound)) + "\n")
        return
    out = out or model.DATA
    out.mkdir(parents=True, exist_ok=True)
    for name in only or ("outbound", "inbound", "offence"):
        if name == "offence":
            raw, figures = train.offence(data)
        else:
            outbound = name == "outbound"
            development = train.labelled(data / "collection_chat/dev.jsonl", outbound=outbound)
            trained = train.conduct(development, train.invented(outbound=outbound), outbound=outbound)
            raw, figures = trained.raw, trained.figures
        (out / f"{name}.model").write_bytes(raw)
        click.echo(f"{name}.model  {len(raw):,} bytes")
        for what, figure in figures.items():
            click.echo(f"  {what}: {figure}")
