/** Roles, and what they may do. */
import type { Role } from '../../../../src/domain/permissions.ts'

export const rolesText = {
  roles: {
    viewer: 'Viewer',
    marketer: 'Marketer',
    operator: 'Operator',
    admin: 'Admin',
    registrar: 'Registrar',
    auditor: 'Auditor',
  } satisfies Record<Role, string>,
  roleHint: {
    viewer: 'Can view everything but full device addresses and the activity. Cannot make changes.',
    marketer: 'Can write campaigns for others to send. Cannot send, schedule or test.',
    operator: 'Can create and send campaigns, import devices, and edit members.',
    admin:
      'Full access: also erases members, exports full addresses, reads the activity, and manages users and API keys.',
    registrar: 'For an app’s back end: can register and delete devices, and nothing else.',
    auditor: 'Can view campaigns, the system and the activity. Sees no members, and cannot make changes.',
  } satisfies Record<Role, string>,
  /** "Operator or Admin" */
  oneOf: (names: readonly string[]) => names.join(' or '),
  noPagesTitle: 'Nothing to see here',
  noPages:
    'Your role has no pages in the console. Ask an admin for another role, or sign in as somebody else.',
}
