"""Plots as SVG, written by hand: bars and pairs on one scale."""

from html import escape

COLOURS = ("#2f6f9f", "#c8553d", "#8a9a5b", "#7a6c9d")
STYLE = "<style>text{font:13px sans-serif;fill:#222}.s{font-size:11px;fill:#666}@media(prefers-color-scheme:dark){text{fill:#ddd}.s{fill:#aaa}}</style>"


def bars(title, note, groups, series, label, scale=lambda value: value):
    """Horizontal bars: a group for each row of `groups` (name, values), a colour for each of `series`.

    `scale` makes a length of a value, `label` its text. None in place of a value leaves the bar out."""
    high, gap, left, width, top = 16, 14, 210, 460, 62
    values = [scale(value) for _, row in groups for value in row if value is not None]
    unit = width / max(values + [1e-9])
    parts, y = [], top
    for name, row in groups:
        middle = y + high * len(row) / 2 + 5
        parts.append(f'<text x="{left - 10}" y="{middle:.0f}" text-anchor="end">{escape(name)}</text>')
        for index, value in enumerate(row):
            if value is not None:
                length = max(1.0, scale(value) * unit)
                parts.append(f'<rect x="{left}" y="{y}" width="{length:.1f}" height="{high - 2}" fill="{COLOURS[index]}"/>'
                             f'<text class="s" x="{left + length + 5:.1f}" y="{y + 11}">{escape(label(value))}</text>')
            y += high
        y += gap
    legend, x = [], left
    for index, name in enumerate(series):
        legend.append(f'<rect x="{x}" y="42" width="11" height="11" fill="{COLOURS[index]}"/><text class="s" x="{x + 16}" y="52">{escape(name)}</text>')
        x += 34 + 7 * len(name)
    total = left + width + 90
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="{y + 24}" viewBox="0 0 {total} {y + 24}" role="img">{STYLE}'
            f'<title>{escape(title)}</title><text x="10" y="22" font-weight="bold">{escape(title)}</text>'
            + "\n".join(legend + parts) + f'<text class="s" x="10" y="{y + 14}">{escape(note)}</text></svg>\n')
