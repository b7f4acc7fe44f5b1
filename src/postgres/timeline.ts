/** Which history of the database a server continues: a promoted standby begins a new timeline. */

/**
 * The timeline that the server writes to. A primary answers; a standby raises an error, because it writes nothing. Not
 * pg_control_checkpoint(): that still has the former timeline until the first checkpoint after a promotion.
 */
export const READ_TIMELINE = `SELECT ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int AS timeline`
