import { describe, expect, test } from 'vitest'
import { may, PERMISSIONS, permissionsOf, ROLES, rolesWith } from '../../src/domain/permissions.ts'

describe('roles', () => {
  test('admin has every permission', () => {
    expect(permissionsOf('admin')).toEqual(PERMISSIONS)
  })

  const reading = PERMISSIONS.filter((name) => name.endsWith(':read'))

  test('viewer can read everything but complete addresses and the audit log, and change nothing', () => {
    expect(permissionsOf('viewer')).toEqual(
      reading.filter((name) => name !== 'addresses:read' && name !== 'audit:read'),
    )
  })

  test('marketer writes and does not send, auditor reads no people, registrar registers', () => {
    expect(permissionsOf('marketer')).toEqual([
      'campaigns:read',
      'campaigns:write',
      'people:read',
      'system:read',
    ])
    expect(permissionsOf('auditor')).toEqual(['campaigns:read', 'system:read', 'audit:read'])
    expect(permissionsOf('registrar')).toEqual(['devices:register'])
    expect(rolesWith('campaigns:send')).toEqual(['operator', 'admin'])
  })

  test('only admin can erase members, take complete addresses out, and give roles to users and keys', () => {
    for (const permission of ['members:erase', 'addresses:read', 'users:manage', 'keys:manage'] as const) {
      expect(rolesWith(permission)).toEqual(['admin'])
    }
  })

  test('may and rolesWith agree with the sets', () => {
    for (const role of ROLES) {
      expect(PERMISSIONS.filter((permission) => may(role, permission))).toEqual(permissionsOf(role))
    }
    for (const permission of PERMISSIONS) {
      expect(rolesWith(permission)).toEqual(ROLES.filter((role) => may(role, permission)))
    }
  })
})
