import { describe, expect, test } from 'vitest'
import { may, PERMISSIONS, permissionsOf, ROLES, rolesWith } from '../../src/domain/permissions.ts'

describe('roles', () => {
  test('admin has every permission', () => {
    expect(permissionsOf('admin')).toEqual(PERMISSIONS)
  })

  test('viewer can read everything but complete addresses, and change nothing', () => {
    const reading = PERMISSIONS.filter((name) => name.endsWith(':read') && name !== 'addresses:read')
    expect(permissionsOf('viewer')).toEqual(reading)
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
