import { DELIVERY_CODES } from '../domain/delivery-result.ts'

/** The SQL with which a source of devices, an audience or the results of a campaign, takes part in planning. */
export interface PageSql {
  /**
   * CTEs. `page`: the devices of one page in ascending order, columns `id` and `member_id`: the member for whom the message is, or
   * null when it is for whoever has the device. `looked`: one row, column `reached`: if the source has ended the page before it
   * was full, the last id that it looked at; otherwise null. Of a campaign with one message a member also `best`: the page with
   * the column `best_id`, the device of the member that is sent to.
   *
   * $2 is the cursor, $3 the upper bound, $4 the devices in a page.
   */
  sql: string
  /** From $9 on. */
  values: unknown[]
}

/** SQL for the code of a batch, of which `is_other` says that it is not sent to. */
export const OTHER_DEVICE = `CASE WHEN is_other THEN ${DELIVERY_CODES.other_device.number} END`
