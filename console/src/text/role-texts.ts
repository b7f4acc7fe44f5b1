/** Texts of the roles, loaded with what names them. */
import { rolesText } from './en/roles.ts'
import { rolesText as rolesKo } from './ko/roles.ts'

export const roleTexts = { en: { who: rolesText }, ko: { who: rolesKo } }
