/** The name under which a browser saves a download. */

const LONGEST = 100
/** What Windows, macOS or Linux does not allow in a name, or shells and cloud drives trip over. */
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}/\\:*?"<>|%]/gu

/**
 * `title` may hold anything that people write. Browsers take `filename*` (RFC 6266, RFC 8187); programs that do not know it get
 * `fallback`, which is plain ASCII.
 */
export function attachmentOf(title: string, end: string, fallback: string): string {
  const safe = title
    .replaceAll(FORBIDDEN, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/^[. ]+/, '')
  const short = [...safe]
    .slice(0, LONGEST)
    .join('')
    .replace(/[. ]+$/, '')
  const name = short === '' ? fallback : `${short} ${end}`
  // encodeURIComponent leaves four characters that the grammar does not have.
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${fallback}"; filename*=UTF-8''${encoded}`
}
