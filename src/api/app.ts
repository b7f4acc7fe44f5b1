/** Assembles the HTTP API: hooks, routes, documents. It does not listen; workers/api.ts does, and tests inject. */
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { openKeyRing } from '../access/key-ring.ts'
import { Lookups } from '../access/lookups.ts'
import { openSessions } from '../access/sessions.ts'
import { audienceCounter } from '../audience/audience-counter.ts'
import { countAtCap } from '../audience/count-at-cap.ts'
import { countAudience, countDevices } from '../audience/count-audience.ts'
import { countZones } from '../audience/count-zones.ts'
import { CancelTimers } from '../campaigns/cancel-timers.ts'
import { CapClock } from '../domain/caps.ts'
import { AppError } from '../domain/errors.ts'
import { jsonProblem, MAX_JSON_DEPTH, MAX_JSON_VALUES } from '../domain/json-depth.ts'
import { systemReader } from '../health/read-system.ts'
import { Senders } from '../push/senders.ts'
import { apiKeyRoutes } from './access/api-key-routes.ts'
import { sessionRoutes } from './access/session-routes.ts'
import { userRoutes } from './access/user-routes.ts'
import { audienceRoutes } from './campaigns/audience-routes.ts'
import { calendarRoutes } from './campaigns/calendar-routes.ts'
import { campaignActionRoutes } from './campaigns/campaign-action-routes.ts'
import { campaignListRoutes } from './campaigns/campaign-list-routes.ts'
import { campaignRoutes } from './campaigns/campaign-routes.ts'
import { eventRoutes } from './campaigns/event-routes.ts'
import { LiveCampaigns } from './campaigns/live-campaigns.ts'
import { noticeRoutes } from './campaigns/notice-routes.ts'
import { overviewRoutes } from './campaigns/overview-routes.ts'
import { presenceRoutes } from './campaigns/presence-routes.ts'
import { resendOptionsRoutes } from './campaigns/resend-options-routes.ts'
import { scheduleRoutes } from './campaigns/schedule-routes.ts'
import { undoRoutes } from './campaigns/undo-routes.ts'
import { zoneRoutes } from './campaigns/zone-routes.ts'
import { deliveryRoutes } from './deliveries/delivery-routes.ts'
import { deviceRoutes } from './devices/device-routes.ts'
import { exportRoutes } from './devices/export-routes.ts'
import { importRoutes } from './devices/import-routes.ts'
import { Admission } from './http/admission.ts'
import { Gatekeeper, installAdmission, type Listener } from './http/admit-requests.ts'
import { installAuthentication } from './http/authenticate.ts'
import { SMALL_BODY_BYTES } from './http/body-limits.ts'
import { answerClientErrors, answerExpectations } from './http/client-errors.ts'
import { CONSOLE_FOLDER, installConsole } from './http/console-routes.ts'
import { addOpenApiRoute, installDocs } from './http/docs.ts'
import { installErrorHandler, sendProblem } from './http/error-handler.ts'
import { installIdempotency } from './http/idempotent-posts.ts'
import type { AppDeps, RouteDeps } from './http/request-context.ts'
import { endSlowReaders } from './http/slow-readers.ts'
import { compileValidator, findUnstorable } from './http/validation.ts'
import { imageRoutes, serveImages } from './images/image-routes.ts'
import { memberChangeRoutes } from './members/change-routes.ts'
import { consentRoutes } from './members/consent-routes.ts'
import { memberRoutes } from './members/member-routes.ts'
import { healthRoutes } from './system/health-routes.ts'
import { installApiMetrics, metricsRoutes } from './system/metrics-routes.ts'
import { systemRoutes } from './system/system-routes.ts'

/** An idle socket is closed after this. Longer than the statement timeout. */
const IDLE_SOCKET_MS = 120_000
/** For idle keep-alive connections: longer than proxies keep theirs, so that none sends on a connection being closed. */
const IDLE_KEPT_MS = 72_000
/** Limit for a whole request: an import of ten gigabytes is read only as fast as it is stored. */
const LONGEST_REQUEST_MS = 6 * 3_600_000
const BODY_TIMEOUT_MS = 30_000
/** Node's default is a minute, but a browser or proxy sends its headers in one piece. */
const HEADERS_TIMEOUT_MS = 15_000

