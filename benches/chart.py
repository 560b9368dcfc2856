"""The chart of docs/benchmarks.md."""

STYLE = (
    "text{font-family:system-ui,sans-serif;font-size:14px;fill:#222}.title{font-weight:600}"
    ".name{text-anchor:end}.value{fill:#555}.own{fill:#0b7a53}.peer{fill:#b4bcc4}"
    "@media(prefers-color-scheme:dark){text{fill:#eee}.value{fill:#bbb}.peer{fill:#6b747c}.own{fill:#3ecf94}}"
)
LEFT, LONGEST = 230, 330


def chart(groups):
    """SVG of groups of bars, each `(title, [(name, value, is it ours)])`; the longest bar of all is 1.15."""
    parts, y = [], 34
    for title, bars in groups:
        parts.append(f'<text x="16" y="{y}" class="title">{title}</text>')
        y += 14
        for name, value, own in bars:
            width = max(2, round(value * LONGEST / 1.15))
            parts.append(f'<text x="{LEFT - 8}" y="{y + 16}" class="name">{name}</text>')
            look = "own" if own else "peer"
            parts.append(f'<rect x="{LEFT}" y="{y + 2}" width="{width}" height="20" rx="3" class="{look}"/>')
            parts.append(f'<text x="{LEFT + width + 8}" y="{y + 17}" class="value">{value:.2f}</text>')
            y += 28
        y += 26
    height = y + 4
    note = "Shorter is better. docs/benchmarks.md says how it was measured."
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 {height}" role="img" '
        'aria-label="thordata-cdk against its peers; shorter bars are better">\n'
        f"<style>{STYLE}</style>\n" + "\n".join(parts)
        + f'\n<text x="16" y="{height - 12}" class="value">{note}</text>\n</svg>\n'
    )
