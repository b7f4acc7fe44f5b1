/** The SQL statements that a source file hands to `query`, as its syntax tree has them. */
import ts from 'typescript'

export interface Statement {
  /** The `name:` of the query, or the comment that its text begins with. Of a template, `${…}` included. */
  name: string | undefined
  text: string
  line: number
}

export function statementsIn(fileName: string, source: string): Statement[] {
  const file = ts.createSourceFile(fileName, source, ts.ScriptTarget.Latest, true)
  const declarations = declarationsOf(file)
  const statements: Statement[] = []
  const add = (node: ts.Node, text: string, name?: string) =>
    statements.push({
      name: name ?? /^\s*\/\* ([\w-]+) \*\//.exec(text)?.[1],
      text,
      line: file.getLineAndCharacterOfPosition(node.getStart()).line + 1,
    })
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) {
      const text = propertyOf(node, 'text')
      if (text !== undefined) {
        const name = propertyOf(node, 'name')
        add(node, textOf(text, declarations), name?.getText().slice(1, -1))
      }
    } else if (ts.isCallExpression(node) && isQuery(node.expression)) {
      const [first] = node.arguments
      if (first !== undefined && !hasObject(first)) add(first, textOf(first, declarations))
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return statements
}

/** Whether the statement changes rows. A row lock does not. */
export function writes(text: string): boolean {
  return /\b(INSERT INTO|UPDATE|DELETE FROM)\b/.test(text.replaceAll(/FOR (NO KEY )?UPDATE/g, ''))
}

function isQuery(callee: ts.Expression): boolean {
  return ts.isPropertyAccessExpression(callee) && callee.name.text === 'query'
}

/** `{ name, text, values }`, or a choice between two of them: found by itself. */
function hasObject(argument: ts.Expression): boolean {
  return (
    ts.isObjectLiteralExpression(argument) ||
    (ts.isConditionalExpression(argument) && hasObject(argument.whenTrue))
  )
}

function propertyOf(object: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  for (const property of object.properties) {
    if (ts.isPropertyAssignment(property) && property.name.getText() === name) return property.initializer
  }
  return undefined
}

function declarationsOf(file: ts.SourceFile): Map<string, ts.Node> {
  const declarations = new Map<string, ts.Node>()
  for (const statement of file.statements) {
    if (ts.isFunctionDeclaration(statement) && statement.name)
      declarations.set(statement.name.text, statement)
    if (!ts.isVariableStatement(statement)) continue
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (initializer !== undefined) declarations.set(name.getText(), initializer)
    }
  }
  return declarations
}

/** All text in an expression, with that of the file's own constants and functions that it uses. */
function textOf(node: ts.Node, declarations: ReadonlyMap<string, ts.Node>): string {
  const parts: string[] = []
  const visit = (part: ts.Node, known: ReadonlyMap<string, ts.Node>): void => {
    if (ts.isStringLiteralLike(part) || ts.isTemplateHead(part) || ts.isTemplateMiddleOrTemplateTail(part)) {
      parts.push(part.text)
    }
    const declaration = ts.isIdentifier(part) ? known.get(part.text) : undefined
    if (declaration !== undefined) {
      const others = new Map(known)
      others.delete((part as ts.Identifier).text)
      visit(declaration, others)
    }
    ts.forEachChild(part, (child) => visit(child, known))
  }
  visit(node, declarations)
  return parts.join('')
}
