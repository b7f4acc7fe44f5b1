/**
 * Which folder may import which. `npm run lint` checks it; docs/architecture.md shows the same list as a picture.
 *
 * The folders of `src` stand in one order, the way a campaign takes. Each may import those before it and none behind
 * it, so there is no cycle between folders. Within a folder, files may not form a cycle either.
 */
const ORDER = [
  'domain', // pure: states, message, delivery results, permissions, errors
  'config',
  'process',
  'postgres',
  'audit',
  'access',
  'projects',
  'audience',
  'images',
  'queue',
  'push',
  'results',
  'campaigns',
  'planning',
  'schedules',
  'health',
  'dispatch',
  'maintenance',
  'api',
]

/** Resources of the API. Each stands alone on `api/http`; only `api/app.ts` knows them all. */
const RESOURCES = ['access', 'audit', 'campaigns', 'deliveries', 'devices', 'images', 'members', 'system']

/** These open Prisma, or pass it on to src/access. */
const OPENS_PRISMA = [
  '^src/postgres/prisma.ts$',
  '^src/api/http/request-context.ts$',
  '^src/api/http/idempotent-posts.ts$',
  '^src/api/campaigns/live-campaigns.ts$', // hands it on to src/access/ended-access.ts
  '^workers/(api|key|user).ts$',
]

const pathOf = (...folders) => `^src/(${folders.join('|')})/`

/** A package of which only these folders know. */
const onlyIn = (name, modules, ...paths) => ({
  name: `${name}-only-in-its-folder`,
  severity: 'error',
  from: { path: '^(src|workers)/', pathNot: paths },
  to: { path: modules.map((module) => `node_modules/${module}/|^${module}$`) },
})

export default {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Two files that import each other are one file, or have a third in them.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    ...ORDER.slice(0, -1).map((folder, place) => ({
      name: `${folder}-comes-before`,
      severity: 'error',
      from: { path: pathOf(folder) },
      to: { path: pathOf(...ORDER.slice(place + 1)) },
    })),
    {
      name: 'domain-is-pure',
      comment: 'No database, no network, no process: the console runs it in a browser.',
      severity: 'error',
      from: { path: pathOf('domain') },
      to: { pathNot: [pathOf('domain'), '^node_modules/temporal-polyfill/'] },
    },
    {
      name: 'every-folder-has-its-place',
      comment: 'A new folder of src is to be put into ORDER.',
      severity: 'error',
      from: { path: '^src/', pathNot: [pathOf(...ORDER), '^src/generated/'] },
      to: {},
    },
    {
      name: 'access-goes-through-prisma',
      comment: 'One way to each table: see src/access/prune-expired.ts for the exception.',
      severity: 'error',
      from: { path: pathOf('access'), pathNot: '^src/access/prune-expired.ts$' },
      to: { path: '^src/postgres/pool.ts$' },
    },
    ...RESOURCES.map((resource) => ({
      name: `api-${resource}-stands-alone`,
      severity: 'error',
      from: { path: `^src/api/${resource}/` },
      to: {
        path: [
          `^src/api/(${RESOURCES.filter((other) => other !== resource).join('|')})/`,
          '^src/api/app.ts$',
        ],
      },
    })),
    {
      name: 'api-http-serves-all',
      severity: 'error',
      from: { path: '^src/api/http/' },
      to: { path: [`^src/api/(${RESOURCES.join('|')})/`, '^src/api/app.ts$'] },
    },
    {
      name: 'src-knows-no-tools',
      severity: 'error',
      from: { path: '^(src|workers)/' },
      to: { path: '^(testing|load|proof|test|console)/' },
    },
    { name: 'src-knows-no-workers', severity: 'error', from: { path: '^src/' }, to: { path: '^workers/' } },
    {
      name: 'testing-serves-tests-and-load',
      severity: 'error',
      from: { path: '^testing/' },
      to: { path: '^(load|test|console)/' },
    },
    {
      name: 'load-knows-no-tests',
      severity: 'error',
      from: { path: '^load/' },
      to: { path: '^(test|console)/' },
    },
    {
      name: 'proof-stands-alone',
      severity: 'error',
      from: { path: '^proof/' },
      to: { path: '^(src|workers|testing|load|test|console)/' },
    },
    {
      name: 'console-takes-types-and-domain',
      severity: 'error',
      from: { path: '^console/src/' },
      to: {
        path: '^(src|workers|testing|load|test)/',
        pathNot: '^src/domain/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'no-node-in-a-browser',
      comment:
        'A page that reaches a module of Node dies when it is opened. Globals: noRestrictedGlobals in biome.json.',
      severity: 'error',
      from: { path: '^(console/src|src/domain)/' },
      to: { dependencyTypes: ['core'], dependencyTypesNot: ['type-only'] },
    },
    onlyIn('fastify', ['fastify', '@fastify'], '^src/api/'),
    onlyIn('bullmq', ['bullmq', 'ioredis'], '^src/queue/', '^src/postgres/migrate.ts$'),
    onlyIn('fcm', ['firebase-admin', 'google-auth-library'], '^src/push/fcm/'),
    onlyIn('prisma', ['@prisma'], '^src/postgres/prisma.ts$', '^src/generated/'),
    {
      name: 'prisma-for-access-only',
      comment:
        'Campaigns, members, devices and the rest are read and written through pg (src/postgres/pool.ts).',
      severity: 'error',
      from: { path: '^(src|workers)/', pathNot: ['^src/access/', '^src/generated/', ...OPENS_PRISMA] },
      to: { path: '^src/(postgres/prisma.ts$|generated/)' },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^src/generated/'] },
    exclude: { path: ['^console/dist/'] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js'] },
    moduleSystems: ['es6', 'cjs'],
  },
}
