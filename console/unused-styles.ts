/**
 * Removes the rules for Mantine classes that no script names. Mantine's styles are one file for a hundred components,
 * half of which are not used here, and every browser would have to load it.
 */
const MANTINE_CLASS = /\bm_[0-9a-f]{6,8}\b/g

/** Of Mantine's palette, these are used nowhere in the console; each has fifty variables. */
const UNUSED_COLORS = ['pink', 'grape', 'violet', 'indigo', 'cyan', 'lime', 'orange', 'green', 'blue']
const UNUSED_VARIABLE = new RegExp(
  `--mantine-color-(${UNUSED_COLORS.join('|')})-[a-z0-9-]+:[^;{}]+(;|(?=}))`,
  'g',
)

/** Takes minified CSS and returns it without the rules that can match nothing and the colors that nothing has. */
export function withoutUnused(source: string, scripts: readonly string[]): string {
  const css = source.replaceAll(UNUSED_VARIABLE, '')
  const used = new Set(scripts.flatMap((script) => script.match(MANTINE_CLASS) ?? []))
  return keepUsed(css, (selector) => (selector.match(MANTINE_CLASS) ?? []).every((name) => used.has(name)))
}

function keepUsed(css: string, canFit: (selector: string) => boolean): string {
  let kept = ''
  let at = 0
  while (at < css.length) {
    const open = indexOutside(css, '{', at)
    // The rest is a statement without a block, such as @import.
    if (open === -1) return kept + css.slice(at)
    const close = closingBrace(css, open)
    const [prelude, body] = [css.slice(at, open), css.slice(open + 1, close)]
    at = close + 1
    if (/^\s*@(media|supports|container|layer)\b/.test(prelude)) {
      const inner = keepUsed(body, canFit)
      if (inner.trim() !== '') kept += `${prelude}{${inner}}`
    } else if (/^\s*@/.test(prelude)) {
      kept += `${prelude}{${body}}`
    } else {
      const selectors = splitSelectors(prelude).filter(canFit)
      if (selectors.length > 0) kept += `${selectors.join(',')}{${body}}`
    }
  }
  return kept
}

/** Ignores characters inside strings. */
function indexOutside(css: string, wanted: string, from: number): number {
  let quote = ''
  for (let at = from; at < css.length; at++) {
    const char = css[at] as string
    if (char === '\\') at++
    else if (quote !== '') quote = char === quote ? '' : quote
    else if (char === '"' || char === "'") quote = char
    else if (wanted.includes(char)) return at
  }
  return -1
}

function closingBrace(css: string, open: number): number {
  let depth = 1
  let at = open
  while (depth > 0) {
    at = indexOutside(css, '{}', at + 1)
    if (at === -1) throw new Error('The style sheet ends inside of a block.')
    depth += css[at] === '{' ? 1 : -1
  }
  return at
}

/** Commas inside :where(…) and the like do not separate selectors. */
function splitSelectors(prelude: string): string[] {
  const selectors: string[] = []
  let depth = 0
  let from = 0
  let at = indexOutside(prelude, ',()', 0)
  for (; at !== -1; at = indexOutside(prelude, ',()', at + 1)) {
    if (prelude[at] === '(') depth++
    else if (prelude[at] === ')') depth--
    else if (depth === 0) {
      selectors.push(prelude.slice(from, at))
      from = at + 1
    }
  }
  return [...selectors, prelude.slice(from)]
}
