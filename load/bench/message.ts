/** The message all contenders send, compiled by Carillon: the bytes on the wire differ only in their headers. */
import { compileMessage } from '../../src/push/fcm/fcm-message.ts'
import { pushMessage } from '../../src/push/push-message.ts'
import { MESSAGE } from '../campaign/run-campaign.ts'

export const BENCH_PATH = '/v1/projects/carillon-bench/messages:send'
export const BENCH_MESSAGE = compileMessage(pushMessage(MESSAGE, '01900000-0000-7000-8000-000000000000'))
