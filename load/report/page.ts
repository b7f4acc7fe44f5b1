/**
 * A run as one HTML file, for somebody who was not there: what was measured and with what, whether it adds up, the
 * figures, and plots. It loads nothing: no script, no font, no picture from anywhere else.
 */
import { grouped, percent, seconds } from '../../testing/terminal/progress.ts'
import { histogramPlot } from './histogram-plot.ts'
import { linePlot } from './line-plot.ts'
import { PAGE_STYLE } from './page-style.ts'
import { escaped } from './plane.ts'
import type { Report } from './report.ts'
import { linesOf, processLinesOf } from './rows.ts'
import type { Run } from './run.ts'

export interface PageOptions {
  command: string
  /** When the command began. */
  at: Date
  conditions: readonly (readonly [label: string, value: string])[]
}

const COLORS = 8

export function pageOf(runs: readonly Run[], { command, at, conditions }: PageOptions): string {
  const reports = runs.map(({ report }) => report)
  const title = `Carillon load run, ${reports.map(({ audience }) => grouped(audience)).join(' and ')} devices`
  const [only] = runs
  const body = [
    `<h1>${escaped(title)}</h1>`,
    `<p class="about">${at.toISOString().slice(0, 16).replace('T', ' ')} UTC</p>`,
    ...reports.map((report) => `<p>${verdictOf(report)}</p>`),
    '<h3>Measured with</h3>',
    `<table class="conditions"><tbody>${conditions.map(([label, value]) => `<tr><th scope="row">${escaped(label)}</th><td>${escaped(value)}</td></tr>`).join('')}<tr><th scope="row">command</th><td><code>${escaped(command)}</code></td></tr></tbody></table>`,
    '<h3>Figures</h3>',
    figureTable(reports),
    ...(runs.length === 1 && only ? [plotsOf(only)] : runs.map((run) => sectionOf(run))),
  ]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
${body.join('\n')}
</body>
</html>
`
}

/** The run in one paragraph. */
function verdictOf(report: Report): string {
  const { sent, failed, audience, sendSeconds, missing, duplicates, problems } = report
  const rate = report.medianRatePerSecond ?? report.ratePerSecond
  const took =
    sendSeconds === null || rate === null
      ? ''
      : ` in ${seconds(sendSeconds)}, at ${grouped(rate)} messages a second`
  const what = `${grouped(audience)} devices: ${grouped(sent)} sent, ${grouped(failed)} failed${took}.`
  const wrong =
    problems.length > 0 ? ` <span class="bad">Does not add up: ${escaped(problems.join('; '))}.</span>` : ''
  if (report.isPartial) {
    return `${what} <span class="bad">Stopped before its end: the figures are those until then.</span>${wrong}`
  }
  if (wrong !== '') return what + wrong
  if (missing === null || duplicates === null) return `${what} What FCM received cannot be seen from outside.`
  return `${what} <span class="good">Nothing is missing, nothing came twice, and the counts reconcile.</span>`
}

function sectionOf(run: Run): string {
  return `<h2>${grouped(run.report.audience)} devices</h2>\n${plotsOf(run)}`
}

function figureTable(reports: readonly Report[]): string {
  const head =
    reports.length < 2
      ? ''
      : `<thead><tr><th></th>${reports.map(({ audience }) => `<th scope="col">${grouped(audience)}</th>`).join('')}<th></th></tr></thead>`
  const rows = linesOf(reports).map(
    ({ label, values, meaning }) =>
      `<tr><th scope="row">${escaped(label)}</th>${values.map((value) => `<td>${escaped(value)}</td>`).join('')}<td class="meaning">${escaped(meaning)}</td></tr>`,
  )
  return `<div class="scroll"><table>${head}<tbody>${rows.join('')}</tbody></table></div>`
}

function plotsOf({ report, memory, fcmCalls }: Run): string {
  const { ratesPerSecond, medianRatePerSecond: median } = report
  const lines = [...memory].map(([name, points], index) => ({
    name,
    color: `var(--c${(index % COLORS) + 1})`,
    points: points.map(({ seconds, rssMb }) => ({ x: seconds, y: rssMb })),
  }))
  return [
    figure(
      'Rate',
      'Messages answered by FCM and recorded, in each second since the order to send.',
      linePlot({
        title: 'Messages a second over time',
        lines: [
          { name: 'rate', color: 'var(--c1)', points: ratesPerSecond.map((y, x) => ({ x: x + 0.5, y })) },
        ],
        isFilled: true,
        levels: median === null ? [] : [{ y: median, label: `median ${grouped(median)}/s` }],
        yUnit: 'messages a second',
      }),
    ),
    memory.size === 0
      ? ''
      : figure(
          'Memory',
          'Resident memory of every process since the order to send. The slope is that of the last 80 % of the run.',
          `${legendOf(lines)}${linePlot({ title: 'Resident memory over time', lines, yUnit: 'MB' })}${processTable(report)}`,
        ),
    figure(
      'FCM calls',
      'How long FCM took to answer, as the dispatchers saw it. Each bar is 9 % longer than the one before.',
      histogramPlot('How often FCM took how long', fcmCalls, report.fcmCallMs),
    ),
    figure('Outcomes', 'What is recorded for the devices of the audience.', outcomeTable(report)),
  ].join('\n')
}

function figure(heading: string, caption: string, content: string): string {
  return `<h3>${escaped(heading)}</h3>\n<figure><figcaption>${escaped(caption)}</figcaption>${content}</figure>`
}

function legendOf(lines: readonly { name: string; color: string }[]): string {
  const entries = lines.map(
    ({ name, color }) => `<li><i style="background:${color}"></i>${escaped(name)}</li>`,
  )
  return `<ul class="legend">${entries.join('')}</ul>`
}

function processTable(report: Report): string {
  const rows = processLinesOf(report).map(
    ({ name, ...cells }) =>
      `<tr><th scope="row">${escaped(name)}</th>${Object.values(cells)
        .map((cell) => `<td>${escaped(cell)}</td>`)
        .join('')}</tr>`,
  )
  const head = ['process', 'CPU', 'CPU a million', 'peak', 'slope'].map(
    (text) => `<th scope="col">${text}</th>`,
  )
  return `<div class="scroll"><table><thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`
}

function outcomeTable(report: Report): string {
  const { audience, sent, failedByCode, skippedByCode, inDoubt, canceled, fcmAnswers } = report
  const left = audience - sent - report.failed - report.skipped - inDoubt - canceled
  const counts: [string, number][] = [
    ['sent', sent],
    ...Object.entries(failedByCode).map(([code, count]): [string, number] => [`failed: ${code}`, count]),
    ...Object.entries(skippedByCode).map(([code, count]): [string, number] => [`skipped: ${code}`, count]),
    ['in doubt', inDoubt],
    ['canceled', canceled],
    ['not yet', left],
  ]
  const rows = counts
    .filter(([, count]) => count > 0)
    .map(([label, count]) => {
      const share = count / Math.max(1, audience)
      const bar = `<td class="share"><i style="width:${(share * 100).toFixed(2)}%"></i></td>`
      return `<tr><th scope="row">${escaped(label)}</th>${bar}<td>${grouped(count)}</td><td>${percent(Number(share.toPrecision(3)))}</td></tr>`
    })
  const answers = Object.entries(fcmAnswers ?? {}).map(([status, count]) => `${status}: ${grouped(count)}`)
  const attempts =
    answers.length === 0
      ? ''
      : `<p class="about">FCM's answers by HTTP status, attempts that were repeated included: ${escaped(answers.join(', '))}.</p>`
  return `<div class="scroll"><table><tbody>${rows.join('')}</tbody></table></div>${attempts}`
}
