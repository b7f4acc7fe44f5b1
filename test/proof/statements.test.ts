/**
 * Compares the statements that change rows with the actions of the models: both ways, so that a statement that is
 * renamed, added or deleted has to be looked at in its model. To update: rename the action and its `sql:` line in
 * proof/*.qnt, or put the statement into OUTSIDE.
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { statementsIn, writes } from './sql-statements.ts'

const ROOT = join(import.meta.dirname, '../..')
const FOLDERS = ['campaigns', 'planning', 'queue', 'dispatch', 'results', 'maintenance', 'projects']

/** Statements that no model has, and why. */
const OUTSIDE: Record<string, string> = {
  'batch-owner-close': 'a dispatcher that stops has no batch in hand',
  'batch-clear-launched':
    'a former owner that knows all answers of its window: less doubt than batch.qnt allows',
  'results-count': 'running counts are for display: batch_end counts the rows',
  'campaign-keep-versions': 'a text that is kept beside the campaign',
  'campaign-correct': 'changes what is sent, not who is sent to: the campaign is and stays paused',
  'sample-keep': 'a remark on a campaign',
  'campaign-halt-platform': 'decides which devices are held back: the argument of batch_claim in batch.qnt',
  'schedule-forget-member': 'as campaign-forget-member, for the campaigns to come',
  'campaign-forget-member': 'the member has no device any more, so its name in an audience selects nothing',
  'campaign-forget-text': 'as campaign-forget-member, in a draft',
  'campaign-edit-zones': 'decides when batches are enqueued, not what their state is',
  'campaign-move-zones': 'as campaign-edit-zones',
  'campaign-send-at-once': 'as campaign-edit-zones',
  'enqueue-begin-zones': 'decides what a batch that nobody has had records, not what its state is',
  'plan-first-instant': 'decides when a campaign starts, not whether it may',
  'maintenance-release-held': 'decides when a batch is enqueued, not what its state is',
  'maintenance-count-results': 'reads what maintenance-close decides by, in parts',
  'maintenance-count-again': 'as maintenance-count-results: begins anew',
  'maintenance-note-mismatch': 'a remark on a campaign that stays open',
  'maintenance-delete-gone': 'as delete in campaign.qnt',
  'maintenance-retire-devices': 'as move in campaign.qnt: a device leaves the audience',
  'failover-note-replication': 'describes the server, no batch and no campaign',
  'failover-report': 'as results-restore',
  'failover-settle': 'describes the server, no batch and no campaign',
  'failover-resume': 'as campaign-resume in campaign.qnt: the claims of before are void',
  'failover-doubt': 'results of devices whose batch nobody owns: as results_record of an owner that is gone',
  'failover-still-canceling': 'why a campaign is paused that stays paused',
  'failover-explain': 'a remark on a campaign that is paused',
  'results-restore': 'results that were recorded before: as results_record of a fenced owner',
  'campaign-note-push-back': 'a remark on a campaign',
  'campaign-tag': 'a remark on a campaign',
  'campaign-archive': 'whether a campaign is listed',
  'campaign-unarchive': 'whether a campaign is listed',
  'viewer-renew': 'who has a campaign open',
  'viewer-close': 'who has a campaign open',
  'batch-sum-again': 'figures for display: as results-count',
  'enqueue-restart': 'as maintenance-unqueue: the batches are enqueued again, with other places',
  'enqueue-place': 'the order in which campaigns come to their turns: it decides when, not what',
  'maintenance-mark-refused': 'as move in campaign.qnt: a device leaves the audience',
  'caps-take': 'which devices of a window leave: the argument of batch_claim in batch.qnt',
  'caps-settle': 'as caps-take: what others may take',
  'maintenance-forget-uses': 'as caps-take: what no cap looks at any more',
  'plan-forget-chosen': 'which devices of a plan are skipped, not which are in it',
  'test-record': 'a test is no delivery: nothing of the campaign depends on it',
  'test-answers': 'as test-record',
  'test-forget-member': 'as test-record',
  'maintenance-prune-tests': 'as test-record',
  'rate-limit-drop-closed': 'the campaign sends nothing any more',
}

/** The names behind a name that is a template. */
const TEMPLATES: Record<string, readonly string[]> = {
  'caps-take-${variant}': ['caps-take'],
  'campaign-${action}': ['campaign-send', 'campaign-pause', 'campaign-resume', 'campaign-cancel'],
}

const writing = FOLDERS.flatMap((folder) => globSync(`src/${folder}/**/*.ts`, { cwd: ROOT }))
  .toSorted()
  .flatMap((file) =>
    statementsIn(file, readFileSync(join(ROOT, file), 'utf8'))
      .filter(({ text }) => writes(text))
      .map((statement) => ({ ...statement, place: `${file}:${statement.line}` })),
  )
const inCode = new Set(
  writing.flatMap(({ name = '' }) => TEMPLATES[name] ?? [name]).filter((name) => name !== ''),
)

const actions = globSync('proof/*.qnt', { cwd: ROOT }).flatMap((file) =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/^ *\/\/\/ sql: (.+)\n *action (\w+)/gm)].map(
    ([, names = '', action]) => ({ file, action, names: names.split(', ') }),
  ),
)
const inModels = new Set(actions.flatMap(({ names }) => names))

test('statements are found as literals, in constants, functions and choices', () => {
  const source = `
    const SQL = 'UPDATE a SET b = 1'
    const insert = (to: string) => \`/* insert */ INSERT INTO \${to}\`
    pool.query(isOld ? { name: 'old', text: SQL } : { name: 'new', text: \`DELETE FROM a WHERE \${where}\` })
    tx.query(insert('a'), [])
    tx.query<{ id: number }>('SELECT id FROM a FOR NO KEY UPDATE')`
  const found = statementsIn('source.ts', source).map(({ name, text }) => [name, writes(text)])
  expect(found).toEqual([
    ['old', true],
    ['new', true],
    ['insert', true],
    [undefined, false],
  ])
})

test('every statement that changes rows has a name', () => {
  expect(writing.length).toBeGreaterThan(20)
  expect(writing.filter(({ name }) => name === undefined).map(({ place }) => place)).toEqual([])
})

test('every statement that changes rows is an action of a model, or is outside of them for a reason', () => {
  const unknown = [...inCode].filter((name) => !inModels.has(name) && OUTSIDE[name] === undefined)
  expect(unknown).toEqual([])
})

test('every action stands for statements that exist', () => {
  expect([...inModels].filter((name) => !inCode.has(name))).toEqual([])
})

test('what is outside of the models exists, and is outside', () => {
  expect(Object.keys(OUTSIDE).filter((name) => !inCode.has(name) || inModels.has(name))).toEqual([])
})

test.each(actions)(
  '$file: $action has the name of its first statement',
  ({ action, names: [first = ''] }) => {
    expect(action).toBe(first.replaceAll('-', '_'))
  },
)

test('every sql: line belongs to an action', () => {
  const lines = globSync('proof/*.qnt', { cwd: ROOT }).flatMap((file) =>
    readFileSync(join(ROOT, file), 'utf8').match(/sql: /g),
  )
  expect(lines).toHaveLength(actions.length)
})
