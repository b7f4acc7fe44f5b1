/**
 * The theme: one blue, system fonts (each system has a Korean one), and Mantine's grays darkened to a contrast of 4.5:1
 * against the background, in light and dark.
 */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

const slate: MantineColorsTuple = [
  '#eef5fb',
  '#dce8f2',
  '#b5d0e5',
  '#8bb6d8',
  '#68a0cd',
  '#4d8cbc',
  '#39759f',
  '#2b5f8a',
  '#224e73',
  '#173b59',
]

/** Mantine's own are too light for text on white. */
const red: MantineColorsTuple = [
  '#fdf0ef',
  '#f9dcda',
  '#f3b5b0',
  '#ee8f87',
  '#e66d63',
  '#da5047',
  '#cc3a30',
  '#b92a22',
  '#9c211b',
  '#7f1914',
]
const yellow: MantineColorsTuple = [
  '#fdf6e6',
  '#faeaca',
  '#f4d392',
  '#edbc58',
  '#e3a62c',
  '#c98a10',
  '#a87109',
  '#855806',
  '#6b4705',
  '#523603',
]
const teal: MantineColorsTuple = [
  '#e9f7f1',
  '#d1ece0',
  '#a3dac2',
  '#72c7a3',
  '#4bb588',
  '#2f9f72',
  '#23855e',
  '#1a6f4d',
  '#14583d',
  '#0e422d',
]

/** Mantine's dark colors are gray; the surfaces here are slightly blue, and so is what lies on them. */
const dark: MantineColorsTuple = [
  '#c4cad1',
  '#aeb6c0',
  '#7c8794',
  '#616b77',
  '#3d4753',
  '#363f4a',
  '#272e37',
  '#1f252c',
  '#1a1f25',
  '#14181d',
]

const fonts =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", "Noto Sans CJK KR", sans-serif'

export const theme = createTheme({
  primaryColor: 'slate',
  primaryShade: { light: 7, dark: 7 },
  colors: { slate, dark, red, yellow, teal },
  fontFamily: fonts,
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Noto Sans Mono CJK KR", monospace',
  headings: { fontFamily: fonts, fontWeight: '650' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // It would add a menu child that is not an item, which confuses screen readers.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Modal: { styles: { title: { fontWeight: 650, fontSize: '1.125rem' } } },
    Drawer: { styles: { title: { fontWeight: 650, fontSize: '1.125rem', overflowWrap: 'anywhere' } } },
  },
})

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#fafbfc',
    '--mantine-color-text': '#1d2733',
    '--mantine-color-dimmed': '#56616e',
    '--mantine-color-placeholder': '#66717d',
    '--mantine-color-error': '#c02424',
    '--mantine-color-anchor': '#225a86',
    '--surface': '#ffffff',
    '--line': '#dfe4ea',
    '--sent': '#2f8f6b',
    '--failed': '#cc4437',
    '--skipped': '#8a94a0',
    '--in-doubt': '#c98a10',
    '--canceled': '#5d6b7a',
    '--remaining': '#dbe2ea',
  },
  dark: {
    '--mantine-color-body': '#14181d',
    '--mantine-color-text': '#e4e8ec',
    '--mantine-color-dimmed': '#a3adb8',
    '--mantine-color-placeholder': '#8f9aa6',
    '--mantine-color-error': '#ff8d85',
    '--mantine-color-anchor': '#8cc0ea',
    '--surface': '#1b2027',
    '--line': '#323a44',
    '--sent': '#43b389',
    '--failed': '#ee6c60',
    '--skipped': '#7c8895',
    '--in-doubt': '#e0aa3e',
    '--canceled': '#a9b5c1',
    '--remaining': '#343d48',
  },
})
