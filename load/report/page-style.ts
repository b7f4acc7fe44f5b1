/** The page's style sheet: light and dark, wide and narrow. Loads nothing. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fcfcfb; --ink: #1a1a19; --faint: #6b6a66; --line: #e3e2de; --good: #1a7f37; --bad: #c62f2f;
  --c1: #2a78d6; --c2: #eb6834; --c3: #1a9d6f; --c4: #8457c9; --c5: #c2185b; --c6: #8d6e00; --c7: #00838f; --c8: #7a7974;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #1a1a19; --ink: #f2f1ee; --faint: #a3a29c; --line: #3a3936; --good: #57c271; --bad: #f07f7f;
    --c1: #5b9dec; --c2: #f08a5d; --c3: #3cc493; --c4: #ac8cea; --c5: #f06a9b; --c6: #d3ab2f; --c7: #4bbecb; --c8: #9b9a94;
  }
}
* { box-sizing: border-box }
body { margin: 0 auto; padding: 32px 24px 64px; max-width: 900px; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif }
h1 { font-size: 26px; margin: 0 0 4px; line-height: 1.25 }
h2 { font-size: 21px; margin: 48px 0 4px; padding-top: 24px; border-top: 1px solid var(--line) }
h3 { font-size: 16px; margin: 32px 0 2px }
p { margin: 4px 0 12px; max-width: 68ch }
.about { color: var(--faint) }
.good { color: var(--good); font-weight: 600 } .bad { color: var(--bad); font-weight: 600 }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; margin: 8px 0 }
th, td { text-align: right; padding: 5px 0 5px 20px; border-bottom: 1px solid var(--line); vertical-align: top; white-space: nowrap }
th:first-child, td:first-child { text-align: left; padding-left: 0 }
th { font-weight: 600 } tbody th { font-weight: 400 } thead th { white-space: normal; vertical-align: bottom }
table.figures td:last-child { text-align: left; color: var(--faint); white-space: normal; font-size: 14px; min-width: 16ch }
table.conditions td { text-align: left; white-space: normal; overflow-wrap: anywhere }
.plot { margin-bottom: 8px; min-height: 240px } .u-legend { font-size: 14px; text-align: left; width: auto }
.u-legend th, .u-legend td { border: 0; padding: 0 6px 0 0; text-align: left } .u-legend th, .u-legend th > * { font-weight: 400 }
.u-legend .u-series { margin-right: 10px } .u-legend .u-value { min-width: 4em }
code { font-family: ui-monospace, 'SF Mono', Menlo, 'Liberation Mono', monospace; font-size: 13px; overflow-wrap: anywhere }
@media (max-width: 600px) {
  body { padding: 20px 14px 48px } h1 { font-size: 22px } table.figures td:last-child { display: none }
  th, td { padding-left: 12px } table.figures td { white-space: normal }
}
`
