/** Numbers and tables for people. */

export function grouped(value: number): string {
  return value.toLocaleString('en-US')
}

/** A share as a percentage, without the digits that binary fractions add. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`
}

export function seconds(value: number): string {
  if (value < 60) return `${value.toFixed(1)} s`
  const whole = Math.round(value)
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
}

export function rounded(value: number, digits = 2): number {
  return Number(value.toFixed(digits))
}

/** `unregistered 12, invalid_address 3` */
export function countsByName(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${grouped(count)}`)
    .join(', ')
}

/** Aligned columns, indented by two. `align` has `l` or `r` for each column; a row of null is an empty line. */
export function columns(rows: readonly (readonly string[] | null)[], align: string): string {
  const widths = Array.from(align, (_, i) => Math.max(0, ...rows.map((row) => row?.[i]?.length ?? 0)))
  const cellOf = (cell: string, i: number) =>
    align[i] === 'r' ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)
  return rows.map((row) => `  ${(row ?? []).map(cellOf).join('  ')}`.trimEnd()).join('\n')
}

const LONGEST_LINE = 90

/** Nested figures as indented lines; a small object of plain values is one line. */
export function outline(figures: object, indent = '  '): string {
  const width = Math.max(...Object.keys(figures).map(({ length }) => length))
  return Object.entries(figures)
    .map(([name, value]) => {
      if (!isNested(value)) return `${indent}${name.padEnd(width)}  ${plain(value)}`
      return `${indent}${name}\n${outline(value, `${indent}  `)}`
    })
    .join('\n')
}

function isNested(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const isLong = !Array.isArray(value) && plain(value).length > LONGEST_LINE
  return isLong || Object.values(value).some((one) => one instanceof Object)
}

/** `node 24, fsync on` for an object, values in a row for a list. */
export function plain(value: unknown): string {
  if (typeof value === 'number') return value.toLocaleString('en-US', { maximumFractionDigits: 3 })
  if (Array.isArray(value)) return value.map(plain).join(', ') || 'none'
  if (typeof value !== 'object' || value === null) return String(value ?? '–')
  return Object.entries(value)
    .map(([name, one]) => `${name} ${plain(one)}`)
    .join(', ')
}
