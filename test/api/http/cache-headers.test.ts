import { expect, test } from 'vitest'
import { createCampaign } from '../../support/factories.ts'
import { startApp } from '../start-app.ts'

test('no browser or proxy keeps what is private, whether it is an answer or a refusal', async () => {
  const api = await startApp()
  const id = await createCampaign(api.pool)
  const { paths } = (await api.call('GET', '/v1/openapi.json')).json
  const read = Object.keys(paths).filter((path) => paths[path].get !== undefined && path.startsWith('/v1/'))
  expect(read.length).toBeGreaterThan(20)
  for (const path of read.filter((path) => !path.endsWith('/events'))) {
    const url = path.replaceAll(/\{\w+\}/g, id)
    for (const headers of [{}, { authorization: 'Bearer x' }]) {
      const answer = await api.call('GET', url, undefined, { headers })
      const kept = answer.status === 200 && path === '/v1/campaigns/{id}' ? 'private, no-cache' : 'no-store'
      expect([path, answer.status, answer.headers['cache-control']]).toEqual([path, answer.status, kept])
    }
  }
})