export async function buildApp(given: AppDeps): Promise<FastifyInstance> {
  const { config, log, consoleFolder = CONSOLE_FOLDER } = given
  const admission = given.admission ?? new Admission(config)
  const lookups = new Lookups()
  const keyRing = openKeyRing(given.prisma, log, Date.now, lookups)
  const sessions = openSessions(given.prisma, log, Date.now, lookups)
  const gatekeeper = new Gatekeeper(admission, { keyRing, sessions, lookups })
  const app: FastifyInstance = fastify({
    loggerInstance: log as FastifyBaseLogger,
    // Fastify's own log lines contain the URL, which may contain a device's address.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit: Math.min(SMALL_BODY_BYTES, config.http.bodyLimitBytes),
    serverFactory: (listener) => openServer(gatekeeper, listener, given),
    clientErrorHandler: answerClientErrors(log),
    trustProxy: config.http.trustedProxies ?? false,
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: 8_192 },
    frameworkErrors: (error, _request, reply) => {
      void sendProblem(
        reply,
        new AppError('invalid_request', `The request cannot be read: ${error.message.slice(0, 200)}.`),
      )
    },
  })
  app.addHook('onRoute', (route) => gatekeeper.addRoute(route))
  app.setValidatorCompiler(compileValidator)
  // The routes build replies field by field. The schemas only document them; tests compare the two.
  app.setSerializerCompiler(() => JSON.stringify)
  installErrorHandler(app, SMALL_BODY_BYTES, consoleFolder)
  app.server.on('checkExpectation', answerExpectations)
  installJson(app)
  installHooks(app, given.bodyTimeoutMs ?? BODY_TIMEOUT_MS)

  const { prisma, ...others } = given
  const { pool, queue } = others
  const senders = new Senders({ pool, environment: config.fcm, openSender: given.openSender, log })
  const live = new LiveCampaigns({
    pool,
    prisma,
    log,
    maxStreams: config.http.eventStreams,
    maxStreamsPerCaller: config.http.eventStreamsPerCaller,
    times: given.liveTimes,
  })
  const capClock = new CapClock(config.sendRules.caps, config.sendRules.zone)
  const deps: RouteDeps = {
    ...others,
    keyRing,
    sessions,
    readSystem: systemReader({ pool, queue, environment: config.fcm }),
    senders,
    countAudience: audienceCounter(pool, countAudience),
    countDevices: audienceCounter(pool, countDevices),
    countZones: audienceCounter(pool, countZones),
    countAtCap: audienceCounter(pool, (...asked) => countAtCap(...asked, capClock)),
  }
  if (given.metrics !== undefined) {
    const { readSystem } = deps
    const openStreams = () => live.openStreams()
    installApiMetrics(app, given.metrics.registry, { admission, readSystem, openStreams })
  }
  const cancels = new CancelTimers({ pool, queue, log, watermark: config.queue.watermark })
  app.decorate('openStreams', () => live.openStreams())
  // preClose runs before the server waits for its connections to end.
  app.addHook('preClose', () => live.close())
  app.addHook('onClose', async () => {
    await cancels.close()
    await keyRing.close()
    await sessions.close()
    await senders.close()
  })

  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        formAction: ["'self'"],
      },
    },
  })
  await app.register(cookie)
  await app.register(rateLimit, { global: false })
  await installDocs(app)
  await installConsole(app, consoleFolder)
  await serveImages(app, config.images.folder)
  await app.register(healthRoutes(deps))
  if (given.metrics?.isServedHere) await app.register(metricsRoutes(given.metrics.registry))
  await app.register(
    async (v1) => {
      // Before authentication: refusing a request under load must cost almost nothing.
      installAdmission(v1, admission)
      installAuthentication(v1, keyRing, sessions)
      installIdempotency(v1, prisma)
      addOpenApiRoute(v1)
      await v1.register(overviewRoutes(deps))
      await v1.register(calendarRoutes(deps))
      await v1.register(noticeRoutes(deps))
      await v1.register(campaignListRoutes(deps))
      await v1.register(campaignRoutes(deps, live))
      await v1.register(campaignActionRoutes(deps))
      await v1.register(undoRoutes(deps, cancels))
      await v1.register(scheduleRoutes(deps))
      await v1.register(resendOptionsRoutes(deps))
      await v1.register(eventRoutes(live))
      await v1.register(presenceRoutes(deps))
      await v1.register(audienceRoutes(deps))
      await v1.register(zoneRoutes(deps))
      await v1.register(deliveryRoutes(deps))
      await v1.register(memberRoutes(deps))
      await v1.register(consentRoutes(deps))
      await v1.register(memberChangeRoutes({ ...deps, prisma }))
      await v1.register(deviceRoutes(deps))
      await v1.register(exportRoutes(deps))
      await v1.register(importRoutes(deps))
      await v1.register(imageRoutes(deps))
      await v1.register(apiKeyRoutes({ ...deps, prisma }))
      await v1.register(systemRoutes(deps))
      await v1.register(sessionRoutes({ ...deps, prisma }))
      await v1.register(userRoutes({ ...deps, prisma }))
    },
    { prefix: '/v1' },
  )
  return app
}

