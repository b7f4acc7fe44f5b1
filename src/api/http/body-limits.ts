/**
 * How large a body may be, by what the route takes. Reading and checking a body costs event-loop time before anybody is known,
 * so a route has room for what it can mean and for no more. Routes whose body holds an audience, or what is typed in a draft,
 * have BODY_LIMIT_BYTES; imports and images have limits of their own.
 */

/** Names and passwords: anybody may send them. */
export const SIGN_IN_BODY_BYTES = 4_096
/** All others: the largest is a member with attributes, or a message in another spelling. */
export const SMALL_BODY_BYTES = 65_536
