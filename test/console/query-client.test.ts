import { expect, test } from 'vitest'
import { ApiProblem } from '../../console/src/api/problem.ts'
import { createQueryClient, unsavedWork } from '../../console/src/api/query-client.ts'

const ended = () => Promise.reject(new ApiProblem({ status: 401, code: 'unauthenticated' }))

test('the end of the session leads away, unless something on the page would be lost', async () => {
  let left = 0
  const client = createQueryClient(() => {
    left += 1
  })
  let isUnsaved = true
  const page = () => isUnsaved
  unsavedWork.add(page)
  await expect(client.fetchQuery({ queryKey: ['a'], queryFn: ended })).rejects.toThrow()
  expect(left).toBe(0)
  isUnsaved = false
  await expect(client.fetchQuery({ queryKey: ['a'], queryFn: ended })).rejects.toThrow()
  expect(left).toBe(1)
  unsavedWork.delete(page)
})
