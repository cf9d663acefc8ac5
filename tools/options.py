"""Options that commands of several groups share, each spelled here."""

import click

last_line_option = click.option("--json", "as_json", is_flag=True, help="One JSON object on the last line.")