function openServer(
  gatekeeper: Gatekeeper,
  listener: Listener,
  { headersTimeoutMs: headersTimeout = HEADERS_TIMEOUT_MS, log, readerLimits }: AppDeps,
): Server {
  const server: Server = createServer(
    {
      headersTimeout,
      requestTimeout: LONGEST_REQUEST_MS,
      keepAliveTimeout: IDLE_KEPT_MS,
      // A hook refuses such requests with problem+json.
      requireHostHeader: false,
      connectionsCheckingInterval: Math.min(5_000, headersTimeout),
    },
    gatekeeper.before(listener, () => server.listening),
  )
  server.setTimeout(IDLE_SOCKET_MS)
  endSlowReaders(server, log, readerLimits)
  return server
}

/** Accepts only JSON. An empty body counts as no body, because many clients set the type on every POST. */
function installJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) {
      done(null, undefined)
      return
    }
    const problem = jsonProblem(body as string)
    if (problem === null) {
      parse(request, body as string, done)
      return
    }
    const detail =
      problem === 'deep'
        ? `The body is nested more than ${MAX_JSON_DEPTH} levels deep.`
        : `The body has more than ${MAX_JSON_VALUES} values. Send less at once.`
    done(new AppError('invalid_request', detail), undefined)
  })
}

function installHooks(app: FastifyInstance, bodyTimeoutMs: number): void {
  app.decorateRequest('caller')
  app.decorateRequest('subjectId', '')
  app.decorateRequest('claim', null)
  app.decorateRequest('claimTimer', null)
  app.decorateRequest('contentHash', null)

  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    // Members, addresses, campaigns: no browser or proxy keeps them. Routes whose answer may be kept say so.
    if (request.url.startsWith('/v1/')) reply.header('cache-control', 'no-store')
    if (request.raw.headers.host === undefined && request.raw.httpVersion === '1.1') {
      throw new AppError('invalid_request', 'The request has no Host header, which HTTP/1.1 requires.')
    }
  })

  // A client that sends its body very slowly must not keep a request open for hours.
  app.addHook('preParsing', async (request, _reply, payload) => {
    if (request.routeOptions.config.isStream) return payload
    const encoding = request.headers['content-encoding']
    if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
      const detail = `The Content-Encoding is ${JSON.stringify(encoding.slice(0, 60))}. Send JSON uncompressed.`
      throw new AppError('unsupported_media_type', detail)
    }
    // The client left during authentication. A reader that starts now gets no event for it and would hold its slot.
    if (request.raw.destroyed && !request.raw.complete) {
      throw new AppError('invalid_request', 'The connection was closed before the request had arrived.')
    }
    const timer = setTimeout(() => {
      const detail = `The body did not arrive within ${bodyTimeoutMs / 1000} s. Send it again.`
      payload.emit('error', new AppError('request_timeout', detail))
    }, bodyTimeoutMs)
    for (const event of ['end', 'close', 'error']) payload.once(event, () => clearTimeout(timer))
    return payload
  })

  app.addHook('preHandler', async (request) => {
    const { body, params, query } = request
    const isStream = request.routeOptions.config.isStream === true
    const place = findUnstorable({ params, query, ...(!isStream && { body }) })
    if (place === undefined) return
    const field = place.replace(/^\/(params|query|body)/, '')
    const problem =
      'has a NUL character, half of a surrogate pair or an infinite number, which cannot be stored'
    throw new AppError('invalid_request', `${field} ${problem}. Remove it.`, {
      fields: [{ field, problem }],
    })
  })

  app.addHook('onResponse', async (request, reply) => {
    const facts = {
      method: request.method,
      route: request.routeOptions?.url,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      ...(request.caller && { callerId: request.caller.id }),
    }
    // Refusals under load are counted by a metric; a log line for each would cost too much.
    const isQuiet = facts.route?.startsWith('/health') || facts.status === 429
    request.log[isQuiet ? 'debug' : 'info'](facts, 'request answered')
  })
}
