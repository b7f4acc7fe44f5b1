/** Prometheus' text as a map: name, or name{labels} → value, without the label that all of a process have. */
export function series(text: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(' ')
      const name = line
        .slice(0, at)
        .replace(/role="[^"]*",?/, '')
        .replace(/,?}$/, '}')
      return [name.replace('{}', ''), Number(line.slice(at + 1))]
    }),
  )
}
