/** For SELECT: when messages of a campaign may leave, as checkSendRules takes it. */
export const SEND_RULES = `kind, advertiser, night, send_window AS "sendWindow", not_after AS "notAfter", default_zone AS "defaultZone"`
