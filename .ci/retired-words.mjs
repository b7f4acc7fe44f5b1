/**
 * Words this project once used for things that have a usual name, and what to write instead. `npm run lint` fails where
 * one comes back: in code, SQL, metrics, API fields, texts, docs or file names.
 */
import { execFileSync } from 'node:child_process'

const RETIRED = {
  conveyor: 'queue, job',
  upkeep: 'maintenance',
  '\\b(feed|feeds|feeder|feeding)\\b': 'enqueue',
  '\\b(pace|paced|paces|pacing)\\b': 'rate limit, send quota',
  'vitals|vital signs?|signs? of life': 'health, heartbeat',
  '\\bhand(s|ed|ing)?[ _-]?back\\b|handBack|handedBack': 'release',
  '\\bmend(s|ed|ing)?\\b': 'fix, repair',
  '\\bbooks?\\b': 'counts (that reconcile)',
  'retry_of|retryOf|retry_only|retryOnly|retryCampaign|not_retryable|already_retried|\\}/retry\\b':
    'resend (of a campaign)',
}

const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => file !== '' && file !== '.ci/retired-words.mjs' && file !== 'package-lock.json')

let found = 0
for (const [word, instead] of Object.entries(RETIRED)) {
  const pattern = new RegExp(word, 'i')
  const report = (where) => {
    found += 1
    console.error(`${where}  write instead: ${instead}`)
  }
  for (const file of files) if (pattern.test(file)) report(`${file}: the name of the file`)
  let matches = ''
  try {
    matches = execFileSync('git', ['grep', '-nIiP', '--untracked', '-e', word, '--', ...files], {
      encoding: 'utf8',
      maxBuffer: 1e8,
    })
  } catch (error) {
    // Status 1: found nothing.
    if (error.status !== 1) throw error
  }
  for (const line of matches.split('\n')) if (line !== '') report(line.slice(0, 160))
}
if (found > 0) {
  console.error(`\n${found} times a retired word; the list is in .ci/retired-words.mjs.`)
  process.exit(1)
}
