/** The message all contenders send, compiled by Carillon: the bytes on the wire differ only in their headers. */
import { collapseIdOf, compileMessage } from '../../src/push/fcm-message.ts'
import { MESSAGE } from '../campaign/run-campaign.ts'

export const BENCH_PATH = '/v1/projects/carillon-bench/messages:send'
export const BENCH_MESSAGE = compileMessage(MESSAGE, collapseIdOf('01900000-0000-7000-8000-000000000000'))
