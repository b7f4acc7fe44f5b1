/**
 * Who may do what. A route names one permission and the console asks for permissions; a role is a set of them, and
 * this table is the only place where a role has a meaning. There is no order among roles.
 *
 * To add a role: a row in ROLE_PERMISSIONS, its texts in the console (the compiler names the missing ones), and its
 * value in the SQL enum `role` and in schema.prisma. It stays an enum so that the database refuses an unknown role, and
 * because Prisma's type for the column then differs from `Role` until both sides have the new value: that does not
 * compile.
 */

export const PERMISSIONS = [
  // Campaigns with their settings, progress and failure counts. The settings may list externalIds.
  'campaigns:read',
  // Create, change and delete drafts. What is scheduled or on its way, and setting a time, also needs campaigns:send: a
  // campaign with a time is sent by itself.
  'campaigns:write',
  // Send, schedule, test, pause, resume, cancel and resend.
  'campaigns:send',
  // Members with their attributes and devices, results by device, and counts of an audience.
  'people:read',
  // Opt members out and back in, change their attributes.
  'members:write',
  // Remove everything about a member for good.
  'members:erase',
  // Complete addresses of devices, in exports. Whoever has them can send to the devices.
  'addresses:read',
  // Register, refresh and delete one device.
  'devices:register',
  'devices:import',
  // Processes, queue, rate limit, recent errors.
  'system:read',
  // Who did what: all of it, with the addresses of the clients.
  'audit:read',
  // These two can give any role, and so any permission, to a user or a key.
  'users:manage',
  'keys:manage',
] as const
export type Permission = (typeof PERMISSIONS)[number]

const ROLE_PERMISSIONS = {
  viewer: ['campaigns:read', 'people:read', 'system:read'],
  // Writes for others to send.
  marketer: ['campaigns:read', 'campaigns:write', 'people:read', 'system:read'],
  operator: [
    'campaigns:read',
    'campaigns:write',
    'campaigns:send',
    'people:read',
    'members:write',
    'devices:register',
    'devices:import',
    'system:read',
  ],
  admin: PERMISSIONS,
  // An app's back end. Whoever steals its key learns nothing and sends nothing.
  registrar: ['devices:register'],
  // Sees what was sent, by whom, and that it works; no members, and changes nothing.
  auditor: ['campaigns:read', 'system:read', 'audit:read'],
} as const satisfies Record<string, readonly Permission[]>
export type Role = keyof typeof ROLE_PERMISSIONS
export const ROLES = Object.keys(ROLE_PERMISSIONS) as Role[]

export function permissionsOf(role: Role): readonly Permission[] {
  return ROLE_PERMISSIONS[role]
}

/** Only people have these: a stolen key that could make another one, or a user, would outlive its own end. */
const OF_PEOPLE: readonly Permission[] = ['users:manage', 'keys:manage']

/**
 * What an API key may do: what its role may, or, if there is a list, only what is in it too. A key is limited by leaving things out, never by adding: so
 * the role's name says at most what it can do, and what a role loses its keys lose, too.
 */
export function permissionsOfKey(role: Role, only: readonly string[] = []): Permission[] {
  return permissionsOf(role).filter(
    (permission) => !OF_PEOPLE.includes(permission) && (only.length === 0 || only.includes(permission)),
  )
}

export function isOfPeople(permission: Permission): boolean {
  return OF_PEOPLE.includes(permission)
}

export function may(role: Role, permission: Permission): boolean {
  return permissionsOf(role).includes(permission)
}

export function rolesWith(permission: Permission): Role[] {
  return ROLES.filter((role) => may(role, permission))
}
